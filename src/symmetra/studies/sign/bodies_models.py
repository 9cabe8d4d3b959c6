"""The models of part 5: five charged bodies with velocities in, their positions one time unit later out.

All take ``(positions [B, 5, d], velocities [B, 5, d], charges [B, 5, 1])``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.enforce import average, frame_average
from symmetra.groups import O, Signs
from symmetra.nn import EGNN, PlainGNN
from symmetra.representations import Scalar, Vector
from symmetra.spectral import OrthogonalModel, SignEquivariantNetwork

HIDDEN, LAYERS = 32, 3


class Packed(nn.Module):
    """The plain network on bodies ``[B, n, 2 d + 1]``: positions, velocities and charge of each."""

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.dims = dims
        self.net = PlainGNN(1, 1, dims=dims, hidden=HIDDEN, layers=LAYERS, velocities=True, edge_features=1)

    def forward(self, bodies: Tensor) -> Tensor:
        """Positions ``[B, n, d]`` later on."""
        x, v, q = bodies.split([self.dims, self.dims, 1], -1)
        moved: Tensor = self.net(q, x, v, q[:, :, None] * q[:, None])[1]
        return moved


class Plain(nn.Module):
    """The plain network about the centre: shifts and permutations are its only symmetries."""

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.packed = Packed(dims)
        self.whole: Any = self.packed

    def forward(self, x: Tensor, v: Tensor, q: Tensor) -> Tensor:
        """Positions later on."""
        centre = x.mean(1, keepdim=True)
        moved: Tensor = self.whole(torch.cat([x - centre, v, q], -1))
        return moved + centre


class Frames(Plain):
    """The plain network averaged over the few frames of `enforce.frame_average`, those of positions and velocities."""

    def __init__(self, dims: int) -> None:
        super().__init__(dims)
        V = Vector(O(dims))
        self.whole = frame_average(self.packed, V + V + Scalar(O(dims)), V, points=_points, limit=2**14, strict=False)

    @property
    def h(self) -> nn.Module:
        """The network inside."""
        return self.packed

    def axes(self, x: Tensor, v: Tensor, q: Tensor) -> Any:
        """The frames of each cloud: ``axes [P, d, d]``, and how many each has, ``counts [B]``."""
        return self.whole.frames(torch.cat([x - x.mean(1, keepdim=True), v, q], -1))


def _points(bodies: Tensor) -> Tensor:
    """Positions and velocities alike: five positions alone do not span more than four dimensions."""
    return torch.cat(bodies[..., :-1].chunk(2, -1), 1)


class SignAverage(nn.Module):
    """The plain network in principal axes, averaged over all 2^d signs; in training one draw of signs a cloud."""

    def __init__(self, dims: int) -> None:
        super().__init__()
        V = Vector(Signs(dims))
        self.packed = Packed(dims)
        self.mean = average(self.packed, V + V + Scalar(Signs(dims)), V)

    def forward(self, rows: Tensor, features: Tensor) -> Tensor:
        """Rows ``[B, n, d]`` later on."""
        if not self.training:
            mean: Tensor = self.mean(torch.cat([rows.flatten(-2), features], -1))
            return mean
        signs = torch.randint(2, (len(rows), 1, rows.shape[-1])).to(rows) * 2 - 1
        one: Tensor = self.packed(torch.cat([(rows * signs[:, :, None]).flatten(-2), features], -1))
        return one * signs


class SignEquivariant(nn.Module):
    """The sign-equivariant network on pairs of bodies; what it gives is added to the positions."""

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.net = SignEquivariantNetwork(
            dims, layers=LAYERS, channels=4, rows=2, width=2 * HIDDEN, features=1, scaled=False, pairs=True
        )

    def forward(self, rows: Tensor, features: Tensor) -> Tensor:
        """Rows ``[B, n, d]`` later on."""
        moved: Tensor = rows[:, :, 0] + self.net(rows, None, features)
        return moved


class Principal(nn.Module):
    """A network of rows in the principal axes of each cloud, by `symmetra.spectral.OrthogonalModel`."""

    def __init__(self, h: nn.Module) -> None:
        super().__init__()
        self.model = OrthogonalModel(h)

    @property
    def h(self) -> nn.Module:
        """The network inside."""
        found: nn.Module = self.model.h
        return found

    def axes(self, x: Tensor, v: Tensor, q: Tensor) -> Any:
        """The frames of each cloud: ``axes [P, d, d]``, and how many each has, ``counts [B]``."""
        return self.model.axes(x, v[:, :, None])

    def forward(self, x: Tensor, v: Tensor, q: Tensor) -> Tensor:
        """Positions later on."""
        moved: Tensor = self.model(x, v[:, :, None], q)
        return moved


class Messages(nn.Module):
    """`symmetra.nn.EGNN`, equivariant by the distances that its messages see."""

    def __init__(self) -> None:
        super().__init__()
        self.net = EGNN(1, 1, hidden=HIDDEN, layers=LAYERS, velocities=True, edge_features=1)

    def forward(self, x: Tensor, v: Tensor, q: Tensor) -> Tensor:
        """Positions later on."""
        moved: Tensor = self.net(q, x, v, q[:, :, None] * q[:, None])[1]
        return moved


def network(arm: str, dims: int, seed: int) -> nn.Module:
    """An untrained model."""
    torch.manual_seed(seed)
    if arm == "egnn":
        return Messages()
    if arm in ("plain", "frames"):
        return Plain(dims) if arm == "plain" else Frames(dims)
    return Principal(SignEquivariant(dims) if arm == "equivariant" else SignAverage(dims))


def core(model: Any) -> nn.Module:
    """The network inside a model whose calls are counted."""
    found = [part for part in model.modules() if isinstance(part, PlainGNN | EGNN | SignEquivariantNetwork)]
    return found[0]
