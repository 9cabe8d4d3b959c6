"""Where work is done: in this process, in several of this machine, or on a dask cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor

from symmetra.inputs import InputError, MissingExtra


@contextlib.contextmanager
def executor_of(workers: int, cluster: str | None = None) -> Iterator[Executor | None]:
    """An executor for ``--workers`` and ``--cluster``; None to stay here.

    Processes are fresh ones: forked ones may hang on the threads of BLAS.
    """
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
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _end_with_parent) as pool:
            yield pool
    else:
        yield None


def _end_with_parent() -> None:
    """Have this process end with the one that asked for its work, however that ends: nobody would take the results."""
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
