"""The study as the runner sees it: its parts, their units, its page."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from symmetra.studies.runner import Study, Unit
from symmetra.studies.unified.config import SCALES, UnifiedConfig

PARTS = ("polynomial", "broken", "fields", "pendulum")


def units(config: UnifiedConfig) -> list[Unit]:
    """The units of all parts."""
    found: list[Unit] = []
    for part in PARTS:
        found += import_module(f"symmetra.studies.unified.{part}").units(config)
    return found


def document(scale: str, results: Mapping[str, dict[str, Any]], command: str) -> Any:
    """The page from the results that are there."""
    from symmetra.studies.unified.report import document

    return document(SCALES[scale], results, command)


STUDY = Study(
    name="unified",
    title="enforce, discover and promote: polynomials, a pendulum, a broken symmetry, fields (arXiv:2311.00212)",
    scales=SCALES,
    units=units,
    document=document,
)
