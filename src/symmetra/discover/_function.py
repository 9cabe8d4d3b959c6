"""The symmetry algebra of a differentiable map: the null space over ξ of Df ξ − B f."""

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


class FunctionProblem(Problem):
    """L_ξ f = Df ξ − B f, for invariance (no B), for B tied to ξ, or for B sought together with ξ."""

    kind = "function"

    def __init__(
        self, f: Callable[..., Any], candidates: CandidateSpace, output: Any = None, batched: bool | None = None
    ) -> None:
        self.candidates = candidates
        self.evaluate = Evaluation(f, batched)
        self.tied = output if isinstance(output, Tensor) else None
        self.outputs = output if isinstance(output, CandidateSpace) else None
        self.extra = list(self.outputs.names) if self.outputs is not None else []
        self.weighted = output is None

    @property
    def tolerance(self) -> float:  # type: ignore[override]
        return self.evaluate.tolerance

    def blocks(self, x: Tensor) -> Blocks:
        value, jac = self.evaluate(x, self.dtype_in)
        moved = self.candidates.pair(x, jac)  # [N, m, P]
        slope = torch.linalg.vector_norm(self.covector_norm(jac), dim=1)
        if self.weighted:
            return Blocks(moved, None, slope, value, slope, x)
        if self.tied is not None:
            turned = torch.einsum("pab,kb->kap", self.tied, self._fibre(value))
            return Blocks(moved - turned, torch.cat([moved, turned], dim=1), None, value, slope, x)
        assert self.outputs is not None
        turned = self.outputs.values(value).transpose(1, 2)  # [N, m, Q]
        above = torch.cat([moved, torch.zeros_like(turned)], dim=2)
        below = torch.cat([torch.zeros_like(moved), turned], dim=2)
        return Blocks(above - below, torch.cat([above, below], dim=1), None, value, slope, x)

    def _fibre(self, value: Tensor) -> Tensor:
        assert self.tied is not None
        if self.tied.shape[1] != value.shape[1]:
            raise InputError("output", f"matrices of size {self.tied.shape[1]}", f"size {value.shape[1]}, as f has")
        return value


def function(
    f: Callable[..., Any],
    x: Any,
    candidates: CandidateSpace,
    output: Any = None,
    rtol: float | None = None,
    *,
    alpha: float = 0.01,
    batched: bool | None = None,
    executor: Executor | None = None,
    seed: int = 0,
) -> Discovery:
    """The symmetry algebra of a differentiable map, scalar or vector; a trained ``nn.Module`` is just such a map.

    It solves ‖Df ξ − B f‖ ≤ rtol · size(ξ) over the samples, a linear null-space problem (arXiv 2311.00212). The size
    is ‖ |∇f| |ξ| ‖ for invariance, in the metric of the data, and ‖(Df ξ, B f)‖ with an output action; so the spectrum
    does not depend on units, axes, or the basis of the candidates.

    Args:
        f: a callable written for one sample ``[n]`` (it is vmapped) or an ``nn.Module`` of the batch ``[N, n]``.
        x: samples ``[N, n]``, or an iterable of chunks of them; a fifth, at most 1000, is held out.
        candidates: where ξ is looked for.
        output: None for an invariant f; a representation (with ``candidates.from_group``, whose generators then move
            input and output together) or matrices ``[P, m, m]``; or candidates on the output space (``linear(m)``,
            ``affine(m)``), in which the output action is looked for jointly.
        rtol: relative defect taken as zero; by default 1e-9 where f runs in float64, 1e-4 in float32.
        alpha: error rate of the certificates.
        batched: whether f takes the whole batch; by default True for modules only.
        executor: shares the chunks out; f must be picklable.
        seed: of the choice of the held-out samples.

    Returns:
        The generators with their evidence.

    Raises:
        InputError: for a wrong argument, in one line.

    Example:
        >>> import torch, symmetra
        >>> x = torch.randn(200, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        >>> symmetra.discover.function(lambda s: s @ s, x, symmetra.candidates.affine(3)).name
        'so(3)'
    """
    if not isinstance(candidates, CandidateSpace):
        raise InputError("candidates", describe(candidates), "a candidate space", "symmetra.candidates.affine(n)")
    problem = FunctionProblem(f, candidates, output_action(output, candidates), batched)
    return assemble(run(problem, x, executor, seed), rtol, alpha)


def output_action(output: Any, candidates: CandidateSpace) -> Any:
    """A candidate space, tied matrices ``[P, m, m]``, or None."""
    if output is None or isinstance(output, CandidateSpace):
        return output
    if hasattr(output, "drho"):
        output = torch.stack([output.drho(a).dense() for a in output.group.generators])
    if not isinstance(output, Tensor) or output.ndim != 3 or output.shape[1] != output.shape[2]:
        raise InputError("output", describe(output), "None, a representation, matrices [P, m, m] or candidates")
    if output.shape[0] != candidates.size:
        raise InputError(
            "output",
            f"{output.shape[0]} output generators",
            f"one a candidate, {candidates.size}",
            "candidates.from_group(group) with a representation of the same group",
        )
    return output.to(torch.float64)
