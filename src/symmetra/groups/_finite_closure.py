"""All elements of a finite matrix group from its generators, and its multiplication table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symmetra.inputs import InputError

# Entries are compared on a grid of 1e-6. The offset keeps the values that occur in practice (0, ±1, ±1/2, roots of
# unity) away from the borders of the cells, where rounding could send equal entries to different cells.
_GRID = 1e6
_OFFSET = 0.2718281828


@dataclass(frozen=True)
class Enumeration:
    """Elements in order of discovery (identity first) and how generators act on their indices.

    Attributes:
        elements: ``[order, d, d]``.
        right: ``[k, order]``, index of ``g_i s_k``.
        left: ``[k, order]``, index of ``s_k g_i``.
        parent: ``[order]``, and
        last: ``[order]`` with ``g_i = g_parent(i) s_last(i)``; the identity has −1.
    """

    elements: np.ndarray
    right: np.ndarray
    left: np.ndarray
    parent: np.ndarray
    last: np.ndarray


def keys(matrices: np.ndarray) -> list[bytes]:
    """Hashable keys of matrices ``[m, d, d]``, equal for matrices that agree to about 1e-7."""
    flat = matrices.reshape(len(matrices), matrices.shape[-1] ** 2)
    if np.iscomplexobj(flat):
        flat = np.concatenate([flat.real, flat.imag], axis=1)
    cells = np.floor(flat * _GRID + _OFFSET).astype(np.int64)
    return [row.tobytes() for row in cells]


def enumerate_group(generators: np.ndarray, limit: int) -> Enumeration | None:
    """Breadth-first closure of ``generators [k, d, d]``; None if the group has more than ``limit`` elements."""
    k, d = len(generators), generators.shape[-1]
    identity = np.eye(d, dtype=generators.dtype)
    index = {keys(identity[None])[0]: 0}
    elements, parent, last = [identity], [-1], [-1]
    right: list[list[int]] = []
    start = 0
    while start < len(elements):
        stop = len(elements)
        level = np.stack(elements[start:stop])
        products = np.einsum("mij,kjl->mkil", level, generators)
        # a bounded group has bounded entries; growth means infinite order, long before int64 overflows
        if not (np.abs(products) < 1e9).all():
            return None
        for m, names in enumerate(keys(row) for row in products):
            images = []
            for s, name in enumerate(names):
                found = index.get(name)
                if found is None:
                    found = len(elements)
                    if found >= limit:
                        return None
                    index[name] = found
                    elements.append(products[m, s])
                    parent.append(start + m)
                    last.append(s)
                images.append(found)
            right.append(images)
        start = stop
    table = np.stack(elements)
    left = np.empty((k, len(table)), dtype=np.int64)
    for s in range(k):
        left[s] = [index[name] for name in keys(generators[s] @ table)]
    return Enumeration(table, np.array(right, dtype=np.int64).reshape(len(table), k).T, left, np.array(parent),
                       np.array(last))  # fmt: skip


def refuse(name: str, limit: int) -> InputError:
    """The error for a group that is infinite or too large to list."""
    expected = f"a finite group of at most {limit:,} elements"
    instead = "LieGroup(generators, components) if it is infinite; sample() and components need no list"
    return InputError("generators", f"{name}, which has more elements", expected, instead)


def multiplication_table(enumeration: Enumeration) -> np.ndarray:
    """``table[i, j]`` = index of ``g_i g_j``, filled column by column from ``g_i (g_p s) = (g_i g_p) s``."""
    order = len(enumeration.elements)
    table = np.empty((order, order), dtype=np.int64)
    table[:, 0] = np.arange(order)
    for j in range(1, order):
        table[:, j] = enumeration.right[enumeration.last[j]][table[:, enumeration.parent[j]]]
    return table


def inverse_indices(enumeration: Enumeration) -> np.ndarray:
    """Index of the inverse of every element: ``(g_p s)⁻¹ = s⁻¹ g_p⁻¹``."""
    undo = np.argsort(enumeration.left, axis=1)
    inverses = np.zeros(len(enumeration.elements), dtype=np.int64)
    for j in range(1, len(inverses)):
        inverses[j] = undo[enumeration.last[j]][inverses[enumeration.parent[j]]]
    return inverses
