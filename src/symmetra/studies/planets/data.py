"""The data of the study: the shipped planets, the library of functions, and the quantities they are compared with."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from symmetra.functions import Library, library
from symmetra.nbody import States

VARIABLES = ["x", "y", "z", "vx", "vy", "vz"]


def functions() -> Library:
    """Monomials of degree at most 2 in (x, v), and 1/r."""
    return library.polynomial(6, 2, variables=VARIABLES) + library.named("1/r", lambda s: 1 / s[:3].norm())


def kepler_rows(terms: list[str], gm: float) -> Tensor:
    """Lx, Ly, Lz and v²/2 − GM/r as rows over the terms, ``[4, T]``."""
    rows = torch.zeros(4, len(terms), dtype=torch.float64)
    entries = [
        {"y·vz": 1.0, "z·vy": -1.0},
        {"z·vx": 1.0, "x·vz": -1.0},
        {"x·vy": 1.0, "y·vx": -1.0},
        {"vx²": 0.5, "vy²": 0.5, "vz²": 0.5, "1/r": -gm},
    ]
    for row, entry in zip(rows, entries, strict=True):
        for term, value in entry.items():
            row[terms.index(term)] = value
    return rows


def time_blocks(states: States, count: int) -> np.ndarray:
    """Which of ``count`` equal spans of time each state lies in, ``[N]``."""
    low, high = states.t.min(), states.t.max()
    return np.minimum((count * (states.t - low) / (high - low)).astype(int), count - 1)
