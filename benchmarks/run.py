"""Run every ``bench_*.py`` beside this file and write what they measured to RESULTS.md.

A benchmark file has one function, ``run(scale)``, that returns a list of `dict` rows with the same keys; the first line
of its docstring is the title of its table and the rest says what is compared with what. Each runs in a process of its
own, so that memory and warm caches of one do not flatter the next; ``--scale quick`` is for a minute, ``full`` for the
numbers that are quoted.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def child(path: Path, scale: str) -> None:
    """In the child process: run one file, print its rows as JSON on the last line."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(HERE))
    spec.loader.exec_module(module)
    rows = module.run(scale)
    print(json.dumps({"doc": module.__doc__ or path.stem, "rows": rows}))


def measure(path: Path, scale: str) -> dict[str, object]:
    """One benchmark file in a process of its own."""
    start = time.perf_counter()
    command = [sys.executable, str(HERE / "run.py"), "--scale", scale, "--child", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent)
    if done.returncode:
        raise SystemExit(f"{path.name} failed:\n{done.stderr}")
    return {
        "name": path.name,
        "seconds": time.perf_counter() - start,
        **json.loads(done.stdout.strip().splitlines()[-1]),
    }


def table(rows: list[dict[str, object]]) -> str:
    """Rows as a Markdown table; numbers to four significant digits."""
    if not rows:
        return "(no rows)"

    def cell(value: object) -> str:
        return f"{value:.4g}" if isinstance(value, float) else str(value).replace("|", "\\|")

    head = list(rows[0])
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(cell(row.get(key, "")) for key in head) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def sections(text: str) -> dict[str, str]:
    """The sections of an earlier run by the name of their file, which stands in their last line."""
    found = {}
    for part in text.split("\n## ")[1:]:
        foot = part.strip().splitlines()[-1]
        found[foot.strip("*").partition(",")[0]] = "## " + part.strip()
    return found


def machine() -> str:
    """The machine in words: no number means anything without it."""
    import numpy
    import torch

    threads = os.environ.get("OMP_NUM_THREADS", "default")
    return (
        f"{platform.machine()}, {os.cpu_count()} cores ({threads} thread(s) a process), "
        f"Python {platform.python_version()}, torch {torch.__version__}, NumPy {numpy.__version__}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", choices=["quick", "full"], default="quick")
    parser.add_argument("--only", default="", help="run only the files whose name contains this")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.scale)
        return 0
    files = sorted(path for path in HERE.glob("bench_*.py") if options.only in path.name)
    if not files:
        print(f"no benchmarks/bench_*{options.only}*.py", file=sys.stderr)
        return 2
    target = HERE / "RESULTS.md"
    # A run of a part replaces the sections of that part and leaves the others.
    parts = sections(target.read_text(encoding="utf-8")) if options.only and target.exists() else {}
    for path in files:
        result = measure(path, options.scale)
        title, _, rest = str(result["doc"]).strip().partition("\n")
        foot = f"*{result['name']}, {result['seconds']:.0f} s, scale {options.scale}, on {machine()}*"
        text = [f"## {title.rstrip('.')}", rest.strip(), table(result["rows"]), foot]  # type: ignore[arg-type]
        parts[path.name] = "\n\n".join(part for part in text if part)
        print(f"{result['name']}: {result['seconds']:.0f} s", flush=True)
    head = "# Benchmarks\n\nMade by `make bench`, or by `benchmarks/run.py --only PART` for a part."
    partial = target.with_suffix(".tmp")
    partial.write_text("\n\n".join([head, *(parts[name] for name in sorted(parts))]) + "\n", encoding="utf-8")
    partial.replace(target)
    print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
