"""Polynomials as a representation: the monomials moved by an affine map are combinations of monomials.

φ(g x) = Φ_g φ(x) defines Φ, and Φ_gh = Φ_g Φ_h. Monomials of one degree k carry the symmetric power Symᵏ of a linear
action; scaled by √(k!/a!) they are orthonormal for the inner product that an orthogonal action keeps, so that Φ is
orthogonal where the action is. A map F = C φ is equivariant iff C Φ_g = ρ_out(g) C.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from symmetra.enforce._library_action import Moves
from symmetra.functions import exponents
from symmetra.representations import LinearMap, Representation
from symmetra.representations._linear_map import Dense


class Substitution:
    """How monomials of n variables change under affine maps, exactly, by recursion over the degree.

    Attributes:
        powers: ``[M, n]``, all exponents up to the highest degree of the monomials wanted.
        place: ``[T]``, where those stand.
    """

    def __init__(self, wanted: Tensor) -> None:
        n, degree = wanted.shape[1], int(wanted.sum(1).max())
        self.powers = exponents(n, degree)
        index = {tuple(a): m for m, a in enumerate(self.powers.tolist())}
        self.place = torch.tensor([index[tuple(a)] for a in wanted.tolist()])
        self.degrees = self.powers.sum(1)
        lowered = self.powers[:, None, :] - torch.eye(n, dtype=torch.int64)  # [M, n, n]: x^a / x_i
        self._lower = torch.tensor([[index.get(tuple(b), -1) for b in row] for row in lowered.tolist()])
        raised = self.powers[:, None, :] + torch.eye(n, dtype=torch.int64)
        self._raise = torch.tensor([[index.get(tuple(b), -1) for b in row] for row in raised.tolist()])

    def finite(self, affine: Tensor) -> Tensor:
        """Φ ``[M, M]``: ``(A x + b)^a = Σ Φ[a, a'] x^a'`` for ``affine = [A | b]``."""
        size, n = self.powers.shape
        out = torch.zeros(size, size, dtype=torch.float64)
        out[0, 0] = 1.0
        first = (self.powers > 0).double().argmax(dim=1)  # x^a = x_first · x^parent
        for degree in range(1, int(self.degrees[-1]) + 1):
            for i in range(n):
                rows = torch.nonzero((self.degrees == degree) & (first == i))[:, 0]
                if not len(rows):
                    continue
                parent = out[self._lower[rows, i]]
                below = self.degrees < degree
                image = affine[i, n] * parent
                for j in torch.nonzero(affine[i, :n])[:, 0].tolist():
                    image[:, self._raise[below, j]] += affine[i, j] * parent[:, below]
                out[rows] = image
        return out

    def infinitesimal(self, affine: Tensor) -> Tensor:
        """dΦ ``[M, M]``: the derivative ``Σ_i ∂_i x^a (A x + b)_i`` of the monomials along an affine field."""
        size, n = self.powers.shape
        out = torch.zeros(size, size, dtype=torch.float64)
        for i in range(n):
            rows = torch.nonzero(self.powers[:, i])[:, 0]
            lower, factor = self._lower[rows, i], self.powers[rows, i].double()
            for j in torch.nonzero(affine[i])[:, 0].tolist():
                target = lower if j == n else self._raise[lower, j]
                out.index_put_((rows, target), factor * affine[i, j], accumulate=True)
        return out

    def leaving(self, moved: Tensor, tolerance: float = 1e-9) -> Tensor:
        """``[T, M]`` bool: into which monomials that are not wanted each wanted one is carried by ``moved [M, M]``."""
        rows = moved[self.place]
        rows[:, self.place] = 0.0
        return rows.abs() > tolerance * (1 + moved.abs().max())


class _ByElement(Representation):
    """A representation whose matrices are made one by one."""

    @abstractmethod
    def _one(self, element: Tensor, infinitesimal: bool) -> Tensor:
        """The matrix ``[d, d]`` of a group element, or of a generator."""

    def _batch(self, elements: Tensor, infinitesimal: bool) -> LinearMap:
        size = self.dimension
        matrices = [self._one(element, infinitesimal) for element in elements.reshape(-1, *elements.shape[-2:])]
        stacked = torch.stack(matrices) if matrices else torch.zeros(0, size, size, dtype=torch.float64)
        return Dense(stacked.reshape(*elements.shape[:-2], size, size))

    def _map(self, g: Tensor) -> LinearMap:
        return self._batch(g, False)

    def _derivative(self, A: Tensor) -> LinearMap:
        return self._batch(A, True)


class OnMonomials(_ByElement):
    """The representation on monomials that span an invariant space, each scaled by ``scale``.

    Args:
        moves: an affine action of a group of matrices.
        powers: the exponents, ``[T, n]``.
    """

    def __init__(self, moves: Moves, powers: Tensor) -> None:
        self.group, self.dimension, self.is_complex = moves.action.group, len(powers), False
        self._moves, self._substitution, self._powers = moves, Substitution(powers), powers
        count = powers.double()
        logarithm = torch.lgamma(count.sum(1) + 1) - torch.lgamma(count + 1).sum(1)
        self.scale = (logarithm / 2).exp()
        self._name = f"{len(powers)} monomials"

    def _one(self, element: Tensor, infinitesimal: bool) -> Tensor:
        place, ratio = self._substitution.place, self.scale[:, None] / self.scale
        change = self._substitution.infinitesimal if infinitesimal else self._substitution.finite
        affine: Any = self._moves.affine(infinitesimal, element)
        return change(affine)[place][:, place] * ratio

    def _identity(self) -> tuple[Any, ...]:
        return (self._moves.action, self._powers.numpy().tobytes(), self._powers.shape)


class OnFibre(_ByElement):
    """The matrices of a fibre action that does not look at x."""

    def __init__(self, moves: Moves) -> None:
        self.group, self.dimension, self.is_complex = moves.action.group, moves.m, False
        self._moves, self._name = moves, f"fibre {moves.m}"

    def _one(self, element: Tensor, infinitesimal: bool) -> Tensor:
        origin = torch.zeros(1, self._moves.n, dtype=torch.float64)
        return self._moves.fibres(origin, infinitesimal, element)[0, :, :-1]

    def _identity(self) -> tuple[Any, ...]:
        return (self._moves.action, self._moves.fibre, self._moves.m)
