"""What a result says, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from symmetra.report._evidence import Evidence
from symmetra.report._formula import linear_combination, number, readable, relabel

_ASKED = {
    "function": "the function",
    "dynamics": "the dynamics",
    "manifold": "the point set",
    "evolution": "the evolution equation",
    "regression": "the map behind the data",
}


def headline(found: Evidence) -> str:
    """The finding in one or two sentences."""
    if found.spectrum is None:
        return found.summary
    genuine = found.dimension - len(found.trivial)
    if found.conserved:
        if genuine == 0:
            return "No conserved quantity was found in this library."
        return (
            f"{_count(genuine, 'independent conserved quantity', 'independent conserved quantities')} found, "
            f"{_certified(found, genuine)}."
        )
    what = _ASKED.get(found.kind, "it")
    if genuine == 0:
        also = (
            f" The {_count(len(found.trivial), 'null direction', 'null directions')} found say nothing about it."
            if found.trivial
            else ""
        )
        return f"No symmetry of {what} was found among {len(found.spectrum)} candidate directions.{also}"
    # The algebra is that of all directions but those that vanish on the data: the flow itself is part of it.
    itself = any("itself" in found.labels[i] for i in found.trivial if i < len(found.labels))
    name = f" (with the flow itself: {found.name})" if itself else f": {found.name}"
    direction = _count(genuine, "symmetry direction", "symmetry directions")
    if not found.certified:
        direction = _count(genuine, "direction that looks like a symmetry", "directions that look like symmetries")
    return (
        f"{direction} of {what} found among {len(found.spectrum)} candidates{name if found.name else ''}; "
        f"{_certified(found, genuine)}."
    )


def _certified(found: Evidence, genuine: int) -> str:
    done = len(found.certified)
    if done == genuine:
        return "certified" if genuine == 1 else f"all {genuine} certified"
    return (
        "none of them certified"
        if done == 0 and genuine > 1
        else "not certified"
        if done == 0
        else f"{done} of them certified"
    )


def _count(number_of: int, one: str, many: str) -> str:
    return f"{number_of} {one if number_of == 1 else many}"


def facts(found: Evidence) -> list[tuple[str, str, str]]:
    """The numbers one looks for first: label, value, note."""
    if found.spectrum is None:
        return []
    entries = [
        (
            "dimension",
            str(found.dimension),
            f"{len(found.trivial)} of them trivial" if found.trivial else "of the null space",
        )
    ]
    if found.gap is not None:
        entries.append(("gap", number(found.gap, 3), "first value kept out over last taken as null"))
    if found.tolerance is not None:
        entries.append(("tolerance", number(found.tolerance, 3), "relative; what was taken as null"))
    if found.closure_defect is not None and found.dimension > 1:
        entries.append(("closure defect", number(found.closure_defect, 3), "how far brackets leave the span"))
    if found.samples is not None:
        entries.append(("samples", f"{found.samples:,}".replace(",", "\u202f"), ""))
    return entries


def trivial_words(found: Evidence) -> str:
    """Which null directions are no finding, and why."""
    reasons = sorted({found.labels[i] for i in found.trivial if i < len(found.labels) and found.labels[i]})
    because = f" ({'; '.join(reasons)})" if reasons else ""
    return (
        f"{_count(len(found.trivial), 'null direction is', 'null directions are')} trivial{because} and left out "
        "of what follows."
    )


def noun(found: Evidence) -> str:
    """What the rows of the result are called."""
    return "quantity" if found.conserved else "generator"


def names_of(found: Evidence, variables: Sequence[str] | None) -> list[str]:
    """The names of candidates or terms, in the user's own variables where these are given."""
    from symmetra.functions import variable_names

    if found.conserved or variables is None or found.n is None or len(variables) != found.n:
        return list(found.names)
    return [relabel(name, variable_names(found.n), list(variables)) for name in found.names]


def formulas(found: Evidence, names: Sequence[str]) -> dict[int, tuple[str, float]]:
    """Each generator or quantity that is shown as text, with the largest coefficient that was left out of it."""
    rows = [] if found.generators is None else found.generators.tolist()
    return {i: linear_combination(rows[i], names) for i in found.shown}


def without_repetition(found: Evidence) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Columns and rows for reading: a cell that begins with the row's label does not say it again."""
    rows = tuple(
        (row[0], *(cell.removeprefix(f"{row[0]}: ") for cell in row[1:])) if row else row for row in found.rows
    )
    heads = {"label": "", "note": "", "value": "relative error" if found.kind == "audit" else "value"}
    return tuple(heads.get(column, column) for column in found.columns), rows


def sentence(text: str) -> str:
    """A remark of a result as a sentence: a capital first, a full stop last."""
    text = readable(text.strip())
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
