"""Isotypic frames of sums and tensor products, by Clebsch–Gordan fusion of irreducibles.

``V ⊗ … ⊗ V`` is decomposed one factor at a time: the irreducibles of the product so far, each times those of the next
factor. Only products of two irreducibles are ever analysed (once a group), however large the representation. Frames are
made when they are asked for, and only those of the irreducibles that both sides of a map have.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from symmetra.enforce._generating_set import GeneratingSet
from symmetra.enforce._irreducibles import Table
from symmetra.enforce._product_gram import product_gram
from symmetra.representations._algebra import Sum, TensorProduct

if TYPE_CHECKING:
    from symmetra.representations import Representation


class Isotypic(ABC):
    """A representation as a sum of irreducibles, ``multiplicities = {index: m}``.

    Attributes:
        dimension: n.
        multiplicities: how often each entry of the table occurs.
    """

    dimension: int
    multiplicities: Mapping[int, int]

    @abstractmethod
    def frame(self, index: int) -> Tensor:
        """``[n, s, m]``, orthonormal columns: coordinates of the m copies."""

    def analyse(self, index: int, x: Tensor) -> Tensor:
        """Coordinates ``[..., s, m]`` of vectors ``x [..., n]``."""
        frame = self.frame(index)
        return (x @ frame.flatten(1).conj().to(x)).unflatten(-1, frame.shape[1:])

    def synthesise(self, index: int, z: Tensor) -> Tensor:
        """The vectors ``[..., n]`` with coordinates ``z [..., s, m]``."""
        return z.flatten(-2) @ self.frame(index).flatten(1).mT.to(z)


class Leaf(Isotypic):
    """Frames that were computed from the operators themselves."""

    def __init__(self, frames: Mapping[int, Tensor]) -> None:
        self._frames = frames
        self.multiplicities = {index: frame.shape[2] for index, frame in frames.items()}
        self.dimension = next(iter(frames.values())).shape[0]

    def frame(self, index: int) -> Tensor:
        return self._frames[index]


class DirectSum(Isotypic):
    """Parts one after the other, ``copies`` of each; coordinates are ordered part, copy, copy within the part."""

    def __init__(self, runs: list[tuple[Isotypic, int]]) -> None:
        self.runs, counts = runs, dict[int, int]()
        self.dimension = sum(part.dimension * copies for part, copies in runs)
        for part, copies in runs:
            for index, m in part.multiplicities.items():
                counts[index] = counts.get(index, 0) + copies * m
        self.multiplicities = counts

    def frame(self, index: int) -> Tensor:
        pieces, row = [], 0
        for part, copies in self.runs:
            if index in part.multiplicities:
                frame = part.frame(index)
                n, s, m = frame.shape
                piece = frame.new_zeros(self.dimension, s, copies * m)
                for i in range(copies):
                    piece[row + i * n : row + (i + 1) * n, :, i * m : (i + 1) * m] = frame
                pieces.append(piece)
            row += part.dimension * copies
        return torch.cat(pieces, dim=2)

    def analyse(self, index: int, x: Tensor) -> Tensor:
        pieces = []
        for (part, copies), block in zip(self.runs, x.split([p.dimension * c for p, c in self.runs], dim=-1)):
            if index in part.multiplicities:
                z = part.analyse(index, block.unflatten(-1, (copies, part.dimension)))
                pieces.append(z.transpose(-3, -2).flatten(-2))  # [..., copies, s, m] -> [..., s, copies m]
        return torch.cat(pieces, dim=-1)

    def synthesise(self, index: int, z: Tensor) -> Tensor:
        pieces, column = [], 0
        for part, copies in self.runs:
            m = part.multiplicities.get(index, 0)
            if not m:
                pieces.append(z.new_zeros(*z.shape[:-2], copies * part.dimension))
                continue
            block = z[..., column : column + copies * m].unflatten(-1, (copies, m)).transpose(-3, -2)
            pieces.append(part.synthesise(index, block).flatten(-2))
            column += copies * m
        return torch.cat(pieces, dim=-1)


class Product(Isotypic):
    """``first ⊗ second``, by the table's Clebsch–Gordan coefficients."""

    def __init__(self, first: Isotypic, second: Isotypic, fusion: Fusion) -> None:
        self.first, self.second, self.fusion, counts = first, second, fusion, dict[int, int]()
        self.dimension = first.dimension * second.dimension
        for a, b in self._pairs():
            for index, C in fusion.coefficients(a, b).items():
                more = first.multiplicities[a] * second.multiplicities[b] * C.shape[3]
                counts[index] = counts.get(index, 0) + more
        self.multiplicities = counts
        self._cached = functools.cache(self._frame)

    def _pairs(self) -> list[tuple[int, int]]:
        return [(a, b) for a in sorted(self.first.multiplicities) for b in sorted(self.second.multiplicities)]

    def frame(self, index: int) -> Tensor:
        return self._cached(index)

    def _frame(self, index: int) -> Tensor:
        pieces = []
        for a, b in self._pairs():
            C = self.fusion.coefficients(a, b).get(index)  # [s_a, s_b, s, μ]
            if C is not None:
                U, W = self.first.frame(a), self.second.frame(b)  # [n_1, s_a, i], [n_2, s_b, j]
                fused = torch.tensordot(torch.tensordot(U, C, ([1], [0])), W, ([2], [1]))  # [n_1, i, s, μ, n_2, j]
                pieces.append(fused.permute(0, 4, 2, 1, 5, 3).reshape(self.dimension, C.shape[2], -1))
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces, dim=2)


