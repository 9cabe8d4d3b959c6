"""What README.md and the first pages show is what really happens: every example is run and its output compared."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# A Python block, optionally followed by a text block with what it prints.
BLOCKS = re.compile(r"```python\n(?P<code>.*?)```(?:\s*```text\n(?P<output>.*?)```)?", re.DOTALL)
# Sizes of rounding errors, and gaps above them, are those of one machine.
ROUNDING = re.compile(r"\b\d(?:\.\d+)?e[+-](?:0[89]|[1-9]\d+)\b|\b0\.0e\+00\b")
PAGES = ["README.md", "docs/index.md", "docs/start.md"]


@pytest.mark.parametrize("page", PAGES)
def test_examples_print_what_they_show(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = list(BLOCKS.finditer(text))
    assert blocks
    assert any(block["output"] for block in blocks)
    monkeypatch.chdir(tmp_path)
    # One namespace a page: a reader types the blocks one after another.
    namespace: dict[str, object] = {"__name__": page}
    for block in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block["code"], page, "exec"), namespace)
        if block["output"] is not None:
            assert ROUNDING.sub("ε", printed.getvalue()).strip() == ROUNDING.sub("ε", block["output"]).strip()
