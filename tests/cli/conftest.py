from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from symmetra.cli._main import run


class Ran:
    """What a command left: its exit code and what it wrote."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with samples, and the models importable as ``model``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setenv("COLUMNS", "100")
    sys.modules.pop("model", None)
    x = np.random.default_rng(0).normal(size=(200, 3))
    table = np.column_stack([x, (x**2).sum(1)])
    np.savetxt("points.csv", table, delimiter=",", header="a,b,c,f", comments="")
    np.savez("points.npz", x=x, a=x[:, 0], b=x[:, 1], f=table[:, 3])
    return tmp_path


@pytest.fixture
def command(capsys, monkeypatch):
    """Run a command in this process: ``command("discover", "function", …)``."""

    def ran(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["symmetra", *words])
        capsys.readouterr()
        code = run(words)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return ran


@pytest.fixture
def refused(command):
    """Run a command that must be refused: exit code 2, one line on standard error, nothing on standard output."""

    def ran(*words: str) -> str:
        result = command(*words)
        assert result.code == 2, result.out + result.err
        assert result.out == ""
        assert result.err.count("\n") == 1 and result.err.startswith("symmetra: "), result.err
        assert "Traceback" not in result.err
        return result.err

    return ran
