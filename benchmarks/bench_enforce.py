"""Equivariant linear maps: rank, error and CPU time.

CPU seconds of one thread, the algebra's analysis included: *cold* with nothing in memory, then the same call again,
*warm*. *Factored* is the basis with all its frames made; *dense* the time for `.vectors` where it has at most 50
million numbers. *Exact* is the rank by combinatorics: Riordan and Catalan numbers, Schur–Weyl, set partitions.
*Residual* is the largest relative constraint violation of a map kept; *element* the largest violation on 100 random
finite elements by one random map of up to a million entries. Rows by engine compare engines on equal work. The last
rows count wrong ranks over random coordinates: rotated ones (engine "isotypic") and sheared ones, in which compact
groups are made unitary ("isotypic") and the others are left to the null space of the constraints ("projector").
"""

from __future__ import annotations

import time

import torch

from symmetra.enforce import forget, linear_basis
from symmetra.groups import SE, SL, SO, SU, D, FiniteGroup, Hyperoctahedral, LieGroup, Lorentz, O, S, Sp, Z
from symmetra.representations import Representation, Scalar, Vector

DENSE, FINITE = 50_000_000, 1_000_000  # numbers in .vectors; entries of W for the check on finite elements


def timed(f, *arguments):
    start = time.process_time()
    out = f(*arguments)
    return out, time.process_time() - start


def warm_up():
    """The first call of anything in torch is slow, and imports scipy; the groups are ones that no row uses."""
    linear_basis(Vector(Z(3)), Vector(Z(3)))
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


def row(name, V_in, V_out, exact, engine=None):
    forget()
    basis, cold = timed(linear_basis, V_in, V_out, 1e-8, engine)
    _, warm = timed(linear_basis, V_in, V_out, 1e-8, engine)
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


def standard(n):
    """The n − 1 dimensional representation of S(n), by matrices that are no permutations."""
    frame = torch.linalg.qr(torch.cat([torch.ones(n, 1), torch.eye(n)[:, : n - 1]], dim=1).double()).Q[:, 1:]
    return Representation(S(n), lambda g: frame.T @ g @ frame, name="standard")


def icosahedral():
    """Turns by 2π/5 about a vertex and by π about an axis."""
    axis = torch.tensor([0.0, 1.0, (1 + 5**0.5) / 2], dtype=torch.float64)
    x, y, z = (axis / axis.norm()).tolist()
    K = torch.tensor([[0, -z, y], [z, 0, -x], [-y, x, 0]], dtype=torch.float64)
    turn = torch.linalg.matrix_exp(K * (2 * torch.pi / 5))
    return FiniteGroup(torch.stack([turn, torch.diag(torch.tensor([-1.0, -1.0, 1.0], dtype=torch.float64))]))


def quaternions():
    """SU(2) on R⁴."""
    X = SU(2).generators
    return LieGroup(torch.cat([torch.cat([X.real, -X.imag], -1), torch.cat([X.imag, X.real], -1)], -2))


def sizes(full):
    """Groups and powers beyond the usual ones; exact ranks by characters, Schur–Weyl and set partitions."""
    U, P, H = Vector(SU(3)), Vector(Sp(4)), Vector(quaternions())
    both = Vector(SO(3)) + Vector(SO(1, 3).identity_component)
    yield "SU(3) T(3,3)→T(3,3)", U**3 * U.dual**3, 513
    yield "Sp(4) T5→T5", P**5, 594
    yield "SU(2) on R⁴, T3→T3", H**3, 320
    yield "SO(3) × SO⁺(1,3), (V1 + V2)² → same", both * both, 13
    yield "icosahedral group T5→T5", Vector(icosahedral()) ** 5, 1009
    yield "D(7) as 2×2, T5→T5", Vector(D(7)) ** 5, 126
    yield "S(5), standard T3→T3", standard(5) ** 3, 40
    yield "B(8) T2→T2", Vector(Hyperoctahedral(8)) ** 2, 4
    yield "Z(20) T2→T2", Vector(Z(20)) ** 2, 8000
    yield "SO(10) T2→T2", Vector(SO(10)) ** 2, 3
    yield "S(6) T4→T4", Vector(S(6)) ** 4, 4111
    yield "S(30) T2→T2", Vector(S(30)) ** 2, 15
    if full:
        yield "SO(20) T2→T2", Vector(SO(20)) ** 2, 3
        yield "S(56) T2→T2", Vector(S(56)) ** 2, 15
        yield "SU(3) T(4,4)→T(4,4)", U**4 * U.dual**4, 15767


def seeds(group, k, exact, count, shear):
    wrong, start = 0, time.process_time()
    engine = "projector" if shear and group.name not in ("SO(2)", "SO(3)", "O(3)") else "isotypic"
    for seed in range(count):
        source = torch.Generator().manual_seed(seed)
        U, _, Vh = torch.linalg.svd(torch.randn(group.d, group.d, dtype=torch.float64, generator=source))
        M = U @ torch.diag(torch.linspace(1, 2.5 if shear else 1, group.d, dtype=torch.float64)) @ Vh
        inverse = torch.linalg.inv(M)
        V = Vector(LieGroup(M @ group.generators @ inverse, M @ group.components @ inverse))
        basis = linear_basis(V**k, V**k)
        wrong += basis.rank != exact or basis.engine != engine
    return {
        "case": f"{group} T{k}→T{k}, {count} {'sheared' if shear else 'rotated'} coordinates",
        "entries": group.d ** (2 * k),
        "engine": engine,
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
    rows += [row(name, V, V, exact) for name, V, exact in sizes(full)]
    for engine in ("isotypic", "commutant", "projector"):
        rows.append(row(f"SO(3) T4→T4, by engine {engine}", R**4, R**4, 91, engine))
    E = Vector(SE(3))
    rows.append(row("SE(3) 4×4, T(1,1)→T(1,1)", E * E.dual, E * E.dual, 4))
    count = 60 if full else 10
    for group, k, exact in ((SO(3), 3, 15), (O(3), 3, 15), (SO(2), 3, 20), (Lorentz(), 2, 3), (Sp(4), 3, 14)):
        rows.append(seeds(group, k, exact, count, False))
    for group, k, exact in ((SO(3), 2, 3), (O(3), 2, 3), (SO(2), 3, 20), (Sp(4), 2, 3), (Lorentz(), 2, 3)):
        rows.append(seeds(group, k, exact, count, True))
    return rows
