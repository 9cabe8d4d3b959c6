"""Pages of the command line, beside that of the demonstration: made by the library before the tests begin."""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
from math import cos, sin
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = {
    "function": "discover function points.csv --x a,b,c --model model:radius",
    "lorentz": "discover function points.csv --x a,b,c,d --model model:interval --candidates linear",
    "nothing": "discover function points.csv --x a,b --model model:skew",
    "circle": "discover manifold circle.csv --x u,v",
    "audit": "measure model:skew points.csv --x a,b --group O(2)",
}


def pytest_configure() -> None:
    """Run the commands; the pages land in the folder of reports."""
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        raise pytest.UsageError("chromium and chromedriver are needed; write: apt-get install chromium chromium-driver")
    reports = Path(os.environ.get("SYMMETRA_REPORTS", "out")).resolve()
    command = Path(os.environ.get("SYMMETRA", ROOT / ".venv" / "bin" / "symmetra"))
    if not command.exists():
        return
    reports.mkdir(exist_ok=True)
    work = reports / "interop"
    work.mkdir(exist_ok=True)
    source = random.Random(0)
    points = [[source.gauss(0, 1) for _ in range(4)] for _ in range(200)]
    angles = [source.uniform(0, 6.3) for _ in range(100)]
    _write(work / "points.csv", ["a", "b", "c", "d"], points)
    _write(work / "circle.csv", ["u", "v"], [[cos(t), sin(t)] for t in angles])
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests" / "cli"), "OMP_NUM_THREADS": "1"}
    for name, words in PAGES.items():
        line = [str(command), *words.split(), "--html", str(reports / f"{name}.html")]
        subprocess.run(line, cwd=work, env=environment, check=True, stdout=subprocess.DEVNULL)


def _write(path: Path, header: list[str], rows: list[list[float]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
