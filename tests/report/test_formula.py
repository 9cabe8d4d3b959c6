"""Formulas read from plain text and set as MathML and LaTeX."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmetra.report._formula import linear_combination, number, parse, relabel
from symmetra.report._latex import formula, text
from symmetra.report._mathml import algebra_mathml, math


def _leaves(markup: str) -> str:
    return "".join(ET.fromstring(str(markup)).itertext()).replace("\u2062", "").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (3.0, "3"),
        (0.0123, "0.0123"),
        (3.1e-7, "3.1×10⁻⁷"),
        (1e-10, "10⁻¹⁰"),
        (-1e12, "−10¹²"),
        (1234.5, "1234"),
        (float("inf"), "∞"),
        (float("nan"), "not defined"),
        (120.0, "120"),
    ],
)
def test_number(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(
    ("name", "leaves"),
    [
        ("so(3)", "𝔰𝔬(3)"),
        ("so(1,3)", "𝔰𝔬(1,3)"),
        ("sl(2) ⊕ R", "𝔰𝔩(2)⊕ℝ"),
        ("abelian R²", "abelian ℝ2"),
        ("iso(1,3) (Poincaré)", "𝔦𝔰𝔬(1,3) (Poincaré)"),
        ("3-dimensional nilpotent (Heisenberg)",) * 2,
        ("trivial",) * 2,
    ],
)
def test_names_of_algebras(name, leaves):
    markup = algebra_mathml(name)
    assert _leaves(markup) == leaves
    assert f'alttext="{name}"' in markup


def test_abelian_has_a_superscript_and_not_a_digit():
    assert "<msup><mi>ℝ</mi><mn>2</mn></msup>" in algebra_mathml("abelian R²")


@pytest.mark.parametrize(
    ("source", "latex"),
    [
        ("x·vy - y·vx", r"x \, v_{y} - y \, v_{x}"),
        ("1/r", r"\frac{1}{r}"),
        ("vx²/2", r"\frac{{v_{x}}^{2}}{2}"),
        ("-x*y", r"-x \, y"),
        ("(x+y)*z", r"\left(x + y\right) \, z"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("(a/b)^2", r"{\left(\frac{a}{b}\right)}^{2}"),
        ("x₁ ∂x₂", r"x_{1} \, \partial_{x_{2}}"),
        ("GM = 4", r"\mathrm{GM} = 4"),
        ("sqrt(x^2)", r"\sqrt{{x}^{2}}"),
        ("2.96e-4/r", r"\frac{0.000296}{r}"),
    ],
)
def test_latex_of_a_formula(source, latex):
    assert formula(source) == latex


def test_mathml_keeps_the_brackets_that_matter():
    assert _leaves(math("(x+y)*z")) == "(x+y)z"
    assert _leaves(math("a-(b-c)")) == "a−(b−c)"
    assert _leaves(math("-2*x")) == "−2x"
    assert "<msubsup>" in math("vx^2")


def test_words_stay_words_and_are_escaped():
    assert _leaves(math("the <b>flow</b> of F")) == "the <b>flow</b> of F"
    assert text("100 % of so(3) & 10⁻³") == r"100 \% of $\mathfrak{so}$(3) \& $10^{-3}$"


def test_linear_combination_scales_drops_and_tells():
    shown, dropped = linear_combination([2.0, -2.0, 0.0, 2e-6], ["x·vy", "y·vx", "z", "1"])
    assert shown == "x·vy - y·vx"
    assert dropped == pytest.approx(1e-6)
    assert linear_combination([0.5, -2.96e-4], ["vx²", "1/r"])[0] == "vx² - 0.000592/r"
    assert linear_combination([1.0, 3.0], ["a - b", "1"])[0] == "0.3333*(a - b) + 1"


def test_relabel_replaces_all_at_once():
    assert relabel("y ∂x − x² ∂y", ["x", "y"], ["y", "x"]) == "x ∂y − y² ∂x"


@given(st.text(max_size=60))
def test_any_text_becomes_well_formed_markup(source):
    # XML cannot hold control characters or lone surrogates; a browser replaces them, the parser here refuses them.
    source = "".join(c for c in source if c.isprintable())
    for markup in (math(source), algebra_mathml(source)):
        ET.fromstring(str(markup))
    assert isinstance(formula(source), str)


@given(st.text(alphabet="xyv_123+-*/^() ²∂.", max_size=40))
def test_arithmetic_looking_text_never_fails(source):
    parse(source)
    ET.fromstring(str(math(source)))
    formula(source)
