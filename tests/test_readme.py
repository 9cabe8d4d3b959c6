"""What README.md and the first pages show is what really happens: every example is run and its output compared.

``python tests/test_readme.py`` writes the present outputs into the pages.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# A Python block, optionally followed by a text block with what it prints.
BLOCKS = re.compile(r"```python\n(?P<code>.*?)```(?:\n+```text\n(?P<output>.*?)```)?", re.DOTALL)
# Sizes of rounding errors, and gaps above them, are those of one machine.
ROUNDING = re.compile(r"\b\d(?:\.\d+)?e[+-](?:0[89]|[1-9]\d+)\b|\b0\.0e\+00\b")
PAGES = [
    "README.md",
    "docs/index.md",
    "docs/start.md",
    "docs/models/averaging.md",
    "docs/models/basis_regression.md",
    "docs/models/dynamics.md",
    "docs/models/promotion.md",
    "docs/models/relax.md",
    "docs/models/fields.md",
    "docs/models/lattice_networks.md",
    "docs/models/pde.md",
    "docs/models/equivariant_networks.md",
    "docs/models/molecules.md",
]


def run(page: str, text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each block with what it prints, in one namespace a page: a reader types the blocks one after another."""
    namespace: dict[str, object] = {"__name__": page}
    for block in BLOCKS.finditer(text):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block["code"], page, "exec"), namespace)
        yield block, printed.getvalue().rstrip() + "\n"


@pytest.mark.parametrize("page", PAGES)
def test_examples_print_what_they_show(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown = [(block["output"], printed) for block, printed in run(page, text) if block["output"] is not None]
    assert shown
    for output, printed in shown:
        assert ROUNDING.sub("ε", printed) == ROUNDING.sub("ε", output)


def rewrite(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for block, printed in run(page, text):
        if block["output"] is not None:
            fresh = block[0].removesuffix(block["output"] + "```") + printed + "```"
            text = text.replace(block[0], fresh)
    (ROOT / page).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in PAGES:
        rewrite(name)
