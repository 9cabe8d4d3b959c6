"""The commands for fields on grids and their options; what they do is imported when one of them runs."""

from __future__ import annotations

from functools import partial
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


@fields.command("stats")
def fields_stats_command(
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="HDF5 in The Well's format, or a folder of such files: training data."),
    ],
    out: Annotated[Path, typer.Option(metavar="stats.yaml", help="Where the statistics go; a new file.")],
    symmetric: Annotated[
        str | None,
        typer.Option(
            metavar="GROUP",
            help="Make them even under a group, 'D4' or 'admitted': models may then be averaged inside.",
        ),
    ] = None,
    veto: Annotated[
        list[str] | None,
        typer.Option(metavar="WORDS", help="With 'admitted': 'gravity y', 'flip y'; may be repeated."),
    ] = None,
    parity: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=-1", help="A pseudo-field that the file does not know to be one; may be repeated."),
    ] = None,
) -> None:
    """Mean, deviation and root mean square of every field and of its changes, as The Well's stats.yaml."""
    from symmetra.cli._fields import stats

    stats(data, out, symmetric, veto or [], parity or [])


_model = partial(typer.Option, rich_help_panel="The model")
_group = partial(typer.Option, rich_help_panel="The group")
_measured = partial(typer.Option, rich_help_panel="What is measured, and on what")
_out = partial(typer.Option, rich_help_panel="What comes out")


def average_command(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="module:attribute, a model or what makes one when called, or an exported model.pt2."
        ),
    ],
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="What the model was not trained on: HDF5 in The Well's format, a folder of such files, or one with "
            "data/valid and data/test.",
        ),
    ],
    history: Annotated[int, _model(min=1, help="Steps that it is given.")] = 1,
    stats: Annotated[Path | None, _model(metavar="stats.yaml", help="What its fields are normalised with.")] = None,
    norm: Annotated[str, _model(help="How: 'zscore' or 'rms'.")] = "zscore",
    delta: Annotated[bool, _model("--delta", help="It gives the change from the last step.")] = False,
    group: Annotated[
        str | None,
        _group(metavar="NAME", help="'D4', 'C4', 'flip x', 'flip x, swap x y'; that of the guard if left out."),
    ] = None,
    guard: Annotated[
        bool, _group(help="Test on trajectories apart which averages help, and refuse those that hurt.")
    ] = True,
    valid: Annotated[
        Path | None, _group(metavar="PATH", help="Data for the guard; a part of DATA if left out.")
    ] = None,
    split: Annotated[float, _group(help="Share of the trajectories of DATA that the guard sees.")] = 0.5,
    veto: Annotated[
        list[str] | None,
        _group(metavar="WORDS", help="What the file cannot tell: 'gravity y', 'flip y'; may be repeated."),
    ] = None,
    parity: Annotated[
        list[str] | None,
        _group(metavar="NAME=-1", help="A pseudo-field that the file does not know to be one; may be repeated."),
    ] = None,
    override: Annotated[
        list[str] | None,
        _group(metavar="MOVE", help="A move that the data do not admit and that is wanted; may be repeated."),
    ] = None,
    horizons: Annotated[
        str | None, _measured(metavar="1,7:12", help="Steps, and ranges of steps over which errors are averaged.")
    ] = None,
    mode: Annotated[
        str, _measured(help="Averages at every 'step' of a rollout, or of whole rollouts: 'trajectory'.")
    ] = "step",
    trajectories: Annotated[int | None, _measured(metavar="N", help="Read no more than these.")] = None,
    stride: Annotated[int, _measured(min=1, help="Steps from one window to the next.")] = 1,
    batch: Annotated[int, _measured(min=1, help="Windows at once.")] = 16,
    fold: Annotated[str, _measured(help="Elements at once: 'loop' is one, 'batch' all, or a number.")] = "loop",
    device: Annotated[str, _measured(help="cpu or cuda.")] = "cpu",
    json: Annotated[bool, _out("--json", help="JSON to standard output, and nothing else.")] = False,
    html: Annotated[
        Path | None, _out("--html", "--out", metavar="PATH", help="Write a self-contained page as well.")
    ] = None,
    save: Annotated[Path | None, _out(metavar="PATH.pt2", help="Export the averaged model, in physical units.")] = None,
) -> None:
    """A trained model of fields before and after averaging over a group, without training it again."""
    from symmetra.cli._average import Request, run

    asked = locals()
    lists = {name: tuple(asked[name] or ()) for name in ("veto", "parity", "override")}
    run(Request(**{name: asked[name] for name in Request.__dataclass_fields__} | lists))
