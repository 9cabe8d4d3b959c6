"""Kernels of equivariant integral operators: exact counts, finite transformations of kernels and of whole integrals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb
from typing import Any

import pytest
import torch
from torch import Tensor

from symmetra import library
from symmetra.actions import AffineAction, Density, Grid, LinearAction, Pushforward, sampled_field
from symmetra.actions import Tensor as TensorField
from symmetra.enforce import KernelConstraint, kernel_constraint
from symmetra.groups import SE, SO, Affine, E, LieGroup, Scaling, Translation, bracket
from symmetra.inputs import InputError
from symmetra.representations import Vector

PLANE, SPACE, LINE = (AffineAction(G) for G in (SE(2), SE(3), Affine(1)))
VECTORS, MIRRORED = Pushforward(PLANE), AffineAction(E(2))
QUARTER = torch.tensor([[[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]], dtype=torch.float64)
CHESS = AffineAction(LieGroup(Translation(2).generators, QUARTER, name="T(2) with quarter turns"))
STRETCH = LinearAction(Vector(Scaling(2)))


def under_quarter_turns(D: int) -> int:
    """Molien: z^a z̄^b of degree at most D with a − b divisible by 4."""
    return sum((a - b) % 4 == 0 for a in range(D + 1) for b in range(D + 1 - a))


# action_in, action_out, the count of polynomial kernels of degree at most D, the degrees tried
COUNTS: dict[str, tuple[Any, Any, Callable[[int], int], Sequence[int]]] = {
    "T(2)": (AffineAction(Translation(2)),) * 2 + (lambda D: comb(D + 2, 2), range(1, 5)),
    "T(1)": (AffineAction(Translation(1)),) * 2 + (lambda D: D + 1, range(1, 6)),
    "SE(2)": (PLANE, PLANE, lambda D: D // 2 + 1, (1, 2, 4, 5)),
    "E(2)": (MIRRORED, MIRRORED, lambda D: D // 2 + 1, (1, 2, 4)),
    "SE(3)": (SPACE, SPACE, lambda D: D // 2 + 1, (1, 3)),
    "SO(2)": (Vector(SO(2)),) * 2 + (lambda D: sum((m + 1) ** 2 for m in range(D // 2 + 1)), (2, 5)),
    "T(2), quarter turns": (CHESS, CHESS, under_quarter_turns, (1, 2, 4)),
    # y − x and the same turned by 90 degrees, times functions of |y − x|²
    "SE(2), scalar to vector": (PLANE, Pushforward(PLANE), lambda D: 2 * ((D + 1) // 2), (1, 2, 3)),
    "SE(2), vector to scalar": (Pushforward(PLANE), PLANE, lambda D: 2 * ((D + 1) // 2), (1, 2, 3)),
    "E(2), scalar to vector": (MIRRORED, Pushforward(MIRRORED), lambda D: (D + 1) // 2, range(1, 4)),
    # 1 and the quarter turn, and the same two times the traceless part of (y − x)(y − x)ᵀ
    "SE(2), vector to vector": (Pushforward(PLANE),) * 2 + (lambda D: 2 * (D // 2 + 1) + 2 * (D // 2), range(1, 4)),
    "E(2), vector to vector": (Pushforward(MIRRORED),) * 2 + (lambda D: 2 * (D // 2) + 1, range(1, 4)),
    # 1, (y − x)(y − x)ᵀ, and the cross product with y − x
    "SE(3), vector to vector": (Pushforward(SPACE),) * 2 + (lambda D: 2 * (D // 2) + 1 + (D + 1) // 2, range(1, 3)),
    # degree −d is no polynomial's
    "scaling": (STRETCH, STRETCH, lambda D: 0, range(1, 5)),
    # outputs of degree 1: −d is made up by a weight −3/2, since B_out = −weight · d
    "scaling to weight −3/2": (STRETCH, Density(STRETCH, -1.5), lambda D: 4 if D >= 1 else 0, range(1, 4)),
    "scaling to weight −2": (STRETCH, Density(STRETCH, -2), lambda D: comb(5, 2) if D >= 2 else 0, range(1, 4)),
    # a density can be integrated
    "scaling from densities": (Density(STRETCH), STRETCH, lambda D: 1, range(1, 4)),
    "Affine(1) to weight −3": (LINE, Density(LINE, -3), lambda D: int(D >= 2), range(1, 5)),
}


@pytest.mark.parametrize("name", COUNTS)
def test_dimensions_and_finite_elements(name: str) -> None:
    action_in, action_out, expected, degrees = COUNTS[name]
    n = {"T(1)": 2, "Affine(1) to weight −3": 2}.get(name, 6 if "SE(3)" in name else 4)
    for D in degrees:
        found = kernel_constraint(library.polynomial(n, D), action_in, action_out)
        assert found.rank == expected(D), D
        assert found.gap > 1e8
        assert found.residual < 1e-10
    keeps_kernels(found, torch.randn(20, n, dtype=torch.float64))


def keeps_kernels(found: KernelConstraint, z: Tensor) -> None:
    """K(gy, gx) ρ_in(g, x) |det Dg(x)| = ρ_out(g, y) K(y, x), with the determinant of the group's own matrix."""
    fibre, (y, x) = found.action_out, z.chunk(2, dim=1)
    out, source = fibre.out, fibre.source
    units = torch.eye(found.sizes[1], dtype=torch.float64).split(1)
    before = found.values(y, x)
    for g in [*fibre.group.sample(8, seed=1), *fibre.group.components]:
        volume = torch.linalg.det(g[: x.shape[1], : x.shape[1]]).abs()
        after = found.values(out.base.transform(g, y), source.base.transform(g, x))
        rho = torch.stack([source.transform(g, x, e.repeat(len(z), 1)) for e in units], -1)
        for K, moved in zip(before.unbind(1), after.unbind(1), strict=True):
            left = torch.stack([out.transform(g, y, column.contiguous()) for column in K.unbind(-1)], -1)
            assert torch.allclose(moved @ rho * volume, left, atol=1e-10 * float(1 + left.abs().max()))


