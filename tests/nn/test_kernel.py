"""Kernel layers on grids: against sums and transforms, equivariant as far as the grid allows, ready to compile."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from symmetra import library
from symmetra.actions import AffineAction, Grid, Pushforward, sampled_field
from symmetra.enforce import kernel_constraint
from symmetra.groups import SE, SO, LieGroup, Translation
from symmetra.inputs import InputError
from symmetra.lie_derivative import lie_terms
from symmetra.nn import FourierOperator, KernelOperator, NeuralOperator, circular_convolution, kernel_symbols
from symmetra.representations import Vector

GRID = Grid((33, 33), low=-math.pi, high=math.pi)
PLANE, RADIUS = AffineAction(SE(2)), 1.2
VECTORS = Pushforward(PLANE)
QUARTER = torch.tensor([[[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]], dtype=torch.float64)
CHESS = AffineAction(LieGroup(Translation(2).generators, QUARTER, name="T(2) with quarter turns"))


def window(z: Tensor) -> Tensor:
    return (1 - (z[:2] - z[2:]).square().sum() / RADIUS**2).clamp(min=0) ** 5


KERNELS = {
    name: kernel_constraint(library.polynomial(4, 3), source, out, window=window)
    for name, (source, out) in {
        "scalars": (PLANE, PLANE),
        "to vectors": (PLANE, VECTORS),
        "vectors": (VECTORS, VECTORS),
        "to scalars": (VECTORS, PLANE),
        "quarter turns": (CHESS, CHESS),
    }.items()
}
LAYERS: dict[str, Callable[[int, int], nn.Module]] = {
    "stencil": lambda i, o: KernelOperator(KERNELS["scalars"], GRID, i, o, radius=RADIUS),
    "symbols": lambda i, o: FourierOperator(GRID.shape, i, o, 12, symbols=kernel_symbols(KERNELS["scalars"], GRID)),
    "free modes": lambda i, o: FourierOperator(GRID.shape, i, o, 6),
    "convolution": lambda i, o: circular_convolution(i, o, 5),
}


def bumps(count: int, channels: int = 1) -> Tensor:
    """Smooth fields near the middle."""
    places = 0.6 * torch.rand(count, channels, 3, 1, 1, 2, dtype=torch.float64) - 0.3
    distance = (GRID.points - places).square().sum(-1)
    return (torch.randn(count, channels, 3, 1, 1, dtype=torch.float64) * torch.exp(-3 * distance)).sum(2)


def defects(f: Any, u: Tensor, source: Any = PLANE, out: Any = PLANE) -> list[float]:
    actions = [sampled_field(PLANE, GRID, None if a is PLANE else a) for a in (source, out)]
    with torch.no_grad():
        terms = zip(*lie_terms(f, *actions, batched=True)(u), strict=True)
    return [float((a - b).norm() / (a.norm() ** 2 + b.norm() ** 2).sqrt()) for a, b in terms]


@pytest.mark.parametrize(("shape", "modes"), [((9,), 4), ((7, 10), 3), ((5, 7, 9), 2)])
def test_modes_are_those_of_the_fourier_transform(shape: tuple[int, ...], modes: int) -> None:
    layer, d = FourierOperator(shape, 2, 3, modes).double(), len(shape)
    u = torch.randn(4, 2, *shape, dtype=torch.float64)
    spectrum, out = torch.fft.rfftn(u, dim=tuple(range(-d, 0))), []
    free = torch.view_as_complex(layer.weight).detach().unflatten(2, (modes + 1, *(2 * modes + 1,) * (d - 1)))
    result = torch.zeros(4, 3, *spectrum.shape[2:], dtype=torch.complex128)
    for k in itertools.product(*[range(-modes, modes + 1)] * (d - 1), range(modes + 1)):
        matrix = free[(slice(None), slice(None), *reversed(k))]  # the last axis comes first, negative k count back
        result[(..., *k)] = torch.einsum("oi,bi->bo", matrix, spectrum[(..., *k)])
    out = torch.fft.irfftn(result, s=shape, dim=tuple(range(-d, 0)))
    assert torch.allclose(layer(u), out, atol=1e-12)


def test_a_stencil_is_the_sum_over_all_points() -> None:
    layer = KernelOperator(KERNELS["to vectors"], GRID, 2, 3, radius=RADIUS).double()
    u, samples = bumps(2, 2), layer.samples.flip((-1, -2))
    out = torch.zeros(2, 3, 2, 33, 33, dtype=torch.float64)
    reach = samples.shape[-1] // 2
    for a, b in itertools.product(range(-reach, reach + 1), repeat=2):
        K = torch.einsum("joi,jmn->omin", layer.weight.detach(), samples[..., a + reach, b + reach])[..., 0]
        out += torch.einsum("omi,bixy->bomxy", K, u.roll((a, b), (-2, -1)))  # u(y − offset)
    assert torch.allclose(layer(u), out.flatten(1, 2), atol=1e-10)


def test_matrices_and_stencils_are_the_same_operators() -> None:
    """On a grid that ends: the span of one layer's kernels contains the other's."""
    grid = Grid((16, 17), low=-2.0, high=2.0, periodic=False)
    wide = KernelOperator(KERNELS["vectors"], grid, 1, 1).double()
    local = KernelOperator(KERNELS["vectors"], grid, 1, 1, radius=1.2).double()
    u = torch.zeros(1, 2, 16, 17, dtype=torch.float64)
    u[:, :, 5:11, 5:12] = torch.randn(1, 2, 6, 7, dtype=torch.float64)  # away from the ends, where weights are halved
    assert len(wide.weight) == len(local.weight) == KERNELS["vectors"].rank
    images = []
    for layer in (wide, local):
        for weight in torch.eye(len(layer.weight), dtype=torch.float64):
            layer.weight.data = weight[:, None, None]
            images.append(layer(u)[..., 1:-1, 1:-1].flatten())
    values = torch.linalg.svdvals(torch.stack([image / image.norm() for image in images]).detach())
    assert float(values[KERNELS["vectors"].rank]) < 1e-6 * float(values[0])


def test_a_kernel_between_all_points_keeps_rotations_about_a_centre() -> None:
    """Without translations the kernels know where they are: SO(2), by quarter turns of a grid about its centre."""
    V, grid = Vector(SO(2)), Grid((17, 17), low=-1.0, high=1.0, periodic=False)
    layer = KernelOperator(kernel_constraint(library.polynomial(4, 2), V, V), grid, 1, 2).double()
    u = torch.randn(3, 1, 17, 17, dtype=torch.float64)
    assert torch.allclose(layer(u.rot90(1, (-2, -1))), layer(u).rot90(1, (-2, -1)), atol=1e-10)
    assert not torch.allclose(layer(u.roll(1, -1)), layer(u).roll(1, -1), atol=1e-3)


@pytest.mark.parametrize("name", LAYERS)
def test_shifts_by_whole_cells_are_exact(name: str) -> None:
    net = NeuralOperator((1, 4, 2), LAYERS[name], axes=2).double()
    u = torch.randn(2, 1, 33, 33, dtype=torch.float64)
    assert torch.allclose(net(u.roll((3, -5), (-2, -1))), net(u).roll((3, -5), (-2, -1)), atol=1e-12)


@pytest.mark.parametrize("name", ["stencil", "symbols"])
def test_rotations_as_far_as_the_grid_allows(name: str) -> None:
    u = bumps(4)
    assert max(defects(LAYERS[name](1, 2).double(), u)) < 3e-3
    net = NeuralOperator((1, 4, 1), LAYERS[name], axes=2, activation=lambda v: v + v * v / 4).double()
    assert max(defects(net, u)) < 1e-2
    free = NeuralOperator((1, 4, 1), LAYERS["convolution"], axes=2).double()
    assert max(defects(free, u)) > 0.05


def test_steerable_layers_turn_vectors() -> None:
    u = bumps(4)
    first, second, last = (
        KernelOperator(KERNELS[name], GRID, i, o, radius=RADIUS).double()
        for name, i, o in (("to vectors", 1, 2), ("vectors", 2, 1), ("to scalars", 1, 1))
    )
    assert max(defects(lambda v: second(first(v)), u, PLANE, VECTORS)) < 5e-3
    assert max(defects(lambda v: last(second(first(v))), u)) < 4e-2
    symbols = kernel_symbols(KERNELS["to vectors"], GRID)
    assert max(defects(FourierOperator(GRID.shape, 1, 1, 14, symbols=symbols).double(), u, PLANE, VECTORS)) < 5e-3
    assert max(defects(lambda v: first(v)[:, :2] * torch.tensor([1.0, 1.2])[:, None, None], u, PLANE, VECTORS)) > 0.05


def test_quarter_turns_are_exact_and_other_angles_are_free() -> None:
    layer = KernelOperator(KERNELS["quarter turns"], GRID, 1, 1, radius=RADIUS).double()
    u = torch.randn(2, 1, 33, 33, dtype=torch.float64)
    assert torch.allclose(layer(u.rot90(1, (-2, -1))), layer(u).rot90(1, (-2, -1)), atol=1e-12)


def test_positions_break_every_symmetry() -> None:
    points = GRID.points.movedim(-1, 0)
    net = NeuralOperator((1, 4, 1), LAYERS["convolution"], axes=2, positions=points).double()
    assert min(defects(net, bumps(2))) > 1e-2


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_state_and_exports(name: str) -> None:
    net, other = (NeuralOperator((1, 4, 1), LAYERS[name], axes=2) for _ in range(2))
    u = torch.randn(2, 1, 33, 33)
    net(u).square().sum().backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in net.parameters())
    last = f"pointwise.{len(net.pointwise) - 1}.bias"
    assert all(bool(p.grad.any()) for n, p in net.named_parameters() if n != last)
    other.load_state_dict(net.state_dict())
    assert torch.equal(other(u), net(u))
    exported = torch.export.export(net, (u,)).module()
    assert torch.allclose(exported(u), net(u), atol=1e-5)
    compiled = torch.compile(net, fullgraph=True, backend="aot_eager")
    assert torch.allclose(compiled(u), net(u), atol=1e-5)
    assert torch.allclose(net.double()(u.double()).float(), other(u), atol=1e-4)
    assert net(u[0].double()).shape == (1, 33, 33)


SCALARS = KERNELS["scalars"]
BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "modes": (lambda: FourierOperator((8, 9), 1, 1, 4), "modes: got int 4; expected less than half of the 8"),
    "symbols": (lambda: FourierOperator((9,), 1, 1, 2, symbols=torch.ones(9)), "symbols: got a tensor of shape"),
    "kernels": (lambda: KernelOperator(3, GRID, 1, 1), "kernels: got int 3"),
    "grid": (lambda: KernelOperator(SCALARS, 3, 1, 1), "grid: got int 3"),
    "axes": (lambda: KernelOperator(SCALARS, Grid(33, 0.0, 1.0), 1, 1), "grid: got a grid of 1 axes for kernels of 4"),
    "radius": (lambda: KernelOperator(SCALARS, GRID, 1, 1, radius=9.0), "radius: got 9; expected a length from 0.19"),
    "no length": (lambda: KernelOperator(SCALARS, GRID, 1, 1, radius="1"), "radius: got str '1'"),
    "many points": (lambda: KernelOperator(SCALARS, Grid((99, 99), 0.0, 1.0), 1, 1), "grid: got 192,119,202 numbers"),
    "no kernel": (
        lambda: KernelOperator(
            kernel_constraint(library.polynomial(4, 1, constant=False), CHESS, CHESS, partial=True), GRID, 1, 1
        ),
        "kernels: got no kernel",
    ),
    "shifts": (
        lambda: KernelOperator(
            kernel_constraint(library.polynomial(4, 2), Vector(SO(2)), Vector(SO(2))), GRID, 1, 1, radius=1.0
        ),
        "kernels: got kernels that change under shifts",
    ),
    "ends": (lambda: kernel_symbols(SCALARS, Grid((17, 17), -1.0, 1.0, periodic=False)), "grid: got periodic="),
    "channels": (lambda: NeuralOperator((1,), LAYERS["stencil"], axes=2), "channels: got tuple"),
    "layer": (lambda: NeuralOperator((1, 1), 3, axes=2), "layer: got int 3"),
    "size": (lambda: circular_convolution(1, 1, 4), "size: got size 4 on 2 axes"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str) -> None:
    call, message = BAD[case]
    with pytest.raises(InputError, match=message):
        call()
