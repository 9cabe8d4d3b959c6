"""The page of one result: what was found, how sure it is, the pictures, what the data do not decide."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from symmetra.report import _document as doc
from symmetra.report._errors import error_lines, errors_picture
from symmetra.report._evidence import Evidence, evidence
from symmetra.report._figures import generator_pictures, spectrum_picture, term_picture
from symmetra.report._formula import number
from symmetra.report._mathml import algebra_mathml, math
from symmetra.report._page import provenance_of, write
from symmetra.report._verdict import cards
from symmetra.report._words import (
    facts,
    formulas,
    headline,
    names_of,
    noun,
    sentence,
    trivial_words,
    without_repetition,
)
from symmetra.report._write import checked_destination

MOST_CARDS, MOST_PICTURES = 6, 12


def page(
    result: Any,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    command: str = "",
    variables: Sequence[str] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Write one self-contained HTML page about a result.

    Nothing is fetched by the page: the style and the figures stand in it. The same result gives the same bytes.

    Args:
        result: what a function of `discover` or `measure` returned.
        path: where to; written to a temporary name and renamed.
        title: heading of the page; made from the kind of result if left out.
        command: how the page was made, shown at its foot.
        variables: names of the coordinates, for formulas and axes.
        provenance: further lines of the foot, such as the name of the data file.

    Returns:
        The path written.

    Raises:
        InputError: the object is no result, or the path cannot be written to.
    """
    checked_destination(path)
    return write(document(result, title=title, command=command, variables=variables, provenance=provenance), path)


def document(
    result: Any,
    *,
    title: str | None = None,
    command: str = "",
    variables: Sequence[str] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> doc.Document:
    """The same page as a `Document`, to be extended or rendered elsewhere."""
    found = evidence(result)
    names = names_of(found, variables)
    sections = [
        finding(found),
        *certainty(found, names),
        *pictures(found, result, names, variables),
        *numbers(found, result),
    ]
    return doc.Document(
        title=title or default_title(found),
        summary=headline(found),
        sections=[s for s in sections if s.blocks],
        command=command,
        provenance=provenance_of(dict(provenance or {})),
    )


def default_title(found: Evidence) -> str:
    """A heading for a page whose maker gave none."""
    return {
        "function": "Symmetries of a function",
        "dynamics": "Symmetries of a dynamical system",
        "manifold": "Symmetries of a point set",
        "evolution": "Symmetries of an evolution equation",
        "regression": "Symmetries of a map known by samples",
        "conserved": "Conserved quantities",
    }.get("conserved" if found.conserved else found.kind, "How far from equivariant")


def finding(found: Evidence) -> doc.Section:
    """The name of the algebra, the conserved quantities, the first numbers."""
    blocks: list[doc.Block] = []
    if found.name and not found.conserved and found.dimension > len(found.trivial):
        blocks.append(doc.Display(algebra_mathml(found.name, display=True), headline=True))
    blocks.append(doc.Facts(facts(found)) if facts(found) else doc.Prose(""))
    if found.trivial:
        blocks.append(doc.Prose(trivial_words(found)))
    return doc.Section("What was found", [b for b in blocks if b != doc.Prose("")])


def certainty(found: Evidence, names: Sequence[str]) -> list[doc.Section]:
    """The certificates and the coverage."""
    blocks: list[doc.Block] = []
    chosen = found.shown or tuple(range(len(found.certificates)))
    drawn = cards({i: found.certificates[i] for i in chosen if i < len(found.certificates)}, noun(found))
    if 0 < len(drawn) <= MOST_CARDS:
        blocks.append(doc.Cards(drawn))
    coverage: list[doc.Block] = []
    if found.coverage_message:
        coverage.append(doc.Prose(sentence(found.coverage_message)))
    elif found.coverage_ok:
        coverage.append(doc.Prose("The samples decide every candidate direction."))
    defects = defect_table(found, names)
    if defects is not None:
        blocks.append(defects)
    heading = "What the data can decide" if found.coverage_ok in (True, None) else "What the data cannot decide"
    return [doc.Section("How sure this is", blocks), doc.Section(heading, coverage)]


def defect_table(found: Evidence, names: Sequence[str]) -> doc.Table | None:
    """One line a generator: formula, defect, its interval, verdict."""
    if not found.shown or not len(found.defects):
        return None
    rows = []
    for i, (text, _) in formulas(found, names).items():
        certificate = found.certificates[i] if i < len(found.certificates) else None
        lower, upper = getattr(certificate, "lower", None), getattr(certificate, "upper", None)
        interval = (
            f"{number(float(lower), 2)} … {number(float(upper), 2)}" if lower is not None and upper is not None else ""
        )
        shown = math(text) if len(text) < 400 else f"{text[:200]} …"
        rows.append(
            (str(i + 1), shown, number(float(found.defects[i]), 2), interval, str(getattr(certificate, "verdict", "")))
        )
    what = noun(found)
    return doc.Table(
        ("", what, "defect", "interval", "verdict"),
        rows,
        f"Every {what} with its relative defect on the data, and the interval of its certificate.",
        "rlrrl",
    )


def pictures(found: Evidence, result: Any, names: Sequence[str], variables: Sequence[str] | None) -> list[doc.Section]:
    """The spectrum, the generators, the coefficients of conserved quantities."""
    sections = []
    if found.spectrum is not None and len(found.spectrum):
        sections.append(doc.Section("Spectrum", [spectrum_picture(found)]))
    if found.conserved and found.shown:
        blocks: list[doc.Block] = []
        for place, (i, (text, dropped)) in enumerate(formulas(found, names).items(), start=1):
            note = "scaled so that the largest coefficient is 1, rounded to four figures"
            note += f"; coefficients up to {number(dropped, 1)} left out" if dropped > 0 else ""
            blocks.append(
                doc.Display(math(text, display=True), f"quantity {i + 1}", note if place == 1 or dropped > 0 else "")
            )
        blocks.append(term_picture(found, names))
        sections.append(doc.Section("The quantities", blocks))
    elif found.shown:
        chosen = found.shown[:MOST_PICTURES]
        # A formula longer than its picture is wide stands in the table only.
        width = 60 if found.n == 3 else 24
        labels = {i: math(text) for i, (text, _) in formulas(found, names).items() if len(text) <= width}
        blocks = list(generator_pictures(found, result, {i: labels.get(i, "") for i in chosen}, variables))
        if len(found.shown) > MOST_PICTURES:
            blocks.append(doc.Prose(f"The first {MOST_PICTURES} of {len(found.shown)} generators are drawn."))
        sections.append(doc.Section("The generators", blocks))
    return sections


def numbers(found: Evidence, result: Any) -> list[doc.Section]:
    """The rows of results that have no generators, such as an audit, and the figure of their errors."""
    if found.spectrum is not None or not found.rows:
        return []
    lines = error_lines(result)
    drawn = [doc.Section("Errors", [errors_picture(lines)])] if lines else []
    return [*drawn, doc.Section("The numbers", [doc.Table(*without_repetition(found))])]
