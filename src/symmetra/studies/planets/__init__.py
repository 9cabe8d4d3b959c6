"""The planets: what is conserved, which law of force, which symmetries, and what the data cannot decide."""

from symmetra.studies.planets.config import CLAIMS, SCALES, PlanetsConfig
from symmetra.studies.planets.result import PlanetsResult
from symmetra.studies.planets.run import run

__all__ = ["CLAIMS", "PlanetsConfig", "PlanetsResult", "SCALES", "run"]
