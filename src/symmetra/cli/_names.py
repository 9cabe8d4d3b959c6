"""Groups, representations, candidates and libraries written as text: ``SO(3)``, ``S(4)*SO(3)``, ``2*V + V*V``.

One small grammar, walked over Python's syntax tree against lists of what is allowed; nothing is evaluated as code.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from symmetra.cli._expression import Expression, parse
from symmetra.inputs import InputError

# Name: how few and how many whole numbers it takes.
GROUPS = {
    "SO": (1, 2),
    "O": (1, 2),
    "SE": (1, 1),
    "E": (1, 1),
    "SL": (1, 1),
    "GL": (1, 1),
    "Sp": (1, 1),
    "U": (1, 1),
    "SU": (1, 1),
    "Lorentz": (0, 0),
    "Poincare": (0, 0),
    "Galilei": (0, 0),
    "Scaling": (1, 1),
    "Translation": (1, 1),
    "Affine": (1, 1),
    "C": (1, 1),
    "Z": (1, 1),
    "D": (1, 1),
    "S": (1, 1),
    "Hyperoctahedral": (1, 1),
    "Signs": (1, 1),
}
LARGEST_NUMBER, LARGEST_DIMENSION, MOST_CANDIDATES = 64, 4096, 5000
REPRESENTATIONS = ("V", "Vector", "Scalar", "Pseudoscalar", "Sign")


def group(text: str, argument: str = "--group") -> Any:
    """The group of an expression such as ``SO(3)``, ``O(1,3)``, ``Lorentz`` or ``S(4)*SO(3)``.

    Raises:
        InputError: no group of this name (the nearest is suggested), wrong arguments, or no such expression.
    """
    return _group(parse(text, argument), argument)


def _group(node: ast.expr, argument: str) -> Any:
    from symmetra import groups

    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _group(node.left, argument) * _group(node.right, argument)
    name, numbers = _call(node, argument, "a group or a product of groups", "SO(3)*S(4)")
    if name not in GROUPS:
        near = difflib.get_close_matches(name, GROUPS, n=1, cutoff=0.3)
        by_case = [known for known in GROUPS if known.lower() == name.lower()]
        hint = (by_case or near or ["SO"])[0]
        raise InputError(argument, f"{name!r}", f"one of {', '.join(GROUPS)}", _example(hint))
    least, most = GROUPS[name]
    if not least <= len(numbers) <= most:
        expected = "no argument" if most == 0 else f"{least} whole number" + (" or 2" if most == 2 else "")
        raise InputError(argument, f"{name} of {len(numbers)} arguments", expected, _example(name))
    return getattr(groups, name)(*numbers)


def _example(name: str) -> str:
    return f"{name}(3)" if GROUPS[name][0] else name


def _call(node: ast.expr, argument: str, expected: str, instead: str) -> tuple[str, list[int]]:
    """``Name`` or ``Name(1, 2)`` as the name and its whole numbers."""
    if isinstance(node, ast.Name):
        return node.id, []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        numbers = [_whole(part, argument) for part in node.args]
        return node.func.id, numbers
    raise InputError(argument, repr(ast.unparse(node)[:60]), expected, instead)


def _whole(node: ast.expr, argument: str, most: int = LARGEST_NUMBER) -> int:
    if isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value <= most:
        return node.value
    raise InputError(argument, repr(ast.unparse(node)[:40]), f"a whole number from 0 to {most}")


def representation(text: str, acting: Any, argument: str = "--in") -> Any:
    """The representation of an expression in V: ``V``, ``2*V + V*V``, ``V**2``, ``V.dual``, ``Scalar``.

    Raises:
        InputError: not such an expression, or one of more than 4096 dimensions.
    """
    tree = parse(text, argument)
    dimension = _dimension(tree, acting.d, argument)
    if not 0 < dimension <= LARGEST_DIMENSION:
        got = f"{text!r} of {dimension if dimension < 10**9 else 'more than 10^9'} dimensions"
        raise InputError(argument, got, f"1 to {LARGEST_DIMENSION} dimensions")
    return _representation(tree, acting, argument)


def _is_count(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _dimension(node: ast.expr, d: int, argument: str) -> int:
    """The dimension before anything is built, so that ``V**60`` is refused and not tried; capped on the way."""
    cap = 10**9
    if isinstance(node, ast.Name):
        if node.id not in REPRESENTATIONS:
            raise InputError(argument, repr(node.id), f"one of {', '.join(REPRESENTATIONS)}", f"{argument} V")
        return d if node.id in ("V", "Vector") else 1
    if isinstance(node, ast.Attribute) and node.attr in ("dual", "conjugate"):
        return _dimension(node.value, d, argument)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return min(_dimension(node.left, d, argument) ** _whole(node.right, argument, 12), cap)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        if _is_count(node.left):
            return min(_whole(node.left, argument, LARGEST_DIMENSION) * _dimension(node.right, d, argument), cap)
        return min(_dimension(node.left, d, argument) * _dimension(node.right, d, argument), cap)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return min(_dimension(node.left, d, argument) + _dimension(node.right, d, argument), cap)
    raise InputError(
        argument, repr(ast.unparse(node)[:60]), "V with + * ** .dual .conjugate and whole numbers", "2*V + V*V"
    )


def _representation(node: ast.expr, acting: Any, argument: str) -> Any:
    from symmetra import representations

    if isinstance(node, ast.Name):
        return getattr(representations, node.id)(acting)
    if isinstance(node, ast.Attribute):
        return getattr(_representation(node.value, acting, argument), node.attr)
    assert isinstance(node, ast.BinOp)
    if isinstance(node.op, ast.Pow):
        return _representation(node.left, acting, argument) ** _whole(node.right, argument)
    if isinstance(node.op, ast.Mult) and _is_count(node.left):
        return _whole(node.left, argument, LARGEST_DIMENSION) * _representation(node.right, acting, argument)
    left, right = (_representation(side, acting, argument) for side in (node.left, node.right))
    return left * right if isinstance(node.op, ast.Mult) else left + right


def candidates(text: str, n: int, argument: str = "--candidates") -> Any:
    """The space of candidate fields on R^n: ``linear``, ``affine``, ``polynomial:2``, ``from_group:SO(3)``.

    Raises:
        InputError: no such space, one too large, or a group that acts on another number of variables.
    """
    import math

    from symmetra.functions import candidates as spaces

    kind, _, rest = text.strip().partition(":")
    if kind in ("linear", "affine") and not rest:
        return getattr(spaces, kind)(n)
    if kind == "polynomial" and rest.strip().isascii() and rest.strip().isdigit() and len(rest.strip()) < 4:
        degree = int(rest)
        if n * math.comb(n + degree, degree) > MOST_CANDIDATES:
            raise InputError(
                argument, f"{text!r} in {n} variables", f"at most {MOST_CANDIDATES} fields", "polynomial:2"
            )
        return spaces.polynomial(n, degree)
    if kind == "from_group" and rest.strip():
        space = spaces.from_group(group(rest, argument))
        if space.n != n:
            raise InputError(argument, f"{rest}, which acts on {space.n} variables", f"a group on the {n} of --x")
        return space
    raise InputError(
        argument, repr(text[:60]), "linear, affine, polynomial:DEGREE or from_group:GROUP", f"{argument} affine"
    )


def definitions(texts: Sequence[str], columns: Sequence[str]) -> dict[str, Expression]:
    """Names given with ``--let "r = sqrt(x^2 + y^2)"``, each of which may use those before it.

    Without one, ``r`` is the distance from the origin wherever there are columns called x and y (and z).
    """
    found: dict[str, Expression] = {}
    axes = [c for c in ("x", "y", "z") if c in columns]
    if "r" not in columns and axes[:2] == ["x", "y"]:
        found["r"] = Expression(parse(f"norm({','.join(axes)})", "--let"), columns, "--let")
    for text in texts:
        name, equals, body = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise InputError("--let", repr(text[:60]), "NAME = EXPRESSION", '--let "r = sqrt(x^2 + y^2)"')
        found[name.strip()] = Expression(parse(body, "--let"), columns, "--let", found)
    return found


def library(
    text: str, columns: Sequence[str], lets: Mapping[str, Expression] | None = None, argument: str = "--library"
) -> Any:
    """The library of ``"polynomial(2) + 1/r"``: monomials in the columns, and named terms joined by ``+``.

    Raises:
        InputError: a term that is not arithmetic over the columns, or more than 5000 terms.
    """
    import math

    from symmetra.functions import library as dictionaries

    parts = []
    for node in _summands(parse(text, argument)):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if is_call and node.func.id == "polynomial":  # type: ignore[attr-defined]
            _, numbers = _call(node, argument, "polynomial(DEGREE)", "polynomial(2)")
            if len(numbers) != 1 or numbers[0] < 1:
                raise InputError(argument, repr(ast.unparse(node)), "polynomial(DEGREE), 1 or more", "polynomial(2)")
            if math.comb(len(columns) + numbers[0], numbers[0]) > MOST_CANDIDATES:
                raise InputError(argument, repr(ast.unparse(node)), f"at most {MOST_CANDIDATES} terms", "polynomial(2)")
            parts.append(dictionaries.polynomial(len(columns), numbers[0], variables=list(columns)))
        else:
            name = ast.unparse(node).replace("**", "^").replace(" ", "")
            parts.append(dictionaries.named(name, Expression(node, columns, argument, lets)))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _summands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_summands(node.left), *_summands(node.right)]
    return [node]
