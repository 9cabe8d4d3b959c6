"""The page of the study: what the planets show, in plain words, with every number and what they cannot decide."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symmetra import report
from symmetra.report import Card, Cards, Display, Document, Facts, Gallery, Listing, Picture, Prose, Section, Table
from symmetra.studies.planets import drawings
from symmetra.studies.planets.result import PlanetsResult
from symmetra.studies.runner import HOLDS

SETS = {
    "near": "Mercury to Jupiter",
    "all": "All eight planets",
    "inner": "Mercury, Venus, Earth and Mars",
}
QUANTITIES = {"x·vy": "angular momentum, z", "x·vz": "angular momentum, y", "y·vz": "angular momentum, x"}
SHIPPED = (
    (
        "Origin",
        "JPL's development ephemeris DE421 (Folkner, Williams, Boggs, IPN Progress Report 42-178, 2009): values of a "
        "fitted numerical integration with all planets, asteroids and relativity; real dynamics, no noise added, "
        "not raw observations",
    ),
    (
        "Frame",
        "axes of the ICRF, origin in the Sun, which is itself accelerated; EMB is the Earth–Moon barycentre, "
        "the outer bodies are barycentres of planet and moons",
    ),
)


def page(result: PlanetsResult, path: str | os.PathLike[str], command: str = "symmetra demo") -> Path:
    """Write the page of the study, self-contained, under a temporary name first.

    Args:
        result: what `run` returned.
        path: where to.
        command: how it was made, shown at the foot of the page.
    """
    report.checked_destination(path)
    return report.write(document(result, command), path)


def document(result: PlanetsResult, command: str = "symmetra demo") -> Document:
    """The page as a `Document`."""
    return Document(
        title="What the planets say",
        summary=headline(result),
        sections=[
            _findings(result),
            _conserved(result),
            _strengths(result),
            _force(result),
            _symmetries(result),
            _limits(result),
            _plan(result),
            _data(result),
        ],
        command=command,
        provenance=[
            *_provenance(result),
            (
                "Settings",
                f"scale {result.scale}; error rate {number(result.config.alpha)} a claim; "
                f"jackknife over {result.config.blocks} spans of time",
            ),
        ],
    )


def _provenance(result: PlanetsResult) -> list[tuple[str, str]]:
    """Where the data came from: said of the shipped table only if the run was on that."""
    from symmetra.nbody import planets

    force, shipped = result.figures["force"], planets()
    used = (
        f"{len(force['r']):,} states of {len(set(np.asarray(force['body']).tolist()))} bodies: positions, velocities "
        "and accelerations relative to the Sun"
    )
    r = np.linalg.norm(shipped.x, axis=1)
    same = len(r) == len(force["r"]) and bool((r == np.asarray(force["r"])).all())
    return [("Data", used), *(SHIPPED if same else [("Origin", "given by the caller of the study")])]


def headline(result: PlanetsResult) -> str:
    """What was found, in plain words, and only as far as the claims hold."""
    holds = {claim.plan.key for claim in result.claims if claim.verdict == HOLDS}
    words = ["Given only states and accelerations of the planets, and no law:"]
    if "conserved" in holds:
        words.append(
            "Mercury to Jupiter keep exactly four quantities, the three components of the angular momentum and "
            "v²/2 − GM/r;"
        )
    if "exponent" in holds:
        exponent = result.power.exponent
        words.append(
            f"the force falls as r to the power −{abs(float(exponent.value)):.7f} ± {number(float(exponent.error), 2)};"
        )
    if {"rotations", "scaling"} <= holds:
        words.append(
            "its law has the rotations so(3) and Kepler's scaling as symmetries, and no others of their kind;"
            if "nothing else" in holds
            else "its law has the rotations so(3) and Kepler's scaling as symmetries;"
        )
    words.append(f"{len(holds)} of {len(result.claims)} claims hold.")
    return " ".join(words)


def _findings(result: PlanetsResult) -> Section:
    near = result.conserved["near"]
    exponent, gm = result.power.exponent, _claim(result, "strength")
    facts = [
        ("conserved quantities", str(len(near.certified)), f"of {near.library.size} terms, certified"),
        ("exponent of the force", f"−{abs(float(exponent.value)):.7f}", f"± {number(float(exponent.error), 2)}"),
        (
            "GM less DE421's",
            readable(gm.value.removeprefix("relative difference ")),
            "relative, in the conserved energy",
        ),
        (
            "symmetries of the law",
            str(_symmetric(result)),
            f"of 13 candidate fields: {result.law.algebra}",
        ),
    ]
    cards = [
        Card(
            claim.verdict,
            sentence(readable(claim.plan.claim)),
            (("measured", readable(claim.value)), (_kind(claim.interval), readable(claim.interval))),
        )
        for claim in result.claims
    ]
    return Section("What was found", [Facts(facts), Cards(cards)])


def _kind(interval: str) -> str:
    """What the last line of a card is: an interval, a bound, or words on what cannot be known."""
    if interval.startswith("["):
        return "interval"
    return "bound" if len(interval) < 100 else "limit"


def _claim(result: PlanetsResult, key: str) -> Any:
    return next(claim for claim in result.claims if claim.plan.key == key)


def _conserved(result: PlanetsResult) -> Section:
    delta = result.config.delta_conserved
    pictures = []
    for name, words in SETS.items():
        values = result.figures[f"spectrum {name}"]
        count = int(values["certified"])
        pictures.append(
            Picture(
                drawings.spectrum(values, count, delta),
                f"{words}: {count} certified.",
                f"Relative defects of the combinations of terms for {words}, ascending; {count} of them certified.",
            )
        )
    body, alone = next(iter(result.alone.items()))
    values = {name: v.numpy()[alone.trivial :] for name, v in alone.spectra.items()}
    pictures.append(
        Picture(
            drawings.spectrum(values, 0, delta),
            f"{body} alone: nothing certified. Along a single orbit every function is "
            "compared with itself, so its drift is its whole spread.",
            f"Relative defects for {body} alone: the drift is 1 for every combination.",
        )
    )
    near = result.conserved["near"]
    formulas = []
    for i in near.certified:
        text, dropped = report.linear_combination(near.coefficients[i].tolist(), near.terms, 6)
        label = next(
            (name for term, name in QUANTITIES.items() if text.lstrip("0123456789.*").startswith(term)),
            "energy, doubled",
        )
        note = f"coefficients up to {number(dropped, 1)} of the largest left out" if dropped else ""
        formulas.append(Display(report.math(text, display=True), label, note))
    return Section(
        "What is conserved",
        [
            *(Prose(readable(s)) for s in result.sentences["conserved"][1:]),
            *formulas,
            Gallery(
                pictures,
                "Every combination of terms by how far it is from conserved: circles compare its rate of change "
                "with its gradient, diamonds its drift along each orbit with its spread over all of them. Blue is "
                "certified; the band is the gap.",
            ),
            Gallery(
                _drifts(result),
                f"What is left: each certified quantity less its mean on the orbit, in per cent of its "
                f"spread over {len(result.config.near)} orbits. The body that varies most is in blue.",
            ),
            *(_table(result, title) for title in result.tables if title.startswith("Conserved")),
        ],
    )


def _drifts(result: PlanetsResult) -> list[Picture]:
    values = result.figures["drift"]
    near, pictures = result.conserved["near"], []
    for place, i in enumerate(near.certified):
        text, _ = report.linear_combination(near.coefficients[i].tolist(), near.terms, 6)
        label = next(
            (name for term, name in QUANTITIES.items() if text.lstrip("0123456789.*").startswith(term)), "energy"
        )
        rms = 100 * float(np.sqrt((np.asarray(values["drift"])[:, place] ** 2).mean()))
        pictures.append(
            Picture(
                drawings.drift(values, place, label),
                "",
                f"Drift of {label}: {number(rms, 2)} per cent of its spread, root mean square.",
            )
        )
    return pictures


def _strengths(result: PlanetsResult) -> Section:
    values = result.figures["strengths"]
    caption = (
        "What each planet feels of the Sun, GM(1 + m/M) up to the pull of the others. "
        "The scale is linear between −10⁻⁶ and 10⁻⁶."
    )
    return Section(
        "How strong the Sun pulls",
        [
            Prose(readable(result.sentences["force"][1])),
            Picture(
                drawings.strengths(values),
                caption,
                "GM of each planet relative to the Sun's, less one, with standard "
                "errors, beside the planet's mass over the Sun's: "
                + "; ".join(
                    f"{name} {number(float(e), 2)}" for name, e in zip(values["body"], values["excess"], strict=True)
                )
                + ".",
            ),
            _table(result, "Strength and exponent of each planet"),
        ],
    )


def _force(result: PlanetsResult) -> Section:
    values = result.figures["force"]
    return Section(
        "The law of force",
        [
            Prose(readable(result.sentences["force"][0])),
            Gallery(
                [
                    Picture(
                        drawings.force(values),
                        "Every acceleration against its distance; the grey line has slope −2.",
                        "Acceleration against distance on logarithmic scales: all bodies lie on a line of slope −2.",
                    ),
                    Picture(
                        drawings.residuals(values),
                        "What remains after one inverse-square law for each body; blue is its root "
                        "mean square. Far out one sees the Sun's own acceleration, mostly Jupiter's doing.",
                        "Departures from the inverse-square law, from 10⁻⁶ for Mercury to a few per cent for Neptune.",
                    ),
                ]
            ),
        ],
    )


def _symmetries(result: PlanetsResult) -> Section:
    return Section(
        "The symmetries of the law",
        [
            Display(report.algebra_mathml(result.law.algebra, display=True), headline=True),
            *(Prose(readable(s)) for s in result.sentences["symmetry"]),
            Picture(
                drawings.law_spectrum(result.figures["law spectrum"], result.config.delta_law),
                "Defects of the 13 candidate fields (affine, with a scaling of time) for a law fitted without assuming "
                "that it is isotropic. Diamonds: what these positions would give for Kepler's law exactly.",
                f"Spectrum of 13 defects: {_symmetric(result)} below the "
                f"tolerance, the next at {number(float(result.law.spectrum.value[4]), 2)}.",
            ),
            _table(result, "Symmetries of the law of force, named beforehand"),
            _table(result, "Spectrum over the 13 candidate fields"),
        ],
    )


def _symmetric(result: PlanetsResult) -> int:
    return int((result.law.spectrum.value <= result.config.delta_law).sum())


def _limits(result: PlanetsResult) -> Section:
    return Section("What these data cannot decide", [Listing([readable(s) for s in result.sentences["limits"]])])


def _plan(result: PlanetsResult) -> Section:
    rows = [tuple(map(readable, (c.plan.claim, c.plan.statistic, c.plan.test, c.verdict))) for c in result.claims]
    late = Prose(
        "The statistics, and the tolerances for the span of the conserved quantities, their separation, GM and the "
        "exponent, were given in advance. Two tolerances were set after a first look at these data: the angle for all "
        "eight planets, and the defect up to which a symmetry of the law is certified."
    )
    return Section("How each claim is decided", [late, Table(("claim", "statistic", "test", "verdict"), rows)])


def _data(result: PlanetsResult) -> Section:
    caption = "All positions, seen from the pole of their mean plane; distances on a logarithmic scale."
    return Section(
        "The data",
        [
            Picture(
                drawings.orbits(result.figures["orbits"]), caption, "Positions of the eight planets around the Sun."
            ),
        ],
    )


def _table(result: PlanetsResult, title: str) -> Table:
    rows = result.tables[title]
    columns = list(rows[0]) if rows else []
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    align = "".join("r" if any(isinstance(row.get(name), float) for row in rows) else "l" for name in columns)
    return Table(columns, cells, f"{title}.", align)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else report.number(value, 3)
    return re.sub(r"(\d) 1/", r"\1/", str(value))


number = report.number


def sentence(text: str) -> str:
    """A capital first, a full stop last."""
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def readable(text: str) -> str:
    """Numbers and powers as one prints them."""
    return report.readable(text.replace("s^{3/2}", "s³ᐟ²"))


def table(result: PlanetsResult) -> Any:
    """The claims and their verdicts for the terminal, as a `rich` table."""
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=None, show_header=False, pad_edge=False, padding=(0, 2, 1, 0))
    for claim in result.claims:
        words = Text(sentence(claim.plan.claim))
        words.append(f"\n{readable(claim.value)}; {readable(claim.interval)}", style="bright_black")
        drawn.add_row(Text(claim.verdict, style="blue" if claim.verdict == HOLDS else "dark_orange3"), words)
    return drawn


def plain(result: PlanetsResult) -> dict[str, Any]:
    """The claims and tables as what JSON can hold; numbers that are not finite become null."""
    return {
        "scale": result.scale,
        "claims": result.rows(),
        "tables": {
            title: [{k: _finite(v) for k, v in row.items()} for row in rows] for title, rows in result.tables.items()
        },
    }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


__all__: Sequence[str] = ["document", "headline", "page", "plain", "table"]
