"""The trajectories of the study: three uses with seeds of their own, made again by whoever needs them."""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from symmetra.fields import Trajectories, generate


def folder(scale: str) -> Path:
    """Where checkpoints of trainings lie, from where the study is run."""
    return Path("out") / "averaging" / scale


@lru_cache(maxsize=4)
def _made(system: str, parameters: tuple[tuple[str, float], ...], use: str, seed: int, count: int, **shape: Any) -> Any:
    own = zlib.crc32(f"{system}-{use}-{seed}".encode()) % 2**31
    return generate(system, count, seed=own, batch=16, **shape, **dict(parameters))


def trajectories(
    system: str, parameters: dict[str, float], use: str, seed: int, count: int, extents: int, steps: int, warmup: int
) -> Trajectories:
    """The data of one use.

    Args:
        system: name of the evolution equation.
        parameters: of it.
        use: ``train``, ``validation`` or ``test``.
        seed: of the trained model that they are for; the test set is the same for all.
        count: trajectories.
        extents: points along each axis.
        steps: saved after the first.
        warmup: steps that are left out before the first.
    """
    own = 0 if use == "test" else seed
    shape = {"extents": extents, "steps": steps, "warmup": warmup}
    found: Trajectories = _made(system, tuple(sorted(parameters.items())), use, own, count, **shape)
    return found
