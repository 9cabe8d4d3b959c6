"""The shifts of a lattice: what they do to fields, to features inside a network, and in words."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch

from symmetra.actions import Rolls, Trivial, check
from symmetra.inputs import InputError


def fields(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("extents", [(5,), (6, 4), (3, 1), (2, 3, 2), (2, 3, 2, 3)])
def test_it_is_an_action_and_rolls(extents: tuple[int, ...]) -> None:
    shifts, x = Rolls(extents), fields(2, 3, *extents)
    assert max(check(shifts, x).values()) == 0.0
    axes = tuple(range(-len(extents), 0))
    for steps in itertools.product(*(range(-1, n) for n in extents)):
        g = shifts.element(*steps)
        assert torch.equal(shifts.transform(g, x), torch.roll(x, steps, axes))
        assert shifts.steps(g).tolist() == [a % n for a, n in zip(steps, extents, strict=True)]
    assert shifts.group.order == len(shifts.group.elements) == x[0, 0].numel()
    assert not shifts.generate(shifts.group.identity, x).any()


def test_the_elements_of_long_lattices_are_told_apart() -> None:
    shifts = Rolls((200, 10))
    steps = shifts.steps(shifts.group.elements)
    assert len({tuple(a) for a in steps.tolist()}) == 2000


def test_batches_of_elements_move_fields_row_by_row() -> None:
    shifts, x = Rolls((6, 4)), fields(5, 3, 6, 4)
    g = shifts.group.sample(5, seed=0)
    by_row = torch.stack([shifts.transform(one, row) for one, row in zip(g, x, strict=True)])
    assert torch.equal(shifts.transform(g, x), by_row)
    assert torch.equal(shifts.transform(g[:, None], x)[2, 4], shifts.transform(g[2], x[4]))
    assert torch.equal(shifts.transform(g, x[0]), shifts.transform(g, x[:1].expand_as(x)))
    assert torch.equal(shifts.transform(g, x[0, 0]), shifts.transform(g, x[:1, :1])[:, 0])
    integers = torch.arange(24).reshape(6, 4)
    assert shifts.transform(g[0], integers).dtype == integers.dtype
    assert torch.equal(torch.func.vmap(shifts.transform)(g, x), by_row)


def test_features_inside_a_network() -> None:
    shifts = Rolls((6, 4))
    coarse = shifts.inside(fields(2, 3, 3, 2), 2)
    assert torch.equal(coarse.transform(shifts.element(2, 2), fields(1, 3, 2)), fields(1, 3, 2).roll((1, 1), (-2, -1)))
    assert torch.equal(coarse.transform(shifts.element(1, 3), fields(1, 3, 2)), fields(1, 3, 2).roll((0, 1), (-2, -1)))
    fine = shifts.inside(fields(2, 3, 12, 4), 2)
    assert torch.equal(fine.transform(shifts.element(1, 1), fields(1, 12, 4)), fields(1, 12, 4).roll((2, 1), (-2, -1)))
    assert isinstance(shifts.inside(fields(2, 7), 2), Trivial)
    for other in (fields(3, 3, 6, 4), fields(2, 6, 4), fields(2), "a string"):
        assert shifts.inside(other, 2) is None


@pytest.mark.parametrize(
    ("extents", "kept", "words"),
    [
        ((6, 4), lambda axis, s: s % 2 == 0, "shifts that are not multiples of 2"),
        ((6, 4), lambda axis, s: s % (3, 2)[axis] == 0, "shifts that are not multiples of (3, 2)"),
        ((6, 4), lambda axis, s: axis == 1, "shifts that are not multiples of (6, 1)"),
        ((6, 4), lambda axis, s: False, "every shift"),
        ((6, 1), lambda axis, s: s % 2 == 0, "shifts that are not multiples of 2"),
    ],
)
def test_what_is_not_kept_in_words(extents: tuple[int, ...], kept: Callable[..., bool], words: str) -> None:
    shifts = Rolls(extents)
    steps = shifts.steps(shifts.probes).tolist()
    moved = [next((axis, a) for axis, a in enumerate(step) if a) for step in steps]
    assert shifts.unkept(torch.tensor([kept(*pair) for pair in moved])) == words
    assert shifts.words(shifts.element(1, 0)) == "shift by (1, 0)"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Rolls(6), "extents: got int 6; expected the sites along each axis"),
        (lambda: Rolls((6, 0)), "extents: got tuple (6, 0)"),
        (lambda: Rolls(()), "extents: got tuple ()"),
        (lambda: Rolls((6, 4)).element(1), "steps: got tuple (1,); expected 2 whole numbers"),
        (lambda: Rolls((6, 4)).element(1, 0.5), "steps: got tuple (1, 0.5)"),
        (lambda: Rolls((6, 4)).transform(torch.eye(4), fields(2, 3, 4, 6)), "expected fields [..., 6, 4]"),
        (lambda: Rolls((6, 4)).transform(torch.eye(4), fields(4)), "expected fields [..., 6, 4]"),
        (lambda: Rolls((6, 4)).transform(torch.eye(2), fields(2, 3, 6, 4)), "g: got a tensor of shape (2, 2)"),
    ],
)
def test_bad_input(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)
