"""The study as the runner sees it: its parts, their units, its page."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from symmetra.studies.runner import Study, Unit
from symmetra.studies.sign.config import SCALES, SignConfig

PARTS = ("automorphic", "regression", "links", "many", "clusters", "bodies")


def units(config: SignConfig) -> list[Unit]:
    """The units of all parts, seed by seed, so that a run that is stopped has every part."""
    found = [unit for part in PARTS for unit in import_module(f"symmetra.studies.sign.{part}").units(config)]
    return sorted(found, key=lambda unit: unit.arguments.get("seed", -1))


def document(scale: str, results: Mapping[str, dict[str, Any]], command: str) -> Any:
    """The page from the results that are there."""
    from symmetra.studies.sign.report import document

    return document(SCALES[scale], results, command)


STUDY = Study(
    name="sign",
    title="sign-equivariant networks of eigenvectors: links, mirrors, bodies, clusters (arXiv:2312.02339)",
    scales=SCALES,
    units=units,
    document=document,
)
