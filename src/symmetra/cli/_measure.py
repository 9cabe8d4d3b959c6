"""``symmetra measure``: how far a model is from equivariant."""

from __future__ import annotations

import math
from pathlib import Path

import torch

from symmetra import measure as measures
from symmetra.cli import _names
from symmetra.cli._model import load, precision, tried
from symmetra.cli._output import Output, command_line, working
from symmetra.cli._read import read
from symmetra.inputs import InputError


def measure(
    model: str, file: Path, x: str, group: str, in_: str, out: str, seed: int, json: bool, html: Path | None
) -> None:
    """Audit a model on the inputs of a file."""
    data = read(file)
    points, labels = data.matrix(x, "--x")
    give = Output(json, html, command_line(), {"Data": f"{data.path.name}, {len(points)} rows used"})
    acting = _names.group(group)
    moves_in = _names.representation(in_, acting, "--in")
    moves_out = _names.representation(out, acting, "--out")
    if moves_in.dimension != len(labels):
        raise InputError(
            "--in",
            f"{in_} of dimension {moves_in.dimension}",
            f"{len(labels)}, the columns of --x",
            "another representation, or other columns",
        )
    f = load(model)
    value = tried(f, torch.as_tensor(points))
    size = math.prod(value.shape[1:])
    if moves_out.dimension != size:
        raise InputError(
            "--out",
            f"{out} of dimension {moves_out.dimension}",
            f"{size}, what the model returns",
            "--out V" if size == acting.d else "another representation",
        )
    with working(f"measuring on {len(points)} samples"):
        audit = measures.audit(f, torch.as_tensor(points, dtype=precision(f)), moves_in, moves_out, seed=seed)
    give.give(audit, labels)
