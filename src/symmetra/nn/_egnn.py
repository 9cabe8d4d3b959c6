"""Message passing on points, equivariant under rotations, reflections, shifts and permutations; with a plain twin."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.nn._perceptron import checked_sizes, perceptron


class PointLayer(nn.Module):
    """What one layer adds to the state (h, x) of all points, given velocities and edges that stay as they are.

    m_ij = φ_e(h_i, h_j, s_ij, a_ij), Δh_i = φ_h(h_i, Σ_j m_ij), Δx_i = Σ_j p_ij / (N − 1) + w_i, sums over j ≠ i.
    Equivariant with s_ij = |x_i − x_j|², p_ij = (x_i − x_j) φ_x(m_ij), w_i = φ_v(h_i) v_i. The plain twin (``dims``
    given) sees s_ij = x_i − x_j and moves the points as it likes, p_ij = φ_x(m_ij), w_i = φ_v(h_i, v_i).

    Args:
        hidden: channels of h.
        edge_features: of a_ij.
        velocities: whether there are any.
        normalise: divide x_i − x_j by 1 + |x_i − x_j| where points are moved along it.
        dims: of space, for the plain twin.
    """

    def __init__(self, hidden: int, edge_features: int, velocities: bool, normalise: bool, dims: int | None) -> None:
        super().__init__()
        self.hidden, self.normalise, self.free, out = hidden, normalise, dims is not None, dims or 1
        # The first map of φ_e in three parts: what depends on one point alone is computed once a point.
        self.receiver, self.sender = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden, bias=False)
        self.edge = nn.Linear(out + edge_features, hidden, bias=False)
        self.message = nn.Sequential(nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU())
        self.push = perceptron(hidden, hidden, out, bias=False)
        self.update = perceptron(2 * hidden, hidden, hidden)
        self.drift = perceptron(hidden + (dims or 0), hidden, out) if velocities else None
        with torch.no_grad():
            next(self.push[-1].parameters()).mul_(0.01)  # points hardly move at first: deep nets do not run away

    def forward(self, state: Tensor, velocities: Tensor | None = None, edges: Tensor | None = None) -> Tensor:
        """Increments of (h, x), ``[..., N, hidden + d]``, from states of the same shape."""
        h, x = state[..., : self.hidden], state[..., self.hidden :]
        points = torch.arange(x.shape[-2], device=x.device)[:, None]
        others = points[:-1].mT + (points[:-1].mT >= points)  # [N, N − 1], all j ≠ i of every i
        apart = x[..., :, None, :] - x[..., others, :]
        square = apart.square().sum(-1, keepdim=True)
        seen = apart if self.free else square
        if edges is not None:
            seen = torch.cat([seen, edges[..., points, others, :]], dim=-1)
        pairs = self.receiver(h)[..., :, None, :] + self.sender(h)[..., others, :] + self.edge(seen)
        message = self.message(pairs)
        push = self.push(message)
        if self.normalise:
            push = push / (1 + torch.linalg.vector_norm(apart, dim=-1, keepdim=True))
        push = push if self.free else push * apart
        moved = push.sum(-2) / max(x.shape[-2] - 1, 1)
        if self.drift is not None and velocities is not None:
            drift = self.drift(torch.cat([h, velocities], dim=-1) if self.free else h)
            moved = moved + (drift if self.free else drift * velocities)
        return torch.cat([self.update(torch.cat([h, message.sum(-2)], dim=-1)), moved], dim=-1)


class PointNetwork(nn.Module):
    """What :class:`EGNN` and :class:`PlainGNN` share."""

    def __init__(
        self,
        features_in: Any,
        features_out: Any,
        hidden: Any,
        layers: Any,
        velocities: bool,
        edge_features: Any,
        normalise: bool,
        dims: Any = None,
    ) -> None:
        super().__init__()
        checked_sizes(features_in=features_in, features_out=features_out, hidden=hidden, layers=layers)
        if dims is not None:
            checked_sizes(dims=dims)
        if isinstance(edge_features, bool) or not isinstance(edge_features, int) or edge_features < 0:
            raise InputError("edge_features", describe(edge_features), "how many each edge has, 0 or more")
        self.features_in, self.edge_features, self.velocities, self.dims = features_in, edge_features, velocities, dims
        self.embed, self.readout = nn.Linear(features_in, hidden), nn.Linear(hidden, features_out)
        made = [PointLayer(hidden, edge_features, velocities, normalise, dims) for _ in range(layers)]
        self.layers = nn.ModuleList(made)
        self.hidden = hidden

    def forward(
        self, features: Tensor, positions: Tensor, velocities: Tensor | None = None, edges: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Features and positions of the points after all layers.

        Args:
            features: invariant ones, ``[..., N, features_in]``.
            positions: ``[..., N, d]``.
            velocities: ``[..., N, d]``, if the network was made for them.
            edges: invariant features of pairs, ``[..., N, N, edge_features]``; the diagonal is not looked at.

        Returns:
            ``[..., N, features_out]`` and ``[..., N, d]``.

        Raises:
            InputError: shapes that do not belong together.
        """
        self._check(features, positions, velocities, edges)
        state = torch.cat([self.embed(features), positions], dim=-1)
        for layer in self.layers:
            state = state + layer(state, velocities, edges)
        return self.readout(state[..., : self.hidden]), state[..., self.hidden :]

    def _check(self, features: Tensor, positions: Tensor, velocities: Tensor | None, edges: Tensor | None) -> None:
        lead = positions.shape[:-1]
        d = positions.shape[-1] if self.dims is None else self.dims
        wanted = {
            "positions": (positions, (*lead, d), True),
            "features": (features, (*lead, self.features_in), True),
            "velocities": (velocities, (*lead, d), self.velocities),
            "edges": (edges, (*lead, lead[-1], self.edge_features), self.edge_features > 0),
        }
        for name, (given, shape, needed) in wanted.items():
            if (given is None) == needed or (given is not None and tuple(given.shape) != shape):
                expected = f"shape {shape}" if needed else "None, for the network was made without"
                raise InputError(name, describe(given), expected, f"{type(self).__name__}(…) for what is given")


