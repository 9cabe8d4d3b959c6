"""Data sets made by the systems at hand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from symmetra.fields._acoustics import Acoustics
from symmetra.fields._active_nematic import ActiveNematic
from symmetra.fields._buoyancy import BuoyantFlow
from symmetra.fields._electromagnetism import Electromagnetism
from symmetra.fields._gray_scott import GrayScott
from symmetra.fields._layout import AXES
from symmetra.fields._metadata import Metadata
from symmetra.fields._navier_stokes import NavierStokes
from symmetra.fields._system import System
from symmetra.fields._trajectories import Trajectories
from symmetra.inputs import InputError, describe

SYSTEMS: dict[str, type[System]] = {
    system.name: system for system in (GrayScott, NavierStokes, ActiveNematic, Acoustics, BuoyantFlow, Electromagnetism)
}

"""The systems at hand, by name."""

# Of two seeds no trajectories are the same; torch keeps 32 bits of a seed.
SEEDS = 1_000_003


def generate(
    system: Any,
    trajectories: Any = 8,
    *,
    extents: Any = None,
    steps: Any = 20,
    warmup: Any = 0,
    seed: Any = 0,
    batch: Any = 8,
    device: Any = None,
    **parameters: Any,
) -> Trajectories:
    """Trajectories of one of :data:`SYSTEMS`, in float32, ready to be written with :func:`write`.

    The first trajectories of a longer data set are the same, as each has a random source of its own.

    Args:
        system: its name, or a :class:`System`.
        trajectories: how many.
        extents: points along each axis; those of the system by default. One number serves for all axes.
        steps: saved after the first, ``interval`` apart.
        warmup: steps that are left out before the first.
        seed: of the beginnings.
        batch: trajectories that are solved at once.
        device: where they are solved; the result is in main memory.
        **parameters: of the system, where a name is given: ``viscosity=0.002``.

    Raises:
        InputError: no such system or parameter, numbers that make no sense, or a step of the solver that is too long.

    Example:
        >>> generate("gray_scott", 2, extents=16, steps=3).values.shape
        torch.Size([2, 4, 2, 16, 16])
    """
    solver = _system(system, parameters)
    d = len(solver.extents)
    shape = solver.extents if extents is None else (extents,) * d if isinstance(extents, int) else tuple(extents)
    if len(shape) != d or any(isinstance(n, bool) or not isinstance(n, int) or n < 4 for n in shape):
        raise InputError("extents", describe(extents), f"{d} whole numbers ≥ 4", f"extents={solver.extents}")
    counts = (("trajectories", trajectories, 1), ("steps", steps, 1), ("warmup", warmup, 0), ("seed", seed, 0))
    for name, value, least in (*counts, ("batch", batch, 1)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(name, describe(value), f"a whole number ≥ {least}", f"{name}={max(8, least)}")
    values, constants = [], []
    for first in range(0, trajectories, batch):
        members = range(first, min(first + batch, trajectories))
        sources = [torch.Generator().manual_seed(SEEDS * seed + member) for member in members]
        starts = [solver.initial(1, shape, source) for source in sources]
        x, c = (torch.cat(part).to(device) for part in zip(*starts, strict=True))
        values.append(solver.solve(x, warmup + steps, c)[:, warmup:].float().cpu())
        constants.append(c.float().cpu())
    known = Metadata(
        name=solver.name,
        axes=AXES[:d],
        extents=shape,
        fields=solver.fields,
        constants=solver.constants,
        boundaries=tuple((kind, kind) for kind in solver.boundaries),
        boundary_types=tuple(sorted(set(solver.boundaries))),
        coordinates=tuple((np.arange(n) + 0.5) * (length / n) for n, length in zip(shape, solver.lengths, strict=True)),
        trajectories=trajectories,
        steps=steps + 1,
        parameters={name: float(value) for name, value in asdict(solver).items()},
    )
    time = solver.interval * torch.arange(steps + 1, dtype=torch.float64)
    return Trajectories(known, torch.cat(values), torch.cat(constants), time.float())


def _system(system: Any, parameters: dict[str, Any]) -> System:
    if isinstance(system, System):
        if parameters:
            raise InputError("parameters", f"{min(parameters)} beside a system", "none", "them in the system")
        return system
    if not isinstance(system, str) or system not in SYSTEMS:
        raise InputError("system", describe(system), f"one of {', '.join(SYSTEMS)}", 'generate("navier_stokes")')
    kind = SYSTEMS[system]
    known = kind.__dataclass_fields__
    for name, value in parameters.items():
        if name not in known:
            raise InputError(
                "parameters", name, f"some of {', '.join(known)}", 'generate("navier_stokes", viscosity=0.02)'
            )
        positive = name in ("interval", "dt", "size")
        if isinstance(value, bool) or not isinstance(value, int | float) or (value <= 0 and positive):
            raise InputError(name, describe(value), "a positive number" if positive else "a number", f"{name}=0.1")
    return kind(**{name: float(value) for name, value in parameters.items()})
