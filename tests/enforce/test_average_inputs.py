"""What an average costs, what it refuses, and the units of the fields it is taken in."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from symmetra.actions import SignedPermutation
from symmetra.enforce import PhysicalUnits, average, canonicalise, symmetric_statistics
from symmetra.groups import SE, SO, Hyperoctahedral, grid_group
from symmetra.inputs import InputError
from symmetra.measure import equivariance_error
from symmetra.representations import Vector

from .average_nets import Pixels, UNet


def numbers(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def grid(order: int = 1, name: str = "D4", **more: object) -> SignedPermutation:
    return SignedPermutation(name, [(slice(0, 2**order), order, 1)], 2, **more)


class Peak(TorchDispatchMode):
    """The most bytes that tensors made inside held at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self.known: set[int] = set()

    def __torch_dispatch__(self, func: object, types: object, args: tuple = (), kwargs: dict | None = None) -> object:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and (key := leaf.untyped_storage()._cdata) not in self.known:
                self._hold(key, leaf.untyped_storage())
        return result

    def _hold(self, key: int, storage: torch.UntypedStorage) -> None:
        size = storage.nbytes()
        self.known.add(key)
        self.now += size
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._free, key, size)

    def _free(self, key: int, size: int) -> None:
        self.known.discard(key)
        self.now -= size


@torch.no_grad()
def test_memory_stays_that_of_one_call_and_three_buffers() -> None:
    x = numbers(4, 4, 32, 32, dtype=torch.float32)
    sides = [(slice(0, 1), 0, 1), (slice(1, 3), 1, 1), (slice(3, 4), 0, -1)], [(slice(0, 2), 1, 1), (slice(2, 6), 2, 1)]
    group = Hyperoctahedral(2)
    averaged = average(UNet(4, 6, 2).eval(), *(SignedPermutation(group, side, 2) for side in sides))
    with Peak() as plain:
        y = averaged.model(x)
    with Peak() as whole:
        averaged(x)
    assert plain.most > 2 * y.nbytes  # the meter measures
    assert whole.most <= plain.most + x.nbytes + 2 * y.nbytes
    with Peak() as both:
        averaged.mean_and_spread(x)
    assert both.most <= plain.most + x.nbytes + 4 * y.nbytes


def normalised(channels: int) -> tuple[Tensor, Tensor]:
    return numbers(channels), numbers(channels, seed=1).exp()


@torch.no_grad()
def test_any_statistics_in_physical_units() -> None:
    action, x = grid(), numbers(4, 2, 8, 8)
    model, (mean_in, std_in), (mean_out, std_out) = UNet(2, 2, 2).double().eval(), normalised(2), normalised(2)
    physical = PhysicalUnits(model, mean_in, std_in, mean_out, std_out)
    expected = model((x - mean_in[:, None, None]) / std_in[:, None, None])
    assert torch.allclose(physical(x), expected * std_out[:, None, None] + mean_out[:, None, None])
    assert equivariance_error(average(physical, action, action), x, action, action).value < 1e-13
    with pytest.warns(UserWarning, match=r"the inputs and outputs that .* write average\(PhysicalUnits"):
        wrong = PhysicalUnits(average(model, action, action), mean_in, std_in, mean_out, std_out)
    assert equivariance_error(wrong, x, action, action).value > 1e-2
    mean, std = symmetric_statistics(mean_in, std_in, action)
    assert not mean.any() and torch.allclose(std, std_in.square().mean().sqrt().expand(2))
    right = PhysicalUnits(average(model, action, action), mean, std, mean, std)  # and no warning
    assert equivariance_error(right, x, action, action).value < 1e-13
    last = PhysicalUnits(nn.Identity(), mean_in, std_in, mean_in, std_in, channels_last=True)
    assert torch.allclose(last(x.movedim(1, -1)), x.movedim(1, -1))


