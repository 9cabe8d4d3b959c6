"""Certificates under noise: false claims and detections.

A few cells of ``certificates.py`` (all of them are in ``results/certificates.json``): fourteen
systems with noise of 1 % on the rates and N = 400, their broken twins, and the same noise on the states. The published
certificate runs on the same draws, with the true degree given; it has no rule for translations that F does not feel.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import certificates


def run(scale: str) -> list[dict[str, object]]:
    repeats = {"quick": 20, "full": 300}[scale]
    rows: list[dict[str, object]] = []
    for system in certificates.SYSTEMS:
        row: dict[str, object] = {"system": system.name, "repeats": repeats}
        false, milliseconds = 0, []
        for kind in certificates.KINDS:
            for twin in ("", "broken"):
                cell = {"system": system.name, "twin": twin, "kind": kind, "rows": 400, "noise": 0.01, "runs": repeats}
                found = certificates.run(cell)
                false += found["false"]
                milliseconds.append(found["ms"])
                if "detected" in found:
                    row[f"detected, noise on {kind}"] = found["detected"] / repeats
                    if kind == "rates":
                        row["published, noise on rates"] = found["plain_detected"] / repeats
        rows.append(row | {"false of all": false, "ms": round(sum(milliseconds) / len(milliseconds), 1)})
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name, "–") for name in names} for row in rows]
