"""Where work is done: in this process, in several of this machine, or on a dask cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor

from symmetra.inputs import InputError, MissingExtra


@contextlib.contextmanager
def executor_of(workers: int, cluster: str | None) -> Iterator[Executor | None]:
    """An executor for ``--workers`` and ``--cluster``; None to stay here."""
    if cluster is not None:
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise MissingExtra("distributed", "cluster") from error
        try:
            client = Client(cluster, timeout="10s")
        except (OSError, ValueError) as error:
            raise InputError("--cluster", cluster, "the address of a dask scheduler", "tcp://host:8786") from error
        with client:
            yield client.get_executor()
    elif workers > 1:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            yield pool
    else:
        yield None
