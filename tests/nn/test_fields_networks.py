"""The U-Net and the Fourier neural operator: any grid, no symmetry but shifts, everything torch asks of a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from symmetra.actions import Rolls, SignedPermutation
from symmetra.enforce import average
from symmetra.inputs import InputError
from symmetra.measure import equivariance_error
from symmetra.nn import FNO, FourierOperator, UNet
from symmetra.training import Ensemble

NETS: dict[str, Callable[..., nn.Module]] = {
    "unet": lambda **options: UNet(3, 2, width=4, depth=2, **options),
    "fno": lambda **options: FNO(3, 2, modes=3, width=6, layers=2, **options),
}
CASES = [(name, padding) for name in NETS for padding in ("zeros", "circular")]


def made(name: str, padding: str, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return NETS[name](padding=padding).double()


def fields(*extents: int, count: int = 2) -> torch.Tensor:
    return torch.randn(count, 3, *extents, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("name", "padding"), CASES)
def test_any_grid_and_every_parameter_learns(name: str, padding: str) -> None:
    net = made(name, padding)
    for extents in ((12, 12), (9, 13), (7, 10), (8, 21)):
        net.zero_grad()
        y = net(fields(*extents))
        assert y.shape == (2, 2, *extents) and y.dtype == torch.float64
        y.square().sum().backward()
        assert all(p.grad is not None and p.grad.abs().max() > 0 for p in net.parameters())
    assert made(name, padding).float()(fields(8, 8).float()).dtype == torch.float32


@pytest.mark.parametrize(("name", "padding"), CASES)
def test_shifts_are_kept_where_the_box_is_periodic_and_averaging_adds_the_square(name: str, padding: str) -> None:
    net, x, rolls = made(name, padding), fields(12, 12), Rolls((12, 12))
    shifts = torch.stack([rolls.element(4, 0), rolls.element(8, 4)])
    by_four = equivariance_error(net, x, rolls, rolls, elements=shifts).per_element
    assert bool((by_four < 1e-13).all()) == (padding == "circular")
    by_one = float(equivariance_error(net, x, rolls, rolls, elements=rolls.element(1, 0)[None]).per_element.max())
    assert (by_one < 1e-13) == (name == "fno" and padding == "circular")
    square_in, square_out = (
        SignedPermutation("D4", [(slice(0, 1), 0, 1)] * keep + [(slice(keep, keep + 2), 1, 1)], dims=2)
        for keep in (1, 0)
    )
    assert equivariance_error(net, x, square_in, square_out).value > 1e-2
    assert equivariance_error(average(net, square_in, square_out), x, square_in, square_out).value < 1e-13


@pytest.mark.parametrize(("name", "padding"), CASES)
def test_state_and_ensembles(name: str, padding: str) -> None:
    nets, x = [made(name, padding, seed) for seed in range(2)], fields(8, 9)
    other = made(name, padding, 5)
    assert not torch.equal(other(x), nets[0](x))
    other.load_state_dict(nets[0].state_dict())
    assert torch.equal(other(x), nets[0](x))
    torch.testing.assert_close(Ensemble(nets)(x), torch.stack([net(x) for net in nets]), rtol=0, atol=1e-13)


def test_a_fourier_operator_of_all_grids_is_that_of_each() -> None:
    free = FourierOperator(2, 3, 2, 3).double()
    for extents in ((8, 8), (7, 11)):
        own = FourierOperator(extents, 3, 2, 3).double()
        own.load_state_dict(free.state_dict() | {k: v for k, v in own.state_dict().items() if k != "weight"})
        torch.testing.assert_close(free(fields(*extents)), own(fields(*extents)), rtol=0, atol=1e-13)


def test_zero_padding_of_the_operator_is_a_larger_box() -> None:
    """The zero-padded operator is the periodic one on the box of twice the size."""
    padded, periodic = made("fno", "zeros"), made("fno", "circular")
    x = fields(8, 10)
    big = torch.zeros(2, 6, 16, 20, dtype=torch.float64)
    big[..., 4:12, 5:15] = padded.lift(x)
    inside = padded.operator(big)[..., 4:12, 5:15]
    torch.testing.assert_close(padded(x), padded.last(nn.functional.gelu(padded.mix(inside))), rtol=0, atol=1e-13)
    assert not torch.allclose(padded(x), periodic(x))


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "padding": (lambda: UNet(3, 2, padding="reflect"), 'padding: got str \'reflect\'; expected "zeros" or "circular"'),
    "padding of an operator": (lambda: FNO(3, 2, padding=1), "padding: got int 1"),
    "width": (lambda: UNet(3, 2, width=0), "width: got int 0"),
    "depth": (lambda: UNet(3, 2, depth=2.0), "depth: got float 2.0"),
    "layers": (lambda: FNO(3, 2, layers=0), "layers: got int 0"),
    "outputs": (lambda: FNO(3, "2"), "channels_out: got str '2'"),
    "channels": (lambda: UNet(4, 2)(torch.zeros(1, 3, 8, 8)), "shape [batch, 4, x, y]"),
    "no batch": (lambda: FNO(3, 2)(torch.zeros(3, 40, 40)), "shape [batch, 3, x, y]"),
    "small grid": (lambda: FNO(3, 2, modes=4)(torch.zeros(1, 3, 8, 20)), "modes: got int 4; expected less than half"),
    "no points": (lambda: UNet(3, 2)(torch.zeros(1, 3, 8, 0)), "shape [batch, 3, x, y]"),
    "symbols of no grid": (lambda: FourierOperator(2, 1, 1, 2, symbols=torch.ones(1, 1, 1, 9, 9)), "symbols: got"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str) -> None:
    call, words = BAD[case]
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)
