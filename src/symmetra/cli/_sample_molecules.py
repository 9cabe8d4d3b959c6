"""``symmetra sample molecules``: geometries with energies and forces, into a file that says where they came from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import Console

import symmetra
from symmetra.cli._executor import executor_of
from symmetra.molecules import check_labels, geometries, label, write
from symmetra.molecules._file import destination
from symmetra.training._bar import bar


def molecules(
    molecule: str,
    out: Path,
    kind: str,
    samples: int,
    method: str,
    basis: str,
    seed: int,
    workers: int,
    cluster: str | None,
) -> None:
    """Label the geometries, see that the forces belong to the energies, and write the file."""
    destination(out)
    positions = geometries(kind, molecule, samples, seed)
    with executor_of(workers, cluster) as executor, bar() as progress:
        labels = label(positions, molecule, method, basis, executor=executor, progress=progress)
    slope = "not checked, fewer than 3 geometries"
    if len(labels) >= 3:
        check = check_labels(labels.positions, labels.energies, labels.forces).require()
        slope = f"{check.slope:.5f} ± {check.error:.1g}"
    made = {"molecule": molecule, "kind": kind, "seed": str(seed), "symmetra": symmetra.__version__}
    write(out, replace(labels, provenance=made | dict(labels.provenance)))
    console = Console()
    console.print(f"{len(labels)} geometries of {molecule} ({kind}), {method}/{basis}, in {out}")
    console.print(f"energies {labels.energies.min():.6f} to {labels.energies.max():.6f} hartree; slope {slope}")
    if labels.refused:
        console.print(f"refused, for they did not converge: {', '.join(str(place) for place, _ in labels.refused)}")
