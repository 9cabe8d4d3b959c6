"""The study as the runner sees it: a few seconds long, so that it has no units and runs while its page is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symmetra.studies.planets.config import SCALES
from symmetra.studies.planets.run import run
from symmetra.studies.runner import Study


def document(scale: str, results: Mapping[str, dict[str, Any]], command: str) -> Any:
    """The page; ``results`` is empty."""
    from symmetra.studies.planets.report import document

    return document(run(scale), command)


STUDY = Study(
    name="planets",
    title="what the planets conserve, which law of force, which symmetries",
    scales=SCALES,
    units=lambda config: [],
    document=document,
)