class EGNN(PointNetwork):
    """The E(d)-equivariant graph network of arXiv 2102.09844 on complete graphs, for any d.

    Under rotations and reflections R, shifts t and permutations of the points, features out stay as they are and
    positions out move like positions in: f(h, R x + t, R v, a) = (h', R x' + t). Messages see squared distances only.
    Velocities are those of the input in every layer, as in the authors' code.

    Args:
        features_in: invariant features of each point.
        features_out: of each point.
        hidden: channels.
        layers: rounds of messages.
        velocities: whether points come with velocities.
        edge_features: invariant features of each pair.
        normalise: move points along (x_i − x_j) / (1 + |x_i − x_j|), for clouds with far-away points.

    Attributes:
        layers: modules ``layer(state, velocities, edges)`` that each give an increment of the state
            ``[..., N, hidden + d]``, features then positions.

    Raises:
        InputError: sizes that are not positive.

    Example:
        >>> net = EGNN(1, 2, hidden=8, layers=2)
        >>> features, positions = net(torch.ones(4, 5, 1), torch.randn(4, 5, 3))
        >>> features.shape, positions.shape
        (torch.Size([4, 5, 2]), torch.Size([4, 5, 3]))
    """

    def __init__(
        self,
        features_in: Any,
        features_out: Any,
        *,
        hidden: Any = 64,
        layers: Any = 4,
        velocities: bool = False,
        edge_features: Any = 0,
        normalise: bool = False,
    ) -> None:
        super().__init__(features_in, features_out, hidden, layers, velocities, edge_features, normalise)


class PlainGNN(PointNetwork):
    """The twin of :class:`EGNN` that knows no rotations: the same sums over pairs, the same size, the same call.

    It sees differences x_i − x_j where the other sees their lengths, and moves points by vectors of its own making.
    Shifts and permutations are still symmetries of it.

    Args:
        features_in: features of each point.
        features_out: of each point.
        dims: d, of space.
        hidden: channels.
        layers: rounds of messages.
        velocities: whether points come with velocities.
        edge_features: features of each pair.

    Example:
        >>> net = PlainGNN(1, 2, dims=3, hidden=8, layers=2)
        >>> net(torch.ones(4, 5, 1), torch.randn(4, 5, 3))[1].shape
        torch.Size([4, 5, 3])
    """

    def __init__(
        self,
        features_in: Any,
        features_out: Any,
        *,
        dims: Any = 3,
        hidden: Any = 64,
        layers: Any = 4,
        velocities: bool = False,
        edge_features: Any = 0,
    ) -> None:
        super().__init__(features_in, features_out, hidden, layers, velocities, edge_features, False, dims)
