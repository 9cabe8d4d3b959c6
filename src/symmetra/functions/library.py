"""Dictionaries of scalar functions φ_j, for what is linear in its coefficients: h(x) = Σ_j c_j φ_j(x)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.func import jacfwd, vmap

from symmetra.functions._library import Block, Library
from symmetra.functions._monomials import exponents, monomial_gradients, monomial_name, monomials, variable_names
from symmetra.inputs import InputError, as_tensor, describe

__all__ = ["Library", "hermite", "legendre", "monomial", "named", "polynomial"]


def polynomial(n: int, degree: int, constant: bool = True, variables: list[str] | None = None) -> Library:
    """All monomials of total degree up to ``degree`` in n variables.

    Args:
        n: number of variables.
        degree: highest total degree.
        constant: whether the constant function is one of them.
        variables: names for the terms.
    """
    names = _checked(n, degree, variables)
    return _monomials(exponents(n, degree, lowest=0 if constant else 1), names)


def monomial(powers: Any, variables: list[str] | None = None) -> Library:
    """Single monomials: ``monomial([[1, 1], [0, 2]])`` has the terms x·y and y².

    Args:
        powers: exponents ``[T, n]``, whole numbers >= 0, each row once.
        variables: names for the terms.
    """
    rows = as_tensor(powers, "powers")
    whole = rows.ndim == 2 and 0 not in rows.shape and bool(((rows >= 0) & (rows == rows.round())).all())
    if not whole or len(torch.unique(rows, dim=0)) < len(rows):
        raise InputError("powers", describe(powers), "different rows [T, n] of whole numbers >= 0", "[[1, 0], [0, 1]]")
    return _monomials(rows.to(torch.int64), _checked(rows.shape[1], 1, variables))


def legendre(n: int, degree: int, domain: Any = (-1.0, 1.0), variables: list[str] | None = None) -> Library:
    """All products of Legendre polynomials of total degree up to ``degree``, orthonormal on a box.

    They span what :func:`polynomial` spans; ∫ φ_i φ_j = δ_ij for the uniform probability measure of the box, so that
    a least-squares problem on samples that fill it is well conditioned at any degree.

    Args:
        n: number of variables.
        degree: highest total degree.
        domain: (low, high), for all variables or one row a variable, ``[n, 2]``.
        variables: names for the terms.
    """
    names = _checked(n, degree, variables)
    pair = as_tensor(domain, "domain").to(torch.float64)
    pair = pair.expand(n, 2) if pair.shape == (2,) else pair
    if pair.shape != (n, 2) or not bool((pair[:, 1] > pair[:, 0]).all()):
        raise InputError("domain", describe(domain), f"(low, high), or low < high a row [{n}, 2]", "domain=(-1, 1)")
    return _orthonormal("legendre", "P", n, degree, pair.mean(1), (pair[:, 1] - pair[:, 0]) / 2, names)


def hermite(n: int, degree: int, mean: Any = 0.0, deviation: Any = 1.0, variables: list[str] | None = None) -> Library:
    """All products of Hermite polynomials of total degree up to ``degree``, orthonormal for a normal law.

    Args:
        n: number of variables.
        degree: highest total degree.
        mean: of the law, one number or one a variable.
        deviation: its standard deviations, likewise.
        variables: names for the terms.
    """
    names = _checked(n, degree, variables)
    centre, width = (as_tensor(v, w).to(torch.float64) for v, w in ((mean, "mean"), (deviation, "deviation")))
    for value, argument in ((centre, "mean"), (width, "deviation")):
        if value.shape not in ((), (n,)) or (argument == "deviation" and not bool((value > 0).all())):
            kind = "positive number" if argument == "deviation" else "number"
            raise InputError(argument, describe(value), f"one {kind}, or one a variable, [{n}]", f"torch.ones({n})")
    return _orthonormal("hermite", "H", n, degree, centre.expand(n), width.expand(n), names)


def named(name: str, function: Callable[[Tensor], Tensor]) -> Library:
    """One term of one's own, such as ``named("1/r", lambda s: 1 / s[:3].norm())``.

    Args:
        name: how it is called in results.
        function: of one sample ``[n]``, to a scalar.
    """
    if not callable(function):
        raise InputError("function", describe(function), "a callable [n] -> scalar")

    def one(x: Tensor) -> Tensor:
        value = function(x)
        if not isinstance(value, Tensor) or value.numel() != 1:
            raise InputError(f"term {name}", describe(value), "a scalar tensor", "a function of one sample [n]")
        return value.reshape(1)

    return Library([Block([name], vmap(one), vmap(jacfwd(one)), None, [False])])


def _checked(n: int, degree: int, variables: list[str] | None) -> list[str]:
    for value, argument in ((n, "n"), (degree, "degree")):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(argument, describe(value), "a whole number of at least 1")
    names = variables or variable_names(n)
    if len(names) != n:
        raise InputError("variables", f"{len(names)} names", f"{n} names")
    return names


def _monomials(powers: Tensor, names: list[str]) -> Library:
    terms = [monomial_name(a, names) for a in powers]
    return Library(
        [
            Block(
                terms,
                lambda x: monomials(x, powers),
                lambda x: monomial_gradients(x, powers),
                powers.shape[1],
                [not bool(a.sum()) for a in powers],
                powers,
                variables=names,
            )
        ]
    )


def _orthonormal(
    family: str, letter: str, n: int, degree: int, centre: Tensor, width: Tensor, names: list[str]
) -> Library:
    from symmetra.functions._orthonormal import OrthonormalBasis  # its sparse matrices are scipy's: a slow import

    basis = OrthonormalBasis(family, n, degree)
    slopes = torch.stack([torch.as_tensor(basis.derivative(i).toarray()) for i in range(n)], dim=-1) / width
    matrix = torch.as_tensor(basis.in_monomials(centre.numpy(), width.numpy()).toarray())

    def values(x: Tensor) -> Tensor:
        return basis.values((x - centre.to(x)) / width.to(x))

    subscripts = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    terms = [
        "·".join(f"{letter}{k}".translate(subscripts) + f"({v})" for v, k in zip(names, row) if k) or "1"
        for row in basis.exponents.tolist()
    ]

    def gradients(x: Tensor) -> Tensor:
        return torch.einsum("...a,abi->...bi", values(x), slopes.to(x))

    constants = [not any(row) for row in basis.exponents.tolist()]
    return Library([Block(terms, values, gradients, n, constants, basis.exponents, matrix, names)])
