"""The labels of the study: those that ship with it, and more of the same kind where a scale asks for more.

``python -m symmetra.studies.molecules.data FOLDER`` makes the files anew.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch

from symmetra.molecules import Labels, geometries, label, read, write

FOLDER = Path(__file__).parent / "labels"

# name: (kind, molecule, how many ship, seed); all RHF/STO-3G.
SETS = {
    "LiH-published": ("published", "LiH", 480, 0),
    "NH3-published": ("published", "NH3", 480, 0),
    "LiH-train": ("general", "LiH", 400, 1),
    "LiH-validation": ("general", "LiH", 100, 2),
    "LiH-general": ("general", "LiH", 100, 3),
    "LiH-stretched": ("stretched", "LiH", 100, 4),
    "NH3-train": ("general", "NH3", 1600, 1),
    "NH3-upright": ("upright", "NH3", 400, 6),
    "NH3-validation": ("general", "NH3", 200, 2),
    "NH3-general": ("general", "NH3", 200, 3),
    "NH3-stretched": ("stretched", "NH3", 200, 4),
    "NH3-bent": ("bent", "NH3", 200, 5),
}


@cache
def labels(name: str, count: int | None = None) -> Labels:
    """The first ``count`` labels of a set, all that ship if not given; made by PySCF if more are asked for."""
    kind, molecule, shipped, seed = SETS[name]
    if count is not None and count > shipped:
        return made(kind, molecule, count, seed)
    return read(FOLDER / f"{name}.h5")[:count]


def evenly(name: str, count: int) -> Labels:
    """``count`` labels spread evenly over a set; of a set that ships, if it is large enough."""
    found = labels(name, max(count, SETS[name][2]))
    return found[torch.linspace(0, len(found) - 1, count).long()]


def made(kind: str, molecule: str, count: int, seed: int) -> Labels:
    """The same, by PySCF."""
    found = label(geometries(kind, molecule, count, seed), molecule)
    return replace(found, provenance={"kind": kind, "seed": str(seed)} | dict(found.provenance))


if __name__ == "__main__":
    for name, (kind, molecule, shipped, seed) in SETS.items():
        write(Path(sys.argv[1]) / f"{name}.h5", made(kind, molecule, shipped, seed))
