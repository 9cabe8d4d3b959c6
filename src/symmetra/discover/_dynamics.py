"""Symmetries of a dynamical system x' = F(x): fields that commute with F."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import torch
from torch import Tensor

from symmetra.discover._assemble import assemble
from symmetra.discover._evaluation import Evaluation
from symmetra.discover._problem import Blocks, Problem
from symmetra.discover._result import Discovery
from symmetra.discover._stream import run
from symmetra.functions import CandidateSpace
from symmetra.inputs import InputError, describe


class DynamicsProblem(Problem):
    """L_ξ F = DF ξ − Dξ F, with −τ F added where time may be scaled."""

    kind = "dynamics"

    def __init__(
        self, f: Callable[..., Any], candidates: CandidateSpace, time_scaling: bool, batched: bool | None = None
    ) -> None:
        self.candidates = candidates
        self.evaluate = Evaluation(f, batched, "F")
        self.extra = ["time scaling"] if time_scaling else []

    @property
    def tolerance(self) -> float:  # type: ignore[override]
        return self.evaluate.tolerance

    def blocks(self, x: Tensor) -> Blocks:
        value, jac = self.evaluate(x, self.dtype_in)
        if value.shape[1] != x.shape[1]:
            raise InputError("F", f"rates of size {value.shape[1]}", f"{x.shape[1]}, one a state variable")
        slope = torch.linalg.matrix_norm(self.unscale @ jac @ torch.linalg.inv(self.unscale))
        along = self.unscale @ self.candidates.pair(x, jac)  # L⁻¹ DF ξ
        back = self.unscale @ self.candidates.jacobian_vector(x, value).transpose(1, 2)  # L⁻¹ Dξ F
        if not self.extra:
            return Blocks(along - back, torch.cat([along, back], dim=1), None, value, slope, x)
        flow = (value @ self.unscale.T)[:, :, None]
        none = torch.zeros_like(flow)
        parts = [torch.cat([along, none], 2), torch.cat([back, none], 2), torch.cat([0 * back, flow], 2)]
        return Blocks(parts[0] - parts[1] - parts[2], torch.cat(parts, dim=1), None, value, slope, x)


def dynamics(
    F: Any,
    x: Any,
    candidates: CandidateSpace,
    rtol: float | None = None,
    *,
    time_scaling: bool = False,
    delta: float = 0.05,
    alpha: float = 0.01,
    state_error: Any = 0.0,
    degree: int | None = None,
    batched: bool | None = None,
    executor: Executor | None = None,
    seed: int = 0,
) -> Discovery:
    """All candidate fields that commute with x' = F(x), that is, map trajectories to trajectories.

    The defect of ξ is ‖DF ξ − Dξ F‖ / ‖(DF ξ, Dξ F)‖ over the samples. F itself and fields proportional to it always
    commute with F; they are counted in ``.trivial`` and labelled.

    Args:
        F: the rates as a callable of one state ``[n]`` (or an ``nn.Module`` of the batch), or an array of measured
            rates ``[N, n]``, one row a state; then a model is fitted and its error enters the certificate.
        x: states ``[N, n]`` (with a callable also an iterable of chunks).
        candidates: where ξ is looked for.
        rtol: relative defect taken as zero.
        time_scaling: also look for fields with [ξ, F] = τ F, which rescale time; τ stands in ``.outputs``.
        delta: with measured rates, the tolerance up to which a symmetry is certified.
        alpha: error rate of the certificates.
        state_error: with measured rates, the standard deviation of the error of the states: 0 declares them exact,
            None says that it is not known.
        degree: with measured rates, the polynomial degree of F, chosen by cross-validation if not given.
        batched: whether F takes the whole batch.
        executor: shares chunks out.
        seed: of the held-out samples.

    Returns:
        The generators with their evidence.
    """
    if not isinstance(candidates, CandidateSpace):
        raise InputError("candidates", describe(candidates), "a candidate space", "symmetra.candidates.affine(n)")
    if callable(F) and not isinstance(F, Tensor):
        problem = DynamicsProblem(F, candidates, time_scaling, batched)
        return assemble(run(problem, x, executor, seed), rtol, alpha)
    from symmetra.discover.samples import from_rates

    if time_scaling:
        raise InputError("time_scaling", "True with an array of rates", "a callable F", "time_scaling=False")
    return from_rates(F, x, candidates, degree=degree, state_error=state_error, delta=delta, alpha=alpha, seed=seed)
