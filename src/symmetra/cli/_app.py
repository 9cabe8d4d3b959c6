"""The commands and their options; what they do is imported when one of them runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symmetra.cli._app_fields import average_command, fields
from symmetra.cli._options import (
    Alpha,
    Candidates,
    Columns,
    Delta,
    File,
    Html,
    Json,
    Let,
    Model,
    Rates,
    Seed,
    StateError,
    Workers,
)

app = typer.Typer(
    name="symmetra",
    help="Which symmetries hold in a model or in data, how well, and what the data cannot decide.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
discover = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Search for the symmetries, or the conserved quantities, of a model or of data.\n\n"
    "FILE is CSV with a header line, NPZ or HDF5; columns are chosen by name.",
)
app.add_typer(discover, name="discover")
study = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Run the published studies end to end, and make their pages.\n\n"
    "A run may be stopped at any moment; the same command goes on where it was.",
)
app.add_typer(study, name="study")
sample = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Sample data sets into HDF5 files: fields on a lattice, molecules with energies and forces.",
)
app.add_typer(sample, name="sample")
app.add_typer(fields, name="fields")


@discover.command("function")
def function_command(
    file: File,
    x: Columns,
    model: Annotated[str, typer.Option(metavar="MODEL", help="module:attribute, or an exported model.pt2.")],
    candidates: Candidates = "affine",
    output: Annotated[
        str, typer.Option(metavar="SPACE", help="How the output moves along: none (invariant), linear or affine.")
    ] = "none",
    alpha: Alpha = 0.01,
    workers: Workers = 1,
    seed: Seed = 0,
    json: Json = False,
    html: Html = None,
) -> None:
    """Symmetry algebra of a differentiable function or trained network, on the points of FILE."""
    from symmetra.cli._discover import function

    function(file, x, model, candidates, output, alpha, workers, seed, json, html)


@discover.command("regression")
def regression_command(
    file: File,
    x: Columns,
    y: Annotated[str, typer.Option("--y", metavar="NAMES", help="Columns of the output, separated by commas.")],
    candidates: Candidates = "affine",
    state_error: StateError = "0",
    delta: Delta = 0.05,
    alpha: Alpha = 0.01,
    seed: Seed = 0,
    json: Json = False,
    html: Html = None,
) -> None:
    """Symmetries of an unknown map, from samples of its input and output."""
    from symmetra.cli._discover import regression

    regression(file, x, y, candidates, state_error, delta, alpha, seed, json, html)


@discover.command("dynamics")
def dynamics_command(
    file: File,
    x: Columns,
    rates: Rates = None,
    model: Model = None,
    candidates: Candidates = "affine",
    time_scaling: Annotated[bool, typer.Option(help="With --model: allow fields that rescale time.")] = False,
    state_error: StateError = "0",
    delta: Delta = 0.05,
    alpha: Alpha = 0.01,
    workers: Workers = 1,
    seed: Seed = 0,
    json: Json = False,
    html: Html = None,
) -> None:
    """Symmetries of a dynamical system, from measured --rates or from a --model of them."""
    from symmetra.cli._discover import dynamics

    dynamics(file, x, rates, model, candidates, time_scaling, state_error, delta, alpha, workers, seed, json, html)


@discover.command("conserved")
def conserved_command(
    file: File,
    x: Columns,
    rates: Rates = None,
    model: Model = None,
    library: Annotated[
        str, typer.Option(metavar="TERMS", help='Where quantities are looked for, such as "polynomial(2) + 1/r".')
    ] = "polynomial(2)",
    let: Let = None,
    trajectories: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column that tells trajectories apart.")
    ] = None,
    state_error: StateError = "0",
    delta: Delta = 0.05,
    alpha: Alpha = 0.05,
    seed: Seed = 0,
    json: Json = False,
    html: Html = None,
) -> None:
    """Conserved quantities of a dynamical system."""
    from symmetra.cli._discover import conserved

    conserved(file, x, rates, model, library, let or [], trajectories, state_error, delta, alpha, seed, json, html)


@discover.command("manifold")
def manifold_command(
    file: File,
    x: Columns,
    model: Model = None,
    candidates: Candidates = "affine",
    codimension: Annotated[
        int | None, typer.Option(min=1, help="How many normals the set has; found if not given.")
    ] = None,
    alpha: Alpha = 0.01,
    seed: Seed = 0,
    json: Json = False,
    html: Html = None,
) -> None:
    """Symmetries of the set on which the points of FILE lie, or of the zero set of a --model near them."""
    from symmetra.cli._discover import manifold

    manifold(file, x, model, candidates, codimension, alpha, seed, json, html)


@app.command("measure")
def measure_command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="module:attribute, or an exported model.pt2.")],
    file: Annotated[Path, typer.Argument(metavar="DATA", help="Inputs: CSV with a header line, NPZ or HDF5.")],
    x: Columns,
    group: Annotated[str, typer.Option(metavar="GROUP", help='Such as "SO(3)", "O(1,3)" or "S(4)*SO(3)".')],
    in_: Annotated[str, typer.Option("--in", metavar="REP", help='How the input moves: "V", "2*V", "V*V" …')] = "V",
    out: Annotated[
        str, typer.Option("--out", metavar="REP", help="How the output moves: Scalar is invariant.")
    ] = "Scalar",
    seed: Seed = 0,
    json: Json = False,
    html: Html = None,
) -> None:
    """How far a model is from equivariant under a group, on the inputs of DATA."""
    from symmetra.cli._measure import measure

    measure(model, file, x, group, in_, out, seed, json, html)


app.command("average")(average_command)


@app.command("demo")
def demo_command(
    out: Annotated[Path, typer.Option(metavar="PATH", help="Where the page goes.")] = Path("planets.html"),
    json: Json = False,
) -> None:
    """The planets: what is conserved, which law of force, what the data cannot decide; one page."""
    from symmetra.cli._demo import demo

    demo(out, json)


StudyName = Annotated[str, typer.Argument(metavar="NAME", help="One of those that `symmetra study list` shows.")]
Scale = Annotated[str, typer.Option(help="quick (a minute), laptop (two processor cores) or paper.")]
Results = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Results lie in FOLDER/NAME/SCALE.")]


@study.command("list")
def study_list_command() -> None:
    """The studies, their scales, and what they answer."""
    from symmetra.cli._study import listing

    listing()


@study.command("run")
def study_run_command(
    name: StudyName,
    scale: Scale = "quick",
    out: Results = Path("results"),
    only: Annotated[str, typer.Option(metavar="PREFIX", help="Only the units whose key begins with PREFIX.")] = "",
    workers: Workers = 1,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run the units on the dask cluster at ADDRESS.")
    ] = None,
) -> None:
    """Run what is left of a study, and make its page when nothing is left."""
    from symmetra.cli._study import run

    run(name, scale, out, only, workers, cluster)


@study.command("report")
def study_report_command(name: StudyName, scale: Scale = "quick", out: Results = Path("results")) -> None:
    """Make the page of a study from the results that are there."""
    from symmetra.cli._study import report

    report(name, scale, out)


@sample.command("lattice")
def sample_lattice_command(
    extents: Annotated[str, typer.Option(metavar="N_T,N_X", help="Of the box, time first, each at least 2.")],
    eta: Annotated[float, typer.Option(help="Coefficient of |φ|².")],
    out: Annotated[Path, typer.Option(metavar="FILE.h5", help="Where the configurations go.")],
    lam: Annotated[float, typer.Option(help="Coefficient of |φ|⁴, not negative.")] = 1.0,
    mu: Annotated[float, typer.Option(help="Chemical potential.")] = 0.0,
    samples: Annotated[int, typer.Option(help="Configurations in all chains.")] = 1000,
    chains: Annotated[int, typer.Option(help="Independent Markov chains, the unit that workers share.")] = 8,
    seed: Seed = 0,
    charge: Annotated[int | None, typer.Option(help="Keep the charge at this value.")] = None,
    separation: Annotated[
        int | None, typer.Option(help="Sweeps between configurations; from a pilot run if not given.")
    ] = None,
    correlator: Annotated[bool, typer.Option("--correlator", help="Also collect the correlator.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=256, metavar="N", help="Processes that share the chains.")] = 1,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run the chains on the dask cluster at ADDRESS.")
    ] = None,
) -> None:
    """The charged φ⁴ field at finite chemical potential, by worms.

    A run may be stopped at any moment; the same command goes on where it was.
    """
    from symmetra.cli._sample import lattice

    lattice(extents, eta, lam, mu, samples, out, chains, seed, charge, separation, correlator, workers, cluster)


@sample.command("molecules")
def sample_molecules_command(
    molecule: Annotated[str, typer.Argument(metavar="MOLECULE", help="LiH or NH3.")],
    out: Annotated[Path, typer.Option(metavar="FILE.h5", help="Where the labels go; a new file.")],
    kind: Annotated[
        str, typer.Option(help="published, upright, general, stretched or bent: which geometries.")
    ] = "general",
    samples: Annotated[int, typer.Option(help="Geometries.")] = 1000,
    method: Annotated[str, typer.Option(help="RHF, UHF, MP2, CCSD or the name of a functional.")] = "RHF",
    basis: Annotated[str, typer.Option(help="Name of a basis set.")] = "sto-3g",
    seed: Seed = 0,
    workers: Annotated[int, typer.Option(min=1, max=256, metavar="N", help="Processes that share the work.")] = 1,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Share the work on the dask cluster at ADDRESS.")
    ] = None,
) -> None:
    """Energies and analytic forces of geometries of LiH or NH3, by PySCF."""
    from symmetra.cli._sample_molecules import molecules

    molecules(molecule, out, kind, samples, method, basis, seed, workers, cluster)


@app.command("version")
def version_command() -> None:
    """The version of symmetra."""
    from symmetra import __version__

    print(__version__)
