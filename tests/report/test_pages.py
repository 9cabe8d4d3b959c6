"""Pages of results: self-contained, complete, escaped, the same twice, and never half written."""

from __future__ import annotations

import html.parser
import re
import xml.etree.ElementTree as ET

import pytest
import torch

from symmetra import report
from symmetra.inputs import InputError

from . import results

EVERY = sorted(results.EVERY)


@pytest.fixture(params=EVERY)
def result(request):
    return results.EVERY[request.param]()


class _Reader(html.parser.HTMLParser):
    VOID = ("meta", "link", "br", "img", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id" and value]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _read(path) -> _Reader:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert reader.open == []
    return reader


def test_page_is_self_contained_and_accessible(result, tmp_path):
    path = report.page(result, tmp_path / "page.html", command="symmetra discover function data.csv")
    text, reader = path.read_text(encoding="utf-8"), _read(path)
    assert not any(tag in ("script", "iframe", "object") for tag, _ in reader.tags)
    for tag, attributes in reader.tags:
        for name in ("src", "href", "xlink:href"):
            target = attributes.get(name)
            assert target is None or target.startswith(("#", "data:")), (tag, target)
    assert "url(http" not in text and "@import" not in text
    assert len(reader.ids) == len(set(reader.ids)), "an identifier occurs twice"
    pictures = [attributes for tag, attributes in reader.tags if tag == "svg"]
    assert all(a.get("role") == "img" and a.get("aria-label") for a in pictures)
    assert "symmetra discover function data.csv" in text


def test_page_is_deterministic(result, tmp_path):
    first, second = (report.page(result, tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == second


def test_page_says_what_the_result_says(tmp_path):
    text = report.page(results.lorentz(), tmp_path / "page.html").read_text(encoding="utf-8")
    for words in (
        "𝔰𝔬",
        "5 of them certified",
        "undetermined",
        "generators 1–5",
        "The interval reaches above δ.",
        "2 directions are left open",
        "3.2×10¹³",
        "What the data cannot decide",
    ):
        assert words in text
    text = report.page(results.nothing(), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "No symmetry of the function was found among 12 candidate directions." in text
    text = report.page(results.quadratic(), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "the flow of F itself" in text and "0.21 to 0.34" in text and "exceeds δ = 0.05" in text
    text = report.page(results.Audit(), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Equivariant under SO(3) to rounding" in text


def test_page_takes_the_names_of_the_user(tmp_path):
    text = report.page(results.ellipse(), tmp_path / "p.html", variables=["theta", "omega"]).read_text(encoding="utf-8")
    assert "<mi>θ</mi>" in text and "<mi>ω</mi>" in text


def test_page_escapes_what_comes_from_outside(tmp_path):
    nasty = "<script>alert(1)</script>"
    text = report.page(
        results.Audit(words=nasty), tmp_path / "p.html", title=nasty, command=nasty, provenance={nasty: nasty}
    ).read_text(encoding="utf-8")
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 5


def test_colours_follow_the_scheme(tmp_path):
    text = report.page(results.so3(), tmp_path / "p.html").read_text(encoding="utf-8")
    body = text[text.index("<main>") :]
    assert "var(--accent)" in body and "var(--ink)" in body
    assert set(re.findall(r"#[0-9a-f]{6}\b", body)) == set(), "a colour that a dark scheme cannot change"


def test_nothing_is_left_behind_when_writing_fails(tmp_path, monkeypatch):
    target = tmp_path / "page.html"
    target.write_text("old")

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        report.page(results.Audit(), target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("path", [".", "missing/page.html", "a\0b"])
def test_bad_paths_are_told_in_one_line(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        report.page(results.Audit(), path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("path: got")


def test_what_is_no_result_is_refused(tmp_path):
    for call in (
        lambda: report.page(3, tmp_path / "p.html"),
        lambda: report.table(torch.zeros(2)),
        lambda: report.latex("so(3)"),
        lambda: report.figure(None),
    ):
        with pytest.raises(InputError, match="result: got"):
            call()
    assert list(tmp_path.iterdir()) == []


def test_table_and_latex(result):
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    Console(file=out, width=100).print(report.table(result))
    assert out.getvalue().strip()
    assert max(map(len, out.getvalue().splitlines())) <= 100
    latex = report.latex(result)
    assert latex.startswith(r"\begin{tabular}") and latex.rstrip().endswith(r"\end{tabular}")
    assert latex.isascii()


def test_every_svg_is_well_formed(result, tmp_path):
    text = report.page(result, tmp_path / "p.html").read_text(encoding="utf-8")
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ET.fromstring(svg)
