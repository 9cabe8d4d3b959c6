"""A figure as inline SVG: text stays text, and its colours are the page's, light or dark."""

from __future__ import annotations

import hashlib
import io
import re

from markupsafe import Markup, escape
from matplotlib.figure import Figure

from symmetra.report._style import ROLES, style


def inline_svg(figure: Figure, alt: str, key: str) -> Markup:
    """The figure as one ``<svg role="img">`` with its alternative text.

    matplotlib's colours for the roles of `_style.ROLES` become CSS variables, and every identifier gets a prefix of its
    own: two figures in one page may otherwise share clip paths by name.

    Args:
        figure: what to draw.
        alt: the alternative text.
        key: anything that tells this figure from the others of the page.
    """
    buffer = io.StringIO()
    with style():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    for colour, role in ROLES.items():
        text = text.replace(colour, f"var(--{role})")
    prefix = "f" + hashlib.sha256(key.encode()).hexdigest()[:8]
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'(xlink:href|href)="#([^"]+)"', rf'\1="#{prefix}-\2"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)
    width, height = figure.get_size_inches()
    head = (
        f'<svg role="img" aria-label="{escape(alt)}" viewBox="0 0 {width * 72:g} {height * 72:g}" '
        f'style="width:{width * 96:.0f}px" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg">'
    )
    body = text[text.index(">") + 1 :]
    # Six decimals of a point are four more than any screen shows, and half the size of the page.
    body = re.sub(r'(?<= d=")[^"]*', lambda match: re.sub(r"(\.\d\d)\d+", r"\1", match.group()), body)
    return Markup(head + re.sub(r"\n\s*", "\n", body).strip())
