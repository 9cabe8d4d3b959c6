"""The determining equations of u_t = K as a discovery problem on jets."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.discover._evaluation import Evaluation
from symmetra.discover._problem import Blocks, Problem
from symmetra.discover.evolution._jets import Jet, JetSpace
from symmetra.discover.evolution._prolongation import Prolonged
from symmetra.functions import CandidateSpace
from symmetra.inputs import InputError, describe
from symmetra.lie_derivative import as_batched


class OnJets(CandidateSpace):
    """Candidate fields on (x, t, u) as functions of a row of jet coordinates, which begins with that point."""

    def __init__(self, fields: CandidateSpace, width: int) -> None:
        self.fields, self.n, self.size, self.names = fields, width, fields.size, fields.names

    def values(self, x: Tensor) -> Tensor:
        """``[N, P, d + 1 + m]``."""
        return self.fields.values(x[:, : self.fields.n])

    def jacobian_vector(self, x: Tensor, v: Tensor) -> Tensor:
        """Along directions v ``[N, d + 1 + m]`` of the base and the fibre."""
        return self.fields.jacobian_vector(x[:, : self.fields.n], v)


class EvolutionProblem(Problem):
    """φᵗ − v⁽ʳ⁾K for every candidate v, at samples that are jets of order 2 r − 1."""

    kind = "evolution"

    def __init__(self, rhs: Callable[..., Any], order: int, fields: CandidateSpace, space: JetSpace) -> None:
        self.space, self.order, self.fields = space, order, fields
        self.candidates = OnJets(fields, space.width)
        self.low = JetSpace(space.space, space.fibre, order)
        self.equation = as_function(rhs, self.low)
        self.evaluate = Evaluation(self.equation, False, "rhs")
        self.extra = []

    @property
    def tolerance(self) -> float:  # type: ignore[override]
        return self.evaluate.tolerance

    def prepare(self, x: Tensor) -> None:
        """Measures x, t and u in units of their own spread."""
        self.unscale = torch.diag(inverse_spread(x[:, : self.fields.n]))

    def check(self, x: Tensor) -> None:
        """Refuses a right-hand side that is not finite at jets ``[N, w]``."""
        bad = ~torch.isfinite(self.evaluate.values(x[:, : self.low.width], self.dtype_in)).all(1)
        if bool(bad.any()):
            raise InputError(
                "rhs",
                f"NaN or infinite rates at {int(bad.sum())} of {len(x)} jets",
                "a right-hand side that is smooth within the ranges, (-1, 1) by default",
                'ranges={"u": (0.5, 2)}, say',
            )

    def blocks(self, x: Tensor) -> Blocks:
        low = self.low.width
        value, jacobian = self.evaluate(x[:, :low], self.dtype_in)
        assert self.evaluate.dtype is not None
        equation = as_batched(lambda row: self.equation(row[:low]), False)
        k = self.space.total_derivatives(equation, x.to(self.evaluate.dtype), self.order - 1).to(torch.float64)
        prolonged = prolong(self.fields, self.space, self.order, x)
        numerator, terms = prolonged.determining(k, jacobian, torch.diagonal(self.unscale))
        return Blocks(numerator, terms, None, value, torch.linalg.matrix_norm(jacobian), x)


def inverse_spread(x: Tensor) -> Tensor:
    """One over the standard deviation of every column of ``[N, n]``, 1 where it does not vary."""
    spread = x.std(0)
    return torch.where(spread > 0, 1 / spread, torch.ones_like(spread))


def prolong(fields: CandidateSpace, space: JetSpace, order: int, x: Tensor) -> Prolonged:
    """The candidates at jets ``[N, w]`` of order 2 r − 1."""
    point = x[:, : fields.n]

    total = space.total_derivatives(lambda rows: fields.values(rows[:, : fields.n]), x, order)
    axes = torch.eye(fields.n, dtype=x.dtype, device=x.device)[space.space :]
    partial = [fields.jacobian_vector(point, axis.expand_as(point)) for axis in axes]
    return Prolonged(space, order, space.split(x)[1], total, partial[0], torch.stack(partial[1:], dim=1))


def as_function(rhs: Any, space: JetSpace) -> Callable[[Tensor], Tensor]:
    """The right-hand side as a map of one row of jet coordinates to ``[m]``, in whichever form it was written."""
    if not callable(rhs):
        raise InputError("rhs", describe(rhs), "a callable, or fields on a grid together with grid= and times=")
    names = [name.replace("_", "") for name in space.names]
    forms = f"{', '.join(names)} ({len(names)} arguments), or one argument, the jet"
    one_by_one = _takes(rhs, len(names))
    if not one_by_one and not _takes(rhs, 1):
        raise InputError("rhs", f"a callable of {_signature(rhs)}", forms, f"lambda {', '.join(names)}: …")

    def equation(row: Tensor) -> Tensor:
        jet = Jet(space, row)
        value = rhs(*jet.arguments()) if one_by_one else rhs(jet)
        if isinstance(value, (list, tuple)):
            value = torch.stack([torch.as_tensor(v, dtype=row.dtype) for v in value])
        value = torch.as_tensor(value, dtype=row.dtype)
        if value.numel() != space.fibre:
            raise InputError(
                "rhs", f"{value.numel()} rates", f"{space.fibre}, one a field", "the candidates' last coordinates are u"
            )
        return value.reshape(space.fibre)

    return equation


def _signature(rhs: Any) -> Any:
    return inspect.signature(rhs.forward if isinstance(rhs, nn.Module) else rhs)


def _takes(rhs: Any, count: int) -> bool:
    try:
        _signature(rhs).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # a builtin that does not tell its arguments
        return count > 1
    return True
