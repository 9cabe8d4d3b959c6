"""Certificates in words: one card a statement, no verdict stronger than what was proved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symmetra.report._document import Card
from symmetra.report._formula import number
from symmetra.report._words import sentence

MARKS = {
    "symmetric": "✓",
    "broken": "✕",
    "undetermined": "?",
    "out of class": "∅",
    "holds": "✓",
    "does not hold": "✕",
    "not decidable": "?",
}


def percent(alpha: float) -> str:
    """The confidence 1 − α as a percentage, ``95 %``."""
    return f"{100 * (1 - alpha):.6g} %"


def verdict_words(certificate: Any) -> str:
    """The verdict with its tolerance and error rate; in which sense it is meant, the certificate's statement says."""
    delta, alpha = float(certificate.delta), float(certificate.alpha)
    verdict = str(certificate.verdict)
    if verdict == "symmetric":
        return f"Symmetric to δ = {number(delta, 3)} with {percent(alpha)} confidence."
    if verdict == "broken":
        return f"Broken: the defect exceeds δ = {number(delta, 3)}, with {percent(alpha)} confidence."
    if verdict == "undetermined":
        return f"These data do not decide at δ = {number(delta, 3)}."
    return "The model class does not describe the data, so nothing is said about the symmetry."


def card(certificate: Any, subject: str = "") -> Card:
    """One card of a `Certificate`; ``subject`` says what it is about."""
    numbers = [("defect", f"{number(float(certificate.lower), 3)} to {number(float(certificate.upper), 3)}")]
    if certificate.method:
        numbers.append(("method", str(certificate.method)))
    return Card(
        str(certificate.verdict),
        verdict_words(certificate),
        tuple(numbers),
        tuple(sentence(str(line)) for line in (certificate.statement, *certificate.reasons) if line),
        subject,
    )


def cards(certificates: dict[int, Any], noun: str) -> list[Card]:
    """Cards for numbered generators or quantities; those that would say the very same are put together."""
    groups: dict[Card, list[int]] = {}
    for index, certificate in certificates.items():
        groups.setdefault(card(certificate), []).append(index)
    plural = {"quantity": "quantities"}.get(noun, f"{noun}s")
    return [replace(one, subject=f"{noun if len(who) == 1 else plural} {_listed(who)}") for one, who in groups.items()]


def _listed(indices: list[int]) -> str:
    """Numbers from 1 as one says them: ``1–3, 5``."""
    runs: list[list[int]] = []
    for i in indices:
        if runs and i == runs[-1][-1] + 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    parts = [f"{r[0] + 1}–{r[-1] + 1}" if len(r) > 2 else ", ".join(str(i + 1) for i in r) for r in runs]
    return ", ".join(parts)
