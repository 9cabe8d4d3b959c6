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
        if found is None or (codimension is not None and found[1] != codimension):
            continue
        if best is None or found[1] > best.codimension:  # a higher degree counts only where it adds normals
            message = (
                f"normals are exact: the points lie on an algebraic set of degree {degree}, codimension {found[1]}"
            )
            best = Normals(found[1], 1e-9, message, centre, scale, exponents(n, degree), found[0])
    return best or _from_neighbours(points, codimension, centre, scale)


def _algebraic(scaled: Tensor, powers: Tensor, scale: Tensor) -> tuple[Tensor, int] | None:
    """Polynomials ``[v, M]`` that vanish on the points and the rank of their gradients, if that is one rank."""
    values = monomials(scaled, powers)
    vanishing = null_space(_columns(values), EXACT)
    if vanishing.dimension == 0:
        return None
    size = torch.linalg.vector_norm(values, dim=0)
    polynomials = vanishing.basis / torch.where(size > 0, size, torch.ones_like(size))
    jac = torch.einsum("vm,kmn->kvn", polynomials, monomial_gradients(scaled, powers)) / scale
    s = torch.linalg.svdvals(jac)
    ranks = (s > 1e-6 * s.amax()).sum(1)
    rank = int(ranks.median())
    return (polynomials, rank) if (ranks == rank).double().mean() >= 0.95 and rank > 0 else None


def _columns(values: Tensor) -> Tensor:
    size = torch.linalg.vector_norm(values, dim=0)
    return values / torch.where(size > 0, size, torch.ones_like(size))


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
        "so defects below that size are not resolved"
    )
    return Normals(codimension, 3 * thickness, message, centre, scale, points=points, neighbours=neighbours)


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
