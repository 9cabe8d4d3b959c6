"""The operator ξ ↦ L_ξ F of a polynomial F, exactly: a matrix that is linear in the coefficients of F.

In coordinates z = (x − c)/h of a box or a normal law, F = Σ_b w_b φ_b(z) in a basis that is orthonormal for that
measure, and L_η F = Σ_p (A_η w)_p φ_p(z) for the vector field η. Stacked over generators that are orthonormal for
⟨η, η'⟩ = Σ (entries of [A | b])(entries of [A' | b']) in z, this is L(w) ``[q, rows]``, whose singular values are true
L²(measure) sizes of L_ξ F for unit ξ: they depend on no sample and on no basis of the candidate space.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from symmetra.functions import PolynomialFields
from symmetra.functions._orthonormal import OrthonormalBasis
from symmetra.inputs import InputError

Array = NDArray[np.float64]

_DENSE = 20_000  # entries up to which one dense product is faster than a gather and a scatter (measured on a CPU)


class LieOperator:
    """w ↦ L(w) and its adjoint, for coefficients w ``[P, c]`` of c invariant outputs.

    Attributes:
        shape: (q, rows, P).
        matrix: ``[q·rows, P]`` sparse, generator-major.
        gram: Σ_j A_jᵀ A_j, ``[P, P]``.
        mixing: ``[q, candidates]``, the orthonormal generators in the candidates.
    """

    def __init__(self, matrix: sp.csr_array, q: int, mixing: Tensor, device: torch.device) -> None:
        entries = matrix.tocoo()
        self.matrix, self.mixing = matrix, mixing.to(device)
        self.shape = (q, matrix.shape[0] // q, matrix.shape[1])
        self.gram = torch.as_tensor((matrix.T @ matrix).toarray(), device=device)
        self._dense = torch.as_tensor(matrix.toarray(), device=device) if np.prod(matrix.shape) <= _DENSE else None
        self._rows = torch.as_tensor(entries.row.astype(np.int64), device=device)
        self._columns = torch.as_tensor(entries.col.astype(np.int64), device=device)
        self._values = torch.as_tensor(entries.data, device=device)[:, None]

    def apply(self, w: Tensor) -> Tensor:
        """L(w), ``[q, rows·c]``."""
        q = self.shape[0]
        if self._dense is not None:
            return (self._dense @ w).reshape(q, -1)
        out = w.new_zeros(self.matrix.shape[0], w.shape[1])
        return out.index_add_(0, self._rows, self._values * w[self._columns]).reshape(q, -1)

    def adjoint(self, x: Tensor) -> Tensor:
        """Lᵀ(X) ``[P, c]`` for X ``[q, rows·c]``."""
        x = x.reshape(self.matrix.shape[0], -1)
        if self._dense is not None:
            return self._dense.mT @ x
        out = x.new_zeros(self.shape[2], x.shape[1])
        return out.index_add_(0, self._columns, self._values * x[self._rows])

    def sided(self, sides: Tensor) -> Tensor:
        """``[q, P, k]``: Σ_a sides_ak (A_j)_ap for left vectors ``[rows, k]``."""
        q, _, size = self.shape
        products = self._by_row @ sides.detach().cpu().numpy()
        return torch.as_tensor(products, device=sides.device).reshape(q, size, -1)

    @cached_property
    def _by_row(self) -> sp.csr_array:
        """The entries as ``[q·P, rows]``."""
        q, rows, size = self.shape
        entries = self.matrix.tocoo()
        place = (entries.row.astype(np.int64) // rows * size + entries.col, entries.row % rows)
        return sp.csr_array((entries.data, place), shape=(q * size, rows))

    def restricted(self, columns: sp.csr_array) -> LieOperator:
        """The same for coefficients w = columns v, ``[P, p]``."""
        return LieOperator(sp.csr_array(self.matrix @ columns), self.shape[0], self.mixing, self.gram.device)

    def gram_of(self, directions: Tensor) -> Tensor:
        """Σ_η A_ηᵀ A_η ``[P, P]`` over η = Σ_j directions_j η_j, ``[e, q]``, as a sum of small dense products.

        Row a of every generator has its entries in the same few columns, so it adds a Gram matrix of that size.
        """
        q, rows, size = self.shape
        columns, values = self._neighbours
        width = columns.shape[1]
        mixed = (directions @ values.reshape(q, -1)).reshape(-1, rows, width)
        products = torch.einsum("eak,eal->akl", mixed, mixed)
        place = columns[:, :, None] * size + columns[:, None, :]
        flat = products.new_zeros(size * size).index_add_(0, place.flatten(), products.flatten())
        return flat.reshape(size, size)

    @cached_property
    def _neighbours(self) -> tuple[Tensor, Tensor]:
        """Columns ``[rows, k]`` in which some generator has an entry, padded, and the entries ``[q, rows, k]``."""
        q, rows, size = self.shape
        entries = self.matrix.tocoo()
        row, column = entries.row.astype(np.int64) % rows, entries.col.astype(np.int64)
        pairs, place = np.unique(row * size + column, return_inverse=True)
        first = np.searchsorted(pairs // size, np.arange(rows + 1))
        slot = (np.arange(len(pairs)) - first[pairs // size])[place]
        width = int(np.diff(first).max(initial=1))
        columns, values = np.zeros((rows, width), np.int64), np.zeros((q, rows, width))
        columns[row, slot] = column
        values[entries.row.astype(np.int64) // rows, row, slot] = entries.data
        device = self.gram.device
        return torch.as_tensor(columns, device=device), torch.as_tensor(values, device=device)


def lie_operator(
    basis: OrthonormalBasis,
    candidates: PolynomialFields,
    centre: Array,
    half_width: Array,
    device: torch.device,
    turns: Array | None = None,
) -> LieOperator:
    """The operator of affine candidates on the polynomials of a basis.

    Outputs that move, by B_ξ = ``turns [candidates, c, c]``, make one vector of coefficients ``[P·c]``: A ⊗ 1 − 1 ⊗ B.

    Raises:
        InputError: candidates that are not affine, or linearly dependent.
    """
    matrices = candidates.matrices(torch.eye(candidates.size, dtype=torch.float64))
    if matrices is None:
        raise InputError("candidates", "fields of degree above 1", "affine fields", f"candidates.affine({basis.n})")
    fields = matrices.detach().cpu().numpy()
    linear = fields[:, :, :-1] * half_width / half_width[:, None]
    shift = (fields[:, :, -1] + fields[:, :, :-1] @ centre) / half_width
    flat = np.concatenate([linear, shift[:, :, None]], axis=2).reshape(len(fields), -1)
    norm = np.linalg.norm(flat, axis=1)
    if not norm.all():
        name = candidates.names[int(norm.argmin())]
        raise InputError("candidates", f"a field that is zero ({name})", "no zero field")
    unit = flat / norm[:, None]
    gram = unit @ unit.T
    mixing = np.diag(1 / norm)
    if np.abs(gram - np.eye(len(gram))).max() > 1e-12:  # else they stay as they are, and sparse
        values, vectors = np.linalg.eigh(gram)
        if values[0] < 1e-12 * values[-1]:
            got = f"{len(gram)} fields of rank {int((values > 1e-12 * values[-1]).sum())}"
            raise InputError("candidates", got, "linearly independent fields", "each generator once")
        mixing = (vectors / np.sqrt(values)) @ vectors.T / norm
    flat = mixing @ flat
    flat[np.abs(flat) < 1e-15] = 0.0
    stacked = sp.csr_array(flat) @ _elementary(basis.family, basis.n, basis.degree)
    size, matrix = basis.size, sp.coo_array(stacked).reshape((len(flat) * basis.size, basis.size))
    if turns is not None:
        moved = np.einsum("jk,kab->jab", mixing, turns)
        fibres = sp.vstack([sp.kron(sp.eye_array(basis.size), b) for b in moved])
        size *= moved.shape[1]
        matrix = sp.coo_array(sp.csr_array(sp.kron(matrix, sp.eye_array(moved.shape[1]))) - sp.csr_array(fibres))
    alive = np.unique(matrix.row[matrix.data != 0.0] % size)  # translations reach no term of the top degree
    place = np.full(size, -1)
    place[alive] = np.arange(alive.size)
    keep = matrix.data != 0.0
    row = matrix.row[keep].astype(np.int64)
    row = (row // size) * alive.size + place[row % size]
    small = sp.csr_array((matrix.data[keep], (row, matrix.col[keep])), shape=(len(flat) * alive.size, size))
    return LieOperator(small, len(flat), torch.as_tensor(mixing), device)


@lru_cache(maxsize=8)
def _elementary(family: str, n: int, degree: int) -> sp.csr_array:
    """z_j ∂_i (j < n) and ∂_i (j = n) as rows i·(n+1) + j of flattened ``[P, P]`` matrices."""
    basis = OrthonormalBasis(family, n, degree)
    times = [basis.multiplication(j) for j in range(n)]
    operators = []
    for i in range(n):
        slope = basis.derivative(i)
        operators += [factor @ slope for factor in times] + [slope]
    return sp.csr_array(sp.vstack([sp.coo_array(a).reshape((1, basis.size**2)) for a in operators]))
