"""Equivariant maps beside EMLP 1.0.3: CPU time, the peer warm, ours from nothing.

T_k → T_k on one core (or as many as said) in the peer's own environment (``make .venv-emlp/.installed``), both in one
process. *Cold* is EMLP's first solve, which compiles; *warm* its second, with the cache of solutions cleared; *ours*
starts from the raw generators with nothing in memory and ends with the dense basis in float64, median of 7. *Span* is
max|P1 − P2|, to EMLP's single precision. EMLP's iterative solver stops with a TypeError in its progress bar; rows "no
bar" have that replaced. Rows "stored" were measured once by ``emlp_case.py`` with the arguments shown, the others now.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent / ".venv-emlp" / "bin" / "python"
CHEAP = [("SO(3)", "3"), ("O(1,3)", "2"), ("S(4)", "2"), ("S(6)", "2")]


def measured(arguments):
    command = [str(PYTHON), str(HERE / "emlp_case.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    if done.returncode:
        return {"group": arguments[0], "power": arguments[1], "emlp": done.stderr.strip().splitlines()[-1][:120]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def row(found, when):
    warm, ours = found.get("emlp warm (s)"), found.get("ours (s)")
    conditions = [f"{found.get('cores', 1)} core(s)", *(["no bar"] if "--no-bar" in found.get("command", "") else [])]
    return {
        "case": f"{found['group']} T{found['power']}→T{found['power']}",
        "conditions": ", ".join(conditions),
        "when": when,
        "EMLP": found.get("emlp", "-"),
        "cold (s)": found.get("emlp cold (s)", "-"),
        "warm (s)": warm or "no result",
        "ours (s)": ours or "-",
        "times": warm / ours if warm and ours else "-",
        "span": found.get("span", "-"),
    }


def run(scale):
    stored = [row(found, "stored") for found in json.loads((HERE / "results" / "emlp.json").read_text())]
    if not PYTHON.exists():
        nothing = {"group": "(any)", "power": "", "emlp": "no .venv-emlp; write: make .venv-emlp/.installed"}
        return [row(nothing, "now"), *stored]
    return [row(measured(arguments), "now") for arguments in CHEAP[: None if scale == "full" else 3]] + stored
