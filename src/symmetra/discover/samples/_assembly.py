"""From the evidence in samples to a result: a readable basis, what is trivial, and the certificates in words."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symmetra.discover._certificate import Certificate, decide
from symmetra.discover._coverage import coverage
from symmetra.discover._result import ITSELF, Discovery
from symmetra.discover._structure import complete, structure_constants
from symmetra.discover.samples._evidence import Evidence, Nested, Settings
from symmetra.functions import CandidateSpace
from symmetra.groups import readable_basis
from symmetra.inputs import InputError, as_tensor, describe

Array = NDArray[np.float64]

_NEAR = 0.1  # relative distance of the field F from the certified span up to which it counts as one of it


def result(
    kind: str, x: Array, candidates: CandidateSpace, evidence: Evidence, settings: Settings, flow: Array | None = None
) -> Discovery:
    """The result of a discovery from samples.

    Args:
        kind: ``dynamics`` or ``regression``.
        x: states ``[N, n]``.
        candidates: the space searched.
        evidence: what the data say.
        settings: what was asked.
        flow: coefficients ``[P]`` of the fitted F, where it is one of the candidates.
    """
    states = torch.from_numpy(np.ascontiguousarray(x))
    covered = coverage(states, x.shape[0] * x.shape[1], candidates.size)
    reasons = evidence.reasons if covered.ok else (*evidence.reasons, covered.message)
    parts: list[tuple[Tensor, list[Certificate]]] = []  # one kind of claim after the other
    flows, flow_claim = torch.zeros(0, evidence.spectrum.size, dtype=torch.float64), None
    for chain in evidence.chains:
        rows = readable_basis(torch.from_numpy(chain.generators[: chain.certified].copy()))
        claim = _certified(kind, evidence, chain, settings, reasons)
        if chain.parted:
            rows, flows = _without_flow(rows, flow)
            flow_claim = claim
        parts.append((rows, [claim] * len(rows)))
    for chain in evidence.chains:
        rest = torch.from_numpy(chain.generators[chain.certified :].copy())
        parts.append((rest, _others(evidence, chain, settings, reasons)))
    parts.append((flows, [flow_claim] * len(flows) if flow_claim else []))
    generators = torch.cat([rows for rows, _ in parts])
    certificates = tuple(claim for _, claims in parts for claim in claims)
    labels = ("",) * (len(generators) - len(flows)) + (ITSELF,) * len(flows)
    inner = generators[:, : candidates.size]
    structure, closure = structure_constants(candidates, inner, states[: 64 + 4 * candidates.size])
    spectrum = torch.from_numpy(np.sort(evidence.spectrum))
    k = generators.shape[0]
    if k == 0 and evidence.reasons and covered.ok:  # no certificate is there to carry them
        covered = replace(covered, ok=False, message="; ".join(evidence.reasons))
    elif k == 0 and covered.ok and not bool(spectrum.isfinite().any()):
        covered = replace(covered, ok=False, message="the fitted values do not vary, so that no generator moves them")
    below = float(spectrum[k - 1]) if k else 0.0
    above = float(spectrum[k]) if k < int(spectrum.isfinite().sum()) else math.inf
    return Discovery(
        kind=kind,
        candidates=candidates,
        generators=inner,
        outputs=generators[:, candidates.size :],
        trivial=len(flows),
        labels=labels,
        spectrum=spectrum,
        gap=above / below if below > 0 else math.inf,
        tolerance=settings.delta,
        defects=torch.tensor([evidence.defect_of(row.numpy()) for row in generators], dtype=torch.float64),
        coverage=covered,
        certificates=certificates,
        samples=x.shape[0],
        structure=structure,
        closure_defect=closure,
        scale=states.square().mean(0).sqrt(),
    )


def conditions(kind: str, evidence: Evidence, settings: Settings) -> str:
    """What a claim is conditional on, in words."""
    what = "rates" if kind == "dynamics" else "outputs"
    noise = settings.state_error
    exact = noise is None or not noise.any()
    states = "exact states" if exact else "Gaussian errors of the given size in the states (asymptotic)"
    where = "over the samples" if settings.box is None else "over the given box"
    return (
        f"{where}; if the {what} are a polynomial of degree {evidence.degree} plus independent Gaussian errors of one "
        f"size in each column, with {states}"
    )


def _subject(chain: Nested, count: int) -> str:
    """What is bounded, in words."""
    whose = f"every combination of these {count} generators" if count > 1 else "this generator"
    if chain.parted:
        return f"the relative defect of {whose}"
    return f"(both terms vanish) their size, relative to |DF| |ξ|, for {whose}"


def _certified(
    kind: str, evidence: Evidence, chain: Nested, settings: Settings, reasons: tuple[str, ...]
) -> Certificate:
    upper = float(chain.uppers[chain.certified - 1]) if chain.certified else math.inf
    method = f"{evidence.method}, {conditions(kind, evidence, settings)}"
    subject = _subject(chain, chain.certified)
    return decide(upper, 0.0, chain.delta, settings.alpha, method, subject, reasons, evidence.out_of_class)


def _others(evidence: Evidence, chain: Nested, settings: Settings, reasons: tuple[str, ...]) -> list[Certificate]:
    out = []
    for upper in chain.uppers[chain.certified :].tolist():
        why = f"with those before it, the defect is only known to be at most {upper:.2g}, above δ = {chain.delta:g}"
        if not math.isfinite(upper):
            why = "an earlier generator was not certified, or the data leave its size open"
        method, subject = evidence.method, _subject(chain, 1)
        claim = decide(
            upper, 0.0, chain.delta, settings.alpha, method, subject, reasons or (why,), evidence.out_of_class
        )
        out.append(claim)
    return out


def _without_flow(rows: Tensor, flow: Array | None) -> tuple[Tensor, Tensor]:
    """The certified span in two parts: readable rows, and the direction in it that is F itself."""
    if flow is None or len(rows) == 0 or not np.any(flow):
        return rows, rows[:0]
    target = torch.from_numpy(flow)
    solution = torch.linalg.lstsq(rows.T, target[:, None]).solution[:, 0]
    inside = solution @ rows
    if torch.linalg.vector_norm(inside - target) > _NEAR * torch.linalg.vector_norm(target):
        return rows, rows[:0]
    inside = (inside / inside.abs().max())[None]
    return complete(inside, rows), inside


def as_array(value: Any, argument: str) -> Array:
    """A finite float64 NumPy array, real."""
    tensor = as_tensor(value, argument)
    if tensor.is_complex():
        raise InputError(argument, describe(tensor), "real numbers", f"{argument}.real")
    return np.ascontiguousarray(tensor.detach().cpu().to(torch.float64).numpy())


def as_settings(n: int, delta: Any, alpha: Any, degree: Any, state_error: Any, measure: Any) -> Settings:
    """The settings from the arguments of a public function, checked."""
    for name, value in (("delta", delta), ("alpha", alpha)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1:
            raise InputError(name, describe(value), "a number between 0 and 1", f"{name}=0.05")
    if degree is not None and (isinstance(degree, bool) or not isinstance(degree, int) or degree < 0):
        raise InputError("degree", describe(degree), "a whole number of at least 0, or None", "degree=3")
    box = None
    if not (isinstance(measure, str) and measure == "samples"):
        if isinstance(measure, str):
            raise InputError("measure", describe(measure), '"samples" or bounds of shape [n, 2]', 'measure="samples"')
        box = as_array(measure, "measure")
        if box.shape != (n, 2) or not (box[:, 0] < box[:, 1]).all():
            raise InputError("measure", describe(measure), f'"samples" or bounds of shape [{n}, 2], lower < upper')
    return Settings(float(delta), float(alpha), degree, _covariance(state_error, n), box=box)


def _covariance(state_error: Any, n: int) -> Array | None:
    if state_error is None:
        return None
    error = as_array(state_error, "state_error")
    if error.size == 1:
        error = np.full(n, float(error.reshape(())))
    if error.shape != (n,) or (error < 0).any():
        raise InputError(
            "state_error",
            describe(state_error),
            f"one standard deviation, or {n} of them, at least 0",
            "None if it is not known",
        )
    return np.diag(error**2)
