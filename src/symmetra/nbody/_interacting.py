"""Data of charged, gravitating or spring-bound bodies: states, and where the bodies are some time later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, as_tensor, describe
from symmetra.nbody._pair_forces import PairForces


@dataclass(frozen=True, eq=False)
class Interacting:
    """States of S systems of N bodies, and the same bodies later.

    Attributes:
        kind: ``charged``, ``gravity`` or ``springs``.
        positions: ``[S, N, d]``, when the systems are seen.
        velocities: ``[S, N, d]``, then.
        targets: ``[S, N, d]``, positions after the window.
        target_velocities: ``[S, N, d]``, then.
        charges: q_i, ``[S, N]``; 1 for masses and for bodies on springs.
        couplings: c_ij, ``[S, N, N]``, zero on the diagonal: products of charges or masses, or the springs' constants.
        external: the field E inside the window, ``d`` numbers; each body feels q_i E.
        window: the time from positions to targets.
    """

    kind: str
    positions: Tensor
    velocities: Tensor
    targets: Tensor
    target_velocities: Tensor
    charges: Tensor
    couplings: Tensor
    external: tuple[float, ...]
    window: float

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, rows: Any) -> Interacting:
        """Some of the systems, by a slice, a mask or indices."""
        parts = {name: getattr(self, name)[rows] for name in TENSORS}
        return Interacting(self.kind, **parts, external=self.external, window=self.window)


TENSORS = ("positions", "velocities", "targets", "target_velocities", "charges", "couplings")


def interacting(
    kind: Any,
    samples: Any,
    *,
    bodies: Any = 5,
    dims: Any = 3,
    settle: Any = 3.0,
    window: Any = 1.0,
    step: Any = 1e-3,
    external: Any = None,
    seed: Any = 0,
) -> Interacting:
    """Systems drawn at random, left to themselves for a while, seen, and seen again after the window.

    The published N-body task (arXiv 2102.09844, after arXiv 1802.04687): positions N(0, 1) in each coordinate,
    velocities of length ½ in random directions, charges ±1 at even odds; seen at time 3, asked for at time 4. Gravity:
    unit masses, velocities N(0, 1), the centre of mass at rest. Springs: constant 1 between two bodies at even odds,
    positions of half that spread, no walls. Distances are those of R^d and the law of force is the same for all d.

    Everything but ``external`` is symmetric under rotations, reflections, shifts and permutations to rounding. The
    external field acts inside the window alone: what a model is given does not depend on it, only what it has to say.

    Args:
        kind: ``charged``, ``gravity`` or ``springs``.
        samples: S.
        bodies: N, at least 2.
        dims: d.
        settle: time before the systems are seen.
        window: time between what is given and what is asked for.
        step: of the leapfrog; errors grow with its square.
        external: E, ``d`` numbers, switched on within the window.
        seed: of the draws.

    Returns:
        The data, float64.

    Raises:
        InputError: an unknown kind, sizes or times that make no sense, a field of other dimension.

    Example:
        >>> data = interacting("charged", 8, settle=0.1, window=0.1, step=0.01, seed=1)
        >>> data.positions.shape, data.couplings.shape, float(data.charges.abs().min())
        (torch.Size([8, 5, 3]), torch.Size([8, 5, 5]), 1.0)
    """
    law = PairForces(kind)
    for name, size, least in (("samples", samples, 1), ("bodies", bodies, 2), ("dims", dims, 1), ("seed", seed, 0)):
        if isinstance(size, bool) or not isinstance(size, int) or size < least:
            raise InputError(name, describe(size), f"a whole number of at least {least}", f"{name}={least + 4}")
    for name, time in (("settle", settle), ("window", window)):
        if isinstance(time, bool) or not isinstance(time, int | float) or not 0 <= time < float("inf"):
            raise InputError(name, describe(time), "a time, 0 or more", f"{name}=1.0")
    field = as_tensor([0.0] * dims if external is None else external, "external", torch.float64)
    if field.shape != (dims,):
        raise InputError("external", describe(external), f"a vector of {dims} numbers", f"external={(1.0,) * dims}")
    source = torch.Generator().manual_seed(seed)
    x, v, charges, couplings = _drawn(kind, samples, bodies, dims, source)
    x, v = law.evolve(x, v, couplings, time=settle, step=step)
    push = charges[..., None] * field
    later, speed = law.evolve(x, v, couplings, time=window, step=step, push=push)
    return Interacting(kind, x, v, later, speed, charges, couplings, tuple(field.tolist()), float(window))


def _drawn(kind: str, samples: int, bodies: int, dims: int, source: torch.Generator) -> tuple[Tensor, ...]:
    """Positions, velocities, charges and couplings at the start."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(samples, *shape, generator=source, dtype=torch.float64)

    x, v = normal(bodies, dims), normal(bodies, dims)
    charges = torch.ones(samples, bodies, dtype=torch.float64)
    apart = 1 - torch.eye(bodies, dtype=torch.float64)
    if kind == "gravity":
        return x - x.mean(1, keepdim=True), v - v.mean(1, keepdim=True), charges, apart.expand(samples, -1, -1).clone()
    v = v / (2 * torch.linalg.vector_norm(v, dim=-1, keepdim=True))
    if kind == "springs":
        there = (normal(bodies, bodies).triu(1) > 0).to(x)
        return x / 2, v, charges, there + there.mT
    charges = torch.where(normal(bodies) > 0, 1.0, -1.0).to(x)
    return x, v, charges, charges[:, :, None] * charges[:, None, :] * apart
