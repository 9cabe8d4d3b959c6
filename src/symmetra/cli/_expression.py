"""Arithmetic over column names, ``1/sqrt(x^2 + y^2)``: parsed and checked against what is allowed, never `eval`ed."""

from __future__ import annotations

import ast
import difflib
import math
import warnings
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from symmetra.inputs import InputError

LONGEST, DEEPEST = 1000, 60

_BINARY: dict[type, Callable[[Tensor, Tensor], Tensor]] = {
    ast.Add: torch.add,
    ast.Sub: torch.sub,
    ast.Mult: torch.mul,
    ast.Div: torch.div,
    ast.Pow: torch.pow,
}
_FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "tanh": torch.tanh,
    "arctan": torch.arctan,
    "abs": torch.abs,
}
_CONSTANTS = {"pi": math.pi, "e": math.e}
ALLOWED = "numbers, column names, + - * / ^, " + ", ".join([*_FUNCTIONS, "norm"])


def parse(text: str, argument: str) -> ast.expr:
    """The tree of an expression in which ``^`` is a power; nothing in it is looked at yet but its size.

    Raises:
        InputError: it is empty, too long, too deep or not an expression.
    """
    if not text.strip() or len(text) > LONGEST:
        got = "nothing" if not text.strip() else f"{len(text)} characters"
        raise InputError(argument, got, f"an expression of at most {LONGEST} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError(argument, repr(text[:60]), f"an expression of {ALLOWED}") from None
    if _depth(tree) > DEEPEST:
        raise InputError(argument, repr(text[:60]), f"brackets at most {DEEPEST} deep")
    return tree


def _depth(tree: ast.AST) -> int:
    level, depth = [tree], 0
    while level and depth <= DEEPEST + 1:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


class Expression:
    """A checked expression of one sample x ``[n]``, callable under vmap and differentiable.

    Args:
        tree: from `parse`.
        columns: names of the components of x.
        argument: for messages.
        definitions: further names and what they stand for.

    Raises:
        InputError: an unknown name or function, or anything that is not arithmetic.
    """

    def __init__(
        self, tree: ast.expr, columns: Sequence[str], argument: str, definitions: Mapping[str, Expression] | None = None
    ) -> None:
        self._tree, self._columns = tree, {name: i for i, name in enumerate(columns)}
        self._argument, self._definitions = argument, dict(definitions or {})
        self._check(tree)

    def __call__(self, x: Tensor) -> Tensor:
        """The value at one sample ``[n]``, a scalar."""
        return self._value(self._tree, x)

    def _check(self, node: ast.expr) -> None:
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, int | float)
            and node.value is not bool(node.value)
        ):
            try:
                finite = math.isfinite(float(node.value))
            except OverflowError:
                finite = False
            if not finite:
                raise InputError(self._argument, "a number too large for float64", "numbers below 1e308")
        elif isinstance(node, ast.Name):
            self._check_name(node.id)
        elif isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            self._check(node.left)
            self._check(node.right)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            self._check(node.operand)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            self._check_call(node.func.id, node.args)
        else:
            raise InputError(self._argument, repr(ast.unparse(node)[:60]), f"an expression of {ALLOWED}")

    def _check_name(self, name: str) -> None:
        if name in self._columns or name in _CONSTANTS or name in self._definitions:
            return
        known = [*self._columns, *self._definitions]
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        raise InputError(
            self._argument, repr(name), f"one of {', '.join(known[:20])}", near[0] if near else f"--let {name}=…"
        )

    def _check_call(self, name: str, arguments: list[ast.expr]) -> None:
        if name not in _FUNCTIONS and name != "norm":
            near = difflib.get_close_matches(name, [*_FUNCTIONS, "norm"], n=1, cutoff=0.4)
            raise InputError(
                self._argument,
                f"{name}(…)",
                f"one of {', '.join([*_FUNCTIONS, 'norm'])}",
                f"{near[0]}(…)" if near else "",
            )
        if (len(arguments) != 1) if name in _FUNCTIONS else (not arguments):
            raise InputError(
                self._argument,
                f"{name} of {len(arguments)} arguments",
                "one argument" if name in _FUNCTIONS else "at least one argument",
            )
        for part in arguments:
            self._check(part)

    def _value(self, node: ast.expr, x: Tensor) -> Tensor:
        if isinstance(node, ast.Constant):
            return torch.tensor(float(node.value), dtype=x.dtype, device=x.device)  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            if node.id in self._columns:
                return x[self._columns[node.id]]
            if node.id in self._definitions:
                return self._definitions[node.id](x)
            return torch.tensor(_CONSTANTS[node.id], dtype=x.dtype, device=x.device)
        if isinstance(node, ast.UnaryOp):
            value = self._value(node.operand, x)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp):
            return self._operation(node, x)
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        values = [self._value(part, x) for part in node.args]
        if node.func.id == "norm":
            return torch.sqrt(sum((v * v for v in values[1:]), values[0] * values[0]))
        return _FUNCTIONS[node.func.id](values[0])

    def _operation(self, node: ast.BinOp, x: Tensor) -> Tensor:
        left = self._value(node.left, x)
        # A constant exponent stays a number: the derivative of x**2 with a tensor exponent has a log(x) in it.
        exponent = _constant(node.right)
        if isinstance(node.op, ast.Pow) and exponent is not None:
            return torch.pow(left, exponent)
        return _BINARY[type(node.op)](left, self._value(node.right, x))


def _constant(node: ast.expr) -> float | None:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _constant(node.operand)
        return None if inner is None else -inner
    return None
