"""Ensembles in HDF5 files that stand the run's being killed at any moment.

All datasets are laid out when the file is made, under a temporary name, and are only filled in afterwards: the
structure of the file never changes again, so that no moment exists at which it would be broken. A chunk goes in as
data, then the chains' states into the one of two slots that is not in use, and last the count of chunks, which says
which slot holds.
Whatever was written without being counted is written again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from symmetra.inputs import InputError, MissingExtra, describe
from symmetra.lattice._chain import Chain, Model
from symmetra.lattice._chain import fields as shaped
from symmetra.lattice._crew import Crew, Schedule
from symmetra.lattice._ensemble import Ensemble
from symmetra.lattice._simulate import Progress, check_counts, checked_model, chunk_of, prepare

_FORMAT = "symmetra lattice 1"
_STATE = [part.name for part in fields(Chain)]


def sample(
    path: Any,
    extents: Any,
    eta: Any,
    lam: Any,
    mu: Any = 0.0,
    *,
    samples: Any = 1000,
    chains: Any = 8,
    seed: Any = 0,
    charge: Any = None,
    correlator: bool = False,
    separation: Any = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Ensemble:
    """The same as `simulate`, into an HDF5 file, chunk by chunk.

    If the file is there and was begun with the same arguments, the run goes on where it was: killed at any moment or
    not, on any executor, the file ends up with the same numbers. A finished run is read and nothing is done.

    Args:
        path: of the file.
        extents: of the box, time first, each at least 2.
        eta: coefficient of |φ|².
        lam: coefficient of |φ|⁴, not negative.
        mu: chemical potential.
        samples: configurations in all chains, rounded up to a multiple of ``chains``.
        chains: independent Markov chains, the unit that is handed out.
        seed: of the generators.
        charge: of a canonical run.
        correlator: also collect ⟨φ_x φ*_y⟩.
        separation: sweeps between configurations, instead of 2 τ_int.
        executor: any of ``concurrent.futures``, of processes or of a cluster; None for this thread.
        progress: called with (done, total, words).

    Raises:
        InputError: as `simulate`; or the file holds another run, or is none of ours, or is cut off, or in use.
    """
    model = checked_model(extents, eta, lam, mu, charge)
    check_counts(samples=samples, chains=chains, seed=seed, separation=separation)
    path = _path(path)
    request = {"model": asdict(model), "samples": samples, "chains": chains, "seed": seed, "correlator": correlator}
    request = json.loads(json.dumps(request | {"separation": separation}))
    crew = Crew.cold(model, seed, chains, executor)
    if not path.exists():
        _create(path, request, prepare(crew, separation, correlator, progress), crew)
    with _opened(path, "r+") as file:
        begun = json.loads(file.attrs["request"])
        if begun != request:
            old, new = ({**one, **one["model"], "model": None} for one in (begun, request))
            other = ", ".join(f"{name} = {old[name]}" for name in new if old[name] != new[name])
            raise InputError("path", f"{path} of a run with {other}", "the file of this run", "another path")
        _go_on(file, crew, Schedule(**json.loads(file.attrs["schedule"])), progress)
    return read(path)


def read(path: Any, unfinished: bool = False) -> Ensemble:
    """The ensemble in a file of `sample`.

    Args:
        path: of the file.
        unfinished: take what is there of a run that is not at its end.

    Raises:
        InputError: no such file, not one of ours, cut off, or unfinished.
    """
    with _opened(_path(path), "r") as file:
        request, chunk = json.loads(file.attrs["request"]), int(file.attrs["chunk"])
        schedule = Schedule(**json.loads(file.attrs["schedule"]))
        done = int(file["done"][0])
        count, each = file["configurations"].shape[:2]
        copies = min(done * chunk, each)
        if copies < each and not unfinished:
            got = f"{path} with {count * copies} of {count * each} configurations"
            raise InputError("path", got, "a finished run", "the command that began it, or read(path, unfinished=True)")
        state = {name: file[f"state/{name}"][done % 2] for name in _STATE}
        couplings = request["model"] | {"extents": tuple(request["model"]["extents"])}
        return Ensemble(
            model=Model(**couplings),
            seed=request["seed"],
            schedule=schedule,
            configurations=file["configurations"][:, :copies].reshape(
                count * copies, *file["configurations"].shape[2:]
            ),
            chain=np.repeat(np.arange(count), copies),
            series=file["series"][:, : copies * schedule.separation],
            moves=file["moves"][:, :copies] if request["correlator"] else None,
            proposals=int(state["counts"][:, 0].sum()),
        )


def _create(path: Path, request: dict[str, Any], schedule: Schedule, crew: Crew) -> None:
    """The file with everything laid out and the settled chains in it."""
    import h5py

    each = -(-request["samples"] // request["chains"])
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with h5py.File(partial, "w") as file:
            file.attrs["format"] = _FORMAT
            file.attrs["request"], file.attrs["schedule"] = json.dumps(request), json.dumps(asdict(schedule))
            file.attrs["chunk"] = min(each, chunk_of(crew.model, schedule, 2e7))
            axes = len(crew.model.extents)
            configurations = (request["chains"], each, 2 * axes, *crew.model.extents)
            _lay_out(file, "configurations", configurations, np.int16)
            _lay_out(file, "series", (request["chains"], each * schedule.separation, 3), np.float64)
            if request["correlator"]:
                _lay_out(file, "moves", (request["chains"], each, crew.model.sites), np.int64)
            for name in _STATE:
                first = np.stack([getattr(chain, name) for chain in crew.chains])
                _lay_out(file, f"state/{name}", (2, *first.shape), first.dtype)
                file[f"state/{name}"][0] = first
            _lay_out(file, "done", (1,), np.int64)
        partial.replace(path)
    except OSError as error:
        raise InputError("path", f"{path}: {error}", "a place that can be written to") from error
    finally:
        partial.unlink(missing_ok=True)


def _lay_out(file: Any, name: str, shape: tuple[int, ...], dtype: Any) -> None:
    """A contiguous dataset with its place in the file, so that filling it in touches nothing else."""
    import h5py

    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    space = h5py.h5s.create_simple(shape)
    h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(np.dtype(dtype)), space, plist, links)


def _go_on(file: Any, crew: Crew, schedule: Schedule, progress: Progress | None) -> None:
    """Fill in what is left, chunk by chunk."""
    chunk, each = int(file.attrs["chunk"]), file["configurations"].shape[1]
    done, count = int(file["done"][0]), len(crew.chains)
    state = {name: file[f"state/{name}"][done % 2] for name in _STATE}
    crew.chains = [Chain(**{name: state[name][i].copy() for name in _STATE}) for i in range(count)]
    while done * chunk < each:
        copies = min(chunk, each - done * chunk)
        series, kept, seen = crew.run(schedule, copies * schedule.separation, copies)
        here, gap = done * chunk, schedule.separation
        for i in range(count):
            file["configurations"][i, here : here + copies] = shaped(kept[i], crew.model.extents)
            file["series"][i, here * gap : (here + copies) * gap] = series[i]
            if seen.size:
                file["moves"][i, here : here + copies] = seen[i]
        done += 1
        for name in _STATE:
            file[f"state/{name}"][done % 2] = np.stack([getattr(chain, name) for chain in crew.chains])
        file.flush()
        file["done"][0] = done
        file.flush()
        if progress is not None:
            progress(min(done * chunk, each) * count, each * count, "sampling")


def _path(path: Any) -> Path:
    if not isinstance(path, (str, Path)) or not str(path):
        raise InputError("path", describe(path), "the path of an HDF5 file", '"ensemble.h5"')
    return Path(path)


@contextlib.contextmanager
def _opened(path: Path, mode: str) -> Iterator[Any]:
    """The file, with its troubles in one line."""
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise MissingExtra("h5py", "lattice") from error
    if not path.is_file():
        raise InputError("path", f"{path}, which is no file", "an ensemble", "symmetra sample lattice --out FILE.h5")
    try:
        with h5py.File(path, mode) as file:
            if file.attrs.get("format") != _FORMAT:
                raise InputError("path", f"{path}, which holds something else", "an ensemble of `sample`")
            yield file
    except (OSError, KeyError, RuntimeError) as error:
        words = str(error).lower()
        why = "cut off" if "truncated" in words else "in use by another run" if "unable to lock" in words else "damaged"
        raise InputError("path", f"{path}, which is {why} ({error})", "a whole ensemble file") from error
