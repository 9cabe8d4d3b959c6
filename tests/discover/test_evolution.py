"""Point symmetries of evolution equations: dimensions from the literature and from an exact symbolic solver."""

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
    "quintic Schrödinger": (2, 2, schroedinger(2), {1: 4, 2: 5, 3: 6}),  # the projective one needs degree 3
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
    if expected is None or (degree == 1 and order < 4):
        symbolic = symbolic_dimension(rhs, order, space, fibre, degree)
        assert expected in (None, symbolic)
        expected = symbolic
    found = discover.evolution_equation(rhs, order, candidates.polynomial(space + 1 + fibre, degree), space=space)
    assert found.dimension == expected
    assert found.gap >= 1e8
    assert found.certified == tuple(range(expected))


@pytest.mark.parametrize(("name", "degree"), [(name, degree) for name, case in CURVED.items() for degree in case[-1]])
def test_dimension_is_exact_where_nothing_is_polynomial(name, degree):
    space, order, rhs, ranges, dimensions = CURVED[name]
    found = discover.evolution_equation(
        rhs, order, candidates.polynomial(space + 2, degree), space=space, ranges=ranges
    )
    assert found.dimension == len(found.certified) == dimensions[degree]
    assert found.gap >= 1e8 and found.closure_defect <= 1e-10


