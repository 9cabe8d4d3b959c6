"""Bodies that act on one another in pairs: potentials, forces, and their motion, all samples at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, as_tensor, describe

KINDS = ("charged", "gravity", "springs")
CHUNK = 1024  # samples that are moved together: their arrays then stay in the processor's cache


@dataclass(frozen=True)
class PairForces:
    """Unit masses with V = Σ_{i<j} c_ij φ(|x_i − x_j|), and a force q_i E on each from a field outside.

    ``charged``: φ = 1/r, continued below r = ``cap``^(−1/2) by a straight line, so that no force exceeds ``cap``; it is
    the length of the force of a pair that is bounded, not its components as in the published generator, which would
    prefer the axes. ``gravity``: φ = −(r² + ``softening``²)^(−1/2). ``springs``: φ = r²/2.

    Attributes:
        kind: ``charged``, ``gravity`` or ``springs``.
        cap: largest |φ'| of charges.
        softening: of gravity.

    Raises:
        InputError: another kind, or a number that is not positive.

    Example:
        >>> x = torch.tensor([[[0.0, 0.0], [2.0, 0.0]]], dtype=torch.float64)
        >>> PairForces("charged").forces(x, torch.ones(1, 2, 2, dtype=torch.float64))
        tensor([[[-0.2500,  0.0000],
                 [ 0.2500,  0.0000]]], dtype=torch.float64)
    """

    kind: Any
    cap: Any = 100.0
    softening: Any = 0.1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError("kind", describe(self.kind), f"one of {', '.join(KINDS)}", f'"{KINDS[0]}"')
        for name in ("cap", "softening"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise InputError(name, describe(value), "a positive number", f"{name}={getattr(PairForces, name)}")

    def forces(self, positions: Tensor, couplings: Tensor) -> Tensor:
        """−∇V, ``[..., N, d]``, of positions ``[..., N, d]`` with couplings c_ij ``[..., N, N]``."""
        apart = positions[..., :, None, :] - positions[..., None, :, :]
        square = apart.square().sum(-1) + torch.eye(positions.shape[-2]).to(positions)  # none from itself: apart is 0
        return ((couplings * self._pull(square))[..., None] * apart).sum(-2)

    def potential(self, positions: Tensor, couplings: Tensor) -> Tensor:
        """V, ``[...]``."""
        i, j = torch.triu_indices(positions.shape[-2], positions.shape[-2], offset=1)
        square = (positions[..., i, :] - positions[..., j, :]).square().sum(-1)
        if self.kind == "springs":
            each = square / 2
        elif self.kind == "gravity":
            each = -((square + self.softening**2) ** -0.5)
        else:
            r, edge = square.sqrt(), self.cap**-0.5
            each = 1 / r.clamp(min=edge) + self.cap * (edge - r).clamp(min=0)
        return (couplings[..., i, j] * each).sum(-1)

    def energy(self, positions: Tensor, velocities: Tensor, couplings: Tensor) -> Tensor:
        """Kinetic and potential, ``[...]``."""
        return velocities.square().sum((-2, -1)) / 2 + self.potential(positions, couplings)

    def evolve(
        self, positions: Any, velocities: Any, couplings: Any, *, time: Any, step: Any = 1e-3, push: Any = None
    ) -> tuple[Tensor, Tensor]:
        """Positions and velocities after some time, by the leapfrog of order 2, in float64.

        Args:
            positions: ``[S, N, d]``.
            velocities: ``[S, N, d]``.
            couplings: ``[S, N, N]``, symmetric.
            time: to go on for; rounded to whole steps.
            step: of time.
            push: a constant force on each body, ``[S, N, d]``.

        Raises:
            InputError: shapes that do not belong together, or a step that is not positive.
        """
        x, v, c = (as_tensor(a, name, torch.float64) for a, name in self._named(positions, velocities, couplings))
        if x.ndim != 3 or v.shape != x.shape or c.shape != (*x.shape[:2], x.shape[1]):
            got = f"positions {tuple(x.shape)}, velocities {tuple(v.shape)}, couplings {tuple(c.shape)}"
            raise InputError("positions", got, "shapes [S, N, d], [S, N, d] and [S, N, N]")
        if not isinstance(step, float) or not step > 0 or isinstance(time, bool) or not isinstance(time, int | float):
            raise InputError("step", f"{describe(step)} for a time of {describe(time)}", "numbers, the step positive")
        outside = torch.zeros_like(x) if push is None else as_tensor(push, "push", torch.float64).expand_as(x)
        chunks = zip(*(a.split(CHUNK) for a in (x, v, c, outside)))
        ends = [self._moved(part, round(time / step), step) for part in chunks]
        return torch.cat([end[0] for end in ends]), torch.cat([end[1] for end in ends])

    @staticmethod
    def _named(*states: Any) -> Iterator[tuple[Any, str]]:
        return zip(states, ("positions", "velocities", "couplings"))

    def _moved(self, chunk: tuple[Tensor, ...], steps: int, h: float) -> tuple[Tensor, Tensor]:
        """The same for one chunk, laid out ``[N, d, S]`` with each pair once: whole rows for every operation."""
        x, v, c, push = chunk
        n = x.shape[1]
        i, j = torch.triu_indices(n, n, offset=1)
        pair = torch.arange(len(i))
        ends = x.new_zeros(n, len(i)).index_put((i, pair), x.new_ones(())).index_put((j, pair), -x.new_ones(()))
        x, v, push = (a.permute(1, 2, 0).contiguous() for a in (x, v, push))
        c = c[:, i, j].mT.contiguous()

        def force(x: Tensor) -> Tensor:
            apart = x[i] - x[j]
            pull = (c * self._pull(apart.square().sum(1)))[:, None] * apart
            return torch.addmm(push.flatten(1), ends, pull.flatten(1)).unflatten(1, push.shape[1:])

        f = force(x)
        for _ in range(steps):
            v = v.add(f, alpha=h / 2)
            x = x.add(v, alpha=h)
            f = force(x)
            v = v.add(f, alpha=h / 2)
        return x.permute(2, 0, 1).contiguous(), v.permute(2, 0, 1).contiguous()

    def _pull(self, square: Tensor) -> Tensor:
        """−φ'(r) / r from r²: what x_i − x_j is multiplied by."""
        if self.kind == "springs":
            return torch.full_like(square, -1.0)
        if self.kind == "gravity":
            return -((square + self.softening**2) ** -1.5)
        return torch.minimum(square**-1.5, self.cap * square.clamp(min=1e-300) ** -0.5)
