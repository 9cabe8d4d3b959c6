"""Results made readable: tables for the terminal, LaTeX, figures, and one self-contained HTML page.

``page``, ``table``, ``latex`` and ``figure`` take what any function of `discover` or `measure` returns. A study with a
story of its own writes it in the parts of a `Document`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from symmetra.inputs import MissingExtra

# Loaded on first use: a table in the terminal needs neither matplotlib nor jinja2, and neither is quick to import.
_HOME = {
    "page": "_result_page",
    "table": "_table",
    "latex": "_latex",
    "figure": "_figures",
    "document": "_result_page",
    "render": "_page",
    "write": "_page",
    "write_text": "_write",
    "write_bytes": "_write",
    "checked_destination": "_write",
    "new_axes": "_style",
    "styled": "_style",
    "logarithmic": "_style",
    "tolerance_line": "_style",
    "COLOURS": "_style",
    "math": "_mathml",
    "algebra_mathml": "_mathml",
    "number": "_formula",
    "readable": "_formula",
    "linear_combination": "_formula",
    "card": "_verdict",
    "spectrum_picture": "_figures",
    "field_panels": "_panels",
    "evidence": "_evidence",
} | dict.fromkeys(
    (
        "Document",
        "Section",
        "Prose",
        "Display",
        "Facts",
        "Picture",
        "Gallery",
        "Table",
        "Card",
        "Cards",
        "Listing",
        "Code",
    ),
    "_document",
)

__all__ = list(_HOME)
_EXTRAS = {"matplotlib": "report", "jinja2": "report", "markupsafe": "report", "rich": "cli"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    try:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        raise MissingExtra(error.name, _EXTRAS[error.name]) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
