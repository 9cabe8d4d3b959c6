"""The study as the runner sees it: its parts, their units, its page."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from symmetra.studies.lattice.config import SCALES, LatticeConfig
from symmetra.studies.runner import Study, Unit

PARTS = ("regression", "detection", "counting")


def units(config: LatticeConfig) -> list[Unit]:
    """The units of all parts that can be stated at once: data and searches."""
    return [unit for part in PARTS for unit in _part(part).units(config)]


def later(config: LatticeConfig, results: Mapping[str, dict[str, Any]]) -> list[Unit]:
    """Those that the results so far allow to state: instances of what a search has chosen."""
    return [unit for part in PARTS for unit in _part(part).later(config, results)]


def document(scale: str, results: Mapping[str, dict[str, Any]], command: str) -> Any:
    """The page from the results that are there."""
    from symmetra.studies.lattice.report import document

    return document(SCALES[scale], results, command)


def _part(name: str) -> Any:
    return import_module(f"symmetra.studies.lattice.{name}")


STUDY = Study(
    name="lattice",
    title="equivariance and generalisation: networks on a lattice scalar field (arXiv:2103.14686)",
    scales=SCALES,
    units=units,
    document=document,
    later=later,
)
