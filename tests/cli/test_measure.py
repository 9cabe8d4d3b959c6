"""``symmetra measure``, ``demo`` and ``version``."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_measure(command, folder):
    ran = command("measure", "model:radius", "points.csv", "--x", "a,b,c", "--group", "O(3)", "--html", "page.html")
    assert ran.code == 0, ran.err
    assert "holds to rounding" in ran.out and "broken" not in ran.out
    assert "<svg" in (folder / "page.html").read_text(encoding="utf-8")


def test_measure_tells_what_is_broken(command, folder):
    ran = command("measure", "model:skew", "points.csv", "--x", "a,b", "--group", "SO(2)", "--json")
    data = ran.json
    assert ran.code == 0 and "broken" in data["summary"]
    assert all(isinstance(row["value"], float) for row in data["rows"])


def test_representations_and_products(command, folder):
    ran = command("measure", "model:oscillator", "points.csv", "--x", "a,b", "--group", "SO(2)", "--out", "V", "--json")
    assert ran.code == 0 and "holds to rounding" in ran.json["summary"]
    ran = command(
        "measure", "model:radius", "points.csv", "--x", "a,b,c", "--group", "S(2)*O(1)", "--in", "V", "--json"
    )
    assert ran.code == 0, ran.err
    assert "holds to rounding" in ran.json["summary"]


@pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.export's own, while it exports
def test_measure_an_exported_program(command, folder):
    import model
    import torch

    program = torch.export.export(
        model.network, (torch.zeros(4, 3),), dynamic_shapes=({0: torch.export.Dim("N", min=2)},)
    )
    torch.export.save(program, "radius.pt2")
    ran = command("measure", "radius.pt2", "points.csv", "--x", "a,b,c", "--group", "SO(3)", "--json")
    assert ran.code == 0, ran.err
    assert "holds to rounding" in ran.json["summary"]


def test_version_and_help(command):
    import symmetra

    assert command("version").out.strip() == symmetra.__version__
    ran = command("--help")
    assert ran.code == 0 and "discover" in ran.out


def test_help_does_not_wait_for_torch():
    code = "import sys, symmetra.cli._app; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_demo_makes_the_page_of_the_planets(command, folder):
    ran = command("demo", "--out", "planets.html")
    assert ran.code == 0, ran.err
    text = (folder / "planets.html").read_text(encoding="utf-8")
    for words in (
        "What is conserved",
        "The law of force",
        "What these data cannot decide",
        "How each claim is decided",
        "DE421",
        "𝔰𝔬",
        "symmetra demo --out planets.html",
    ):
        assert words in text
    assert text.count("<svg") >= 10 and "<script" not in text


def test_demo_tries_its_path_first(refused, folder):
    assert "--out" in refused("demo", "--out", "no/folder/page.html")
