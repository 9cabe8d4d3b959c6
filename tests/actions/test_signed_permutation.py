"""Signed permutations of a grid: the laws bit for bit, beside references that share nothing with them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch

from symmetra.actions import Rolls, SignedPermutation, check
from symmetra.groups import C, FiniteGroup, Hyperoctahedral, Signs, grid_group
from symmetra.inputs import InputError

EXTENTS = {1: [(4,), (5,)], 2: [(4, 4), (5, 5), (4, 5)], 3: [(3, 3, 3), (2, 3, 4)]}
DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int8, torch.complex64)


def blocks_of(d: int) -> list[tuple[slice, int, int]]:
    """A field of every order 0 to 3 and either parity, two pseudoscalars in one slice, and two steps of history."""
    found, start = [], 0
    for order, parity, count in [(0, 1, 1), (0, -1, 2), (1, 1, 1), (1, -1, 1), (2, 1, 1), (2, -1, 1), (3, 1, 1),
                                 (3, -1, 1), (1, 1, 2)]:  # fmt: skip
        found.append((slice(start, start + count * d**order), order, parity))
        start += count * d**order
    return found


def numbers(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> torch.Tensor:
    values = torch.randint(-100, 100, shape, generator=torch.Generator().manual_seed(seed))
    return values.to(dtype) if dtype != torch.complex64 else torch.complex(values / 8, values.flip(-1) / 4)


def reference(R: torch.Tensor, x: torch.Tensor, blocks: list[tuple[slice, int, int]]) -> torch.Tensor:
    """Site by site about the centre of the grid, and component by component with einsum."""
    d = len(R)
    extents = torch.tensor(x.shape[-d:])
    target = [int(n) for n in (R.abs() @ extents.to(R.dtype))]
    sites = torch.cartesian_prod(*(torch.arange(n) for n in target)).reshape(-1, d).to(R.dtype)
    source = (sites - (torch.tensor(target) - 1) / 2) @ R + (extents - 1) / 2  # rows times R: the inverse of R
    moved = x[(..., *source.round().long().unbind(-1))].unflatten(-1, target)
    parts = []
    for part, order, parity in blocks:
        tensor = moved[:, part].unflatten(1, (-1, *(d,) * order))
        for index in range(order):
            tensor = torch.tensordot(tensor, R, dims=([2 + index], [1])).movedim(-1, 2 + index)
        parts.append(tensor.flatten(1, 1 + order) * (torch.linalg.det(R).round() if parity < 0 else 1))
    return torch.cat(parts, 1)


@pytest.mark.parametrize(("d", "extents"), [(d, extents) for d, all_ in EXTENTS.items() for extents in all_])
def test_the_group_law_holds_bit_for_bit(d: int, extents: tuple[int, ...]) -> None:
    action = SignedPermutation(Hyperoctahedral(d), blocks_of(d), d)
    x, elements = numbers(1, action.channels, *extents), action.group.elements
    moved = [action.transform(g, x) for g in elements]
    for i, j in itertools.product(range(len(elements)), repeat=2):
        if d < 3 or (i * 7 + j * 11) % 13 == 0:
            assert torch.equal(action.transform(elements[i], moved[j]), moved[int(action.group.table[i, j])])
    for g, inverse, one in zip(elements, action.group.inverses.tolist(), moved, strict=True):
        assert torch.equal(one, reference(g, x, blocks_of(d)))
        assert torch.equal(action.transform(elements[inverse], one), x)


def test_all_pairs_in_space() -> None:
    action = SignedPermutation("Oh", blocks_of(3), 3)
    x = numbers(action.channels, 2, 2, 2, dtype=torch.float16)
    moved = torch.stack([action.transform(g, x) for g in action.group.elements])
    for g, row in zip(action.group.elements, action.group.table, strict=True):
        assert torch.equal(action.transform(g, moved), moved[row])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("last", [False, True], ids=["channels first", "channels last"])
def test_any_dtype_in_either_layout(dtype: torch.dtype, last: bool) -> None:
    action = SignedPermutation("D4", blocks_of(2), 2)
    laid = SignedPermutation("D4", blocks_of(2), 2, channel_axis=-1) if last else action
    x = numbers(3, action.channels, 4, 4, dtype=dtype)
    for g in action.group.elements:
        there = laid.transform(g, x.movedim(1, -1) if last else x)
        assert there.dtype == dtype and there.is_contiguous()
        back = laid.transform(action.group.inverse(g), there)
        assert torch.equal(back.movedim(-1, 1) if last else back, x)
        assert torch.equal(there.movedim(-1, 1) if last else there, action.transform(g, x))


def test_quarter_turns_are_those_of_rot90() -> None:
    turn = C(4).components[0]
    x = numbers(3, 6, 5, 5)
    action = SignedPermutation(C(4), [(slice(0, 1), 0, 1), (slice(1, 3), 1, 1), (slice(3, 6), 0, 1)], 2)
    there = torch.rot90(x, 1, (-2, -1))  # the first axis is x, pointing down: rot90 takes x to y
    expected = torch.cat([there[:, :1], torch.einsum("ij,bjhw->bihw", turn, there[:, 1:3]), there[:, 3:]], 1)
    assert torch.equal(action.transform(turn, x), expected)


def test_symmetric_tensors_stay_symmetric_and_traces_are_scalars() -> None:
    action, scalar = (SignedPermutation("Oh", [(slice(0, 3**r), r, 1)], 3) for r in (2, 0))
    x = numbers(2, 3, 3, 4, 4, 4)
    x = x + x.transpose(1, 2)
    for g in action.group.elements:
        y = action.transform(g, x.flatten(1, 2)).unflatten(1, (3, 3))
        assert torch.equal(y, y.transpose(1, 2))
        trace = [t.diagonal(dim1=1, dim2=2).sum(-1)[:, None] for t in (x, y)]
        assert torch.equal(scalar.transform(g, trace[0]), trace[1])


def curl(u: torch.Tensor) -> torch.Tensor:
    """Central differences on a periodic grid: a vector to a vector in space, to a scalar in the plane."""
    d = u.ndim - 2

    def slope(i: int, j: int) -> torch.Tensor:
        return u[:, j].roll(-1, i + 1) - u[:, j].roll(1, i + 1)

    pairs = [(1, 2), (2, 0), (0, 1)] if d == 3 else [(0, 1)]
    return torch.stack([slope(i, j) - slope(j, i) for i, j in pairs], 1)


@pytest.mark.parametrize("d", [2, 3])
def test_a_curl_is_a_pseudo_field(d: int) -> None:
    u, order = numbers(2, d, *(6,) * d), 1 if d == 3 else 0
    group = Hyperoctahedral(d)
    vector = SignedPermutation(group, [(slice(0, d), 1, 1)], d)
    pseudo, true = (SignedPermutation(group, [(slice(0, d**order), order, q)], d) for q in (-1, 1))
    for g in group.elements:
        moved = curl(vector.transform(g, u))
        assert torch.equal(moved, pseudo.transform(g, curl(u)))
        assert torch.equal(moved, true.transform(g, curl(u))) == (torch.linalg.det(g) > 0)


@pytest.mark.parametrize(
    ("group", "extents", "rolls", "strides", "order"),
    [
        ("trivial", (6, 4), (6, 4), 1, 24),
        ("D4", (6, 6), (6, 6), 2, 72),
        ("D2", (6, 4), (6, None), (3, 1), 8),
        ("flip x", (5,), (5,), 1, 10),
        ("O", (4, 4, 4), (4, 4, 4), 2, 192),
    ],
)
def test_shifts_of_periodic_axes(group: str, extents: tuple, rolls: tuple, strides: object, order: int) -> None:
    d = len(extents)
    action = SignedPermutation(group, blocks_of(d)[:4], d, rolls=rolls, strides=strides)
    x = numbers(2, action.channels, *extents)
    assert action.group.order == len(action.group.elements) == order
    assert max(check(action, x).values()) == 0.0
    g, h = action.group.sample(12, seed=0), action.group.sample(12, seed=1)
    assert torch.equal(action.transform(g @ h, x[:1]), torch.stack(
        [action.transform(a, action.transform(b, x[0])) for a, b in zip(g, h, strict=True)]))  # fmt: skip
    images = {action.transform(one, x).numpy().tobytes() for one in action.group.elements}
    assert len(images) == order


def test_without_a_point_group_it_is_the_rolls_of_a_lattice() -> None:
    shifts = Rolls((4, 3))
    action = SignedPermutation("trivial", [(slice(0, 2), 1, -1)], 2, rolls=(4, 3))
    assert action.group.order == shifts.group.order
    x = numbers(5, 2, 4, 3)
    for g in shifts.group.elements:
        assert torch.equal(action.transform(g, x), shifts.transform(g, x))
    both = SignedPermutation("D2", [(slice(0, 2), 1, 1)], 2, rolls=(4, 3))
    flip = torch.diag(torch.tensor([-1.0, 1.0]))
    element = both.element(flip, 1, 2)
    plain = SignedPermutation("D2", [(slice(0, 2), 1, 1)], 2)
    assert torch.equal(both.transform(element, x), plain.transform(flip, x).roll((1, 2), (-2, -1)))
    assert both.words(element) == "x → −x, y → y, then shift by (1, 2)"


def test_large_groups_are_drawn_from_without_a_list() -> None:
    action = SignedPermutation("D4", [(slice(0, 3), 0, 1)], 2, rolls=(256, 256))
    assert action.group.order == 8 * 256**2
    x = numbers(3, 256, 256)
    for g in action.group.sample(4, seed=0):
        assert torch.equal(action.transform(action.group.inverse(g), action.transform(g, x)), x)


def test_batches_of_elements_vmap_and_gradients() -> None:
    action = SignedPermutation("D4", blocks_of(2)[:5], 2)
    g, x = action.group.elements, numbers(8, action.channels, 3, 3)
    by_row = torch.stack([action.transform(one, row) for one, row in zip(g, x, strict=True)])
    assert torch.equal(action.transform(g, x), by_row)
    assert torch.equal(action.transform(g[:, None], x)[3, 5], action.transform(g[3], x[5]))
    assert torch.equal(torch.func.vmap(lambda row: action.transform(g[5], row))(x), action.transform(g[5], x))
    x.requires_grad_()
    (action.transform(g[5], x) * action.transform(g[5], x.detach())).sum().backward()
    assert torch.equal(x.grad, x.detach())  # the moves are orthogonal
    assert not torch.equal(action.transform(g[5], x), x) and torch.equal(action.transform(g[0], x), x)


def test_what_is_at_the_ends_of_the_axes_moves_too() -> None:
    action = SignedPermutation("Oh", [(slice(0, 1), 0, 1)], 3)
    field = torch.zeros(1, 3, 3, 3, dtype=torch.int64)
    table = torch.tensor([[1, 2], [3, 4], [5, 6]])
    for axis, end in itertools.product(range(3), range(2)):
        field[(0, *(2 * end if i == axis else 1 for i in range(3)))] = table[axis, end]
    for g in action.group.elements:
        moved, there = action.transform(g, field), action.boundaries(g, table)
        for axis, end in itertools.product(range(3), range(2)):
            assert moved[(0, *(2 * end if i == axis else 1 for i in range(3)))] == there[axis, end]


@pytest.mark.parametrize(
    ("name", "d", "order", "proper"),
    [("trivial", 1, 1, 1), ("flip x", 1, 2, 1), ("flip y", 2, 2, 1), ("C2", 2, 2, 2), ("C4", 2, 4, 4), ("D2", 2, 4, 2),
     ("D4", 2, 8, 4), ("flip x z", 3, 4, 2), ("D2h", 3, 8, 4), ("O", 3, 24, 24), ("Oh", 3, 48, 24), ("T", 3, 12, 12),
     ("Th", 3, 24, 12), ("Td", 3, 24, 12), ("Ci", 3, 2, 1), ("D2", 3, 4, 4), ("C4 y", 3, 4, 4), ("C4v x", 3, 8, 4),
     ("C4h z", 3, 8, 4), ("D4 z", 3, 8, 8), ("D4h x", 3, 16, 8), ("C2v z", 3, 4, 2)],
)  # fmt: skip
def test_named_groups(name: str, d: int, order: int, proper: int) -> None:
    group = grid_group(name, d)
    assert group.order == len(group.elements) == order
    assert int((torch.linalg.det(group.elements) > 0).sum()) == proper
    if name.endswith(tuple("xyz")) and name[0] in "CD":  # the axis stays where it is
        assert bool(group.elements[:, "xyz".index(name[-1])].abs().sum(0).count_nonzero() == 1)


def scalar(group: object = "D4", blocks: object = None, d: object = 2, **more: object) -> SignedPermutation:
    return SignedPermutation(group, [(slice(0, 1), 0, 1)] if blocks is None else blocks, d, **more)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: scalar(d=4), "dims: got int 4"),
        (lambda: scalar("D5"), "group: got str 'D5'; expected trivial, 'flip x', C2, C4, D2, D4"),
        (lambda: scalar("flip z"), "group: got str 'flip z'"),
        (lambda: scalar(C(8)), "group: got C(8), 2 × 2 matrices; expected a group of signed permutations of 2 axes"),
        (lambda: scalar(Signs(3)), "group: got Signs(3), 3 × 3 matrices"),
        (lambda: scalar(blocks=[]), "expected every channel in one block"),
        (lambda: scalar(blocks=[(slice(1, 2), 0, 1)]), "expected every channel in one block"),
        (lambda: scalar(blocks=[(slice(0, 2), 0, 1), (slice(1, 3), 0, 1)]), "expected every channel in one block"),
        (lambda: scalar(blocks=[(slice(0, 3), 1, 1)]), "expected channels in steps of 1, a multiple of 2^1 = 2"),
        (lambda: scalar(blocks=[(slice(0, 2), 1, 0)]), "(slice, tensor order, parity 1 or -1)"),
        (lambda: scalar(channel_axis=1), "channel_axis: got int 1; expected -3 (channels first) or -1 (last)"),
        (lambda: scalar(rolls=(4, 6)), "rolls: got (4, 6) by (1, 1); expected axes that Hyperoctahedral(2) exchanges"),
        (lambda: scalar(rolls=4), "rolls: got int 4; expected a positive whole number for each of 2 axes"),
        (lambda: scalar(rolls=(4, 4), strides=3), "strides: got int 3; expected divisors of (4, 4)"),
        (lambda: scalar().transform(torch.eye(3), numbers(1, 4, 4)), "g: got a tensor of shape (3, 3)"),
        (lambda: scalar().transform(0.6 * torch.eye(2), numbers(1, 4, 4)), "expected an element of Hyperoctahedral(2)"),
        (lambda: scalar().transform(torch.eye(2), numbers(2, 4, 4)), "x: got a tensor of shape (2, 4, 4), float64"),
        (lambda: scalar().transform(torch.eye(2), numbers(4, 4, 1)), "write channel_axis=-1"),
        (lambda: scalar(rolls=(4, 4)).transform(torch.eye(4), numbers(1, 6, 6)), "expected a grid of (4, 4) sites"),
        (lambda: scalar(blocks=[(slice(0, 2), 1, 1)]).transform(-torch.eye(2), numbers(2, 4, 4).to(torch.uint8)),
         "expected numbers with a sign"),
        (lambda: scalar().transform(Hyperoctahedral(2).elements, numbers(1, 4, 5)), "moved fields of one shape"),
    ],
)  # fmt: skip
def test_bad_input(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_masks_move_and_one_s_own_group() -> None:
    group = FiniteGroup([[[0.0, 1.0], [1.0, 0.0]]], name="diagonal")
    mask = torch.tensor([[[True, False], [True, True]]])
    assert SignedPermutation(group, [(slice(0, 1), 0, 1)], 2).transform(group.components[0], mask).tolist() == [
        [[True, True], [False, True]]
    ]
