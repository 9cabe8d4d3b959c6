"""Point symmetries of evolution equations: dimensions from the literature and from a symbolic solver, and nothing else."""

from fractions import Fraction
from itertools import product

import pytest
import torch
from sympy import QQ
from sympy.polys.matrices import DomainMatrix
from sympy.polys.rings import ring

from symmetra import discover
from symmetra.functions import candidates, exponents
from symmetra.inputs import InputError


def schroedinger(power):
    def rhs(x, t, u, ux, uxx):
        size = (u[0] * u[0] + u[1] * u[1]) ** power if power else 0
        return [-uxx[1] - size * u[1], uxx[0] + size * u[0]]

    return rhs


def curvature_flow(x, y, t, u, ux, uy, uxx, uxy, uyy):  # of graphs, by mean curvature
    return ((1 + uy**2) * uxx - 2 * ux * uy * uxy + (1 + ux**2) * uyy) / (1 + ux**2 + uy**2)


def burgers_in_the_plane(x, y, t, u, ux, uy, uxx, uxy, uyy):
    return [uxx[a] + uyy[a] - u[0] * ux[a] - u[1] * uy[a] for a in (0, 1)]


EQUATIONS = {  # order, number of fields, right-hand side, {degree of the candidates: dimension}
    # Olver, Applications of Lie Groups to Differential Equations, §2.4; Ibragimov (ed.), CRC Handbook of Lie Group
    # Analysis, vol. 1, ch. 10-15; polynomial fields among the superpositions are counted.
    "heat": (2, 1, lambda x, t, u, ux, uxx: uxx, {1: 6, 2: 8, 3: 10}),
    "KdV": (3, 1, lambda x, t, u, ux, uxx, uxxx: -u * ux - uxxx, {1: 4, 2: 4, 3: 4}),
    "modified KdV": (3, 1, lambda x, t, u, ux, uxx, uxxx: -(u**2) * ux - uxxx, {1: 3, 2: 3}),
    "cylindrical drift": (3, 1, lambda x, t, u, ux, uxx, uxxx: -u * ux - x * uxxx, {1: 2}),
    "Airy": (3, 1, lambda x, t, u, ux, uxx, uxxx: uxxx, {1: 6, 2: 7, 3: 8}),
    "Burgers": (2, 1, lambda x, t, u, ux, uxx: uxx - u * ux, {1: 4, 2: 5, 3: 5}),
    "potential Burgers": (2, 1, lambda x, t, u, ux, uxx: uxx + ux**2, {1: 5, 2: 6}),
    "inviscid Burgers": (1, 1, lambda x, t, u, ux: -u * ux, {1: None, 2: None}),
    "Korteweg-Burgers": (3, 1, lambda x, t, u, ux, uxx, uxxx: uxx - uxxx - u * ux, {1: 3, 2: 3}),
    "Kuramoto-Sivashinsky": (4, 1, lambda x, t, u, ux, uxx, u3, u4: -u * ux - uxx - u4, {1: 3, 2: 3}),
    "Harry Dym": (3, 1, lambda x, t, u, ux, uxx, uxxx: u**3 * uxxx, {1: 4, 2: 5, 3: 5}),
    "Sawada-Kotera": (
        5,
        1,
        lambda x, t, u, u1, u2, u3, u4, u5: -(u5 + 5 * u * u3 + 5 * u1 * u2 + 5 * u**2 * u1),
        {1: 3},
    ),
    "Fisher-KPP": (2, 1, lambda x, t, u, ux, uxx: uxx + u - u**2, {1: 2, 2: 2, 3: 2}),
    "porous medium": (2, 1, lambda x, t, u, ux, uxx: u * uxx + ux**2, {1: 4, 2: 4}),
    "heat with a linear potential": (2, 1, lambda x, t, u, ux, uxx: uxx + x * u, {1: None, 2: None, 3: None}),
    "heat in a drift": (2, 1, lambda x, t, u, ux, uxx: uxx + t * ux + u, {2: None}),
    "free Schrödinger": (2, 2, schroedinger(0), {1: None, 2: None}),
    "cubic Schrödinger": (2, 2, schroedinger(1), {1: 4, 2: 5}),
    "quintic Schrödinger": (2, 2, schroedinger(2), {1: 4, 2: 5}),
    "wave, first order": (1, 2, lambda x, t, u, ux: [ux[1], ux[0]], {1: None, 2: None}),
    "shallow water": (1, 2, lambda x, t, u, ux: [-u[0] * ux[0] - ux[1], -u[0] * ux[1] - u[1] * ux[0]], {1: None}),
    "reaction-diffusion with a phase": (
        2,
        2,
        lambda x, t, u, ux, uxx: [
            uxx[0] + u[0] - (u[0] ** 2 + u[1] ** 2) * (u[0] + u[1]),
            uxx[1] + u[1] - (u[0] ** 2 + u[1] ** 2) * (u[1] - u[0]),
        ],
        {1: 3, 2: 3},
    ),
    "predator and prey, diffusing": (
        2,
        2,
        lambda x, t, u, ux, uxx: [uxx[0] + u[0] * u[1], 2 * uxx[1] - u[0] * u[1]],
        {1: 3},
    ),
}
PLANE = {  # the same in the plane
    "heat": (2, 1, lambda x, y, t, u, ux, uy, uxx, uxy, uyy: uxx + uyy, {1: 9, 2: 14, 3: 19}),
    "heat, two conductivities": (2, 1, lambda x, y, t, u, ux, uy, uxx, uxy, uyy: uxx + 2 * uyy, {1: 9}),
    "heat in a layered medium": (2, 1, lambda x, y, t, u, ux, uy, uxx, uxy, uyy: uxx + (1 + x**2) * uyy, {1: None}),
    "reaction-diffusion": (2, 1, lambda x, y, t, u, ux, uy, uxx, uxy, uyy: uxx + uyy + u - u**3, {1: 4, 2: 4}),
    "reaction-diffusion in a wind": (
        2,
        1,
        lambda x, y, t, u, ux, uy, uxx, uxy, uyy: uxx + uyy + u * ux,
        {1: None},
    ),
    "potential Burgers": (2, 1, lambda x, y, t, u, ux, uy, uxx, uxy, uyy: uxx + uyy + ux**2 + uy**2, {1: 8, 2: 9}),
    "Burgers": (2, 2, burgers_in_the_plane, {1: 7, 2: 8}),
}
CURVED = {  # not polynomial: space, order, right-hand side, ranges, {degree: dimension}
    "exponential diffusion": (1, 2, lambda x, t, u, ux, uxx: torch.exp(u) * (uxx + ux**2), {}, {1: 4, 2: 4}),
    "fast diffusion": (
        1,
        2,
        lambda x, t, u, ux, uxx: u ** (-4 / 3) * uxx - 4 / 3 * u ** (-7 / 3) * ux**2,
        {"u": (0.5, 2)},
        {1: 4, 2: 5},
    ),
    "fast diffusion, another power": (
        1,
        2,
        lambda x, t, u, ux, uxx: u ** (-1.5) * uxx - 1.5 * u ** (-2.5) * ux**2,
        {"u": (0.5, 2)},
        {1: 4, 2: 4},
    ),
    "nonlinear diffusion": (1, 2, lambda x, t, u, ux, uxx: torch.cosh(u) * uxx + torch.sinh(u) * ux**2, {}, {2: 3}),
    "sine reaction": (1, 2, lambda x, t, u, ux, uxx: uxx - torch.sin(u), {}, {2: 2}),
    "curve shortening": (1, 2, lambda x, t, u, ux, uxx: uxx / (1 + ux**2), {}, {1: 5, 2: 5}),
    "mean curvature flow": (2, 2, curvature_flow, {}, {1: 8}),
}
CASES = [
    (name, space, degree)
    for space, table in ((1, EQUATIONS), (2, PLANE))
    for name, (*_, dimensions) in table.items()
    for degree in dimensions
]


