"""The study as the runner sees it: its parts, their units, its page."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from symmetra.studies.molecules.config import SCALES, MoleculesConfig
from symmetra.studies.runner import Study, Unit

PARTS = ("ceiling", "audit", "gradients", "fair")


def units(config: MoleculesConfig) -> list[Unit]:
    """The units of all parts that need no other result."""
    found: list[Unit] = []
    for part in PARTS:
        found += import_module(f"symmetra.studies.molecules.{part}").units(config)
    return found


def later(config: MoleculesConfig, results: Mapping[str, Mapping[str, Any]]) -> list[Unit]:
    """What is trained with the learning rates that were found, what is claimed first; and the published table."""
    from symmetra.studies.molecules import fair, replicas

    if not all(unit.key in results for unit in fair.units(config)):
        return []
    return [*fair.claimed(config, results), *replicas.units(config), *fair.rest(config, results)]


def document(scale: str, results: Mapping[str, dict[str, Any]], command: str) -> Any:
    """The page from the results that are there."""
    from symmetra.studies.molecules.report import document

    return document(SCALES[scale], results, command)


STUDY = Study(
    name="molecules",
    title="equivariant quantum circuits for LiH and NH3, with labels and data that test them (arXiv:2512.05475)",
    scales=SCALES,
    units=units,
    document=document,
    later=later,
)
