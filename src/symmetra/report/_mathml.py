"""Formulas and the names of Lie algebras as MathML Core, which browsers set without any script."""

from __future__ import annotations

import ast
import re

from markupsafe import Markup, escape

from symmetra.report._formula import parse

_FRAKTUR = {c: chr(0x1D51E + i) for i, c in enumerate("abcdefghijklmnopqrstuvwxyz")}
_GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Omega": "Ω",
    "Delta": "Δ",
    "Phi": "Φ",
    "Psi": "Ψ",
}
_DOUBLE_STRUCK = {"R": "ℝ", "C": "ℂ", "H": "ℍ", "Z": "ℤ"}
NO_BREAK = "\u00a0"
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ", "0123456789n")
_NAME_TOKEN = re.compile(
    r"\b(?P<letters>so|su|sl|gl|sp|se|iso|u|o|e|h|aff|gal|heis|t|d)\((?P<inside>[^()]*)\)"
    r"|\b(?P<field>[RCHZ])(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ]*)(?!\w)"
    r"|(?P<operator>[⊕⋉⋊×⊗+])"
)


def _wrap(body: str, spoken: str, display: bool) -> Markup:
    block = ' display="block"' if display else ""
    return Markup(f'<math xmlns="http://www.w3.org/1998/Math/MathML"{block} alttext="{escape(spoken)}">{body}</math>')


def fraktur(letters: str) -> str:
    """Lower-case letters in the Fraktur of Unicode's mathematical alphabet, as Lie algebras are written."""
    return "".join(_FRAKTUR.get(c, c) for c in letters)


def algebra_mathml(name: str, display: bool = False) -> Markup:
    """A Lie algebra's name, ``so(1,3)``, ``sl(2) ⊕ R``, ``abelian R²``, as MathML; words stay words."""
    parts, end = [], 0
    for match in _NAME_TOKEN.finditer(name):
        parts += [_words(name[end : match.start()]), _name_token(match)]
        end = match.end()
    parts.append(_words(name[end:]))
    return _wrap(f"<mrow>{''.join(parts)}</mrow>", name, display)


def _words(text: str) -> str:
    return f"<mtext>{escape(text.replace(' ', NO_BREAK))}</mtext>" if text.strip() else ""


def _name_token(match: re.Match[str]) -> str:
    if match["letters"]:
        inside = "<mo>,</mo>".join(_argument(a.strip()) for a in match["inside"].split(","))
        return f"<mi>{fraktur(match['letters'])}</mi><mo>(</mo>{inside}<mo>)</mo>"
    if match["operator"]:
        return f"<mo>{match['operator']}</mo>"
    base = f"<mi>{_DOUBLE_STRUCK[match['field']]}</mi>"
    power = match["power"].translate(_PLAIN)
    return f"<msup>{base}{_argument(power)}</msup>" if power else base


def _argument(text: str) -> str:
    tag = "mn" if text.isdigit() else "mi"
    return f"<{tag}>{escape(text)}</{tag}>"


def math(text: str, display: bool = False) -> Markup:
    """A formula in plain text, ``vx^2/2 - GM/r`` or ``a = b``, as MathML; text that is no formula is set as words."""
    sides = [parse(side) for side in re.split(r"=", text)] if "==" not in text else [None]
    if any(side is None for side in sides):
        return _wrap(f"<mtext>{escape(text)}</mtext>", text, display)
    body = "<mo>=</mo>".join(_node(side) for side in sides if side is not None)
    return _wrap(f"<mrow>{body}</mrow>", text, display)


def _node(node: ast.expr, outer: int = 0) -> str:
    """One node; ``outer`` is how tightly what stands around it binds: 1 a sum, 2 a product, 4 a power."""
    if isinstance(node, ast.Constant):
        assert isinstance(node.value, int | float)
        return _number(node.value)
    if isinstance(node, ast.Name):
        return _identifier(node.id)
    if isinstance(node, ast.UnaryOp):
        sign = "−" if isinstance(node.op, ast.USub) else "+"
        return _fenced(f"<mo>{sign}</mo>{_node(node.operand, 2)}", outer > 1)
    if isinstance(node, ast.Call):
        return _call(node)
    assert isinstance(node, ast.BinOp)
    if isinstance(node.op, ast.Div):
        return _fenced(f"<mfrac><mrow>{_node(node.left)}</mrow><mrow>{_node(node.right)}</mrow></mfrac>", outer > 3)
    if isinstance(node.op, ast.Pow):
        base = _identifier(node.left.id) if isinstance(node.left, ast.Name) else ""
        if base.startswith("<msub>"):  # index and power above each other, not one after the other
            return f"<msubsup>{base[6:-7]}<mrow>{_node(node.right)}</mrow></msubsup>"
        return f"<msup><mrow>{_node(node.left, 4)}</mrow><mrow>{_node(node.right)}</mrow></msup>"
    if isinstance(node.op, ast.Mult):
        # Before a number the cross is needed; anything else is set side by side.
        sign = "<mo>×</mo>" if isinstance(node.right, ast.Constant) else "<mo>\u2062</mo>"
        return _fenced(f"{_node(node.left, 2)}{sign}{_node(node.right, 2)}", outer > 2)
    sign = "+" if isinstance(node.op, ast.Add) else "−"
    return _fenced(f"{_node(node.left, 1)}<mo>{sign}</mo>{_node(node.right, 1 + (sign == '−'))}", outer > 1)


def _fenced(body: str, brackets: bool) -> str:
    return f"<mrow><mo>(</mo>{body}<mo>)</mo></mrow>" if brackets else f"<mrow>{body}</mrow>"


def _number(value: float | int) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    if "e" not in text:
        return f"<mn>{text}</mn>"
    mantissa, exponent = text.split("e")
    power = str(int(exponent)).replace("-", "−")
    return f"<mn>{mantissa}</mn><mo>×</mo><msup><mn>10</mn><mn>{power}</mn></msup>"


def _identifier(name: str) -> str:
    """``vx`` as v with the index x, ``x12`` as x with the index 12, ``GM`` upright, ``alpha`` in Greek."""
    if name.startswith("Partial_"):
        return f"<msub><mo>∂</mo><mrow>{_identifier(name.removeprefix('Partial_'))}</mrow></msub>"
    base, _, index = name.partition("_")
    if not index:
        match = re.fullmatch(r"([A-Za-z]+?|[^\W\d_])(\d+)", name) or re.fullmatch(r"([avpqL])([xyz])", name)
        base, index = match.groups() if match else (name, "")
    if base.isdigit():
        symbol = f"<mn>{base}</mn>"
    else:
        symbol = f"<mi>{escape(_GREEK.get(base, base))}</mi>"
    return f"<msub>{symbol}{_argument(index)}</msub>" if index and base else symbol


def _call(node: ast.Call) -> str:
    assert isinstance(node.func, ast.Name)
    arguments = [_node(a) for a in node.args]
    if node.func.id == "sqrt" and len(arguments) == 1:
        return f"<msqrt>{arguments[0]}</msqrt>"
    if node.func.id in ("abs", "norm"):
        return f"<mrow><mo>|</mo>{'<mo>,</mo>'.join(arguments)}<mo>|</mo></mrow>"
    return f"<mrow><mi>{escape(node.func.id)}</mi><mo>(</mo>{'<mo>,</mo>'.join(arguments)}<mo>)</mo></mrow>"
