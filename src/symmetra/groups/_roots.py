"""Simple ideals of a semisimple real Lie algebra and their types, from its roots."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from symmetra.groups._series import UndecidedError
from symmetra.groups._structure import killing_form


@dataclass(frozen=True)
class SimpleIdeal:
    """A simple ideal of a semisimple algebra.

    Attributes:
        rows: real basis ``[dimension, m]`` in the coordinates of the semisimple algebra, orthonormal.
        series: Cartan's letter A … G of the complexification (of one half, if ``is_complex``); A_1 for so(3), B_2 for
            so(5), A_3 for so(6).
        rank: the rank that belongs to the letter.
        is_complex: a complex simple algebra seen as a real one (so(1,3) = sl(2, C)).
        character: number of positive minus number of negative directions of the Killing form.
    """

    rows: Tensor
    series: str
    rank: int
    is_complex: bool
    character: int

    @property
    def dimension(self) -> int:
        return self.rows.shape[0]


def _regular_element(c: Tensor, tries: int = 8) -> tuple[Tensor, Tensor]:
    """A Cartan subalgebra ``[rank, m]`` and the root vectors ``[m, roots]``, from the best of a few random elements."""
    m = c.shape[0]
    source = torch.Generator().manual_seed(1)
    best = None
    for _ in range(tries):
        h = torch.randn(m, generator=source, dtype=c.dtype)
        ad = torch.einsum("i,ijl->lj", h, c)
        values, vectors = torch.linalg.eig(ad)
        size = values.abs()
        order = size.argsort()
        values, vectors, size = values[order], vectors[:, order], size[order]
        ratios = size[1:] / size[:-1].clamp_min(1e-14 * float(size[-1]))
        rank = int(ratios.argmax()) + 1
        roots = values[rank:]
        gaps = (roots[:, None] - roots[None]).abs() + torch.eye(len(roots)) * float(size[-1])
        separation = min(float(gaps.min()), float(size[rank])) / float(size[-1])
        if best is None or separation > best[0]:
            best = (separation, ad, rank, vectors[:, rank:])
    assert best is not None
    _, ad, rank, vectors = best
    _, _, vh = torch.linalg.svd(ad)
    return vh[-rank:], vectors


def _letter(rank: int, gram: Tensor) -> tuple[str, int]:
    """Cartan's letter of an irreducible root system from its Gram matrix: rank, number of roots, how many are short.

    Raises:
        UndecidedError: if the numbers ``2 (α, β) / (β, β)`` are not whole or the counts fit no root system.
    """
    lengths = torch.diagonal(gram)
    integers = 2 * gram / lengths[None]
    count, short = len(lengths), int((lengths < 0.8 * lengths.max()).sum())
    counts = {("A", rank): (rank * (rank + 1), 0), ("G", 2): (12, 6), ("F", 4): (48, 24)}
    if rank >= 4:
        counts["D", rank] = (2 * rank * (rank - 1), 0)
    if rank >= 2:
        counts["B", rank] = (2 * rank * rank, 2 * rank)
    if rank >= 3:
        counts["C", rank] = (2 * rank * rank, 2 * rank * (rank - 1))
    counts.update({("E", 6): (72, 0), ("E", 7): (126, 0), ("E", 8): (240, 0)})
    fits = [key for key, value in counts.items() if key[1] == rank and value == (count, short)]
    if len(fits) != 1 or float((integers - integers.round()).abs().max()) > 0.05:
        raise UndecidedError(f"{count} roots of rank {rank} fit no root system")
    return fits[0]


def _components(linked: Tensor) -> list[list[int]]:
    """Connected components of a symmetric boolean matrix."""
    unseen, components = set(range(len(linked))), []
    while unseen:
        stack, found = [min(unseen)], set()
        while stack:
            i = stack.pop()
            if i in found:
                continue
            found.add(i)
            stack.extend(j for j in torch.nonzero(linked[i]).flatten().tolist() if j not in found)
        unseen -= found
        components.append(sorted(found))
    return components


def simple_ideals(c: Tensor) -> list[SimpleIdeal]:
    """The simple ideals of the semisimple algebra with structure constants ``c [m, m, m]``.

    A random element is regular: its centraliser is a Cartan subalgebra H, the other eigenvectors of its ad are the
    root vectors. Roots that are not orthogonal under the Killing form belong to one simple ideal of the
    complexification; ideals that complex conjugation exchanges are the two halves of a complex simple algebra. The
    letter follows from root lengths, the real form (elsewhere) from the signature of the Killing form.

    Raises:
        UndecidedError: where the numbers found are those of no semisimple algebra.
    """
    m = c.shape[0]
    if m == 0:
        return []
    if m < 3:
        raise UndecidedError(f"no semisimple algebra has dimension {m}")
    killing = killing_form(c)
    cartan, vectors = _regular_element(c)
    ad = torch.einsum("ai,ijl->alj", cartan, c).to(vectors.dtype)
    norms = (vectors.conj() * vectors).sum(0)
    roots = torch.einsum("lr,alj,jr->ra", vectors.conj(), ad, vectors) / norms[:, None]
    dual = torch.linalg.inv(cartan @ killing @ cartan.T).to(roots.dtype)
    coroots = roots @ dual
    gram = (coroots @ roots.T).real
    lengths = torch.diagonal(gram)
    ideals = []
    halves = _components(gram.abs() > 0.1 * lengths.min())
    # the conjugate of a root vector belongs to the conjugate root
    conjugate = (roots.conj()[:, None] - roots[None]).abs().sum(-1).argmin(dim=1)
    used: set[int] = set()
    for half in halves:
        if half[0] in used:
            continue
        partner = next(other for other in halves if int(conjugate[half[0]]) in other)
        if len(partner) != len(half):
            raise UndecidedError("conjugate ideals of different size")
        is_complex = partner is not half
        members = half + partner if is_complex else half
        used.update(members)
        elements = torch.cat([vectors[:, members].T, coroots[members] @ cartan.to(roots.dtype)])
        rows = torch.cat([elements.real, elements.imag])
        rows = rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-300)
        rank = int(torch.linalg.matrix_rank(gram[half][:, half], rtol=1e-4))
        dimension = (len(half) + rank) * (2 if is_complex else 1)
        # rows whose real or imaginary part is rounding are removed before they are scaled up
        keep = torch.cat([elements.real, elements.imag]).norm(dim=1) > 1e-6 * elements.abs().max()
        _, _, vh = torch.linalg.svd(rows[keep], full_matrices=False)
        basis = vh[:dimension]
        signs = torch.linalg.eigvalsh(basis @ killing @ basis.T)
        letter, rank = _letter(rank, gram[half][:, half])
        if float(signs.abs().min()) < 1e-7 * float(signs.abs().max()):
            raise UndecidedError("a Killing form without a clear signature")
        character = int((signs > 0).sum()) - int((signs < 0).sum())
        ideals.append(SimpleIdeal(basis, letter, rank, is_complex, character))
    if sum(ideal.dimension for ideal in ideals) != m:
        raise UndecidedError("the simple ideals do not add up to the algebra")
    return sorted(ideals, key=lambda ideal: -ideal.dimension)
