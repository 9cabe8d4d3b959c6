"""Results and formulas as LaTeX."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

from symmetra.report._evidence import Evidence, evidence
from symmetra.report._formula import number, parse
from symmetra.report._words import formulas, names_of, noun, without_repetition

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "×": r"$\times$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "≈": r"$\approx$",
    "∞": r"$\infty$",
    "⊕": r"$\oplus$",
    "⋉": r"$\ltimes$",
    "⋊": r"$\rtimes$",
    "δ": r"$\delta$",
    "ξ": r"$\xi$",
    "α": r"$\alpha$",
    "∂": r"$\partial$",
    "ρ": r"$\rho$",
    "‖": r"$\|$",
    "·": r"$\cdot$",
    "→": r"$\to$",
    "∈": r"$\in$",
    "ℝ": r"$\mathbb{R}$",
    "…": r"\ldots{}",
    "²": "$^2$",
    "³": "$^3$",
    "±": r"$\pm$",
    "σ": r"$\sigma$",
    "κ": r"$\kappa$",
    "√": r"$\sqrt{\,}$",
    "∇": r"$\nabla$",
    "∩": r"$\cap$",
    "λ": r"$\lambda$",
    "ε": r"$\varepsilon$",
}
_ESCAPES |= {lowered: f"$_{plain}$" for lowered, plain in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789")}
_ESCAPES |= {raised: f"$^{plain}$" for raised, plain in zip("⁰¹⁴⁵⁶⁷⁸⁹⁻", "01456789-")}
_RAISED = re.compile(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)")
_LOWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_ALGEBRA = re.compile(r"\b(so|su|sl|gl|sp|se|iso|u|o|e|h|aff|gal|heis)(?=\([^()]*\))")


def latex(result: Any, *, variables: Sequence[str] | None = None) -> str:
    """A ``tabular`` in the style of ``booktabs``: one line a generator or quantity, or the rows of an audit.

    Args:
        result: what a function of `discover` or `measure` returned.
        variables: names of the coordinates, for formulas.

    Raises:
        InputError: it is no result.
    """
    found = evidence(result)
    if found.shown and len(found.defects):
        head: Sequence[str] = ("", noun(found), "defect", "interval", "verdict")
        body = [_line(found, i, words) for i, (words, _) in formulas(found, names_of(found, variables)).items()]
    else:
        head, rows = without_repetition(found)
        body = [[text(cell) for cell in row] for row in rows]
    lines = [rf"\begin{{tabular}}{{{'l' * len(head)}}}", r"\toprule", " & ".join(map(text, head)) + r" \\", r"\midrule"]
    lines += [" & ".join(row) + r" \\" for row in body]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _line(found: Evidence, index: int, words: str) -> list[str]:
    shown = f"${formula(words)}$" if parse(words) is not None else text(words)
    cells = [str(index + 1), shown, text(number(float(found.defects[index]), 2)), "", ""]
    if index < len(found.certificates):
        certificate = found.certificates[index]
        low, high = (text(number(float(bound), 2)) for bound in (certificate.lower, certificate.upper))
        cells[3:] = [rf"{low} \ldots{{}} {high}", text(str(certificate.verdict))]
    return cells


def text(words: str) -> str:
    """Plain text as LaTeX; powers of ten and algebra names are set in mathematics."""
    pieces, end = [], 0
    for match in re.finditer(rf"{_RAISED.pattern}|{_ALGEBRA.pattern}", words):
        pieces.append(_escaped(words[end : match.start()]))
        if match[1]:
            pieces.append(f"$10^{{{match[1].translate(_LOWER)}}}$")
        else:
            pieces.append(rf"$\mathfrak{{{match[2]}}}$")
        end = match.end()
    return "".join(pieces) + _escaped(words[end:])


def _escaped(words: str) -> str:
    return "".join(_ESCAPES.get(c, c) for c in words).replace("$$", "")


def formula(source: str) -> str:
    """A formula in plain text, ``vx^2/2 - GM/r``, as LaTeX without dollars; what is no formula is set as text."""
    sides = [parse(side) for side in source.split("=")]
    if any(side is None for side in sides):
        return rf"\text{{{text(source)}}}"
    return " = ".join(_node(side) for side in sides if side is not None)


def _node(node: ast.expr, outer: int = 0) -> str:
    if isinstance(node, ast.Constant):
        shown = f"{node.value:.6g}" if isinstance(node.value, float) else str(node.value)
        mantissa, _, power = shown.partition("e")
        return rf"{mantissa} \times 10^{{{int(power)}}}" if power else mantissa
    if isinstance(node, ast.Name):
        return _identifier(node.id)
    if isinstance(node, ast.UnaryOp):
        return _fenced(("-" if isinstance(node.op, ast.USub) else "+") + _node(node.operand, 2), outer > 1)
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        inside = ", ".join(_node(a) for a in node.args)
        return rf"\sqrt{{{inside}}}" if node.func.id == "sqrt" else rf"\operatorname{{{node.func.id}}}({inside})"
    assert isinstance(node, ast.BinOp)
    if isinstance(node.op, ast.Div):
        return _fenced(rf"\frac{{{_node(node.left)}}}{{{_node(node.right)}}}", outer > 3)
    if isinstance(node.op, ast.Pow):
        return rf"{{{_node(node.left, 4)}}}^{{{_node(node.right)}}}"
    if isinstance(node.op, ast.Mult):
        sign = r" \times " if isinstance(node.right, ast.Constant) else r" \, "
        return _fenced(f"{_node(node.left, 2)}{sign}{_node(node.right, 2)}", outer > 2)
    sign = "+" if isinstance(node.op, ast.Add) else "-"
    return _fenced(f"{_node(node.left, 1)} {sign} {_node(node.right, 1 + (sign == '-'))}", outer > 1)


def _fenced(body: str, brackets: bool) -> str:
    return rf"\left({body}\right)" if brackets else body


def _identifier(name: str) -> str:
    if name.startswith("Partial_"):
        return rf"\partial_{{{_identifier(name.removeprefix('Partial_'))}}}"
    base, _, index = name.partition("_")
    if not index:
        match = re.fullmatch(r"([A-Za-z]+?|[^\W\d_])(\d+)", name) or re.fullmatch(r"([avpqL])([xyz])", name)
        base, index = match.groups() if match else (name, "")
    body = base if len(base) <= 1 else rf"\mathrm{{{base}}}"
    return f"{body}_{{{text(index)}}}" if index else body
