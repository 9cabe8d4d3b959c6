"""Figures of results: as matplotlib axes for the user, as pictures with words for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from symmetra.inputs import InputError
from symmetra.report._document import Gallery, Picture
from symmetra.report._evidence import Evidence, evidence
from symmetra.report._formula import number
from symmetra.report._generators import SLICES, Field, affine_field, centre_of, matrix_axes, plane_axes, torch_field
from symmetra.report._spectrum import spectrum_axes, spectrum_words
from symmetra.report._style import new_axes, styled

KINDS = ("spectrum", "generator", "matrix", "terms")


def figure(
    result: Any,
    kind: str = "spectrum",
    *,
    index: int = 0,
    plane: tuple[int, int] = (0, 1),
    variables: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one figure of a result and return its axes; nothing is shown.

    Args:
        result: what a function of `discover` returned.
        kind: "spectrum"; "generator", arrows in one coordinate plane; "matrix", an affine generator as a matrix;
            "terms", the coefficients of conserved quantities.
        index: which generator.
        plane: the two coordinates of the plane of arrows.
        variables: names of the coordinates.
        ax: axes to draw on; a new figure if left out, and ``figure(result).figure.savefig(…)`` saves it.

    Raises:
        InputError: the result does not have what is to be drawn.
    """
    found = evidence(result)
    if kind not in KINDS:
        raise InputError("kind", repr(kind), f"one of {', '.join(KINDS)}", "kind='spectrum'")
    if kind == "spectrum":
        if found.spectrum is None or not len(found.spectrum):
            raise InputError("result", "one without a spectrum", "a result of discover")
        return spectrum_axes(found, ax)
    count = 0 if found.generators is None else len(found.generators)
    if not 0 <= index < count:
        raise InputError(
            "index", f"{index}", f"0 … {count - 1}, one of {count}" if count else "a result with generators"
        )
    if kind == "terms":
        return _terms(found, list(found.names), ax)
    names = _coordinates(found, variables)
    if kind == "matrix":
        if found.matrices is None:
            raise InputError("kind", "'matrix'", "a result with affine candidates", "kind='generator'")
        return _matrix(found.matrices[index], names, ax)
    field, centre = _field(found, result, index)
    return plane_axes(field, centre, names, plane, ax=ax)


def _coordinates(found: Evidence, variables: Sequence[str] | None) -> tuple[str, ...]:
    from symmetra.functions import variable_names

    n = found.n or (found.matrices.shape[1] if found.matrices is not None else 2)
    return tuple(variables) if variables is not None and len(variables) == n else tuple(variable_names(n))


def _field(found: Evidence, result: Any, index: int) -> tuple[Field, np.ndarray]:
    if found.matrices is not None:
        matrix = found.matrices[index]
        return affine_field(matrix), centre_of(matrix, matrix.shape[0])
    return torch_field(result.vector_fields()[index]), np.zeros(found.n or 2)


def spectrum_picture(found: Evidence) -> Picture:
    """The spectrum with its caption."""
    caption = "Relative defect of each direction of the candidate space, ascending"
    if found.conserved:
        caption = "Relative size of each independent combination of library terms, ascending"
    caption += "; the band is the gap between what was taken as null and the rest"
    values = np.asarray(found.spectrum)
    if len(values) and values.min() <= 1e-17:
        caption += "; triangles are zero and stand on the floor"
    return Picture(spectrum_axes(found), caption + ".", spectrum_words(found))


