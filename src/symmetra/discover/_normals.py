"""Normals of a set known by points alone: exact from the polynomials that vanish on it, else from neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import torch
from torch import Tensor

from symmetra.functions import exponents, monomial_gradients, monomials
from symmetra.inputs import InputError
from symmetra.linalg import null_space

EXACT = 1e-11  # relative size of a polynomial on the points below which it counts as vanishing there
_NEAR = 1e-4  # a polynomial that is larger than this on the points does not vanish there
_JUMP = 1e3  # how far a vanishing polynomial must be set apart from the others
_REGULAR = 1e-3  # relative size of a gradient that does not vanish
_HIGHEST = 6
_MOST_TERMS = 500


@dataclass
class Normals:
    """Orthonormal normals at points, ``[N, n]`` to ``[N, c, n]``.

    Attributes:
        tolerance: relative defect that the error of the normals explains.
        message: where they come from.
        polynomials: coefficients of vanishing polynomials in the scaled variables, or None for neighbours.
    """

    codimension: int
    tolerance: float
    message: str
    centre: Tensor
    scale: Tensor
    powers: Tensor | None = None
    polynomials: Tensor | None = None
    points: Tensor | None = None
    neighbours: int = 0

    @property
    def exact(self) -> bool:
        """Whether they come from polynomials, whose error is known, and not from neighbours."""
        return self.polynomials is not None

    def __call__(self, x: Tensor) -> Tensor:
        if self.polynomials is not None and self.powers is not None:
            slopes = monomial_gradients((x - self.centre) / self.scale, self.powers)
            jac = torch.einsum("vm,kmn->kvn", self.polynomials, slopes) / self.scale
            return torch.linalg.svd(jac, full_matrices=False).Vh[:, : self.codimension]
        assert self.points is not None
        return local_frames(x, self.points, self.neighbours)[1][:, x.shape[1] - self.codimension :]


def normals(points: Tensor, codimension: int | None = None) -> Normals:
    """Normals of the set that points ``[N, n]`` lie on.

    The polynomials of lowest degree that vanish on all points are found first; where their gradients span a space of
    one rank at all points, these are the normals, exact to rounding. Else each tangent space is that of the nearest
    neighbours (LiePCA, arXiv 2008.04278), whose error is of the order of curvature times distance.
    """
    centre, n = points.mean(0), points.shape[1]
    spread = (points - centre).std(0)
    scale = torch.where(spread > 0, spread, torch.ones_like(spread))
    scaled = (points - centre) / scale
    best: Normals | None = None
    for degree in range(1, _HIGHEST + 1):
        terms = comb(n + degree, degree)
        if terms * 1.5 > points.shape[0] or terms > _MOST_TERMS:
            break
        found = _algebraic(scaled, exponents(n, degree), scale)
        if found is None or (codimension is not None and found.codimension != codimension):
            continue
        if best is None or found.codimension > best.codimension:  # a higher degree counts only where it adds normals
            found.centre = centre
            best = found
    return best or _from_neighbours(points, codimension, centre, scale)


def _algebraic(scaled: Tensor, powers: Tensor, scale: Tensor) -> Normals | None:
    """Normals from the polynomials of one degree that vanish on the points, if their gradients have one rank there.

    A polynomial vanishes if a jump in the spectrum sets it apart: points that were rounded or are slightly noisy lie
    on their set only nearly. Its gradient must not vanish with it (the square of a polynomial vanishes twice).
    """
    values = monomials(scaled, powers)
    size = torch.linalg.vector_norm(values, dim=0)
    size = torch.where(size > 0, size, torch.ones_like(size))
    found = null_space(values / size, EXACT)
    level = found.spectrum.clamp(min=1e-16)
    jumps = (level[1:] >= _JUMP * level[:-1]) & (level[:-1] <= _NEAR)
    if not bool(jumps.any()):
        return None
    count = int(jumps.nonzero()[-1]) + 1
    error = float(level[count - 1])
    polynomials = found.vectors[:count] / size
    slopes = monomial_gradients(scaled, powers)
    natural = torch.einsum("vm,kmn->kvn", polynomials.square(), slopes.square()).sum(2, keepdim=True).sqrt()
    jac = torch.einsum("vm,kmn->kvn", polynomials, slopes) / natural.clamp(min=1e-300)
    ranks = (torch.linalg.svdvals(jac) > _REGULAR).sum(1)
    rank = int(ranks.median())
    if rank == 0 or (ranks == rank).double().mean() < 0.95:
        return None
    degree = int(powers.sum(1).max())
    how = "exact: the points lie" if error <= EXACT else f"known to {error:.0e}: the points lie, nearly,"
    message = f"normals are {how} on an algebraic set of degree {degree}, codimension {rank}"
    return Normals(rank, max(1e-9, 100 * error), message, scale, scale, powers, polynomials)


def _from_neighbours(points: Tensor, codimension: int | None, centre: Tensor, scale: Tensor) -> Normals:
    n = points.shape[1]
    neighbours = 3 * n
    if points.shape[0] <= neighbours:
        raise InputError("points", f"{points.shape[0]} points", f"more than {neighbours} to estimate tangents in R^{n}")
    sizes = local_frames(points[:1000], points, neighbours)[0]
    share = (sizes / sizes[:, :1]).median(0).values
    if codimension is None:
        codimension = int((share < 0.2).sum())
    if codimension == 0:
        raise InputError(
            "points",
            "points that fill the space",
            "points on a set of lower dimension",
            "codimension=1 if the set is a noisy hypersurface",
        )
    thickness = float(share[n - codimension])
    message = (
        f"normals are estimated from {neighbours} neighbours (thickness {thickness:.2g} of the neighbourhood), "
        "so defects below that size are not resolved and nothing is certified"
    )
    return Normals(codimension, thickness, message, centre, scale, points=points, neighbours=neighbours)


def local_frames(x: Tensor, points: Tensor, neighbours: int) -> tuple[Tensor, Tensor]:
    """Principal sizes ``[N, n]`` (descending) and axes ``[N, n, n]`` (rows) of the nearest neighbours of each x."""
    sizes, axes = [], []
    for part in x.split(512):
        near = torch.cdist(part, points).topk(neighbours + 1, largest=False).indices
        cloud = points[near]
        _, s, vh = torch.linalg.svd(cloud - cloud.mean(1, keepdim=True), full_matrices=False)
        sizes.append(s)
        axes.append(vh)
    return torch.cat(sizes), torch.cat(axes)