class Fusion:
    """The irreducibles of a group, their products, and the representations decomposed so far.

    Attributes:
        generating: what has to commute.
        parts: the representations of which sums and products are made.
        table: the irreducibles met.
        products: Clebsch–Gordan coefficients ``{(a, b): {index: [s_a, s_b, s, μ]}}`` of those multiplied so far.
        frames: ``{part: {index: [n, s, m]}}`` of the parts decomposed so far.
        stored: the folder of its file and how many arrays that has; None without one.
    """

    def __init__(self, generating: GeneratingSet, parts: tuple[Representation, ...], dtype: torch.dtype) -> None:
        self.generating, self.parts = generating, parts
        self.table = Table(generating.lie.shape[0], generating.discrete.shape[0], dtype)
        self.products: dict[tuple[int, int], dict[int, Tensor]] = {}
        self.frames: dict[Representation, dict[int, Tensor]] = {}
        self.stored: tuple[Path, int] | None = None
        self.decompose = functools.lru_cache(maxsize=32)(self._decompose)

    def coefficients(self, a: int, b: int) -> dict[int, Tensor]:
        """Clebsch–Gordan coefficients ``{index: [s_a, s_b, s, μ]}`` of the product of two irreducibles."""
        if (a, b) not in self.products:
            self.products[a, b] = self._coefficients(a, b)
        return self.products[a, b]

    def _coefficients(self, a: int, b: int) -> dict[int, Tensor]:
        A, B = self.table[a], self.table[b]
        s, t = A.dimension, B.dimension
        one, two = torch.eye(s, dtype=self.table.dtype), torch.eye(t, dtype=self.table.dtype)

        def kron(X: Tensor, Y: Tensor) -> Tensor:
            return torch.einsum("...ij,...kl->...ikjl", X, Y).flatten(-4, -3).flatten(-2)

        if a == 0 or b == 0:
            return {max(a, b): kron(one, two).reshape(s, t, s * t, 1)}
        lie, discrete = kron(A.lie, two) + kron(one, B.lie), kron(A.discrete, B.discrete)
        gram = product_gram(A.lie, B.lie, torch.cat([lie, discrete]), discrete.shape[0])
        frames = self.table.decompose(lie, discrete, gram)
        return {index: frame.unflatten(0, (s, t)) for index, frame in frames.items()}

    def _decompose(self, rep: Representation) -> Isotypic:
        """The isotypic decomposition of a representation of the group.

        Raises:
            NotSplit: it is not completely reducible in its own inner product.
        """
        if isinstance(rep, Sum):
            return DirectSum([(self.decompose(part), copies) for part, copies in rep.runs])
        if isinstance(rep, TensorProduct):
            *head, last = rep.factors
            first = TensorProduct(rep.group, head) if len(head) > 1 else head[0]
            return Product(self.decompose(first), self.decompose(last), self)
        if rep not in self.frames:
            lie, discrete = (part.to(self.table.dtype) for part in self.generating.operators(rep))
            self.frames[rep] = self.table.decompose(lie, discrete)
        return Leaf(self.frames[rep])