def symbolic_dimension(rhs, order, space, fibre, degree):
    """The number of polynomial solutions v of D_t Q = Σ_J ∂K/∂u_J D_J Q, exactly, over the rational numbers."""
    indices = [tuple(i) for i in exponents(space, 2 * order).tolist()]
    names = [f"x{i}" for i in range(space)] + ["t"]
    names += [f"u{a}_{'_'.join(map(str, i))}" for i in indices for a in range(fibre)]
    algebra, *symbols = ring(names, QQ)
    jet = {i: symbols[space + 1 + k * fibre :][:fibre] for k, i in enumerate(indices)}
    low = [i for i in indices if sum(i) <= order]
    shape = (lambda values: values[0]) if fibre == 1 else (lambda values: values)
    rate = rhs(*symbols[: space + 1], *(shape(jet[i]) for i in low))
    rate = [algebra(k) for k in ([rate] if fibre == 1 else rate)]

    def along(f, axis):  # D_{x_axis}
        out = f.diff(symbols[axis])
        for i in indices:
            raised = tuple(k + (a == axis) for a, k in enumerate(i))
            for a in range(fibre):
                slope = f.diff(jet[i][a])
                if slope:
                    out += slope * jet[raised][a]
        return out

    def repeated(f, index):
        for axis, count in enumerate(index):
            for _ in range(count):
                f = along(f, axis)
        return f

    rates = {i: [repeated(k, i) for k in rate] for i in low}
    origin = jet[(0,) * space]
    base = [*symbols[: space + 1], *origin]
    gradient = [jet[tuple(int(a == b) for b in range(space))] for a in range(space)]
    equations = {}
    columns = list(product(range(len(base)), exponents(len(base), degree).tolist()))
    for column, (component, power) in enumerate(columns):
        field = algebra(1)
        for symbol, k in zip(base, power):
            field *= symbol**k
        if component < space:
            q = [-field * gradient[component][a] for a in range(fibre)]
        elif component == space:
            q = [-field * rate[a] for a in range(fibre)]
        else:
            q = [field * int(component == space + 1 + a) for a in range(fibre)]
        for a in range(fibre):
            rest = q[a].diff(symbols[space])
            for i, b in product(low, range(fibre)):
                rest += q[a].diff(jet[i][b]) * rates[i][b] - rate[a].diff(jet[i][b]) * repeated(q[b], i)
            for monomial, value in rest.terms():
                equations.setdefault((a, monomial), {})[column] = value
    matrix = DomainMatrix(dict(enumerate(equations.values())), (len(equations), len(columns)), QQ)
    return len(columns) - matrix.rank()


@pytest.mark.parametrize(("name", "space", "degree"), CASES)
def test_dimension_is_exact(name, space, degree):
    order, fibre, rhs, dimensions = (EQUATIONS if space == 1 else PLANE)[name]
    expected = dimensions[degree]
    if expected is None or degree == 1:
        symbolic = symbolic_dimension(rhs, order, space, fibre, degree)
        assert expected in (None, symbolic)
        expected = symbolic
    found = discover.evolution_equation(rhs, order, candidates.polynomial(space + 1 + fibre, degree), space=space)
    assert found.dimension == expected
    assert found.gap >= 1e8
    assert found.certified == tuple(range(expected))
