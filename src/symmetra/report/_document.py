"""The parts a page is made of: a small vocabulary that every study and result writes its page in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Union


@dataclass(frozen=True)
class Prose:
    """A paragraph; ``Markup`` (from `math`, say) is kept, all else is escaped."""

    text: str
    lead: bool = False


@dataclass(frozen=True)
class Display:
    """A formula on a line of its own, as `math(…, display=True)` makes it, with a word on what it is."""

    formula: str
    label: str = ""
    note: str = ""
    headline: bool = False


@dataclass(frozen=True)
class Facts:
    """Label, value and note: the few numbers one looks for first."""

    entries: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Picture:
    """A figure with its caption and the text for those who do not see it.

    Attributes:
        figure: of matplotlib, or any axes of it; no type, for this module is imported without matplotlib.
        caption: what one should see in it.
        alt: the same for those who do not see it.
        label: what stands above it, a formula say.
    """

    figure: Any
    caption: str
    alt: str
    label: str = ""


@dataclass(frozen=True)
class Gallery:
    """Several pictures that stand side by side where there is room."""

    pictures: Sequence[Picture]
    caption: str = ""
    label: str = ""


@dataclass(frozen=True)
class Table:
    """A table that scrolls in its own box; ``align`` has a letter a column, l, r or c."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    align: str = ""


@dataclass(frozen=True)
class Card:
    """One verdict, in words, with its reasons."""

    verdict: str
    statement: str
    numbers: Sequence[tuple[str, str]] = ()
    reasons: Sequence[str] = ()
    subject: str = ""


@dataclass(frozen=True)
class Cards:
    """Verdicts side by side."""

    cards: Sequence[Card]


@dataclass(frozen=True)
class Listing:
    """Points, one sentence each."""

    items: Sequence[str]


@dataclass(frozen=True)
class Code:
    """A command or a few lines of code."""

    text: str


Block = Union[Prose, Display, Facts, Picture, Gallery, Table, Cards, Listing, Code]  # noqa: UP007


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole page.

    Attributes:
        title: plain text.
        summary: the finding in a sentence or two.
        sections: in reading order.
        command: the command that made the page, as it can be typed again.
        provenance: label and value of everything else that one needs to make it again.
    """

    title: str
    sections: Sequence[Section]
    summary: str = ""
    command: str = ""
    provenance: Sequence[tuple[str, str]] = field(default_factory=tuple)
