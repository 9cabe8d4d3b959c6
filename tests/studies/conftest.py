"""Processes that start at once: forks of one that has imported and compiled everything."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from multiprocessing import forkserver, get_context
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A context of multiprocessing; `miniature` can be imported by its name, here and there."""
    pytest.importorskip("optuna")
    folder = tmp_path_factory.mktemp("warmed")
    (folder / "warmed.py").write_text("import miniature\nminiature.warm()\n")
    places = [str(folder), str(Path(__file__).parent)]
    context = get_context("forkserver")
    context.set_forkserver_preload(["warmed"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(places))
        forkserver.ensure_running()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*places, *sys.path])
        yield context
