"""Bodies hung one below the other by springs: rates, conserved quantities and accurate trajectories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symmetra.actions._runge_kutta import integrate
from symmetra.inputs import InputError, as_samples, describe


@dataclass(frozen=True)
class SpringPendulum:
    """A chain of bodies in space, the first hung from the origin, each next one from the body above it.

    H = Σ_i |p_i|² / 2m_i + ½ k_i (|q_i − q_{i−1}| − l_i)² + m_i g z_i, with q_0 = 0. States are ``[..., 6n]``: the
    positions q_1 … q_n, then the momenta. Rotations about the vertical and reflections in vertical planes are
    symmetries. The default is the double pendulum of arXiv:2104.09459 and arXiv:2311.00212, whose second spring has an
    energy without the factor ½, hence k_2 = 2.

    Attributes:
        masses: m_i, one a body.
        stiffness: k_i of the spring above each body.
        lengths: l_i, its length at rest.
        gravity: g.

    Example:
        >>> pendulum = SpringPendulum()
        >>> rest = torch.tensor([0.0, 0, -3, 0, 0, -4.5, 0, 0, 0, 0, 0, 0], dtype=torch.float64)
        >>> bool((pendulum.rates(rest) == 0).all())
        True
    """

    masses: tuple[float, ...] = (1.0, 1.0)
    stiffness: tuple[float, ...] = (1.0, 2.0)
    lengths: tuple[float, ...] = (1.0, 1.0)
    gravity: float = 1.0

    def __post_init__(self) -> None:
        counts = (len(self.masses), len(self.stiffness), len(self.lengths))
        if min(counts) != max(counts) or min(self.masses, default=0.0) <= 0:
            got = "{} masses, {} stiffnesses, {} lengths".format(*counts)
            raise InputError("masses", got, "one positive mass, one stiffness and one length a body")

    @property
    def bodies(self) -> int:
        """How many there are."""
        return len(self.masses)

    def rates(self, state: Any) -> Tensor:
        """(dH/dp, −dH/dq) of states ``[..., 6n]``."""
        q, p = self._split(state)
        link = torch.diff(q, dim=-2, prepend=torch.zeros_like(q[..., :1, :]))
        length = torch.linalg.vector_norm(link, dim=-1, keepdim=True)
        pull = -self._column(self.stiffness, q) * (1 - self._column(self.lengths, q) / length) * link
        force = pull - torch.cat([pull[..., 1:, :], torch.zeros_like(pull[..., :1, :])], dim=-2)
        mass = self._column(self.masses, q)
        down = torch.zeros_like(q)
        down[..., 2] = -self.gravity
        return torch.cat([p / mass, force + mass * down], dim=-2).flatten(-2)

    def energy(self, state: Any) -> Tensor:
        """H of states ``[..., 6n]``."""
        q, p = self._split(state)
        link = torch.diff(q, dim=-2, prepend=torch.zeros_like(q[..., :1, :]))
        stretch = torch.linalg.vector_norm(link, dim=-1, keepdim=True) - self._column(self.lengths, q)
        mass = self._column(self.masses, q)
        parts = p.square().sum(-1, keepdim=True) / (2 * mass) + 0.5 * self._column(self.stiffness, q) * stretch.square()
        return (parts + mass * self.gravity * q[..., 2:]).sum((-2, -1))

    def angular_momentum(self, state: Any) -> Tensor:
        """Σ q_i × p_i, ``[..., 3]``; the last component is conserved."""
        q, p = self._split(state)
        return torch.linalg.cross(q, p).sum(-2)

    def trajectories(self, start: Any, steps: int, interval: float = 0.2, tolerance: float = 1e-11) -> Tensor:
        """States ``[N, steps + 1, 6n]``, ``interval`` apart, from starts ``[N, 6n]``; float64.

        Args:
            start: states at time 0.
            steps: how many intervals.
            interval: the time between two states.
            tolerance: largest error of a step of the integrator (order 8), relative to the size of a state.
        """
        state = as_samples(start, "start").to(torch.float64)
        self._split(state)
        states = [state]
        for _ in range(steps):
            states.append(integrate(lambda x: interval * self.rates(x), states[-1], tolerance))
        return torch.stack(states, dim=1)

    def _split(self, state: Any) -> tuple[Tensor, Tensor]:
        if not isinstance(state, Tensor) or state.ndim == 0 or state.shape[-1] != 6 * self.bodies:
            expected = f"states [..., {6 * self.bodies}]: the positions of all bodies, then their momenta"
            raise InputError("state", describe(state), expected, "torch.cat([q, p], dim=-1)")
        parts = state.unflatten(-1, (2 * self.bodies, 3))
        return parts[..., : self.bodies, :], parts[..., self.bodies :, :]

    @staticmethod
    def _column(values: tuple[float, ...], like: Tensor) -> Tensor:
        return torch.tensor(values, dtype=like.dtype, device=like.device)[:, None]
