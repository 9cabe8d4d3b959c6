"""Monomials x^a of several variables, in graded order, with their derivatives."""

from __future__ import annotations

from itertools import combinations_with_replacement

import torch
from jaxtyping import Float, Int
from torch import Tensor


def exponents(n: int, degree: int, lowest: int = 0) -> Tensor:
    """Exponents ``[M, n]`` of all monomials of total degree ``lowest`` … ``degree``.

    Ascending in the total degree; within one, x₁ first: 1, x, y, x², xy, y², …
    """
    rows = []
    for total in range(lowest, degree + 1):
        for picks in combinations_with_replacement(range(n), total):
            rows.append([picks.count(i) for i in range(n)])
    return torch.tensor(rows, dtype=torch.int64).reshape(-1, n)


def monomials(x: Float[Tensor, "*batch n"], powers: Int[Tensor, "M n"]) -> Float[Tensor, "*batch M"]:
    """Values ``[..., M]`` of the monomials with exponents ``powers [M, n]`` at x ``[..., n]``."""
    top = int(powers.max()) if powers.numel() else 0
    if top <= 1 and int(powers.sum(1).max()) <= 1:  # affine: a copy of columns, the case where speed matters
        padded = torch.cat([x, torch.ones_like(x[..., :1])], dim=-1)
        n = powers.shape[1]
        column = torch.where(powers.sum(1) > 0, powers.argmax(1), torch.full((powers.shape[0],), n))
        if column.tolist() == list(range(n + 1)):
            return padded
        return padded[..., column.to(x.device)]
    table = [torch.ones_like(x)]
    for _ in range(top):
        table.append(table[-1] * x)
    stack = torch.stack(table)  # [top + 1, ..., n]
    value = torch.ones(*x.shape[:-1], powers.shape[0], dtype=x.dtype, device=x.device)
    for i in range(powers.shape[1]):
        value = value * stack[..., i].movedim(0, -1)[..., powers[:, i].to(x.device)]
    return value


def monomial_gradients(x: Float[Tensor, "*batch n"], powers: Int[Tensor, "M n"]) -> Float[Tensor, "*batch M n"]:
    """Gradients ``[..., M, n]`` of the monomials at x ``[..., n]``."""
    parts = []
    for i in range(powers.shape[1]):
        lowered = powers.clone()
        lowered[:, i] = (lowered[:, i] - 1).clamp(min=0)
        parts.append(powers[:, i].to(x) * monomials(x, lowered))
    return torch.stack(parts, dim=-1)


def monomial_name(powers: Tensor, variables: list[str]) -> str:
    """A readable name such as ``x²·y``; ``1`` for the constant."""
    superscripts = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    factors = []
    for variable, power in zip(variables, powers.tolist(), strict=True):
        if power:
            factors.append(variable + ("" if power == 1 else str(power).translate(superscripts)))
    return "·".join(factors) or "1"


def variable_names(n: int) -> list[str]:
    """x, y, z up to three variables, x₁ … xₙ beyond."""
    if n <= 3:
        return ["x", "y", "z"][:n]
    subscripts = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    return [f"x{i + 1}".translate(subscripts) for i in range(n)]
