"""Formulas written as plain text, read once and set as MathML, LaTeX or Unicode.

The text is what term names look like, ``x1^2 x2``, ``vx**2/2``, ``1/r``, ``-x2 ∂1``: arithmetic with optional ``*``.
Python's own ``ast`` parses it after a few substitutions, and it is never evaluated; what is not arithmetic stays words.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

SUPERSCRIPTS = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")
_FROM_SUPERSCRIPT = {ord(s): p for s, p in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True)}
_FROM_SUBSCRIPT = {ord(s): p for s, p in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)}
_LONGEST = 4000


def parse(text: str) -> ast.expr | None:
    """The syntax tree of one formula, or None where the text is not arithmetic."""
    if len(text) > _LONGEST:
        return None
    source = _to_python(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _SignFirst().visit(tree) if _is_arithmetic(tree) else None


class _SignFirst(ast.NodeTransformer):
    """Write (−a)·b as −(a·b), as everybody does; Python binds the sign to the first factor."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        left = node.left
        if isinstance(node.op, ast.Mult | ast.Div) and isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
            return ast.UnaryOp(ast.USub(), ast.BinOp(left.operand, node.op, node.right))
        return node


def relabel(text: str, old: Sequence[str], new: Sequence[str]) -> str:
    """The same formula in other variables, all replaced at once; ``∂x`` follows ``x``.

    >>> relabel("y ∂x − x ∂y", ["x", "y"], ["theta", "omega"])
    'omega ∂theta − theta ∂omega'
    """
    names = dict(zip(old, new, strict=True))
    return re.sub(r"[^\W\d]\w*", lambda match: _renamed(match.group(), names), text)


def _renamed(word: str, names: dict[str, str]) -> str:
    # Superscripts count as letters to `re`: x² comes here as one word.
    base = word.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
    return names.get(base, base) + word[len(base) :]


def _to_python(text: str) -> str:
    """``x₁² x2`` as ``x1**2*x2``: superscripts to powers, juxtaposition to a product, ``∂x`` to the name ``d_x``."""
    source = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: f"**({m.group().translate(_FROM_SUPERSCRIPT)})", text)
    source = source.translate(_FROM_SUBSCRIPT)
    source = re.sub(r"∂/∂|∂_?", "∂", source).replace("∂", "Partial_")
    source = source.replace("^", "**").replace("·", "*").replace("−", "-").replace("×", "*")
    return re.sub(r"(?<=[\w)])\s+(?=[\w(])", "*", source)


_SHAPES = (ast.BinOp, ast.UnaryOp, ast.Name, ast.Constant, ast.Call, ast.operator, ast.unaryop, ast.Load)
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd)


def _is_arithmetic(tree: ast.expr) -> bool:
    for node in ast.walk(tree):
        if not isinstance(node, _SHAPES):
            return False
        if isinstance(node, ast.operator | ast.unaryop) and not isinstance(node, _OPERATORS):
            return False
        if isinstance(node, ast.Call) and (node.keywords or not isinstance(node.func, ast.Name)):
            return False
        if isinstance(node, ast.Constant) and (isinstance(node.value, bool) or not isinstance(node.value, int | float)):
            return False
    return True


def number(value: float, digits: int = 4) -> str:
    """A number as one reads it: ``0.0123``, ``3.1×10⁻⁷``, ``∞``; trailing zeros dropped."""
    if value != value:
        return "not defined"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -4 < power < max(digits, 4):
        text = f"{value:.{max(digits - 1 - power, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        times = "" if mantissa in ("1", "-1") else f"{mantissa}×"
        sign = "-" if mantissa == "-1" else ""
        text = f"{sign}{times}10{str(power).translate(SUPERSCRIPTS)}"
    return text.replace("-", "−")


def readable(text: str) -> str:
    """Text with its numbers as one prints them: ``-1.0e-06`` as ``−1.0×10⁻⁶``.

    >>> readable("at most 5.5e-16, from -2 on")
    'at most 5.5×10⁻¹⁶, from −2 on'
    """
    text = re.sub(
        r"(?<![\w.])(-?\d+(?:\.\d+)?)e([+-]?\d+)", lambda m: f"{m[1]}×10{str(int(m[2])).translate(SUPERSCRIPTS)}", text
    )
    return re.sub(r"(?<![\w⁻)])-(?=\d)", "−", text)


def linear_combination(
    coefficients: Sequence[float], terms: Sequence[str], digits: int = 4, smallest: float = 1e-4
) -> tuple[str, float]:
    """A sum of terms as text, scaled so that its largest coefficient is 1, and the largest coefficient left out.

    Args:
        coefficients: one number a term.
        terms: the names of the terms; a sum or difference among them is put in brackets.
        digits: significant digits kept.
        smallest: terms below this fraction of the largest are left out; what was dropped is the second result.
    """
    scale = max((abs(float(c)) for c in coefficients), default=0.0)
    if scale == 0:
        return "0", 0.0
    # The sign is free as well: the first of the (nearly) largest coefficients is taken positive.
    first = next(float(c) for c in coefficients if abs(float(c)) > 0.999 * scale)
    parts, dropped = [], 0.0
    for coefficient, term in zip(coefficients, terms, strict=True):
        value = float(coefficient) / first
        if abs(value) < smallest:
            dropped = max(dropped, abs(value))
            continue
        magnitude = f"{abs(value):.{digits}g}"
        bracketed = f"({term})" if re.search(r"(?<!^)[+\-−](?![^(]*\))", term) else term
        if magnitude == "1":
            body = bracketed
        elif term == "1":
            body = magnitude
        elif term.startswith("1/"):
            body = magnitude + term[1:]
        else:
            body = f"{magnitude}*{bracketed}"
        parts.append((" - " if value < 0 else " + ") + body)
    text = "".join(parts)
    return (text[3:] if text.startswith(" + ") else "-" + text[3:]), dropped