def test_the_divergence_term_by_integrals() -> None:
    """T(g u) = g T u for whole integrals of a bump, by quadrature; without the divergence term it would be off by λ."""
    nodes = torch.linspace(-12, 12, 4001, dtype=torch.float64)
    kernel = kernel_constraint(library.polynomial(2, 2), LINE, Density(LINE, -3))

    def u(x: Tensor) -> Tensor:
        return torch.exp(-2 * (x - 0.3) ** 2) * (1 + x)

    def integral(values: Tensor, y: Tensor) -> Tensor:
        pairs = y[:, None, None].expand(len(y), len(nodes), 1), nodes[None, :, None].expand(len(y), len(nodes), 1)
        return kernel.values(*pairs)[..., 0, 0, 0] @ values * (nodes[1] - nodes[0])

    y = torch.linspace(-1, 1, 5, dtype=torch.float64)
    for g in Affine(1).sample(5, seed=2):
        stretch, shift = g[0, 0], g[0, 1]
        moved = integral(u((nodes - shift) / stretch), stretch * y + shift)  # T(g u) at g y, with (g u)(x) = u(g⁻¹ x)
        expected = stretch.abs() ** 3 * integral(u(nodes), y)  # a density of weight −3: ρ_out = |det|³
        assert torch.allclose(moved, expected, rtol=1e-6, atol=1e-9 * float(expected.abs().max()))
        assert not torch.allclose(moved, stretch.abs() ** 2 * integral(u(nodes), y), rtol=1e-3)


def similarities() -> AffineAction:
    stretch = torch.diag(torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64))
    return AffineAction(LieGroup(torch.cat([SE(2).generators, stretch[None]]), name="Sim(2)"))


def test_scalings_force_homogeneity() -> None:
    """Of |y − x|^k, k = −3 … 2, similarities of the plane leave |y − x|^−2; in Hom(vectors), degree −2 as well."""
    sim = similarities()
    powers = [library.named(f"r^{k}", lambda z, k=k: (z[:2] - z[2:]).norm() ** k) for k in range(-3, 3)]
    powers = sum(powers[1:], powers[0])
    samples = torch.randn(400, 4, dtype=torch.float64)
    samples = samples[(samples[:, :2] - samples[:, 2:]).norm(dim=1) > 0.5]
    found = kernel_constraint(powers, sim, sim, x=samples)
    assert found.rank == 1
    assert found.expressions() == ["r^-2"]
    wide = library.polynomial(4, 2) * library.named("r^-4", lambda z: (z[:2] - z[2:]).norm() ** -4)
    vectors = kernel_constraint(wide, Pushforward(sim), Pushforward(sim), x=samples)
    assert vectors.rank == 4  # 1/r², its quarter turn, and the traceless δδᵀ/r⁴ with its own