def generator_pictures(
    found: Evidence, result: Any, labels: Mapping[int, str], variables: Sequence[str] | None
) -> list[Gallery]:
    """Generators as one may best see them: arrows in the plane, slices of space, a matrix in more dimensions.

    Args:
        found: the evidence of ``result``.
        result: asked for its vector fields where these are not affine.
        labels: for each generator to be drawn, what stands above it, its formula say.
        variables: names of the coordinates.
    """
    names = _coordinates(found, variables)
    n = len(names)
    if n > 3 and found.matrices is not None:
        drawn = []
        for i, label in labels.items():
            words = f"Generator {i + 1} as a matrix of {n} rows: {_matrix_words(found.matrices[i], names)}"
            drawn.append(Picture(_matrix(found.matrices[i], names, None), f"generator {i + 1}", words, label))
        caption = "The generators as matrices, a row a component: blue positive, orange negative"
        caption += "; the last column is the translation." if any(_moves(found.matrices[i]) for i in labels) else "."
        return [Gallery(drawn, caption)]
    if n == 1:
        return [
            Gallery(
                [
                    Picture(
                        _line(_field(found, result, i)[0], names[0]),
                        f"generator {i + 1}",
                        f"Generator {i + 1} along {names[0]}.",
                        label,
                    )
                    for i, label in labels.items()
                ]
            )
        ]
    planes = ((0, 1),) if n == 2 else SLICES
    galleries = []
    for i, label in labels.items():
        field, centre = _field(found, result, i)
        drawn = [
            Picture(
                plane_axes(field, centre, names, p),
                f"generator {i + 1}" if p == planes[0] else "",
                f"Generator {i + 1}: arrows in the plane of {names[p[0]]} and {names[p[1]]}.",
                label if n == 2 else "",
            )
            for p in planes
        ]
        galleries.append(Gallery(drawn, "", label if n > 2 else ""))
    if n == 2:
        return [Gallery([picture for one in galleries for picture in one.pictures])]
    caption = "Slices through the centre; circles point out of the plane, filled towards the reader, hollow away."
    if n > 3:
        caption = "Slices through the origin in the first three coordinates."
    return [*galleries[:-1], replace(galleries[-1], caption=caption)]


@styled
def _line(field: Field, name: str) -> Axes:
    axes = new_axes(3.6, 2.2)
    grid = np.linspace(-1, 1, 101)[:, None]
    axes.plot(grid[:, 0], field(grid)[:, 0])
    axes.set_xlabel(name)
    axes.set_ylabel("ξ")
    return axes


def _moves(matrix: np.ndarray) -> bool:
    return bool(np.abs(matrix[:, -1]).max() > 1e-9 * max(1e-300, np.abs(matrix).max()))


def _matrix(matrix: np.ndarray, names: tuple[str, ...], ax: Axes | None) -> Axes:
    if _moves(matrix):
        return matrix_axes(matrix, tuple(f"∂{v}" for v in names), (*names, "1"), ax=ax)
    return matrix_axes(matrix[:, :-1], tuple(f"∂{v}" for v in names), names, ax=ax)


def _matrix_words(matrix: np.ndarray, names: tuple[str, ...]) -> str:
    top = max(float(np.abs(matrix).max()), 1e-300)
    columns = (*names, "1")
    entries = [
        f"{number(float(matrix[a, b]), 2)} at ({names[a]}, {columns[b]})"
        for a in range(matrix.shape[0])
        for b in range(matrix.shape[1])
        if abs(matrix[a, b]) > 1e-3 * top
    ]
    return ", ".join(entries[:12]) + (f" and {len(entries) - 12} more." if len(entries) > 12 else ".")


@styled
def _terms(found: Evidence, names: Sequence[str], ax: Axes | None = None) -> Axes:
    """Coefficients of the quantities, a row a term; terms that none of them has are left out."""
    assert found.generators is not None
    chosen = list(found.shown) or list(range(len(found.generators)))
    coefficients = np.stack([row / max(np.abs(row).max(), 1e-300) for row in found.generators[chosen]], axis=1)
    kept = np.flatnonzero(np.abs(coefficients).max(axis=1) > 1e-4)[:40]
    columns = tuple(str(i + 1) for i in chosen)
    return matrix_axes(coefficients[kept], tuple(names[i] for i in kept), columns, ax=ax, cell=0.45, scale=1.0)


def term_picture(found: Evidence, names: Sequence[str]) -> Picture:
    """The coefficients of conserved quantities with caption and words."""
    axes = _terms(found, names)
    shown = [t.get_text() for t in axes.get_yticklabels()]
    return Picture(
        axes,
        "Coefficients of each quantity (columns), its largest scaled to 1; terms below 10⁻⁴ in all of "
        "them are left out.",
        f"Coefficients of {len(found.shown)} quantities in the terms {', '.join(shown)}.",
    )
