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
# Browsers know the letters of these alphabets, not the attribute that asks for them.
_ALPHABET = re.compile(
    r'<(?P<tag>m[io])(?: [^>]*?)?mathvariant="(?P<variant>double-struck|fraktur)"[^>]*>(?P<letter>\w)</m[io]>'
)
_DOUBLE_STRUCK = dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ"))
# References in the style of Sphinx, which the docstrings may hold: only the name is wanted here.
_ROLE = re.compile(r":(?:py:)?(?:func|class|meth|mod|attr|data|exc):(?=<code>)")


def _letter(match: re.Match[str]) -> str:
    letter = match["letter"]
    if match["variant"] == "double-struck":
        return f"<mi>{_DOUBLE_STRUCK[letter]}</mi>"
    return f"<mi>{chr(0x1D51E + ord(letter) - ord('a'))}</mi>"


def _mathml(match: re.Match[str]) -> str:
    block = match["tag"] == "div"
    formula = convert(html.unescape(match["tex"]).strip(), display="block" if block else "inline")
    formula = _ALPHABET.sub(_letter, formula)
    return f'<div class="formula">{formula}</div>' if block else formula


def on_page_content(content: str, **_: Any) -> str:
    """Called by mkdocs with the HTML of each page."""
    return _ROLE.sub("", _FORMULA.sub(_mathml, content))
