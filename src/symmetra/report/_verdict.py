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
    """What a certificate says, with its tolerance and error rate where it has them."""
    delta, alpha = getattr(certificate, "delta", None), getattr(certificate, "alpha", None)
    upper, lower = getattr(certificate, "upper", None), getattr(certificate, "lower", None)
    confidence = f" with {percent(float(alpha))} confidence" if alpha else ""
    within = f" to δ = {number(float(delta), 3)}" if delta is not None else ""
    verdict = str(certificate.verdict)
    if verdict == "symmetric":
        bound = f": the defect is at most {number(float(upper), 3)}" if upper is not None else ""
        return f"Symmetric{within}{confidence}{bound}."
    if verdict == "broken":
        bound = f": the defect is at least {number(float(lower), 3)}" if lower is not None else ""
        return f"Broken{confidence}{bound}."
    if verdict == "undetermined":
        return f"Undetermined: these data do not decide{f', at δ = {number(float(delta), 3)}' if delta else ''}."
    return "Out of the model class: the fit does not describe the data, so nothing is said about the symmetry."


def card(certificate: Any, subject: str = "") -> Card:
    """One card of a `Certificate`; ``subject`` says what it is about."""
    numbers = []
    lower, upper = getattr(certificate, "lower", None), getattr(certificate, "upper", None)
    if lower is not None and upper is not None:
        numbers.append(("defect", f"{number(float(lower), 3)} to {number(float(upper), 3)}"))
    method = getattr(certificate, "method", "")
    if method:
        numbers.append(("method", str(method)))
    statement = sentence(str(getattr(certificate, "statement", "") or ""))
    reasons = tuple(sentence(str(r)) for r in getattr(certificate, "reasons", ()))
    return Card(
        str(certificate.verdict),
        verdict_words(certificate),
        tuple(numbers),
        ((statement,) if statement else ()) + reasons,
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