def test_symmetric_statistics_of_a_tensor_keep_its_trace() -> None:
    shifts = SignedPermutation("D4", [(slice(0, 1), 0, 1), (slice(1, 5), 2, 1)], 2, rolls=(4, 4))
    mean, std = symmetric_statistics([3.0, 2.0, 0.5, 0.0, 1.0], [1.0, 2.0, 1.0, 1.0, 4.0], shifts)
    assert mean.tolist() == [3.0, 1.5, 0.0, 0.0, 1.5]
    assert torch.allclose(std.square(), torch.tensor([1.0, 10.0, 1.0, 1.0, 10.0], dtype=torch.float64))


class Half(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[..., ::2, ::2]


BAD = [
    (lambda: average(3, grid(), grid()), "model: got int 3; expected an nn.Module or another callable"),
    (lambda: average(nn.Identity(), 3), "action_in: got int 3"),
    (lambda: average(nn.Identity(), grid(), grid(name="C4")), "action_out: got the group"),
    (lambda: average(nn.Identity(), grid(), grid(), fold="fast"), "fold: got str 'fast'"),
    (lambda: average(nn.Identity(), grid(), grid(), fold=0), "fold: got int 0"),
    (lambda: average(nn.Identity(), grid(), grid(), elements=0), "elements: got int 0"),
    (lambda: average(nn.Identity(), grid(), grid(), elements=torch.eye(3)[None]), "elements [k, 2, 2] of Hyper"),
    (
        lambda: average(nn.Identity(), grid(name="C4"), None, elements=grid_group("D4", 2)),
        "expected a subgroup of C(4)",
    ),
    (lambda: average(nn.Identity(), grid(rolls=(64, 64)), None), "of 32,768 elements; expected at most 4,096"),
    (lambda: average(nn.Identity(), Vector(SO(3)), None), "the whole of SO(3), continuous"),
    (lambda: average(nn.Identity(), Vector(SE(3)), None, elements=8), "expected a compact group, which has a mean"),
    (lambda: average(Half(), grid(), grid())(numbers(1, 2, 8, 8)), "outputs on a grid (4, 4); expected the grid"),
    (lambda: average(nn.Identity(), grid(), grid(), fold="batch")(numbers(1, 2, 4, 6)), "write fold='loop'"),
    (lambda: average(nn.Identity(), grid(), grid())(numbers(1, 3, 4, 4)), "x: got a tensor of shape (1, 3, 4, 4)"),
    (lambda: average(Pixels(2, 3).double(), grid(), grid())(numbers(1, 2, 4, 4)), "got a tensor of shape (1, 3, 4, 4)"),
    (lambda: average(nn.Identity(), grid(0), grid(0))(torch.ones(1, 1, 4, 4).long()), "floating-point outputs"),
    (lambda: average(nn.Identity(), grid(), grid()).rollout(numbers(1, 2, 4, 4), 0), "steps: got int 0"),
    (lambda: average(nn.Identity(), grid(), grid()).rollout(numbers(1, 2, 4, 4), 2, "both"), "mode: got str 'both'"),
    (lambda: PhysicalUnits(3, 0.0, 1.0, 0.0, 1.0), "model: got int 3"),
    (lambda: PhysicalUnits(nn.Identity(), [0.0], [0.0], [0.0], [1.0]), "std_in: got 1 that are not positive"),
    (lambda: symmetric_statistics([0.0], [1.0], Vector(SO(3))), "expected a SignedPermutation"),
    (lambda: symmetric_statistics([0.0], [1.0], grid()), "expected one number for each of 2 channels"),
    (lambda: canonicalise(Half(), grid(), grid())(numbers(1, 2, 8, 8)), "any_grid=True if that is meant"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_another_grid_where_it_is_meant() -> None:
    coarse, x = average(Half(), grid(), grid(), any_grid=True), numbers(1, 2, 8, 8)
    g = grid().group.elements[3]
    assert torch.allclose(coarse(grid().transform(g, x)), grid().transform(g, coarse(x)), atol=1e-14)
