"""The named finite groups: cyclic, dihedral, symmetric, hyperoctahedral, signs."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from symmetra.groups import _bases as bases
from symmetra.groups._finite import FiniteGroup
from symmetra.groups._membership import is_signed_permutation


def _rotation(n: int) -> Tensor:
    """The counter-clockwise turn by 2π/n; quarter turns exactly."""
    c, s = math.cos(2 * math.pi / n), math.sin(2 * math.pi / n)
    if n in (1, 2, 4):
        c, s = round(c), round(s)
    return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)


def permutation_matrix(images: list[int] | Tensor) -> Tensor:
    """The matrix that sends ``e_i`` to ``e_images[i]``."""
    images = torch.as_tensor(images)
    matrix = torch.zeros(len(images), len(images), dtype=torch.float64)
    matrix[images, torch.arange(len(images))] = 1.0
    return matrix


def _random_signed_permutations(n: int, source: torch.Generator | None, d: int, permute: bool, signs: bool) -> Tensor:
    result = torch.eye(d, dtype=torch.float64).expand(n, d, d)
    if permute:
        result = result[torch.arange(n)[:, None], torch.rand(n, d, generator=source).argsort(dim=1)]
    if signs:
        result = result * (2.0 * torch.randint(2, (n, 1, d), generator=source) - 1)
    return result.clone()


def C(n: int) -> FiniteGroup:
    """The cyclic group of order n as rotations of the plane by multiples of 2π/n (2 × 2 matrices).

    The same abstract group as cyclic permutations of n points is :func:`Z`.
    """
    n = bases.size(n, "n")
    return FiniteGroup(_rotation(n)[None], name=f"C({n})", _order=n)


def Z(n: int) -> FiniteGroup:
    """The cyclic group of order n as cyclic shifts of n coordinates, ``e_i -> e_{i+1 mod n}`` (n × n matrices)."""
    n = bases.size(n, "n")
    shift = permutation_matrix([(i + 1) % n for i in range(n)])
    return FiniteGroup(shift[None], name=f"Z({n})", _order=n)


def D(n: int) -> FiniteGroup:
    """The dihedral group of order 2n, the symmetries of the regular n-gon in the plane (2 × 2 matrices).

    Generators: the turn by 2π/n and the flip of the second axis, diag(1, −1). ``D(1)`` is one reflection.
    """
    n = bases.size(n, "n")
    return FiniteGroup(torch.stack([_rotation(n), bases.flip(2, 1)]), name=f"D({n})", _order=2 * n)


def S(n: int) -> FiniteGroup:
    """The symmetric group of order n! as permutation matrices; generators: ``(1 2)`` and ``(1 2 … n)``."""
    n = bases.size(n, "n")
    swap = [1, 0, *range(2, n)]
    cycle = [(i + 1) % n for i in range(n)]
    images = [swap, cycle] if n > 2 else [swap] if n == 2 else []
    return FiniteGroup(
        bases.stack([permutation_matrix(image) for image in images], n),
        name=f"S({n})",
        _order=math.factorial(n),
        _sampler=partial(_random_signed_permutations, d=n, permute=True, signs=False),
        _membership=partial(is_signed_permutation, permute=True, signs=False),
    )


def Hyperoctahedral(d: int) -> FiniteGroup:
    """All signed permutation matrices, order ``2^d d!``: the symmetries of the d-dimensional cube.

    Generators: those of :func:`S` and the flip of the first axis.
    """
    d = bases.size(d, "d")
    return FiniteGroup(
        torch.cat([S(d)._components, bases.flip(d, 0)[None]]),
        name=f"Hyperoctahedral({d})",
        _order=2**d * math.factorial(d),
        _sampler=partial(_random_signed_permutations, d=d, permute=True, signs=True),
        _membership=partial(is_signed_permutation, permute=True, signs=True),
    )


def Signs(k: int) -> FiniteGroup:
    """All diagonal matrices of signs, order ``2^k``; generators: the flip of each axis."""
    k = bases.size(k, "k")
    return FiniteGroup(
        torch.stack([bases.flip(k, i) for i in range(k)]),
        name=f"Signs({k})",
        _order=2**k,
        _sampler=partial(_random_signed_permutations, d=k, permute=False, signs=True),
        _membership=partial(is_signed_permutation, permute=False, signs=True),
    )
