"""The commands for fields on grids and their options; what they do is imported when one of them runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symmetra.cli._options import Json, Seed

fields = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Physical fields on grids, in HDF5 files of The Well's format: make them, read them, see what they admit.",
)

FieldFile = Annotated[Path, typer.Argument(metavar="FILE", help="HDF5 in The Well's format.")]


@fields.command("generate")
def fields_generate_command(
    system: Annotated[
        str,
        typer.Argument(help="gray_scott, navier_stokes, active_nematic, acoustics, buoyant_flow, electromagnetism."),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.hdf5", help="Where the trajectories go; a new file.")],
    trajectories: Annotated[int, typer.Option(help="How many.")] = 8,
    extents: Annotated[
        str | None, typer.Option(metavar="N,N", help="Points along each axis; one number for all.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Saved after the first.")] = 20,
    warmup: Annotated[int, typer.Option(help="Left out before the first.")] = 0,
    seed: Seed = 0,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=NUMBER", help="A parameter; may be repeated.")
    ] = None,
) -> None:
    """Solve an evolution equation from random beginnings, into a file."""
    from symmetra.cli._fields import generate

    generate(system, out, trajectories, extents, steps, warmup, seed, settings or [])


@fields.command("info")
def fields_info_command(
    file: FieldFile,
    veto: Annotated[
        list[str] | None,
        typer.Option(metavar="WORDS", help="What the file cannot tell: 'gravity y', 'flip y'; may be repeated."),
    ] = None,
    parity: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=-1", help="A pseudo-field that the file does not know to be one; may be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Fields, boundaries, and the symmetries that a data set admits, with the reason why no others."""
    from symmetra.cli._fields import info

    info(file, veto or [], parity or [], json)


@fields.command("check")
def fields_check_command(file: FieldFile) -> None:
    """Whether a file is whole, of the format, and finite throughout."""
    from symmetra.cli._fields import check

    check(file)
