"""``symmetra fields``: make a data set, and say what a file holds and which symmetries it admits."""

from __future__ import annotations

import json as encoder
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from symmetra import fields
from symmetra.cli._output import working
from symmetra.fields._folder import data_files
from symmetra.fields._moves import group_of
from symmetra.inputs import InputError, describe


def generate(
    system: str,
    out: Path,
    trajectories: int,
    extents: str | None,
    steps: int,
    warmup: int,
    seed: int,
    settings: list[str],
) -> None:
    """Solve, and write a file."""
    if out.suffix not in (".hdf5", ".h5") or out.exists():
        raise InputError("--out", str(out), "a new .hdf5 file", "another path")
    shape = None if extents is None else _numbers(extents)
    parameters = _pairs(settings, "--set", "viscosity=0.02")
    with working(f"solving {system}"):
        made = fields.generate(
            system, trajectories, extents=shape[0] if shape is not None and len(shape) == 1 else shape, steps=steps,
            warmup=warmup, seed=seed, **parameters,
        )  # fmt: skip
    fields.write(out, made)
    print(f"{trajectories} trajectories of {steps + 1} steps in {out}")


def info(file: Path, veto: list[str], parity: list[str], json: bool) -> None:
    """What a file tells of itself."""
    signs = parities(parity)
    known = fields.read_metadata(file)
    told = fields.FieldLayout.from_metadata(known, parity=signs)
    group = fields.allowed_group(known, veto, signs)
    if json:
        print(encoder.dumps(_plain(known, told, group), indent=1, ensure_ascii=False))
        return
    console = Console()
    size = " × ".join(map(str, known.extents))
    console.print(
        f"{known.name}: {known.trajectories} trajectories, {known.steps} steps, {size} {known.grid_type} grid"
    )
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("field", "order", "parity", ""):
        drawn.add_column(heading)
    for field in (*told.fields, *told.constants):
        role = "constant" if field in told.constants else ""
        drawn.add_row(field.name, str(field.order), f"{field.parity:+d}", role)
    console.print(drawn)
    for axis, ends in zip(known.axes, known.boundaries or (), strict=False):
        console.print(f"{axis} ends at {' and '.join(ends)}")
    console.print(f"admitted symmetries: {group}", soft_wrap=True)


def check(file: Path) -> None:
    """Read all of it."""
    known = fields.read_metadata(file)
    with working(f"reading {file.name}"):
        for i in range(known.trajectories):
            fields.read(file, trajectories=slice(i, i + 1))
    channels = fields.FieldLayout.from_metadata(known).channels
    print(f"{file} is whole: {known.trajectories} trajectories, {known.steps} steps, {channels} channels, all finite")


def stats(data: Path, out: Path, symmetric: str | None, veto: list[str], parity: list[str]) -> None:
    """Read all of it, and write the statistics."""
    if out.exists():
        raise InputError("--out", f"{out}, which is there already", "a new file", "another path")
    files = data_files(data, "train")
    known = fields.read_metadata(files[0], parities(parity))
    group: Any = None
    if symmetric is not None:
        admitted = symmetric == "admitted"
        group = fields.allowed_group(known, veto) if admitted else group_of(symmetric, known.axes)
    with working(f"reading {data.name}"):
        found = fields.statistics(data)
    if group is not None:
        found = found.symmetric(fields.FieldLayout.from_metadata(known), group)
    found.write(out)
    print(f"{len(known.fields) + len(known.constants)} fields of {len(files)} file{'s' * (len(files) > 1)} in {out}")


def parities(pairs: Sequence[str]) -> dict[str, int]:
    """``["vorticity=-1"]`` as numbers; 0, which no parity is, for any other than ±1."""
    return {name: int(value) if value in (-1, 1) else 0 for name, value in _pairs(pairs, "--parity", "w=-1").items()}


def _plain(known: fields.Metadata, layout: fields.FieldLayout, group: fields.AllowedGroup) -> dict[str, Any]:
    return {
        "name": known.name,
        "axes": known.axes,
        "extents": known.extents,
        "grid_type": known.grid_type,
        "trajectories": known.trajectories,
        "steps": known.steps,
        "boundaries": known.boundaries,
        "parameters": known.parameters,
        "fields": [asdict(field) for field in layout.fields],
        "constants": [asdict(field) for field in layout.constants],
        "group": {"name": group.group.name, "order": group.order, "elements": group.group.elements.int().tolist()},
        "rolls": group.rolls,
        "excluded": group.excluded,
    }


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError as error:
        raise InputError("--extents", describe(text), "whole numbers", "--extents 64,64") from error


def _pairs(settings: Sequence[str], option: str, example: str) -> dict[str, float]:
    found = {}
    for item in settings:
        name, mark, value = item.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            mark = ""
        if not mark:
            raise InputError(option, repr(item), "NAME=NUMBER", f"{option} {example}")
    return found
