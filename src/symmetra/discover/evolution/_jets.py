"""Jet coordinates: a point of the base, the fields there, and their space derivatives up to some order."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import jvp

from symmetra.functions import PolynomialFields, exponents, monomial_name
from symmetra.inputs import InputError

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class JetSpace:
    """Rows (x, t, u, u_x, …): d + 1 numbers, then the m components of u_J for every multi-index J in graded order.

    Args:
        space: d, the number of space dimensions.
        fibre: m, the number of fields.
        order: highest derivative held.

    Attributes:
        indices: the multi-indices ``[M, d]``: with d = 2 those of u, u_x, u_y, u_xx, u_xy, u_yy, …
        width: d + 1 + M m, numbers in a row.
    """

    def __init__(self, space: int, fibre: int, order: int) -> None:
        self.space, self.fibre, self.order = space, fibre, order
        self.indices = exponents(space, order)
        self.position = {tuple(index): k for k, index in enumerate(self.indices.tolist())}
        self.axes = ["x", "y", "z"][:space] if space <= 3 else [f"x{i + 1}" for i in range(space)]
        self.width = space + 1 + len(self.indices) * fibre
        self._raised = [self._sources(axis) for axis in range(space)]

    def count(self, order: int) -> int:
        """The number of multi-indices up to an order."""
        return int((self.indices.sum(1) <= order).sum())

    @property
    def names(self) -> list[str]:
        """``x``, ``t``, ``u``, ``u_x``, …: one a group of components."""
        words = ["".join(a * k for a, k in zip(self.axes, index, strict=True)) for index in self.indices.tolist()]
        return [*self.axes, "t", *("u_" + word if word else "u" for word in words)]

    def split(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The base point ``[..., d + 1]`` and the derivatives ``[..., M, m]`` of rows ``[..., d + 1 + M m]``."""
        base, rest = rows[..., : self.space + 1], rows[..., self.space + 1 :]
        return base, rest.unflatten(-1, (-1, self.fibre))

    def along(self, axis: int, rows: Tensor) -> Tensor:
        """∂_{x_i} + Σ_J u_{J+i} ∂_{u_J} at rows ``[N, w]``, along which the derivative is D_i; 0 for the top order."""
        padded = torch.cat([rows, torch.zeros_like(rows[:, :1]), torch.ones_like(rows[:, :1])], dim=1)
        return padded[:, self._raised[axis]]

    def total_derivatives(self, f: Callable[[Tensor], Tensor], rows: Tensor, order: int) -> Tensor:
        """All total derivatives D_J f up to an order, of a batched function f of rows ``[N, w]``: ``[N, M, ...]``.

        D_i is the derivative along a field on jet space, so that D_J is a forward derivative of forward derivatives.
        The rows must go that many orders further than f looks.
        """
        found: dict[tuple[int, ...], Tensor] = {}
        for top in exponents(self.space, order, lowest=order).tolist():
            path = [axis for axis, k in enumerate(top) for _ in range(k)]
            chain = self._chain(f, path)(rows)
            for k, value in enumerate(chain):  # every multi-index begins the path of one of the highest
                found[tuple(path[:k].count(axis) for axis in range(self.space))] = value
        return torch.stack([found[tuple(index)] for index in self.indices.tolist()[: self.count(order)]], dim=1)

    def _chain(self, f: Callable[[Tensor], Tensor], path: list[int]) -> Callable[[Tensor], Tensor]:
        """A function and its total derivatives along a path of axes, one by one: ``[1 + len(path), N, ...]``."""
        if not path:
            return lambda rows: f(rows)[None]
        before = self._chain(f, path[:-1])

        def derived(rows: Tensor) -> Tensor:
            values, slopes = jvp(before, (rows,), (self.along(path[-1], rows),))[:2]
            return torch.cat([values, slopes[-1:]])

        return derived

    def _sources(self, axis: int) -> list[int]:
        """For every column of ∂_{x_i} + Σ_J u_{J+i} ∂_{u_J}, the column that it is; then those of 0 and 1."""
        sources = [self.width + (a == axis) for a in range(self.space + 1)]
        for index in self.indices.tolist():
            raised = self.position.get(tuple(k + (a == axis) for a, k in enumerate(index)))
            first = self.width if raised is None else self.space + 1 + raised * self.fibre
            sources += [first + c * (raised is not None) for c in range(self.fibre)]
        return sources


class Jet:
    """One jet with its coordinates by name, for right-hand sides of many variables.

    ``jet.x``, ``jet.y``, ``jet.t``; ``jet.u``, and ``jet.u_x``, ``jet.u_xy``, … (``jet.uxy`` is the same): numbers for
    one field, tensors ``[m]`` for m of them.
    """

    def __init__(self, space: JetSpace, row: Tensor) -> None:
        self._space = space
        self._base, self._u = space.split(row)

    def __getattr__(self, name: str) -> Tensor:
        if name.startswith("__"):
            raise AttributeError(name)
        axes = self._space.axes
        if name in axes:
            return self._base[axes.index(name)]
        if name == "t":
            return self._base[-1]
        letters = name[1:].removeprefix("_")
        index = tuple(letters.count(a) for a in axes)
        if name[:1] != "u" or sum(index) * len(axes[0]) != len(letters) or index not in self._space.position:
            known = ", ".join(self._space.names)
            raise InputError("rhs", f"a use of jet.{name}", f"one of {known}", "a larger order, if it is a derivative")
        value = self._u[self._space.position[index]]
        return value[0] if self._space.fibre == 1 else value

    def arguments(self) -> list[Tensor]:
        """All coordinates one by one, in the order of the names."""
        return [getattr(self, name) for name in self._space.names]


class JetFields(PolynomialFields):
    """Polynomial fields whose coordinates are called x, t, u instead of x, y, z."""

    def __init__(self, fields: PolynomialFields, space: JetSpace) -> None:
        super().__init__(fields.n, fields.exponents, None if fields.is_full else fields.tensor)
        components = [f"u{a + 1}".translate(_SUBSCRIPTS) for a in range(space.fibre)] if space.fibre > 1 else ["u"]
        self.variables = [*space.axes, "t", *components]

    @property
    def names(self) -> list[str]:  # type: ignore[override]
        """``t ∂x``, ``u ∂u``; generators of a group are numbered."""
        if not self.is_full:
            return super().names
        words = [monomial_name(a, self.variables) for a in self.exponents]
        return [f"∂{v}" if w == "1" else f"{w} ∂{v}" for v in self.variables for w in words]
