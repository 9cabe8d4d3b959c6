"""One self-contained HTML page: no script, no request to anywhere, light and dark, any width of screen, and paper."""

from __future__ import annotations

import os
import platform
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import torch
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import symmetra
from symmetra.report._document import Document, Picture, Table
from symmetra.report._svg import inline_svg
from symmetra.report._verdict import MARKS
from symmetra.report._write import checked_destination, write_text


def render(document: Document) -> str:
    """The page as text. The same document gives the same text: no date, no random identifier."""
    counter = iter(range(10**9))

    def svg(picture: Picture) -> Markup:
        return inline_svg(figure_of(picture), picture.alt, f"{next(counter)}")

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["kind"] = lambda part: type(part).__name__
    environment.filters["align"] = _align
    environment.filters["svg"] = svg
    environment.filters["width"] = lambda picture: round(96 * figure_of(picture).get_figwidth())
    folder = resources.files("symmetra.report")
    template = environment.from_string(folder.joinpath("_template.html").read_text(encoding="utf-8"))
    return template.render(
        page=document,
        css=Markup(folder.joinpath("_template.css").read_text(encoding="utf-8")),
        marks=MARKS,
        version=symmetra.__version__,
        software=software(),
    )


def figure_of(picture: Picture) -> Figure:
    """The matplotlib figure of a picture that may have been given by its axes."""
    figure = picture.figure.figure if isinstance(picture.figure, Axes) else picture.figure
    assert isinstance(figure, Figure)
    return figure


def _align(table: Table, column: int) -> str:
    """The class of a cell; without instruction the first column is on the left and the others are too."""
    return table.align[column] if column < len(table.align) else "l"


def software() -> str:
    """The versions a number may depend on."""
    return f"Python {platform.python_version()}, torch {torch.__version__}, NumPy {np.__version__}"


def write(document: Document, path: str | os.PathLike[str]) -> Path:
    """Render a document and write it, under a temporary name first.

    Raises:
        InputError: the path cannot be written to (told before anything is drawn).
    """
    checked_destination(path)
    return write_text(path, render(document))


def provenance_of(context: dict[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """Extra lines of the page's foot from a plain dictionary."""
    return tuple((str(label), str(value)) for label, value in (context or {}).items())