NAMES = {
    "Burgers": "sl(2) ⋉ R²",
    "Harry Dym": "sl(2) ⊕ aff(1)",
    "Korteweg-Burgers": "3-dimensional nilpotent (Heisenberg)",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_algebra_has_a_name(name):
    order, _, rhs, _ = EQUATIONS[name]
    found = discover.evolution_equation(rhs, order, candidates.polynomial(3, 2))
    assert found.name == NAMES[name] and found.closure_defect <= 1e-10


def test_generators_read_as_in_the_books():
    found = discover.evolution_equation(EQUATIONS["KdV"][2], 3, candidates.affine(3))
    assert found.expressions()[1:] == ["t ∂x + ∂u", "∂x", "∂t"]
    heat = discover.evolution_equation(EQUATIONS["heat"][2], 2, candidates.polynomial(3, 3))
    assert heat.expressions()[0] == "x·t ∂x + t² ∂t − 0.5 t·u ∂u − 0.25 x²·u ∂u"


def test_all_ways_to_write_a_right_hand_side():
    ways = [
        lambda x, t, u, ux, uxx: uxx - u * ux,
        lambda jet: jet.u_xx - jet.u * jet.ux,
        lambda *jet: jet[4] - jet[2] * jet[3],
        lambda x, t, u, ux, uxx, viscosity=1.0: viscosity * uxx - u * ux,
    ]
    found = [discover.evolution_equation(rhs, 2, candidates.polynomial(3, 2)) for rhs in ways]
    for other in found[1:]:
        assert torch.allclose(other.generators, found[0].generators, atol=1e-9)
    plane = discover.evolution_equation(lambda jet: jet.u_xx + jet.uyy, 2, candidates.affine(4), space=2)
    assert plane.dimension == 9


def test_own_fields_as_candidates():
    """The sine and cosine waves that decay are superpositions of the heat equation, a wrong rate is none."""
    wave = [lambda z, k=k: torch.stack([0 * z[0], 0 * z[0], torch.exp(-k * z[1]) * torch.sin(z[0])]) for k in (1, 2)]
    found = discover.evolution_equation(EQUATIONS["heat"][2], 2, candidates.fields(wave, 3, ["right", "wrong"]))
    assert found.expressions() == ["right"] and found.gap >= 1e8


def heat_solution(z):
    return sum(a * torch.exp(-(k**2) * z[1]) * torch.sin(k * z[0] + a) for k, a in ((0.7, 1.0), (1.3, -0.4)))


def kdv_solution(z):  # u_t + u u_x + u_xxx = 0
    return 3 * 0.8 / torch.cosh(0.8**0.5 / 2 * (z[0] - 0.8 * z[1])) ** 2


def burgers_solution(z):  # u = -2 h_x / h of a solution h of the heat equation (Cole and Hopf)
    h = 3 + heat_solution(z)
    return -2 * torch.func.jacfwd(heat_solution)(z)[0] / h


def flow(theta, powers, z, time, steps=4):
    def field(z):
        return theta @ (z**powers).prod(1)

    for _ in range(steps):
        a = field(z)
        b = field(z + time / steps / 2 * a)
        c = field(z + time / steps / 2 * b)
        z = z + time / steps / 6 * (a + 2 * b + 2 * c + field(z + time / steps * c))
    return z


def residual(solution, order, rhs, points):
    """How far a function of (x, t) is from solving the equation, relative to u_t."""

    def at(z):
        derivatives, f = [], lambda s: solution(torch.stack([s, z[1]]))
        for _ in range(order + 1):
            derivatives.append(f(z[0]))
            f = torch.func.jacfwd(f)
        return torch.stack([torch.func.jacfwd(solution)(z)[1], rhs(z[0], z[1], *derivatives)])

    rate, expected = torch.func.vmap(at)(points).T
    return float(torch.linalg.vector_norm(rate - expected) / torch.linalg.vector_norm(expected))


@pytest.mark.parametrize(
    ("name", "solution", "degree"),
    [("heat", heat_solution, 3), ("KdV", kdv_solution, 1), ("Burgers", burgers_solution, 2)],
)
def test_found_symmetries_map_solutions_to_solutions(name, solution, degree):
    """A random finite element: scalings, boosts, superpositions, projective transformations at once."""
    order, _, rhs, _ = EQUATIONS[name]
    found = discover.evolution_equation(rhs, order, candidates.polynomial(3, degree))
    points = torch.rand(10, 2, dtype=torch.float64) + torch.tensor([-0.5, 0.5])
    assert residual(solution, order, rhs, points) <= 1e-12
    right = torch.rand(found.dimension, dtype=torch.float64) @ found.generators
    for row, least, most in ((right, 0, 1e-6), (right.abs(), 1e-2, 100)):  # with the signs lost it is no symmetry
        theta, powers = row.reshape(3, -1), found.candidates.exponents

        def moved(z, theta=theta, powers=powers):
            origin = flow(theta, powers, torch.cat([z, torch.ones(1, dtype=z.dtype)]), -0.1)[:2]  # ξ, τ are free of u
            return flow(theta, powers, torch.cat([origin, solution(origin)[None]]), 0.1)[2]

        assert least <= residual(moved, order, rhs, points) <= most


BAD = [
    ({"rhs": lambda x, t, u: u}, "arguments"),
    ({"rhs": 3.0}, "grid"),
    ({"rhs": lambda x, t, u, ux, uxx: torch.stack([u, ux])}, "2 rates"),
    ({"rhs": lambda jet: jet.u_xxx}, "u_xxx"),
    ({"rhs": lambda x, t, u, ux, uxx: torch.log(u) * uxx}, "ranges"),
    ({"rhs": lambda x, t, u, ux, uxx: uxx if u > 0 else ux}, "torch.where"),
    ({"order": 0}, "order"),
    ({"order": 2.0}, "order"),
    ({"space": 2}, "candidates"),
    ({"candidates": "all"}, "candidates"),
    ({"ranges": {"v": (0, 1)}}, "ranges"),
    ({"ranges": {"u": (1, 0)}}, "lower < upper"),
    ({"ranges": {"u": 1}}, "two numbers"),
    ({"samples": 1}, "samples"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_input(change, message):
    given = {"rhs": EQUATIONS["heat"][2], "order": 2, "candidates": candidates.affine(3)} | change
    with pytest.raises(InputError, match=message):
        discover.evolution_equation(**given)
