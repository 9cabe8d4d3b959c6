"""Pages, tables and figures of what discover and measure really return."""

from __future__ import annotations

from io import StringIO

import pytest
import torch
from rich.console import Console

import symmetra
from symmetra import discover, measure, report
from symmetra.representations import V


def _points(n: int) -> torch.Tensor:
    return torch.randn(200, n, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def _rotations():
    return discover.function(lambda s: s @ s, _points(3), symmetra.candidates.affine(3))


def _lorentz():
    return discover.function(lambda s: s[0] ** 2 - s[1:] @ s[1:], _points(4), symmetra.candidates.linear(4))


def _oscillator():
    field = lambda s: torch.stack([s[1], -s[0]])  # noqa: E731
    return discover.dynamics(field, _points(2), symmetra.candidates.polynomial(2, 2))


def _circle():
    angle = torch.linspace(0, 6, 80, dtype=torch.float64)
    return discover.manifold(torch.stack([angle.cos(), angle.sin()], 1), candidates=symmetra.candidates.affine(2))


def _energy():
    field = lambda s: torch.stack([s[1], -s[0]])  # noqa: E731
    return discover.conserved(_points(2), field, symmetra.library.polynomial(2, 2))


def _audit():
    group = symmetra.groups.O(3)
    return measure.audit(lambda s: (s @ s).sqrt(), _points(3), V(group))


def _layers():
    model = torch.nn.Sequential(torch.nn.Linear(3, 3, bias=False), torch.nn.Tanh()).double()
    moves = V(symmetra.groups.SO(3))
    return measure.layerwise(model, _points(3), moves, {"0": moves, "1": moves})


@pytest.fixture(
    scope="module", params=[_rotations, _lorentz, _oscillator, _circle, _energy, _audit], ids=lambda f: f.__name__
)
def result(request):
    return request.param()


def test_page_table_and_latex(result, tmp_path):
    text = report.page(result, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<svg" in text and "None" not in text.split("<main>")[1]
    out = StringIO()
    Console(file=out, width=100).print(report.table(result))
    assert "None" not in out.getvalue() and len(out.getvalue().splitlines()) >= 3
    assert report.latex(result).isascii()


def test_what_the_page_says_is_what_was_found(tmp_path):
    text = report.page(_rotations(), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "𝔰𝔬" in text and "all 3 certified" in text
    text = report.page(_lorentz(), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "all 6 certified" in text
    text = report.page(_circle(), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "𝔰𝔬" in text
    text = report.page(_audit(), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "holds to rounding" in text


def test_the_flow_itself_is_called_trivial(tmp_path):
    found = _oscillator()
    assert found.trivial > 0
    text = report.page(found, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "trivial" in text and "the flow of F itself" in text


def test_energy_is_written_as_a_formula(tmp_path):
    text = report.page(_energy(), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<msup>" in text and "1 independent conserved quantity found" in text


def test_layers(tmp_path):
    text = report.page(_layers(), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "the first that breaks it" in text and "<svg" in text
    Console(file=StringIO()).print(report.table(_layers()))
