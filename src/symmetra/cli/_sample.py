"""``symmetra sample``: configurations of a field on a lattice, into a file that can be gone on with."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from symmetra.cli._executor import executor_of
from symmetra.inputs import InputError, describe
from symmetra.lattice import sample
from symmetra.training._bar import bar


def lattice(
    extents: str,
    eta: float,
    lam: float,
    mu: float,
    samples: int,
    out: Path,
    chains: int,
    seed: int,
    charge: int | None,
    separation: int | None,
    correlator: bool,
    workers: int,
    cluster: str | None,
) -> None:
    """Begin the run, or go on with it, and say what was measured."""
    try:
        box = tuple(int(word) for word in extents.split(","))
    except ValueError as error:
        raise InputError("--extents", describe(extents), "whole numbers, time first", "--extents 60,4") from error
    with executor_of(workers, cluster) as executor, bar() as progress:
        ensemble = sample(
            out, box, eta, lam, mu, samples=samples, chains=chains, seed=seed, charge=charge, correlator=correlator,
            separation=separation, executor=executor, progress=progress,
        )  # fmt: skip
    console = Console()
    console.print(f"{ensemble.model}; {len(ensemble.configurations)} configurations of {chains} chains in {out}")
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("observable", "value", "error", "tau_int"):
        drawn.add_column(heading, justify="left" if heading == "observable" else "right")
    for row in ensemble.rows():
        numbers = (f"{row['value']:.6g}", f"{row['error']:.2g}", f"{row['tau_int']:.1f}")
        drawn.add_row(row["observable"], *numbers)
    console.print(drawn)
