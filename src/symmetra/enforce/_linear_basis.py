"""``linear_basis``: checks, the choice of the engine, the memory of what was decomposed."""

from __future__ import annotations

import functools
import math
from typing import Any

import torch
from torch import Tensor

from symmetra.enforce import _commutant, _disk, _null_space, _orbits
from symmetra.enforce._balance import Regrouped, balanced
from symmetra.enforce._basis import EquivariantBasis, MapSpace
from symmetra.enforce._fusion import Fusion
from symmetra.enforce._generating_set import GeneratingSet, check_closure, dense_operators, leaves
from symmetra.enforce._irreducibles import NotSplit
from symmetra.enforce._isotypic import SchurMaps, residuals
from symmetra.enforce._unitary import SkewMaps
from symmetra.inputs import InputError, describe
from symmetra.representations import Representation

ENGINES = ("orbits", "isotypic", "commutant", "projector")
ORBIT_LIMIT = 20_000_000  # entries of W
_RESIDUAL = 1e-10  # of a map kept by "isotypic"; observed 1e-15 to 2e-13
SIDE_LIMIT = 800  # of one side for "commutant"
SKEW_LIMIT = 100_000_000  # numbers in the maps of a group in a skew basis
FRAME_LIMIT = 200_000_000  # numbers in the frames of one side: 1.6 GB in float64


def linear_basis(V_in: Any, V_out: Any, rtol: Any = 1e-8, engine: Any = None) -> EquivariantBasis:
    """An orthonormal basis of all linear maps with ``W ρ_in(g) = ρ_out(g) W`` for every g of the group.

    Four engines, the first that fits is taken; each is the test of the others.

    - "orbits": finite groups whose matrices are signed permutations. Exact.
    - "isotypic": whatever contains its adjoints (orthogonal and unitary groups, SO(p, q), GL, SL, Sp, finite groups of
      orthogonal matrices, their products). Each side is decomposed into irreducibles by fusion, one tensor factor after
      the other, and equal ones are paired by Schur's lemma, so that the space of matrices is never formed. Compact
      groups in a skew basis come here too, through the inner product that they leave alone.
    - "commutant": the same groups without fusion, from random maps that commute with a whole side (to 800 dimensions).
    - "projector": everything else, e.g. SE(n) in homogeneous coordinates or generators that were learned from data. The
      null space of the constraints, up to 20,000 entries of W; ``rtol`` is then the user's, and the singular values
      around the cut are in the result (all of them up to 1,300 entries).

    Decompositions are kept in memory for later calls, until :func:`forget`, and on disk after :func:`remember`. The
    same calls in the same order give the same numbers; after other calls with the group the basis may be another
    orthonormal one of the same space.

    Args:
        V_in: representation of the input.
        V_out: representation of the output, of the same group (or of one that has it as a factor, or the reverse).
        rtol: relative size of a singular value taken as zero ("projector"), and the closure defect up to which the
            generators count as approximate ones.
        engine: one of the four names to insist on it.

    Raises:
        InputError: no representations, different groups, generators that do not close, sizes above the guards, or an
            engine that does not apply.

    Example:
        >>> from symmetra.groups import SO
        >>> from symmetra.representations import Vector
        >>> V = Vector(SO(3))
        >>> linear_basis(V**3, V**3)
        EquivariantBasis(V⊗V⊗V → V⊗V⊗V, rank 15, isotypic)
    """
    V_in, V_out = _on_one_group(V_in, V_out)
    if isinstance(rtol, bool) or not isinstance(rtol, (int, float)) or not 0 < rtol < 1:
        raise InputError("rtol", describe(rtol), "a relative tolerance between 0 and 1", "rtol=1e-8")
    if engine is not None and engine not in ENGINES:
        raise InputError("engine", describe(engine), f"one of {', '.join(ENGINES)} or None", "engine=None")
    approximate = check_closure(V_in.group, float(rtol))
    found = None
    if engine in (None, "orbits"):
        found = _by_orbits(V_in, V_out)
    for name in ("isotypic", "commutant"):
        if found is None and engine in (None, name) and not approximate:
            found = _by_irreducibles(V_in, V_out, name, engine is not None)
    if found is None and engine in (None, "projector"):
        found = _by_projector(V_in, V_out, float(rtol), approximate)
    if found is None:
        got = f"{engine!r} for {V_in} → {V_out} of {V_in.group}"
        raise InputError("engine", got, "an engine that applies to the group in this basis", "engine=None")
    return found


def forget() -> None:
    """Drop all decompositions from memory; the next call starts afresh (or from the files of :func:`remember`)."""
    _fusion.cache_clear()


def _on_one_group(V_in: Any, V_out: Any) -> tuple[Representation, Representation]:
    for argument, rep in (("V_in", V_in), ("V_out", V_out)):
        if not isinstance(rep, Representation):
            raise InputError(argument, describe(rep), "a representation", "Vector(SO(3)), V**2, Scalar(group)")
    if V_in.group != V_out.group:
        got = f"a representation of {V_out.group}, while V_in is one of {V_in.group}"
        raise InputError("V_out", got, "representations of one group", "Vector(G) * Scalar(H) for one of the product")
    return V_in, V_out


def _dtype(V_in: Representation, V_out: Representation) -> torch.dtype:
    return torch.complex128 if V_in.is_complex or V_out.is_complex else torch.float64


