"""The representations that every matrix group has: its own, the trivial one, and powers of the determinant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe
from symmetra.representations._base import Representation
from symmetra.representations._linear_map import Dense, LinearMap

if TYPE_CHECKING:
    from symmetra.groups import Group


def _checked(group: Any) -> Group:
    if not all(hasattr(group, name) for name in ("d", "generators", "components", "identity")):
        raise InputError("group", describe(group), "a group of matrices", "symmetra.groups.SO(3)")
    return group


class Vector(Representation):
    """The defining representation: ``ρ(g) = g``, on vectors ``[d]``."""

    def __init__(self, group: Any) -> None:
        self.group = _checked(group)
        self.dimension, self.is_complex, self._name = group.d, group.identity.is_complex(), "V"

    def _map(self, g: Tensor) -> LinearMap:
        return Dense(g)

    def _derivative(self, A: Tensor) -> LinearMap:
        return Dense(A)

    def _identity(self) -> tuple[Any, ...]:
        return (self.group,)


class _OneDimensional(Representation):
    """One number ``[1]``, multiplied by a function of the determinant."""

    def __init__(self, group: Any, name: str, is_complex: bool) -> None:
        self.group, self.dimension, self.is_complex, self._name = _checked(group), 1, is_complex, name

    def _identity(self) -> tuple[Any, ...]:
        return (self.group, self._name)


class Scalar(_OneDimensional):
    """The trivial representation on one number: ``ρ(g) = 1``."""

    def __init__(self, group: Any) -> None:
        super().__init__(group, "1", False)

    def _map(self, g: Tensor) -> LinearMap:
        return Dense(torch.ones_like(g[..., :1, :1].real))

    def _derivative(self, A: Tensor) -> LinearMap:
        return Dense(torch.zeros_like(A[..., :1, :1].real))

    @property
    def dual(self) -> Representation:
        return self


class Determinant(_OneDimensional):
    """``ρ(g) = det(g)^power`` for an integer power (a volume for power 1, a density for −1)."""

    def __init__(self, group: Any, power: Any = 1) -> None:
        if isinstance(power, bool) or not isinstance(power, int):
            raise InputError("power", describe(power), "an integer", "Determinant(group, -1)")
        self.power = power
        super().__init__(group, "det" if power == 1 else f"det^{power}", group.identity.is_complex())

    def _map(self, g: Tensor) -> LinearMap:
        return Dense(torch.linalg.det(g)[..., None, None] ** self.power)

    def _derivative(self, A: Tensor) -> LinearMap:
        return Dense(self.power * A.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None])

    @property
    def dual(self) -> Representation:
        return Determinant(self.group, -self.power)


class Pseudoscalar(_OneDimensional):
    """``ρ(g) = det(g) / |det(g)|``: a number that changes sign under reflections (for complex groups, a phase)."""

    def __init__(self, group: Any) -> None:
        super().__init__(group, "sgn", group.identity.is_complex())

    def _map(self, g: Tensor) -> LinearMap:
        return Dense(torch.linalg.det(g).sgn()[..., None, None])

    def _derivative(self, A: Tensor) -> LinearMap:
        trace = A.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None]
        return Dense(1j * trace.imag if A.is_complex() else torch.zeros_like(trace))

    @property
    def dual(self) -> Representation:
        return self.conjugate
