"""The ensembles of the study: files that whoever needs one first makes, and that a killed run goes on with."""

from __future__ import annotations

import contextlib
import fcntl
import zlib
from collections.abc import Iterator
from pathlib import Path

from symmetra.lattice import Ensemble, sample
from symmetra.studies.lattice.config import LAM

CHAINS = 8


def folder(scale: str) -> Path:
    """Where data, checkpoints and the storage of searches of a scale lie, from where the study is run."""
    return Path("out") / "lattice" / scale


def ensemble(scale: str, use: str, extents: tuple[int, ...], eta: float, mu: float, samples: int) -> Ensemble:
    """The ensemble for one use, ``train``, ``validation``, ``test`` …: each has chains and a seed of its own.

    Args:
        scale: of the study.
        use: what it is for; the seed follows from it and from the couplings.
        extents: of the box, time first.
        eta: coefficient of |φ|².
        mu: chemical potential.
        samples: configurations.
    """
    name = f"{use}-{'x'.join(map(str, extents))}-eta{eta:g}-mu{mu:g}"
    path = folder(scale) / f"{name}.h5"
    with alone(path):
        return sample(path, extents, eta, LAM, mu, samples=samples, chains=CHAINS, seed=zlib.crc32(name.encode()))


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until no other process of this machine makes the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
