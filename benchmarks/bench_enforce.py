"""Equivariant linear maps: rank, error and CPU time.

CPU seconds of one thread, the algebra's analysis included: *cold* with nothing in memory, then the same call again,
*warm*. *Factored* is the basis with all its frames made; *dense* the time for `.vectors` where it has at most 50
million numbers. *Exact* is the rank by combinatorics: Riordan and Catalan numbers, Schur–Weyl, set partitions.
*Residual* is the largest relative constraint violation of a map kept; *element* the largest violation on 100 random
finite elements by one random map of up to a million entries. The last rows count wrong ranks over random coordinates:
rotated ones (engine "isotypic") and sheared ones (engine "projector").
"""

from __future__ import annotations

import time

import torch

from symmetra.enforce import forget, linear_basis
from symmetra.groups import SE, SL, SO, SU, LieGroup, Lorentz, O, S, Sp
from symmetra.representations import Scalar, Vector

DENSE, FINITE = 50_000_000, 1_000_000  # numbers in .vectors; entries of W for the check on finite elements


def timed(f, *arguments):
    start = time.process_time()
    out = f(*arguments)
    return out, time.process_time() - start


def warm_up():
    """The first call of anything in torch is slow; the group is one that no row uses."""
    V = Vector(SO(2))
    basis = linear_basis(V**2, V**2)
    return basis.vectors


def on_elements(basis) -> float:
    group = basis.V_in.group
    W = basis.matrix(torch.randn(basis.rank, dtype=basis.dtype))
    worst = 0.0
    for g in group.sample(100, seed=0):
        left, right = basis.V_out.rho(g), basis.V_in.rho(g)
        moved = left.act(W) - right.T.act(W.mT).mT
        size = float(torch.linalg.matrix_norm(left.act(W)))
        worst = max(worst, float(torch.linalg.matrix_norm(moved)) / size)
    return worst


def row(name, V_in, V_out, exact):
    forget()
    basis, cold = timed(linear_basis, V_in, V_out)
    _, warm = timed(linear_basis, V_in, V_out)
    entries = V_in.dimension * V_out.dimension
    dense = timed(lambda: basis.vectors)[1] if entries * basis.rank <= DENSE else "-"
    return {
        "case": name,
        "entries": entries,
        "engine": basis.engine,
        "rank": basis.rank,
        "exact": exact,
        "factored cold (s)": cold,
        "factored warm (s)": warm,
        "dense (s)": dense,
        "residual": float(basis.spectrum[basis.rank - 1]) if basis.rank else 0.0,
        "element": on_elements(basis) if basis.rank and entries <= FINITE else "-",
    }


def seeds(group, k, exact, count, shear):
    wrong, start = 0, time.process_time()
    for seed in range(count):
        source = torch.Generator().manual_seed(seed)
        U, _, Vh = torch.linalg.svd(torch.randn(group.d, group.d, dtype=torch.float64, generator=source))
        M = U @ torch.diag(torch.linspace(1, 2.5 if shear else 1, group.d, dtype=torch.float64)) @ Vh
        inverse = torch.linalg.inv(M)
        V = Vector(LieGroup(M @ group.generators @ inverse, M @ group.components @ inverse))
        basis = linear_basis(V**k, V**k)
        wrong += basis.rank != exact or basis.engine != ("projector" if shear else "isotypic")
    return {
        "case": f"{group} T{k}→T{k}, {count} {'sheared' if shear else 'rotated'} coordinates",
        "entries": group.d ** (2 * k),
        "engine": "projector" if shear else "isotypic",
        "rank": f"{wrong} wrong",
        "exact": exact,
        "factored cold (s)": (time.process_time() - start) / count,
    }


def run(scale):
    full = scale == "full"
    warm_up()
    rows = []
    R, L, P = Vector(SO(3)), Vector(Lorentz()), Vector(Sp(4))
    for k, exact in zip(range(2, 9 if full else 8), (3, 15, 91, 603, 4213, 30537, 227475)):
        rows.append(row(f"SO(3) T{k}→T{k}", R**k, R**k, exact))
    rows.append(row("SO(3) T8→T0", R**8, Scalar(R.group), 91))
    layer = 64 * Scalar(R.group) + 32 * R + 16 * R**2 + 8 * R**3 + 4 * R**4
    rows.append(row("SO(3) 64 T0 + 32 T1 + 16 T2 + 8 T3 + 4 T4", layer, layer, 22768))
    for k, exact in zip(range(2, 6 if full else 5), (3, 15, 105, 903)):
        rows.append(row(f"O(1,3) T{k}→T{k}", L**k, L**k, exact))
    plus = Vector(SO(1, 3).identity_component)
    rows.append(row("SO⁺(1,3) T5→T5", plus**5, plus**5, 1764))
    rows.append(row("O(3) T4→T4", Vector(O(3)) ** 4, Vector(O(3)) ** 4, 91))
    for k, exact in ((3, 14), (4, 84)):
        rows.append(row(f"Sp(4) T{k}→T{k}", P**k, P**k, exact))
    for group, exact in ((SU(3), 23), (SL(3), 23)):
        W = Vector(group) ** 2 * Vector(group).dual ** 2
        rows.append(row(f"{group} T(2,2)→T(2,2)", W, W, exact))
    for n, k, exact in ((6, 2, 15), (8, 2, 15), (20, 2, 15), (10, 3, 203)):
        V = Vector(S(n))
        rows.append(row(f"S({n}) T{k}→T{k}", V**k, V**k, exact))
    E = Vector(SE(3))
    rows.append(row("SE(3) 4×4, T(1,1)→T(1,1)", E * E.dual, E * E.dual, 4))
    count = 60 if full else 10
    for group, k, exact in ((SO(3), 3, 15), (O(3), 3, 15), (SO(2), 3, 20), (Lorentz(), 2, 3), (Sp(4), 3, 14)):
        rows.append(seeds(group, k, exact, count, False))
    for group, k, exact in ((SO(3), 2, 3), (O(3), 2, 3), (SO(2), 3, 20), (Sp(4), 2, 3), (Lorentz(), 2, 3)):
        rows.append(seeds(group, k, exact, count, True))
    return rows
