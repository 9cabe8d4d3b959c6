"""Clouds of points on the surfaces of solids, each turned at random: what the classifiers are trained and tested on."""

from __future__ import annotations

import math
from itertools import combinations

import torch
from torch import Tensor

SOLIDS = ("sphere", "cube", "tetrahedron", "octahedron", "cylinder", "cone", "torus", "ellipsoid")


def clouds(count: int, points: int, seed: int, noise: float = 0.03) -> tuple[Tensor, Tensor]:
    """Clouds ``[count, points, 3]``, as many of each solid, with their classes ``[count]``.

    Points are uniform on the surface, with normal noise; each cloud has its centroid at 0, root mean square radius 1,
    and a random orientation.
    """
    source = torch.Generator().manual_seed(seed)
    kind = torch.arange(count) % len(SOLIDS)
    x = torch.empty(count, points, 3)
    for place, name in enumerate(SOLIDS):
        chosen = kind == place
        x[chosen] = surface(name, (int(chosen.sum()), points), source).float()
    x = x + noise * torch.randn(x.shape, generator=source)
    x = x - x.mean(1, keepdim=True)
    x = x / x.square().sum(-1).mean(1).sqrt()[:, None, None]
    return x @ turns(count, source), kind


def turns(count: int, source: torch.Generator) -> Tensor:
    """Rotations by Haar measure, ``[count, 3, 3]``."""
    q, r = torch.linalg.qr(torch.randn(count, 3, 3, generator=source))
    q = q * r.diagonal(dim1=-2, dim2=-1).sign()[:, None]
    return q * torch.linalg.det(q)[:, None, None]


def thinned(x: Tensor, share: float, source: torch.Generator, least: int = 8) -> Tensor:
    """The clouds with a share of the points left out, the same number of each; at least ``least`` stay."""
    keep = max(least, round((1 - share) * x.shape[1]))
    order = torch.rand(x.shape[:2], generator=source).argsort(1)[:, :keep]
    return x.take_along_dim(order[..., None], dim=1)


def surface(name: str, shape: tuple[int, int], source: torch.Generator) -> Tensor:
    """Points uniform on the surface of one solid, ``[*shape, 3]``, float64."""

    def uniform(*more: int) -> Tensor:
        return torch.rand(*shape, *more, generator=source, dtype=torch.float64)

    if name in ("sphere", "ellipsoid"):
        x = torch.randn(*shape, 3, generator=source, dtype=torch.float64)
        x = x / torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        # Of the ellipsoid with axes 1, 1, 1.6 the area is not quite uniform, and need not be.
        return x * torch.tensor([1.0, 1.0, 1.6 if name == "ellipsoid" else 1.0], dtype=torch.float64)
    around = 2 * math.pi * uniform()
    if name == "cylinder":  # radius 1, height 2: side 4π, caps π each
        part, height, radius = uniform(), 2 * uniform() - 1, uniform().sqrt()
        side = part < 2 / 3
        z = torch.where(side, height, torch.where(part < 5 / 6, 1.0, -1.0))
        return _round(around, torch.where(side, torch.ones_like(z), radius), z)
    if name == "cone":  # radius 1, height 2: side π √5, base π
        part, radius = uniform(), uniform().sqrt()
        side = part < 5**0.5 / (1 + 5**0.5)
        return _round(around, radius, torch.where(side, 2 * (1 - radius), torch.zeros_like(radius)))
    if name == "torus":  # radii 1 and 0.4; angles of the tube with density 1 + 0.4 cos
        tube = 2 * math.pi * uniform()
        # Kept with probability (1 + 0.4 cos) / 2, else mirrored, which turns the sign of the cosine.
        tube = torch.where((1 + 0.4 * torch.cos(tube)) / 2 > uniform(), tube, math.pi - tube)
        return _round(around, 1 + 0.4 * torch.cos(tube), 0.4 * torch.sin(tube))
    corners = {"cube": _cube(), "tetrahedron": _tetrahedron(), "octahedron": _octahedron()}[name]
    faces = corners[torch.randint(len(corners), shape, generator=source)]  # [*shape, 3, 3], all of equal area
    a, b = uniform(1).sqrt(), uniform(1)
    return (1 - a) * faces[..., 0, :] + a * (1 - b) * faces[..., 1, :] + a * b * faces[..., 2, :]


def _round(angle: Tensor, radius: Tensor, z: Tensor) -> Tensor:
    return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle), z], dim=-1)


def _octahedron() -> Tensor:
    """Its 8 triangles ``[8, 3, 3]``."""
    signs = torch.tensor([[1.0 - 2 * (k >> axis & 1) for axis in range(3)] for k in range(8)], dtype=torch.float64)
    return torch.diag_embed(signs)


def _tetrahedron() -> Tensor:
    corners = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=torch.float64)
    return corners[torch.tensor(list(combinations(range(4), 3)))]


def _cube() -> Tensor:
    """12 triangles, two a face."""
    found = []
    for axis in range(3):
        for side in (-1.0, 1.0):
            square = [[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0)], [(-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]]
            for triangle in square:
                found.append([[*corner[:axis], side, *corner[axis:]] for corner in triangle])
    return torch.tensor(found, dtype=torch.float64)
