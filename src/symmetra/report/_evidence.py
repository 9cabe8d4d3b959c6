"""What a result carries, in the plain form that tables, figures and pages are made from.

The one place that knows the names of the fields of results; all else in `report` reads `Evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symmetra.inputs import InputError, describe
from symmetra.report._formula import number


@dataclass(frozen=True)
class Evidence:
    """The parts of a result; a part that the result does not have is empty or None.

    Attributes:
        kind: what was asked, "function", "dynamics", "conserved", "manifold", "regression" or "audit"; may be empty.
        columns, rows: what `result.rows()` gave, as text.
        spectrum: ascending, the first ``dimension`` values are the null space.
        generators: ``[k, P]`` coefficients in the candidates ``names``; or ``[k, T]`` of ``terms`` where quantities
            were sought.
        matrices: ``[k, n, n+1]``, linear part and translation, for candidates that are affine.
        trivial: indices of the generators that say nothing (constants, the field itself); they stand last.
        labels: why a generator is trivial, empty for the others.
        certified: indices of those that carry a certificate "symmetric".
    """

    kind: str
    name: str
    summary: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    spectrum: np.ndarray | None
    dimension: int
    gap: float | None
    tolerance: float | None
    trivial: tuple[int, ...]
    labels: tuple[str, ...]
    certified: tuple[int, ...]
    certificates: tuple[Any, ...]
    defects: np.ndarray
    closure_defect: float | None
    coverage_ok: bool | None
    coverage_message: str
    generators: np.ndarray | None
    matrices: np.ndarray | None
    names: tuple[str, ...]
    n: int | None
    samples: int | None
    conserved: bool

    @property
    def shown(self) -> tuple[int, ...]:
        """The generators worth a picture: the certified ones first, then the others that are not trivial."""
        if self.generators is None:
            return ()
        rest = [i for i in range(len(self.generators)) if i not in self.certified and i not in self.trivial]
        return (*self.certified, *rest)


def evidence(result: Any) -> Evidence:
    """Read a result of `discover` or `measure`.

    Raises:
        InputError: the object has no ``rows()``, so it is no result.
    """
    if not callable(getattr(result, "rows", None)):
        raise InputError("result", describe(result), "a result with rows(), as discover and measure return", "result")
    coefficients = getattr(result, "coefficients", None)
    conserved = coefficients is not None and getattr(result, "terms", None) is not None
    generators = coefficients if conserved else getattr(result, "generators", None)
    candidates = getattr(result, "candidates", None)
    names = getattr(result, "terms", ()) if conserved else getattr(candidates, "names", ())
    coverage = getattr(result, "coverage", None)
    spectrum = _array(getattr(result, "spectrum", None))
    dimension = int(getattr(result, "dimension", 0) or 0)
    trivial = int(getattr(result, "trivial", 0) or 0)
    columns, rows = _rows(result.rows())
    certified = getattr(result, "certified", ())
    defects = _array(getattr(result, "defects", None))
    return Evidence(
        kind=str(getattr(result, "kind", "audit" if hasattr(result, "findings") or hasattr(result, "errors") else "")),
        name=str(getattr(result, "name", "") or ""),
        summary=_summary(result),
        columns=columns,
        rows=rows,
        spectrum=spectrum,
        dimension=dimension,
        gap=_number(getattr(result, "gap", None)),
        tolerance=_number(getattr(result, "tolerance", None)),
        trivial=tuple(range(dimension - trivial, dimension)),
        labels=tuple(str(label) for label in getattr(result, "labels", ()) or ("",) * dimension),
        certified=tuple(int(i) for i in certified) if isinstance(certified, tuple | list) else (),
        certificates=tuple(getattr(result, "certificates", ()) or ()),
        defects=defects if defects is not None else np.zeros(0),
        closure_defect=_number(getattr(result, "closure_defect", None)),
        coverage_ok=getattr(coverage, "ok", None),
        coverage_message=str(getattr(coverage, "message", "") or ""),
        generators=_array(generators),
        matrices=_matrices(result, candidates),
        names=tuple(str(n) for n in names or ()),
        n=getattr(candidates, "n", None),
        samples=getattr(result, "samples", None),
        conserved=conserved,
    )


def _rows(rows: Any) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """A list of dictionaries as a table: the keys in the order in which they first come are the columns."""
    listed = [dict(row) for row in rows]
    keys = list(dict.fromkeys(key for row in listed for key in row))
    keys = [key for key in keys if any(row.get(key) not in (None, "") for row in listed)]
    return tuple(str(k) for k in keys), tuple(tuple(_text(row.get(key)) for key in keys) for row in listed)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        return number(float(value), 3)
    return str(value)


def _summary(result: Any) -> str:
    for name in ("sentence", "words", "summary"):
        words = getattr(result, name, None)
        if words is not None:
            return str(words() if callable(words) else words)
    return ""


def _array(value: Any) -> np.ndarray | None:
    if value is None:
        return None
    return np.asarray(value.detach().cpu().numpy() if hasattr(value, "detach") else value)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _matrices(result: Any, candidates: Any) -> np.ndarray | None:
    """The affine matrices, or None where the candidates are not affine (whatever way the result says so)."""
    if candidates is not None and not hasattr(candidates, "matrices"):
        return None
    try:
        matrices = _array(getattr(result, "matrices", None))
    except (InputError, AttributeError, TypeError):
        return None
    return matrices if matrices is not None and matrices.ndim == 3 else None
