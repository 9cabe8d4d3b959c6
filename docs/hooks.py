"""Turn the formulae of the pages into MathML when the site is built, so that no script has to do it when it is read."""

from __future__ import annotations

import html
import re
from typing import Any

from latex2mathml.converter import convert

_FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>',
    re.DOTALL,
)


def _mathml(match: re.Match[str]) -> str:
    block = match["tag"] == "div"
    formula = convert(html.unescape(match["tex"]).strip(), display="block" if block else "inline")
    return f'<div class="formula">{formula}</div>' if block else formula


def on_page_content(content: str, **_: Any) -> str:
    """Called by mkdocs with the HTML of each page."""
    return _FORMULA.sub(_mathml, content)
