"""A compact group in a skew basis: the inner products that it leaves alone, and maps between such spaces.

A compact group keeps ``P = ∫ ρ(g)ᴴ ρ(g) dg``, so that ``S ρ S⁻¹`` with ``S = √P`` is unitary. P is found on the parts
of a representation only (their tensor products inherit it), without any integral: averaging is the projection on the
invariant forms along the complement of those of the dual. For a group that is not compact no such P is positive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from symmetra.enforce import _null_space
from symmetra.enforce._basis import MapSpace
from symmetra.representations._algebra import Sum, TensorProduct
from symmetra.representations._kronecker import Kronecker
from symmetra.representations._linear_map import Dense, DirectSum, LinearMap

if TYPE_CHECKING:
    from symmetra.representations import Representation

_SKEW = 1e8  # condition of P beyond which nothing is gained
SIZE = 60  # of a part for which P is looked for: 3,600 unknowns


def root_of_invariant_form(lie: Tensor, discrete: Tensor) -> Tensor | None:
    """``S = √P`` with P the mean of ``ρ(g)ᴴ ρ(g)``; None if no positive form is invariant.

    Args:
        lie: derivatives ``[q, n, n]``.
        discrete: elements ``[k, n, n]``.
    """
    n = lie.shape[-1]
    if n > SIZE:
        return None
    # P A = −Aᴴ P and P h = h⁻ᴴ P, and the same for the dual
    there, back = torch.cat([lie, discrete]), torch.cat([-lie.mH, torch.linalg.inv(discrete).mH])
    forms, duals = (_null_space.solve(*pair, 1e-8)[0].columns for pair in ((back, there), (there, back)))
    if forms.shape != duals.shape:
        return None
    overlap = duals.mH @ forms
    if not forms.shape[1] or float(torch.linalg.svdvals(overlap)[-1]) < 1 / _SKEW:
        return None
    P = (forms @ torch.linalg.solve(overlap, duals.mH @ torch.eye(n, dtype=forms.dtype).flatten())).reshape(n, n)
    values, Q = torch.linalg.eigh((P + P.mH) / 2)
    if float(values[0]) <= float(values[-1]) / _SKEW:
        return None
    return (Q * (values / values[-1]).sqrt()) @ Q.mH


def spread(rep: Representation, on_part: Callable[[Representation], Tensor]) -> LinearMap:
    """The map on sums and tensor products that is given on their parts, never multiplied out."""
    if isinstance(rep, Sum):
        return DirectSum([spread(part, on_part) for part, _ in rep.runs], [copies for _, copies in rep.runs])
    if isinstance(rep, TensorProduct):
        return Kronecker([spread(part, on_part) for part in rep.factors])
    return Dense(on_part(rep))


class SkewMaps(MapSpace):
    """``W = S_out⁻¹ (Σ_i v_i E_i) S_in`` with the E_i of unitary coordinates and orthonormal weights ``w = R v``.

    ``K W = S_out⁻¹ W S_in`` is self-adjoint, because all S are. ``R`` comes from a QR factorisation of the ``K E_i``.

    Args:
        inner: the maps of the unitary representations.
        out: ``S_out⁻¹``.
        into: ``S_in``.
    """

    def __init__(self, inner: MapSpace, out: LinearMap, into: LinearMap) -> None:
        self.inner, self.out, self.into, self.rank, self.dtype = inner, out, into, inner.rank, inner.dtype
        self.shape = (out.rows, into.columns)
        self.R = torch.linalg.qr(self._skew(), mode="r").R

    def _skew(self) -> Tensor:
        """The ``vec(K E_i)`` as columns."""
        maps = self.inner.vectors().mT.unflatten(1, self.shape)
        return self._turned(maps).flatten(1).mT

    def _turned(self, W: Tensor) -> Tensor:
        return self.into.T.act(self.out.act(W.cpu()).mT).mT.to(W.device)

    def _inner_weights(self, weights: Tensor) -> Tensor:
        return torch.linalg.solve_triangular(self.R.to(weights), weights[:, None], upper=True)[:, 0]

    def apply(self, weights: Tensor, x: Tensor) -> Tensor:
        moved = self.into.apply(x.cpu()).to(x.device)
        return self.out.apply(self.inner.apply(self._inner_weights(weights), moved).cpu()).to(x.device)

    def matrix(self, weights: Tensor) -> Tensor:
        return self._turned(self.inner.matrix(self._inner_weights(weights)))

    def coordinates(self, W: Tensor) -> Tensor:
        found = self.inner.coordinates(self._turned(W))
        return torch.linalg.solve_triangular(self.R.mH.to(found), found[:, None], upper=False)[:, 0]

    def vectors(self) -> Tensor:
        return torch.linalg.solve_triangular(self.R, self._skew(), upper=True, left=False)
