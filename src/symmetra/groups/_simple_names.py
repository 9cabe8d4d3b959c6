"""Names of the simple real Lie algebras, with the field's preferred name where several are isomorphic.

The complex type and the character (signature of the Killing form) fix the real form, apart from two ties of very high
dimension, where both names are given. Low-dimensional coincidences are resolved so:

=====================================  ===========================================================================
isomorphic                             name
=====================================  ===========================================================================
so(3), su(2), sp(1)                    so(3); su(2) if the matrices given carry a half-integer spin
sl(2), so(1,2), su(1,1), sp(2)         sl(2); so(1,2) if the matrices given carry the spin-1 representation only
so(1,3), sl(2,C)                       so(1,3); sl(2,C) if the matrices given carry spinors
so(4), so(3) ⊕ so(3)                   so(4); so(3) ⊕ so(3) if the matrices given do not mix the two
so(2,2), sl(2) ⊕ sl(2)                 sl(2) ⊕ sl(2)
so(5), sp(2) compact                   so(5)
sp(4), so(2,3)                         sp(4); so(2,3) if the matrices given carry no spinors
so(1,4), sp(1,1)                       so(1,4)
so(6), su(4)                           so(6); su(4) if the matrices given carry spinors
sl(4), so(3,3)                         sl(4); so(3,3) if the matrices given carry no spinors
so(2,4), su(2,2)                       so(2,4); su(2,2) if the matrices given carry spinors
so(1,5), su*(4)                        so(1,5)
so(2,6), so*(8)                        so(2,6)
=====================================  ===========================================================================

``sp(2n)`` acts on R²ⁿ. Among so(p,q) the smaller index comes first. Exceptional algebras carry their character:
``g2(2)`` is the split form, ``g2(-14)`` the compact one.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from symmetra.groups._roots import SimpleIdeal
from symmetra.groups._series import UndecidedError

# Casimir values, 1 on the adjoint representation, of the spinor and of the vector of so(n)
_SPINOR = {("A", 1): 3 / 8, ("B", 2): 5 / 12, ("A", 3): 15 / 32}
_EXCEPTIONAL: dict[str, dict[int, tuple[int, ...]]] = {
    "G": {2: (-14, 2)},
    "F": {4: (-52, -20, 4)},
    "E": {6: (-78, -26, -14, 2, 6), 7: (-133, -25, -5, 7), 8: (-248, -24, 8)},
}
_VECTOR = {("A", 1): 1.0, ("B", 2): 2 / 3, ("A", 3): 5 / 8}


def _difference(square: int) -> int | None:
    """``|p − q|`` from its square, if that is a square."""
    if square < 0:
        return None
    root = math.isqrt(square)
    return root if root * root == square else None


def _pair(kind: str, total: int, difference: int | None) -> str | None:
    """``kind(p,q)`` for ``p + q = total``, the smaller index first, or ``kind(total)``."""
    if difference is None or difference > total or (total - difference) % 2:
        return None
    small = (total - difference) // 2
    return f"{kind}({total})" if small == 0 else f"{kind}({small},{total - small})"


def _orthogonal(total: int, character: int) -> str | None:
    return _pair("so", total, _difference(total - 2 * character))


def _candidates(letter: str, rank: int, character: int) -> list[str]:
    """All classical real forms with this character."""
    found: list[str | None] = []
    if letter == "A":
        if character == rank:
            found.append(f"sl({rank + 1})")
        if character != rank or rank != 1:
            found.append(_pair("su", rank + 1, _difference(1 - character)))
        if rank % 2 and rank > 1 and character == -rank - 2:
            found.append(f"su*({rank + 1})")
    elif letter == "B":
        found.append(_orthogonal(2 * rank + 1, character))
    elif letter == "C":
        found.append(f"sp({2 * rank})" if character == rank else None)
        difference = _difference(-(character + rank) // 2) if (character + rank) % 2 == 0 else None
        compact = _pair("sp", rank, difference)
        found.append(compact.replace("sp(", "usp(").replace(f"({rank})", f"({2 * rank})") if compact else None)
    elif letter == "D":
        found.append(_orthogonal(2 * rank, character))
        if character == -rank and not (rank == 4 and found[0]):
            found.append(f"so*({2 * rank})")
    return [name for name in found if name]


def _has(values: Tensor | None, value: float | None) -> bool:
    return values is not None and value is not None and bool(((values - value).abs() < 1e-2).any())


def simple_name(ideal: SimpleIdeal, values: Tensor | None) -> str:
    """The name of a simple ideal.

    Args:
        ideal: type, rank, character.
        values: eigenvalues of its Casimir operator on the space that the given matrices act on; None if only
            structure constants are known.
    """
    kind = (ideal.series, ideal.rank)
    spinor = _has(values, _SPINOR.get(kind))
    moving = values[values > 0.1] if values is not None else None
    vector = moving is not None and kind in _VECTOR and bool(((moving - _VECTOR[kind]).abs() < 1e-2).all())
    letter, rank = kind
    if ideal.is_complex:
        if kind == ("A", 1):
            return "sl(2,C)" if spinor else "so(1,3)"
        complex_names = {"A": f"sl({rank + 1},C)", "B": f"so({2 * rank + 1},C)", "C": f"sp({2 * rank},C)"}
        return complex_names.get(letter, f"so({2 * rank},C)" if letter == "D" else f"{letter.lower()}{rank}(C)")
    if kind == ("A", 1):
        if ideal.character == -3:
            half_integer = moving is not None and any(_is_half_integer(float(v)) for v in moving)
            return "su(2)" if half_integer else "so(3)"
        return "so(1,2)" if vector else "sl(2)"
    if kind == ("B", 2) and ideal.character == 2:
        return "so(2,3)" if vector else "sp(4)"
    if kind == ("A", 3):
        orthogonal = _orthogonal(6, ideal.character)
        if orthogonal and not (ideal.character == 3 and not vector) and not (spinor and ideal.character in (1, -15)):
            return orthogonal
    if letter in _EXCEPTIONAL and ideal.character not in _EXCEPTIONAL[letter][rank]:
        raise UndecidedError(f"no real form of {letter}{rank} has the character {ideal.character}")
    names = _candidates(letter, rank, ideal.character)
    if names:
        return " or ".join(dict.fromkeys(names))
    if letter in "EFG":
        return f"{letter.lower()}{rank}({ideal.character})"
    raise UndecidedError(f"no real form of {letter}{rank} has the character {ideal.character}")


def _is_half_integer(value: float) -> bool:
    """Whether ``value = j (j + 1) / 2`` for a half-integer spin j."""
    twice = math.sqrt(1 + 8 * max(value, 0.0)) - 1
    return abs(twice - round(twice)) < 0.05 and round(twice) % 2 == 1


def orthogonal_type(ideals: list[SimpleIdeal]) -> tuple[int, int] | None:
    """``(p, q)``, p <= q, if the ideals together are so(p, q) with p + q >= 3; (0, n) for the compact ones."""
    kinds = [(ideal.series, ideal.rank, ideal.is_complex, ideal.character) for ideal in ideals]
    if kinds == [("A", 1, False, -3)] * 2:
        return 0, 4
    if kinds == [("A", 1, False, 1)] * 2:
        return 2, 2
    if len(kinds) != 1:
        return None
    letter, rank, is_complex, character = kinds[0]
    if is_complex:
        return (1, 3) if (letter, rank) == ("A", 1) else None
    total = {("A", 1): 3, ("A", 3): 6}.get((letter, rank), {"B": 2 * rank + 1, "D": 2 * rank}.get(letter))
    difference = _difference(total - 2 * character) if total else None
    if total is None or difference is None or difference > total or (total - difference) % 2:
        return None
    return (total - difference) // 2, (total + difference) // 2


def semisimple_names(
    ideals: list[SimpleIdeal], values: list[Tensor | None], joint: Tensor | None
) -> list[tuple[int, str]]:
    """Dimensions and names of the summands; two compact three-dimensional ideals make so(4).

    Args:
        ideals: the simple ideals.
        values: Casimir eigenvalues of each on the given space, or None.
        joint: those of the Casimir operator of all ideals together, or None.
    """
    names = [(ideal.dimension, simple_name(ideal, value)) for ideal, value in zip(ideals, values, strict=True)]
    spins = [i for i, ideal in enumerate(ideals) if ideal.dimension == 3 and ideal.character == -3]
    if len(spins) == 2 and (joint is None or _mixes(values[spins[0]], values[spins[1]], joint)):
        names = [(6, "so(4)"), *(name for i, name in enumerate(names) if i not in spins)]
    return names


def _mixes(first: Tensor | None, second: Tensor | None, joint: Tensor) -> bool:
    """Whether some vector is moved by both ideals: 3/8 of either adds up to 3/4."""
    return _has(first, 3 / 8) and _has(second, 3 / 8) and _has(joint, 3 / 4)


def vector_value(n: int) -> float:
    """The Casimir value of the vector representation of so(n), n >= 3."""
    return (n - 1) / (2 * (n - 2))


def is_scalar(gamma: Tensor, value: float) -> bool:
    """Whether all eigenvalues of the Casimir operator ``gamma`` equal ``value``."""
    return gamma.shape[0] > 0 and bool(((torch.linalg.eigvals(gamma) - value).abs() < 1e-2).all())
