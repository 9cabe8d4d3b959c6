"""Sampling, search and training on two worker processes, of a pool and of a dask cluster: the numbers of one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from symmetra.studies import runner


@contextlib.contextmanager
def pool(processes: Any) -> Iterator[Executor]:
    with ProcessPoolExecutor(2, processes) as executor:
        yield executor


@contextlib.contextmanager
def dask(_: Any) -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed")
    import dask

    with (
        dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert len(client.scheduler_info()["workers"]) == 2
        yield client.get_executor()


def made(folder: Path, data: Path, executor: Executor | None) -> tuple[Any, Any, dict[str, Any]]:
    import miniature

    folder.mkdir()
    ensemble = miniature.sampled(folder / "e.h5", executor)
    search = miniature.searched(data, folder / "search.log", executor)
    return ensemble, search, runner.run(miniature.training(data), folder=folder, executor=executor)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, processes: Any) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("alone") / "made"
    return folder / "e.h5", made(folder, folder / "e.h5", None)


@pytest.mark.parametrize("workers", [pool, dask])
def test_the_same_numbers_as_in_one_process(tmp_path: Path, processes: Any, alone: Any, workers: Any) -> None:
    data, (a, search, training) = alone
    with workers(processes) as executor:
        b, search_there, training_there = made(tmp_path / "shared", data, executor)
    assert (a.configurations == b.configurations).all() and (a.series == b.series).all() and (a.moves == b.moves).all()
    assert len(search.trials) == 16 and search_there == search
    assert len(training) == 2 and training_there == training