def _by_orbits(V_in: Representation, V_out: Representation) -> EquivariantBasis | None:
    group, n = V_in.group, V_in.dimension * V_out.dimension
    if group.generators.shape[0]:
        return None
    pairs = []
    for h in group.components:
        pair = (_orbits.signed_permutation(V_out, h), _orbits.signed_permutation(V_in, h))
        if pair[0] is None or pair[1] is None:
            return None
        pairs.append((pair[0], pair[1]))
    if n > ORBIT_LIMIT:
        raise InputError("V_in", f"maps of {n:,} entries", f"at most {ORBIT_LIMIT:,}", "smaller tensor powers")
    space = _orbits.OrbitMaps(pairs, (V_out.dimension, V_in.dimension), _dtype(V_in, V_out))
    exact = torch.zeros(space.rank, dtype=torch.float64)
    return EquivariantBasis(V_in, V_out, space.rank, exact, math.inf, 0.0, "orbits", space)


@functools.lru_cache(maxsize=16)
def _fusion(parts: frozenset[Representation], dtype: torch.dtype) -> Fusion | None:
    """What is remembered of representations made of ``parts``; None if these do not contain their adjoints."""
    generating = GeneratingSet(next(iter(parts)).group)
    ordered = tuple(sorted(parts, key=lambda rep: (rep.dimension, rep.name)))
    if not generating.splits(ordered):
        return None
    fusion = Fusion(generating, ordered, dtype)
    _disk.load(fusion)
    return fusion


def _by_irreducibles(V_in: Representation, V_out: Representation, engine: str, insist: bool) -> EquivariantBasis | None:
    """Engines "isotypic" and "commutant", for what splits orthogonally."""
    R_in, R_out, sizes, from_output = balanced(V_in, V_out)
    fusion = _fusion(frozenset(leaves(R_in, R_out)), _dtype(V_in, V_out))
    if fusion is None:
        return None
    try:
        space, spectrum = (_by_fusion if engine == "isotypic" else _by_commutant)(R_in, R_out, fusion)
        if spectrum.numel() and float(spectrum[-1]) > _RESIDUAL:
            raise NotSplit(f"irreducibles told apart only to {float(spectrum[-1]):.1e}")
    except NotSplit as reason:
        if insist:
            expected = "operators that split orthogonally into irreducibles"
            raise InputError("V_in", str(reason), expected, "engine='projector'") from reason
        return None
    if fusion.generating.roots and space.rank:
        if R_in.dimension * R_out.dimension * space.rank > SKEW_LIMIT:
            got = (
                f"{space.rank:,} maps of {R_out.dimension} x {R_in.dimension} entries in a basis that is not orthogonal"
            )
            raise InputError(
                "V_in", got, f"at most {SKEW_LIMIT:,} numbers", "coordinates in which the group is unitary"
            )
        space = SkewMaps(space, fusion.generating.changes(R_out)[1], fusion.generating.changes(R_in)[0])
    _disk.store(fusion)
    maps = Regrouped(space, (V_out.dimension, V_in.dimension), sizes, from_output) if sizes else space
    return EquivariantBasis(V_in, V_out, maps.rank, spectrum, math.inf, _RESIDUAL, engine, maps)


def _by_fusion(R_in: Representation, R_out: Representation, fusion: Fusion) -> tuple[MapSpace, Tensor]:
    space = SchurMaps(fusion.decompose(R_in), fusion.decompose(R_out), fusion)
    _guard(space)
    return space, residuals(space, R_in, R_out)


def _by_commutant(R_in: Representation, R_out: Representation, fusion: Fusion) -> tuple[MapSpace, Tensor]:
    if max(R_in.dimension, R_out.dimension) > SIDE_LIMIT:
        raise NotSplit(f"a side of more than {SIDE_LIMIT} dimensions")
    sides = (torch.cat(fusion.generating.operators(rep)).to(fusion.table.dtype) for rep in (R_out, R_in))
    return _commutant.solve(*sides)


def _guard(space: SchurMaps) -> None:
    for argument, side, size in (("V_in", space.source, space.shape[1]), ("V_out", space.target, space.shape[0])):
        wide = sum(side.multiplicities[index] * units.shape[-1] for index, _, _, units in space.blocks)
        if size * wide > FRAME_LIMIT:
            got = f"frames of {size:,} x {wide:,} numbers"
            raise InputError(argument, got, f"at most {FRAME_LIMIT:,} numbers", "smaller tensor powers")


def _by_projector(V_in: Representation, V_out: Representation, rtol: float, approximate: bool) -> EquivariantBasis:
    group, dtype = V_in.group, _dtype(V_in, V_out)
    if V_in.dimension * V_out.dimension > _null_space.SIZE_LIMIT:
        got = f"{V_out.dimension} x {V_in.dimension} entries for a group that is not unitary in this basis"
        expected = f"at most {_null_space.SIZE_LIMIT:,} entries"
        raise InputError("V_in", got, expected, "coordinates in which the group is unitary")
    # brackets of approximate generators are noise: they are taken as they came, else as an orthonormal basis
    lie = group.generators if approximate else GeneratingSet(group).lie
    if lie.shape[0]:
        lie = lie / torch.linalg.matrix_norm(lie).clamp(min=1e-300)[:, None, None]
    right, left = (
        torch.cat([part.to(dtype) for part in dense_operators(rep, lie, group.components)]) for rep in (V_in, V_out)
    )
    space, spectrum, gap = _null_space.solve(left, right, rtol)
    return EquivariantBasis(V_in, V_out, space.rank, spectrum, gap, rtol, "projector", space)
