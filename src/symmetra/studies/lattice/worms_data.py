"""Configurations with open worms, the data of the tasks 2 and 3.

An equilibrium configuration of a setting comes once with every number of worms that a task has, and none of its twins
crosses over: training, validation and test have ensembles of their own, with chains and seeds of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symmetra.lattice import OpenWorms, open_worms
from symmetra.studies.lattice.data import alone, ensemble, folder

SETTINGS = tuple((eta, mu) for eta in (4.01, 4.04, 4.25) for mu in (1.0, 1.25, 1.5))
TRAINED = ((4.01, 1.5), (4.25, 1.0))
"""(η, μ) of the tests and of the training; λ = 1."""
SMALL = 8
"""Extent of the square boxes of the training."""


def worms(scale: str, use: str, size: int, setting: tuple[float, float], samples: int, count: int) -> OpenWorms:
    """The configurations of one use, box and setting, with so many worms each.

    Args:
        scale: of the study.
        use: ``detection-train``, ``counting-test`` …, which has chains of its own.
        size: extent of the square box.
        setting: η and μ.
        samples: configurations of the ensemble.
        count: worms on each.
    """
    made = ensemble(scale, use, (size, size), *setting, samples)
    return open_worms(made, count, seed=made.seed + count)


def configurations(
    scale: str, use: str, size: int, setting: tuple[float, float], samples: int, count: int
) -> NDArray[np.int16]:
    """Those of `worms` ``[samples, 4, size, size]``, from a file where they were made before."""
    eta, mu = setting
    path = folder(scale) / f"{use}-{size}x{size}-eta{eta:g}-mu{mu:g}-{samples}-worms{count}.npy"
    with alone(path):
        if not path.exists():
            partial = path.with_suffix(".part.npy")
            np.save(partial, worms(scale, use, size, setting, samples, count).configurations[:samples])
            partial.replace(path)
        found: NDArray[np.int16] = np.load(path)
    return found


def labelled(scale: str, use: str, counts: Sequence[int], samples: int) -> tuple[Tensor, Tensor]:
    """Configurations ``[samples, 4, 8, 8]`` of the training settings and their numbers of worms ``[samples]``."""
    each = samples // (len(TRAINED) * len(counts))
    cells = [(setting, n) for setting in TRAINED for n in counts]
    x = np.concatenate([configurations(scale, use, SMALL, setting, each, n) for setting, n in cells])
    return torch.as_tensor(x).float(), torch.tensor([float(n) for _, n in cells]).repeat_interleave(each)


def asked(
    scale: str, use: str, sizes: Sequence[int], counts: Sequence[int], each: int
) -> Iterator[tuple[int, tuple[float, float], int, Tensor]]:
    """Test configurations ``[each, 4, size, size]`` of every box, setting and number of worms."""
    for size in sizes:
        for setting in SETTINGS:
            for n in counts:
                yield size, setting, n, torch.as_tensor(configurations(scale, use, size, setting, each, n)).float()
