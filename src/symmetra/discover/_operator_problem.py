"""The Lie derivative of a map between fields, its terms and its discretisation error, one column a generator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from symmetra.actions import SampledField, Trivial, as_fibre_action
from symmetra.discover._evaluation import Evaluation
from symmetra.discover._field_certificate import Rows
from symmetra.inputs import InputError
from symmetra.lie_derivative import jacobian, lie_terms

_CHUNK = 1 << 22  # numbers of one kind in flight


class OperatorProblem:
    """A, M and E of a map between fields, batch by batch.

    Args:
        F: the map, for one field or as a module for the batch.
        action: how input fields move.
        action_out: how outputs move.
        comparison: a second discretisation of the same map.
        scaling: whether outputs may be rescaled as well.
        batched: whether F takes the batch.
    """

    def __init__(
        self, F: Any, action: SampledField, action_out: Any, comparison: Any, scaling: bool, batched: bool | None
    ) -> None:
        self.action, self.out, self.scaling = action, action_out, scaling
        self.maps = [Evaluation(F, batched, "F")]
        if comparison is not None:
            self.maps.append(Evaluation(comparison, batched, "comparison"))
        self.errors_out = action_out.uncertainty if isinstance(action_out, SampledField) else Trivial(action.group)

    @property
    def columns(self) -> int:
        """q, and one more for a rescaling."""
        return len(self.action.group.generators) + self.scaling

    def batches(self, u: Tensor) -> Iterator[Rows]:
        """The matrices of fields ``[N, C, *grid]``, some at a time."""
        self.action.gradient(u[:1])  # which says whether fields are shaped as the grid is
        for part in u.split(max(1, _CHUNK // (u[0].numel() * self.columns))):
            yield self.rows(part)

    def rows(self, u: Tensor) -> Rows:
        """The three matrices at every field: ``[N, m, q]``, ``[N, d, q]``, ``[N, e, q]``."""
        f, x = self.maps[0].on_batch(u)
        along, back = (self._columns(part) for part in lie_terms(f, self.action, self.out, batched=True)(x))
        if along.shape != back.shape:
            got = f"outputs of {along.shape[1]} numbers that move as {back.shape[1]}"
            raise InputError("action_out", got, "an action on the outputs of F", "sampled_field(...) on their grid")
        opened = lie_terms(f, self.action.uncertainty, self.errors_out, batched=True)(x)
        errors = [self._columns(part) for part in opened]
        if len(self.maps) > 1:
            g, y = self.maps[1].on_batch(u)
            other = [self._columns(part) for part in lie_terms(g, self.action, self.out, batched=True)(y)]
            errors.append((along - back) - (other[0] - other[1]))
        error = len(errors) ** 0.5 * torch.cat(errors, dim=1)  # |Σ e| ≤ Σ |e| ≤ √k (Σ |e|²)^½
        numerator, sizes = along - back, torch.cat([along, back], dim=1)
        if isinstance(self.out, Trivial):
            flat = x.flatten(1)
            slopes = jacobian(lambda rows: f(rows.reshape(x.shape)).reshape(len(x), -1), flat)[1]
            velocity = [self.action.generate(xi, x) for xi in self.action.group.generators]
            sizes = self._columns(velocity) * torch.linalg.vector_norm(slopes.double(), dim=(1, 2))[:, None, None]
        if self.scaling:
            value = self._columns([f(x).detach()])
            zero = torch.zeros_like(value)
            numerator = torch.cat([numerator, -value], dim=2)
            sizes = torch.cat([torch.cat([sizes, torch.cat([zero, zero], dim=1)], dim=2), _last(value, sizes)], dim=1)
            error = torch.cat([error, error.new_zeros(*error.shape[:2], 1)], dim=2)
        return Rows(numerator, sizes, error)

    def shifted(self, u: Tensor) -> Tensor:
        """Defects ``[k]`` of the shifts by one cell: ``F(gu) − g F(u)`` relative to how much either differs from F(u).

        For invariants, and never less than to rounding, relative to F itself.
        """
        fibre = as_fibre_action(self.out, self.action)
        f, x = self.maps[0].on_batch(u)
        value, found = f(x).detach(), []
        for g in self.action.cell_shifts:
            there = f(self.action.transform(g, x)).detach()
            moved, whole = fibre.transform(g, x, value), float(torch.linalg.vector_norm(value))
            change = float(torch.linalg.vector_norm(torch.stack([there - value, moved - value])))
            size = whole if isinstance(self.out, Trivial) else max(change, 1e-3 * whole)
            found.append(float(torch.linalg.vector_norm(there - moved)) / size if size > 0 else 0.0)
        return torch.tensor(found, dtype=torch.float64)

    @staticmethod
    def _columns(parts: list[Any]) -> Tensor:
        """One column a generator, ``[N, m, q]``, real and double."""
        reals = [torch.view_as_real(part) if part.is_complex() else part for part in parts]
        return torch.stack(
            [part.detach().flatten(1) if part.ndim > 1 else part[:, None] for part in reals], -1
        ).double()


def _last(value: Tensor, like: Tensor) -> Tensor:
    return torch.cat([value.new_zeros(*value.shape[:2], like.shape[2]), value], dim=2)
