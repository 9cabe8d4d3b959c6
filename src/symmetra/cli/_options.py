"""Options that several commands share; typer reads them from the annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Argument(metavar="FILE", help="Samples: CSV with a header line, NPZ or HDF5.")]
Columns = Annotated[str, typer.Option("--x", metavar="NAMES", help="Columns of the input, separated by commas.")]
Candidates = Annotated[
    str,
    typer.Option(
        metavar="SPACE", help="Where generators are looked for: linear, affine, polynomial:2, from_group:SO(3)."
    ),
]
Rates = Annotated[str | None, typer.Option(metavar="NAMES", help="Columns of the measured rates, one for each of --x.")]
Model = Annotated[
    str | None,
    typer.Option(metavar="MODEL", help="module:attribute, or an exported model.pt2; pickles are refused."),
]
Json = Annotated[bool, typer.Option("--json", help="JSON to standard output, and nothing else.")]
Html = Annotated[Path | None, typer.Option(metavar="PATH", help="Write a self-contained page as well.")]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.")]
Workers = Annotated[int, typer.Option(min=1, max=256, metavar="N", help="Processes that share the samples.")]
Delta = Annotated[float, typer.Option(help="Relative defect up to which something counts as a symmetry.")]
Alpha = Annotated[float, typer.Option(help="Error rate of the certificates.")]
StateError = Annotated[
    str, typer.Option(metavar="NUMBER", help="Error of the states, in their units; 'unknown' if there is no bound.")
]
Let = Annotated[
    list[str] | None,
    typer.Option("--let", metavar='"NAME=EXPRESSION"', help="Name an expression for --library; may be repeated."),
]