def test_algebra_of_kernels_is_that_of_the_bracket() -> None:
    """Two of the three generators of se(2) are enough: they generate the third."""
    part = LieGroup(SE(2).generators[:2], name="a rotation and a translation")
    assert float(bracket(*SE(2).generators[:2]).abs().max()) > 0
    action = AffineAction(part)
    assert kernel_constraint(library.polynomial(4, 4), action, action).rank == 3


def window(z: Tensor) -> Tensor:
    return (1 - (z[:2] - z[2:]).square().sum() / 4).clamp(min=0) ** 4


@pytest.mark.parametrize("factor", [0.7, window])
def test_a_window_changes_no_count_and_multiplies_values(factor: Any) -> None:
    plain = kernel_constraint(library.polynomial(4, 4), PLANE, Pushforward(PLANE))
    found = kernel_constraint(library.polynomial(4, 4), PLANE, Pushforward(PLANE), window=factor)
    y, x = torch.randn(2, 7, 2, dtype=torch.float64)
    scale = (
        torch.exp(-(y - x).square().sum(1) / (2 * 0.7**2))
        if factor == 0.7
        else torch.func.vmap(window)(torch.cat([y, x], 1))
    )
    assert found.rank == plain.rank == 4
    assert torch.allclose(found.values(y, x), plain.values(y, x) * scale[:, None, None, None])


def test_sampled_fields_are_actions_too() -> None:
    grid = Grid((9, 9), low=-1.0, high=1.0)
    vectors = sampled_field(PLANE, grid, Pushforward)
    found = kernel_constraint(library.polynomial(4, 2), sampled_field(PLANE, grid), vectors)
    assert isinstance(found, KernelConstraint)
    assert found.sizes == (2, 1)
    assert found.rank == 2


def test_operators_between_spaces_of_different_dimension() -> None:
    """Plane fields to tensor fields on the same plane, and a group that moves the output points in another way."""
    lower = TensorField(PLANE, 0, 2)
    assert kernel_constraint(library.polynomial(4, 2), PLANE, lower).rank == 2 + 2 + 2
    double = Vector(SO(2)) + Vector(SO(2))
    assert kernel_constraint(library.polynomial(6, 2), Vector(SO(2)), double).rank == 1 + 9


POLYNOMIALS, POLYNOMIALS5 = library.polynomial(4, 2), library.polynomial(5, 2)
BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "no library": (lambda: kernel_constraint(3, PLANE, PLANE), "kernels: got int 3"),
    "no action": (lambda: kernel_constraint(POLYNOMIALS, 3, PLANE), "action_in: got int 3"),
    "no action out": (lambda: kernel_constraint(POLYNOMIALS, PLANE, None), "action_out: got NoneType"),
    "variables": (
        lambda: kernel_constraint(POLYNOMIALS5, PLANE, PLANE),
        "5 variables, for points y in R\\^2",
    ),
    "groups": (lambda: kernel_constraint(POLYNOMIALS, PLANE, MIRRORED), "action_out: got the group"),
    "sizes": (lambda: kernel_constraint(POLYNOMIALS, PLANE, PLANE, sizes=(1, 0)), "sizes: got"),
    "wrong size": (
        lambda: kernel_constraint(POLYNOMIALS, VECTORS, PLANE, sizes=(1, 3)),
        "outputs: got int 3",
    ),
    "window": (lambda: kernel_constraint(POLYNOMIALS, PLANE, PLANE, window=-1.0), "window: got float -1.0"),
    "a window that moves": (
        lambda: kernel_constraint(POLYNOMIALS, PLANE, PLANE, window=lambda z: torch.exp(-(z[0] ** 2))),
        "which SE\\(2\\) changes",
    ),
    "a width under scalings": (
        lambda: kernel_constraint(POLYNOMIALS, similarities(), similarities(), window=1.0),
        "which Sim\\(2\\) changes",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str) -> None:
    call, message = BAD[case]
    with pytest.raises(InputError, match=message):
        call()
