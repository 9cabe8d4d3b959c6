"""What the samples can decide: are there enough of them, and do they fill the space they lie in?"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from symmetra.discover._normals import local_frames
from symmetra.discover._result import Coverage
from symmetra.functions import exponents, monomials
from symmetra.linalg import null_space

FLAT = 1e-4  # a polynomial this small on the samples, relative to its terms, means that they lie on its zero set
THIN = 0.05  # neighbourhoods this thin mean that the samples lie on curves or sheets
_HIGHEST = 4


def coverage(x: Tensor, rows: int, columns: int) -> Coverage:
    """The coverage diagnostic for samples ``[N, n]`` from which ``rows`` equations for ``columns`` unknowns came.

    An equation that holds on a curve or surface says nothing off it, so samples on one closed orbit cannot certify a
    symmetry of the space around it. Three tests: the count of equations; polynomials of low degree that (nearly)
    vanish on the samples, in whitened variables; thickness of the neighbourhoods.
    """
    numbers = {"equations": float(rows), "unknowns": float(columns)}
    if rows < columns:
        return Coverage(
            False, f"{rows} equations cannot decide {columns} candidates: more samples are needed", numbers=numbers
        )
    centred = x - x.mean(0)
    spread = torch.linalg.vector_norm(centred, dim=0)
    centred = centred / torch.where(spread > 0, spread, torch.ones_like(spread))
    _, s, vh = torch.linalg.svd(centred, full_matrices=False)
    flat = s <= 1e-6 * s[0] if s.numel() else s > 0
    if s.numel() < x.shape[1] or bool(flat.any()):
        return Coverage(
            False,
            f"the samples lie in a flat subspace of dimension {int((~flat).sum())} of {x.shape[1]}; what points out of "
            "it cannot be decided",
            vh[flat] if s.numel() == x.shape[1] else vh[:0],
            numbers,
        )
    white = centred @ vh.T / s * math.sqrt(x.shape[0])
    for degree in range(2, _HIGHEST + 1):
        powers = exponents(x.shape[1], degree)
        if powers.shape[0] > min(x.shape[0] // 2, 300):
            break
        values = monomials(white, powers)
        vanishing = null_space(values / torch.linalg.vector_norm(values, dim=0), FLAT)
        numbers[f"smallest polynomial of degree {degree}"] = float(vanishing.spectrum[0])
        if vanishing.dimension:
            return Coverage(
                False,
                f"the samples lie on a curve or surface of degree {degree} (extrapolation factor "
                f"{1 / max(float(vanishing.spectrum[0]), 1e-16):.1g}); what happens off it cannot be decided",
                vanishing.basis,
                numbers,
            )
    neighbours = 2 * x.shape[1]
    if x.shape[1] > 1 and x.shape[0] > 4 * neighbours:
        sizes = local_frames(white[:500], white, neighbours)[0]
        numbers["thickness of neighbourhoods"] = thin = float((sizes[:, -1] / sizes[:, 0]).median())
        if thin < THIN:
            return Coverage(
                False,
                f"the samples lie on curves or sheets (neighbourhoods are {thin:.2g} as thick as wide), as those of "
                "a few trajectories do; what happens off them cannot be decided",
                numbers=numbers,
            )
    return Coverage(True, "the samples fill their space: every candidate is decided", numbers=numbers)
