"""Irreducible representations of one group, found and recognised by random intertwiners.

A set of operators that contains with each its adjoint has a commutant with the same property, so that everything splits
orthogonally: over the reals into real irreducibles, whose own commutant is R, C or H, over the complex numbers into
complex ones. No real form has to be restored afterwards. This holds for non-compact groups too (the Lorentz group in
its usual basis), because nowhere must the operators be unitary.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from symmetra.enforce._projection import Gram, project

_CHECKS = 12  # operators on which invariance is tested; beyond, as many random combinations


class NotSplit(ArithmeticError):
    """The operators do not fall into orthogonal irreducibles (to rounding)."""


@dataclass(frozen=True)
class Irreducible:
    """One irreducible and what commutes with it.

    Attributes:
        lie: the derivatives ``[q, s, s]`` of the generators.
        discrete: the matrices ``[k, s, s]`` of the component representatives.
        units: ``[e, s, s]``, the identity first: an orthogonal basis of the commutant, each unit orthogonal;
            e = 1, 2, 4 for real, complex, quaternionic type.
        mark: numbers that equivalent irreducibles share.
    """

    lie: Tensor
    discrete: Tensor
    units: Tensor
    mark: Tensor

    @property
    def dimension(self) -> int:
        return self.lie.shape[-1]

    @property
    def operators(self) -> Tensor:
        return torch.cat([self.lie, self.discrete])


def random_matrices(count: int, rows: int, columns: int, dtype: torch.dtype, seed: int) -> Tensor:
    """Gaussian matrices ``[count, rows, columns]``, the same for the same seed."""
    source = torch.Generator().manual_seed(seed)
    return torch.randn(count, rows, columns, dtype=dtype, generator=source)


@dataclass(frozen=True)
class Piece:
    """An irreducible subspace.

    Attributes:
        frame: ``[n, s]``, orthonormal columns.
        scalar: whether only multiples of 1 commute with the group on it, seen in one random commuting map.
    """

    frame: Tensor
    scalar: bool


def split(operators: Tensor, gram: Gram | None = None) -> list[Piece]:
    """Irreducible subspaces that together span ``n`` dimensions.

    The eigenspaces of the self-adjoint part of a random element of the commutant: with probability one each is
    irreducible, and the other part vanishes on it unless more than scalars commute there.

    Args:
        operators: ``[g, n, n]``, adjoints in the algebra they generate.
        gram: their :func:`constraint_gram` in a cheaper form.

    Raises:
        NotSplit: the eigenvalues do not fall into clusters, or a cluster is not invariant.
    """
    n, best, pieces = operators.shape[-1], float("inf"), list[Piece]()
    mixture = random_matrices(1, _CHECKS, operators.shape[0], torch.float64, 19)[0].to(operators.dtype)
    probes = operators if operators.shape[0] <= _CHECKS else torch.einsum("cg,gij->cij", mixture, operators)
    scale = max(1.0, float(torch.linalg.vector_norm(probes)))
    for seed in range(5):
        T = project(random_matrices(1, n, n, operators.dtype, seed), operators, operators, gram)[0]
        values, Q = torch.linalg.eigh((T + T.mH) / 2)
        steps = values.diff()
        cuts = steps > 1e-7 * float(values.abs().max())
        within = float(steps[~cuts].max()) if (~cuts).any() else 0.0
        if cuts.any() and within > 1e-3 * float(steps[cuts].min()):
            continue
        ends = [0, *(torch.nonzero(cuts)[:, 0] + 1).tolist(), n]
        frames, tilt = [Q[:, a:b] for a, b in pairwise(ends)], (T - T.mH) / 2
        leaks = [probes @ F - F @ (F.mH @ probes @ F) for F in frames]
        worst = max(float(torch.linalg.vector_norm(leak)) for leak in leaks) / scale
        if worst < best:
            best = worst
            pieces = [Piece(F, not _turns(F.mH @ tilt @ F)) for F in frames]
        # two eigenvalues that happen to be close cost digits; another draw has them further apart
        if best <= 1e-13:
            break
    if best > 1e-10:
        raise NotSplit(f"no invariant orthogonal pieces; best residual {best:.1e}")
    return pieces


def _turns(K: Tensor) -> bool:
    """Whether an anti-self-adjoint part of a commuting map of size one is no multiple of 1 (of i, if complex)."""
    s = K.shape[-1]
    rest = K - torch.trace(K) / s * torch.eye(s, dtype=K.dtype)
    return bool(torch.linalg.vector_norm(rest) > 1e-6)


class Table:
    """The irreducibles of one group met so far; entry 0 is the trivial one.

    Args:
        lie: the number of Lie generators q.
        discrete: the number of component representatives k.
        dtype: float64 for real irreducibles, complex128 for complex ones.
    """

    def __init__(self, lie: int, discrete: int, dtype: torch.dtype) -> None:
        self.dtype, self.entries = dtype, list[Irreducible]()
        self._combination = random_matrices(1, 1, lie + discrete, torch.float64, 7)[0, 0]
        one = torch.ones(1, 1, 1, dtype=dtype)
        still, fixed = torch.zeros(lie, 1, 1, dtype=dtype), one.expand(discrete, 1, 1).clone()
        self.entries.append(Irreducible(still, fixed, one, self._mark(still, fixed)))

    def __getitem__(self, index: int) -> Irreducible:
        return self.entries[index]

    def decompose(self, lie: Tensor, discrete: Tensor, gram: Gram | None = None) -> dict[int, Tensor]:
        """Frames ``{index: [n, s, m]}``: in copy i the operators act exactly as on entry ``index``.

        Args:
            lie: ``[q, n, n]``.
            discrete: ``[k, n, n]``.
            gram: their :func:`constraint_gram` in a cheaper form.

        Raises:
            NotSplit: the operators are not completely reducible in this inner product.
        """
        operators = torch.cat([lie, discrete])
        found: dict[int, list[Tensor]] = {}
        for piece in split(operators, gram):
            Q = piece.frame
            index, turn = self._recognise(Q.mH @ lie @ Q, Q.mH @ discrete @ Q, piece.scalar)
            found.setdefault(index, []).append(Q @ turn)
        return {index: torch.stack(frames, dim=-1) for index, frames in sorted(found.items())}

    def _recognise(self, lie: Tensor, discrete: Tensor, scalar: bool) -> tuple[int, Tensor]:
        """The entry equivalent to an irreducible and the orthogonal T with ``D T = T D_entry``; added if new."""
        mark, here, s = self._mark(lie, discrete), torch.cat([lie, discrete]), lie.shape[-1]
        for index, entry in enumerate(self.entries):
            if entry.dimension != s or not torch.allclose(entry.mark, mark, rtol=1e-6, atol=1e-6):
                continue
            if s == 1 and torch.allclose(entry.operators, here, rtol=0, atol=1e-12):
                return index, torch.eye(1, dtype=self.dtype)
            maps = project(random_matrices(2, s, s, self.dtype, 11), here, entry.operators)
            sizes = torch.linalg.matrix_norm(maps)
            best = int(sizes.argmax())
            if float(sizes[best]) > 1e-6:
                # a draw that was nearly orthogonal to the intertwiners lost digits: project once more at full size
                T = project(maps[best : best + 1] * (s**0.5 / sizes[best]), here, entry.operators)[0]
                T = T * (s**0.5 / torch.linalg.matrix_norm(T))
                if float((T.mH @ T - torch.eye(s, dtype=self.dtype)).abs().max()) > 1e-9:
                    raise NotSplit("an intertwiner of irreducibles is not a multiple of an orthogonal map")
                return index, T
        units = torch.eye(s, dtype=self.dtype)[None] if scalar else commuting_units(here)
        self.entries.append(Irreducible(lie, discrete, units, mark))
        return len(self.entries) - 1, torch.eye(s, dtype=self.dtype)

    def _mark(self, lie: Tensor, discrete: Tensor) -> Tensor:
        M = torch.einsum("g,gij->ij", self._combination.to(self.dtype), torch.cat([lie, discrete]))
        traces = [torch.trace(P) for P in (M, M @ M, M @ M @ M, M @ M.mH, M @ M @ M.mH)]
        return torch.view_as_real(torch.stack(traces).to(torch.complex128)).flatten()


def commuting_units(operators: Tensor) -> Tensor:
    """The units ``[e, s, s]`` of the commutant of an irreducible: 1, or 1 and anti-self-adjoint units of C or H.

    Raises:
        NotSplit: the commutant is no division algebra, so the operators are not irreducible.
    """
    s, dtype = operators.shape[-1], operators.dtype
    one = torch.eye(s, dtype=dtype)[None]
    if s == 1:
        return one
    maps = project(random_matrices(4, s, s, dtype, 13), operators, operators).flatten(1)
    rest = maps - (maps @ one.flatten().conj())[:, None] * one.flatten() / s
    _, values, Vh = torch.linalg.svd(rest, full_matrices=False)
    others = Vh[values > 1e-6].unflatten(1, (s, s)) * s**0.5
    if others.shape[0] not in ((0,) if dtype.is_complex else (0, 1, 3)) or (
        others.shape[0] and float((others + others.mH).abs().max()) > 1e-8
    ):
        raise NotSplit(f"an eigenspace has a commutant of dimension {1 + others.shape[0]}")
    return torch.cat([one, others])
