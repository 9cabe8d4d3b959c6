"""Conserved quantities of a flow x' = F(x): the dual problem, functions h with ∇h·F = 0.

Half of the samples choose the quantities, the other half decides. What is chosen is the null space of a scale-free
generalised problem (``_conserved_evidence``); what is certified is a share bound on held-out samples
(``_confirmation``), exact for independent draws, stratified ones included.

Source for the defect: |∇h·F| / (|∇h| |F|), constants projected out (the conserved-quantity case of certificates that
are scale-free and simultaneous; Kendiukhov 2026). Drift against spread and the share bound are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symmetra.discover.conservation._drift import along_trajectories
from symmetra.discover.conservation._question import checked
from symmetra.discover.conservation._rates import everywhere
from symmetra.discover.conservation._result import Conservation
from symmetra.functions import Library


def conserved(
    x: Any,
    rate: Callable[..., Any] | Any | None,
    library: Library,
    trajectories: Any = None,
    *,
    delta: float = 0.05,
    rtol: float | None = None,
    alpha: float = 0.05,
    beyond: float = 0.01,
    state_error: float | None = 0.0,
    seed: int = 0,
    batched: bool | None = None,
) -> Conservation:
    """Which functions in a library are conserved by the flow that produced the samples?

    Args:
        x: states ``[N, n]``.
        rate: F, a callable of one sample ``[n]`` (vmapped; an ``nn.Module`` gets the batch), or the array of rates
            ``[N, n]``, or None where trajectories alone must do.
        library: functions φ_j, e.g. ``library.polynomial(6, 2) + library.named("1/r", f)``.
        trajectories: one label a sample; samples of one trajectory share it. With labels, the drift within
            trajectories is compared with the spread over all of them; without, samples are taken as independent.
        delta: tolerance of the certificate (and of the choice where rates are not exact).
        rtol: relative defect up to which a direction counts as conserved. Default: rounding for a callable, ``delta``
            otherwise (if the rates turn out exact to rounding, the cut is put into the jump of the spectrum).
        alpha: error rate of all certificates together.
        beyond: share of states that the certificate may leave out.
        state_error: bound on the distance between the states given and the true ones; None if unknown.
        seed: of the split into choosing and confirming samples.
        batched: overrides whether a callable takes the batch.

    Returns:
        A :class:`Conservation`; ``.certified`` is empty rather than wrong.

    Raises:
        InputError: shapes, NaN, a library for another number of variables, labels of another length.
    """
    question = checked(x, rate, library, trajectories, delta, rtol, alpha, beyond, state_error, seed, batched)
    return along_trajectories(question) if question.told_apart else everywhere(question)
