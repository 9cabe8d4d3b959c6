"""Finite groups of signed permutations: the equivariant maps are constant, up to sign, on orbits of index pairs.

On vec(W) every generator is again a signed permutation, ``e_x -> sgn(x) e_t(x)``. In the double cover, with nodes
(x, +) and (x, −), it is a permutation; a component that contains both sheets of an x forces W_x = 0, every other pair
of components is one basis map with entries ±1/√|orbit|. Exact: no number is rounded but that root.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from symmetra.enforce._basis import MapSpace
from symmetra.representations._algebra import Sum, TensorProduct

if TYPE_CHECKING:
    from symmetra.representations import Representation

SignedPermutation = tuple[Tensor, Tensor]  # images [n] and signs [n]: e_x -> signs[x] e_images[x]


def signed_permutation(rep: Representation, h: Tensor) -> SignedPermutation | None:
    """``rho(h)`` as images and signs, built from its factors; None if it is no signed permutation."""
    if isinstance(rep, Sum):
        images, signs, start = [], [], 0
        for part, copies in rep.runs:
            found = signed_permutation(part, h)
            if found is None:
                return None
            shifts = start + part.dimension * torch.arange(copies)
            images.append((shifts[:, None] + found[0]).flatten())
            signs.append(found[1].repeat(copies))
            start += part.dimension * copies
        return torch.cat(images), torch.cat(signs)
    if isinstance(rep, TensorProduct):
        result = (torch.zeros(1, dtype=torch.int64), torch.ones(1, dtype=torch.int8))
        for part in rep.factors:
            found = signed_permutation(part, h)
            if found is None:
                return None
            result = _kronecker(result, found)
        return result
    matrix = rep.rho(h).dense()
    if matrix.is_complex():
        if float(matrix.imag.abs().max()) > 0:
            return None
        matrix = matrix.real
    rounded = matrix.round()
    # a product of reflections or a determinant may be off by rounding; a quarter turn is exact
    if float((matrix - rounded).abs().max()) > 1e-14:
        return None
    size = rounded.abs()
    if not (bool((size.sum(0) == 1).all()) and bool((size.sum(1) == 1).all())):
        return None
    places = size.argmax(dim=0)
    return places, rounded.gather(0, places[None])[0].to(torch.int8)


def _kronecker(first: SignedPermutation, second: SignedPermutation) -> SignedPermutation:
    images = (first[0][:, None] * second[0].shape[0] + second[0]).flatten()
    return images, (first[1][:, None] * second[1]).flatten()


class OrbitMaps(MapSpace):
    """``W[p, q] = ± w[label[p, q]] / √size``, zero where the orbit meets its own negative.

    Args:
        pairs: for every generator its signed permutation on V_out and on V_in.
        shape: ``(dim_out, dim_in)``.
        dtype: float64 or complex128.
    """

    def __init__(
        self, pairs: list[tuple[SignedPermutation, SignedPermutation]], shape: tuple[int, int], dtype: torch.dtype
    ) -> None:
        self.shape, self.dtype, n = shape, dtype, shape[0] * shape[1]
        label, sign = _orbits([_kronecker(*pair) for pair in pairs], n)
        self.rank = int(label.max()) + 1 if n else 0
        sizes = torch.bincount(label[label >= 0], minlength=self.rank).to(torch.float64)
        # dead entries read weight 0 with factor 0
        self.label = label.clamp(min=0)
        roots = sizes.rsqrt()[self.label] if self.rank else torch.zeros(n, dtype=torch.float64)
        self.entries = torch.where(label >= 0, sign.to(torch.float64) * roots, 0.0)

    def matrix(self, weights: Tensor) -> Tensor:
        if not self.rank:
            return weights.new_zeros(self.shape)
        return (weights[self.label.to(weights.device)] * self.entries.to(weights.device)).reshape(self.shape)

    def apply(self, weights: Tensor, x: Tensor) -> Tensor:
        return x @ self.matrix(weights).mT

    def coordinates(self, W: Tensor) -> Tensor:
        if not self.rank:
            return W[:0, 0]
        label, entries = self.label.to(W.device), self.entries.to(W.device)
        return W.new_zeros(self.rank).index_add(0, label, W.flatten() * entries)

    def vectors(self) -> Tensor:
        n = self.label.shape[0]
        result = torch.zeros(n, self.rank, dtype=self.dtype)
        if self.rank:
            result[torch.arange(n), self.label] = self.entries.to(self.dtype)
        return result


def _orbits(moves: list[SignedPermutation], n: int) -> tuple[Tensor, Tensor]:
    """Orbit labels ``[n]`` in order of first member, −1 for dead ones, and the signs relative to that member."""
    nodes = np.arange(n, dtype=np.int64)
    if not any(bool((signs < 0).any()) for _, signs in moves):
        edges = [images.numpy() for images, _ in moves]
        return _in_order(_components(nodes, edges, n)), torch.ones(n, dtype=torch.int8)
    both, edges = np.arange(2 * n, dtype=np.int64), []
    for images, signs in moves:
        flip = np.where(signs.numpy() < 0, n, 0)
        edges.append(np.concatenate([images.numpy() + flip, images.numpy() + (n - flip)]))
    sheet = _components(both, edges, 2 * n)
    plus, minus = sheet[:n], sheet[n:]
    alive = plus != minus
    label = np.where(alive, np.minimum(plus, minus), -1)
    return _in_order(label), torch.from_numpy(np.where(plus < minus, 1, -1).astype(np.int8))


def _components(nodes: np.ndarray, edges: list[np.ndarray], n: int) -> np.ndarray:
    if not edges:
        return nodes
    rows, columns = np.concatenate([nodes] * len(edges)), np.concatenate(edges)
    from scipy.sparse import coo_matrix  # not at module level: a fifth of a second
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _in_order(label: np.ndarray) -> Tensor:
    """The same classes numbered by first appearance; negative labels stay −1."""
    alive = label >= 0
    _, first, inverse = np.unique(label[alive], return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    result = np.full(len(label), -1, dtype=np.int64)
    result[alive] = number[inverse]
    return torch.from_numpy(result)
