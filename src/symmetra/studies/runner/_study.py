"""What a study is to the runner: its scales, its units, its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from symmetra.inputs import InputError
from symmetra.studies.runner._unit import Unit

# Where each study stands; it is imported when it is asked for.
STUDIES = {
    "planets": "symmetra.studies.planets.study",
    "unified": "symmetra.studies.unified.study",
    "lattice": "symmetra.studies.lattice.study",
    "sign": "symmetra.studies.sign.study",
    "molecules": "symmetra.studies.molecules.study",
    "relax": "symmetra.studies.relax.study",
    "averaging": "symmetra.studies.averaging.study",
}


@dataclass(frozen=True)
class Study:
    """A study that runs unit by unit and ends in one page.

    Attributes:
        name: its name on the command line.
        title: what it answers, in a line.
        scales: the settings at each scale, ``quick``, ``laptop`` and where there is one ``paper``.
        units: the units of a setting, cheapest first where it does not matter otherwise.
        document: ``document(scale, results, command)``, the page as a `symmetra.report.Document`; ``results`` maps the
            keys of the finished units to their results.
        later: ``later(config, results)``, the units that can only be stated once others are finished, such as the
            training of the architecture that a search chose; it is asked after each result, may be asked twice with
            the same ones, and gives more and never fewer units the more results there are.
    """

    name: str
    title: str
    scales: Mapping[str, Any]
    units: Callable[[Any], Sequence[Unit]]
    document: Callable[[str, Mapping[str, dict[str, Any]], str], Any]
    later: Callable[[Any, Mapping[str, dict[str, Any]]], Sequence[Unit]] | None = None

    def at(self, scale: Any, results: Mapping[str, dict[str, Any]] | None = None) -> list[Unit]:
        """The units at a scale, those included that these results make known, with keys that are told apart."""
        if scale not in self.scales:
            raise InputError(
                "--scale", repr(scale), f"one of {', '.join(self.scales)}", f"--scale {next(iter(self.scales))}"
            )
        units = list(self.units(self.scales[scale]))
        units += self.later(self.scales[scale], results or {}) if self.later else []
        keys = [unit.key for unit in units]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise InputError("units", f"the key {twice!r} twice", "one key a unit")
        return units


def study(name: Any) -> Study:
    """The study of that name.

    Raises:
        InputError: there is none.
    """
    if name not in STUDIES:
        raise InputError("study", repr(name), f"one of {', '.join(STUDIES)}", "symmetra study list")
    found: Study = import_module(STUDIES[name]).STUDY
    return found
