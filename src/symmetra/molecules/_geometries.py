"""Geometries of LiH and NH3: the published sets, made anew, and sets that put rotation and permutation to the test."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe

ATOMS = {"LiH": ("Li", "H"), "NH3": ("N", "H", "H", "H")}

# What is trained on, and what lies beyond it: bond lengths in ångström, angles between bonds in degrees.
LENGTHS = {"LiH": (1.4, 3.0), "NH3": (0.85, 1.25)}
STRETCHED = {"LiH": (3.0, 3.4), "NH3": (1.25, 1.4)}
ANGLES, BENT = (95.0, 115.0), (80.0, 95.0)
POLAR = (47.5, 57.5)  # of the published NH3: the bonds' angle from the threefold axis


def geometries(kind: Any, molecule: Any, samples: Any, seed: Any = 0) -> Tensor:
    """Positions of the atoms of LiH or NH3.

    ============ =====================================================================================
    published    as in arXiv 2512.05475: LiH along z, equally spaced; NH3 with three equal bonds about z
    upright      every bond and every angle by itself, in one orientation and one order of the hydrogens
    general      the same, each turned at random, its hydrogens in random order
    stretched    as general, with longer bonds than any of those: extrapolation in the length
    bent         as general, with sharper angles than any of those: extrapolation in the angle (NH3)
    ============ =====================================================================================

    The first numbers of the random stream are the same for ``upright`` and ``general``: with one seed, one set is the
    other one turned.

    Args:
        kind: a row of the table.
        molecule: ``"LiH"`` or ``"NH3"``.
        samples: how many.
        seed: of the random choices.

    Returns:
        Positions ``[samples, atoms, 3]`` in ångström, float64; Li or N at the origin and first, then H.

    Raises:
        InputError: no such kind or molecule, a number that is none.

    Example:
        >>> geometries("published", "LiH", 5).norm(dim=2).max(1).values
        tensor([1.4000, 1.8000, 2.2000, 2.6000, 3.0000], dtype=torch.float64)
    """
    if molecule not in ATOMS:
        raise InputError("molecule", describe(molecule), f"one of {', '.join(ATOMS)}", 'molecule="NH3"')
    if kind not in _KINDS:
        raise InputError("kind", describe(kind), f"one of {', '.join(_KINDS)}", 'kind="general"')
    for name, value, least in (("samples", samples, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(name, describe(value), f"a whole number ≥ {least}", f"{name}=100")
    if kind == "bent" and molecule == "LiH":
        raise InputError("kind", "'bent' for LiH, which has no angle", "one of NH3", 'molecule="NH3"')
    return _KINDS[kind](str(molecule), samples, torch.Generator().manual_seed(seed))


def _published(molecule: str, samples: int, generator: torch.Generator) -> Tensor:
    if molecule == "LiH":
        r = torch.linspace(*LENGTHS["LiH"], samples, dtype=torch.float64)
        return _axial(r)
    r, polar = _uniform(LENGTHS["NH3"], (samples, 1), generator), _uniform(POLAR, (samples, 1), generator).deg2rad()
    around = torch.arange(3, dtype=torch.float64) * (2 * math.pi / 3)
    bonds = [polar.sin() * around.cos(), polar.sin() * around.sin(), polar.cos().expand(-1, 3)]
    return _with_origin(r[..., None] * torch.stack(bonds, -1))


def _upright(molecule: str, samples: int, generator: torch.Generator, beyond: str = "") -> Tensor:
    lengths = STRETCHED if beyond == "stretched" else LENGTHS
    if molecule == "LiH":
        return _axial(_uniform(lengths["LiH"], (samples,), generator))
    r = _uniform(lengths["NH3"], (samples, 3), generator)
    cosines = _uniform(BENT if beyond == "bent" else ANGLES, (samples, 3), generator).deg2rad().cos()
    gram = torch.eye(3, dtype=torch.float64).repeat(samples, 1, 1)
    for place, (i, j) in enumerate(((0, 1), (0, 2), (1, 2))):
        gram[:, i, j] = gram[:, j, i] = cosines[:, place]
    # The rows of the Cholesky factor are unit vectors with these angles; any three of at most 115° can be met.
    return _with_origin(r[..., None] * torch.linalg.cholesky(gram))


def _general(molecule: str, samples: int, generator: torch.Generator, beyond: str = "") -> Tensor:
    positions = _upright(molecule, samples, generator, beyond)
    order = torch.rand(samples, positions.shape[1] - 1, generator=generator, dtype=torch.float64).argsort(1) + 1
    order = torch.cat([torch.zeros_like(order[:, :1]), order], 1)
    positions = positions.gather(1, order[..., None].expand(-1, -1, 3))
    return positions @ rotations(samples, generator).mT


def rotations(samples: int, generator: torch.Generator) -> Tensor:
    """Rotations ``[samples, 3, 3]`` drawn uniformly: the orthogonal factors of Gaussian matrices (math-ph/0609050)."""
    q, r = torch.linalg.qr(torch.randn(samples, 3, 3, generator=generator, dtype=torch.float64))
    q = q * r.diagonal(dim1=-2, dim2=-1).sign()[:, None, :]
    return q * torch.linalg.det(q)[:, None, None]


def _uniform(between: tuple[float, float], shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return between[0] + (between[1] - between[0]) * torch.rand(shape, generator=generator, dtype=torch.float64)


def _axial(r: Tensor) -> Tensor:
    zero = torch.zeros_like(r)
    return _with_origin(torch.stack([zero, zero, r], -1)[:, None])


def _with_origin(hydrogens: Tensor) -> Tensor:
    return torch.cat([torch.zeros_like(hydrogens[:, :1]), hydrogens], 1)


_KINDS: dict[str, Callable[[str, int, torch.Generator], Tensor]] = {
    "published": _published,
    "upright": _upright,
    "general": _general,
    "stretched": lambda molecule, samples, generator: _general(molecule, samples, generator, "stretched"),
    "bent": lambda molecule, samples, generator: _general(molecule, samples, generator, "bent"),
}
