"""The verdict: scripted trainings for every turn it can take, and the toy for whether it is right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from symmetra.actions import as_fibre_action
from symmetra.groups import O, Z
from symmetra.inputs import InputError
from symmetra.measure import equivariance_error
from symmetra.relax import ConstraintController, RelaxedModule, verdict
from symmetra.relax._symmetrised import symmetrised
from symmetra.representations import Vector
from symmetra.studies.relax import toy

SHIFT = Vector(Z(4))
DATA = (torch.randn(40, 4, generator=torch.Generator().manual_seed(0)), torch.zeros(40, 4))


class Scripted:
    """A training that leaves the multipliers, swings and held-out losses that it is told to."""

    def __init__(self, data: float, clean: float, losses: Any = (1.0, 1.0), swings_up_to: float = 0.0) -> None:
        self.levels, self.losses, self.swings_up_to = (data, clean), losses, swings_up_to
        self.calls: list[tuple[bool, dict[str, Any], Any]] = []

    def __call__(self, data: Any, settings: dict[str, Any], free: Any) -> tuple[Any, Any, float]:
        mine = data[0].shape == DATA[0].shape and torch.equal(data[0], DATA[0])
        self.calls.append((mine, settings, free))
        net = nn.Sequential(*(RelaxedModule(nn.Identity(), nn.Linear(4, 4)) for _ in range(2)))
        control = ConstraintController(net, **settings)
        swing = settings["penalty"] <= self.swings_up_to and mine
        for step in range(100):
            gamma = 0.5 * (-1) ** (step // 10) if swing else 0.0
            value = self.levels[0 if mine else 1] + float(torch.rand(())) * 1e-3
            row = torch.tensor(
                [[gamma] * 2, [value - settings["penalty"] * gamma, -settings["penalty"] * gamma], [0.0] * 2]
            )
            control.history.due()
            control.history.add(row)
        return net, control, 1.0 if free is None else self.losses[free[0]]


@pytest.mark.parametrize(
    "script, answer, layer",
    [
        (Scripted(0.5, 0.01), "broken", None),
        (Scripted(0.5, 0.01, (0.1, 0.2)), "broken", 0),
        (Scripted(0.5, 0.01, (0.3, 0.1)), "broken", 1),
        (Scripted(0.5, 0.01, (0.1, 0.14)), "broken", None),  # less than half as much again
        (Scripted(0.005, 0.01), "symmetric", None),
        (Scripted(0.015, 0.01), "undecided", None),
        (Scripted(0.005, 0.01, swings_up_to=3.0), "symmetric", None),  # doubled damping ends it
        (Scripted(0.005, 0.01, swings_up_to=99.0), "undecided", None),  # nothing ends it
    ],
    ids=["broken", "first", "second", "close", "symmetric", "between", "damped", "swinging"],
)
def test_every_turn(script: Scripted, answer: str, layer: int | None) -> None:
    script.calls.clear()
    found = verdict(script, DATA, SHIFT, SHIFT, seeds=(0, 1, 2))
    assert (found.answer, found.layer) == (answer, layer)
    assert str(found).startswith(answer) and ("broken" in str(found)) == (answer == "broken")
    assert ("not identifiable" in str(found)) == (answer == "broken" and layer is None)
    assert found.oscillated == (3 if script.swings_up_to else 0) == str(found).count("oscillated") * found.oscillated
    damping = [settings["penalty"] for mine, settings, _ in script.calls if mine and settings["dual_lr"]]
    reruns = {0.0: [2.0], 3.0: [2.0, 4.0], 99.0: [2.0, 4.0, 8.0, 16.0]}[script.swings_up_to]
    assert damping == reruns * 3
    freed = [(free, settings["dual_lr"]) for _, settings, free in script.calls if free is not None]
    assert freed == ([((i,), 0.0) for i in range(2)] * 3 if answer == "broken" else [])
    assert found.rows()[0]["value"] == answer and [row["label"] for row in found.rows()[1:]] == ["0", "1"]


def test_one_seed_that_names_another_layer_is_enough_to_name_none() -> None:
    script = Scripted(0.5, 0.01)
    losses = iter([0.1, 0.2, 0.2, 0.1, 0.1, 0.2])
    script.losses = type("Next", (), {"__getitem__": lambda self, i: next(losses)})()
    assert verdict(script, DATA, SHIFT, SHIFT).layer is None


def test_what_is_made_symmetric_is_symmetric_and_as_scattered() -> None:
    torch.manual_seed(0)
    x = torch.randn(4000, 4, dtype=torch.float64)
    net = nn.Linear(4, 4).double()
    noise = 0.3 * torch.randn(4000, 4, dtype=torch.float64)
    half = torch.arange(2000)
    inputs, targets = symmetrised(net, half, (x, net(x).detach() + noise), as_fibre_action(SHIFT, SHIFT), None, 0)
    rows = torch.cat([inputs, torch.ones(4000, 1, dtype=torch.float64)], 1)
    fit = torch.linalg.lstsq(rows, targets).solution[:4]
    mean = torch.stack([torch.roll(net.weight.detach().mT, (k, k), (0, 1)) for k in range(4)]).mean(0)
    assert (fit - mean).abs().max() < 0.03  # the circulant part of the weights
    assert float((targets - rows @ torch.linalg.lstsq(rows, targets).solution).std()) == pytest.approx(0.3, rel=0.03)
    moved = (inputs[:, None] == torch.stack([torch.roll(x, k, 1) for k in range(4)], 1)).all(2)
    assert (moved.sum(1) >= 1).all() and (moved.double().mean(0) - 0.25).abs().max() < 0.05


def test_continuous_groups_and_invariant_targets() -> None:
    V, x = Vector(O(3)), torch.randn(30, 3, dtype=torch.float64)
    net, y = nn.Linear(3, 1).double(), torch.randn(30, 1, dtype=torch.float64)
    inputs, targets = symmetrised(net, torch.arange(15), (x, y), as_fibre_action(None, V), None, 0)
    assert torch.allclose(inputs.norm(dim=1), x.norm(dim=1)) and targets.shape == y.shape


def learned(data: toy.Task, steps: int, pool: bool = False) -> Any:
    def train(rows: tuple[Tensor, Tensor], settings: dict[str, Any], free: Any) -> tuple[Any, Any, float]:
        net = toy.network(int(torch.randint(10**6, ())), range(3) if free is None else free, pool=pool)
        outcome = toy.train(
            net, ConstraintController(net, **settings), replace(data, x=rows[0], y=rows[1]), steps=steps
        )
        return outcome.net, outcome.control, outcome.full

    return train


@pytest.mark.parametrize("broken, answer", [(None, "symmetric"), (1, "broken")])
def test_the_toy(broken: int | None, answer: str) -> None:
    data = toy.task(0, broken)
    found = verdict(learned(data, 800), (data.x, data.y), *toy.actions(), seeds=(0, 1))
    assert found.answer == answer and found.layer is None


@pytest.mark.parametrize("factor", [1e-2, 5.0])
def test_the_size_of_f_neq_does_not_matter(factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even to Adam, whose steps are of one size: forces and ablation come out the same, and so does the answer."""
    data, dense = toy.task(0, 1), toy.dense

    def scaled(*arguments: Any) -> nn.Linear:
        layer = dense(*arguments)
        layer.weight.detach().mul_(factor)
        return layer

    found = []
    for make in (dense, scaled):
        monkeypatch.setattr(toy, "dense", make)
        found.append(verdict(learned(data, 60), (data.x, data.y), *toy.actions(), seeds=(0, 1), factor=1.0))
    one, other = found
    assert one.answer == other.answer == "broken" and one.layer is other.layer is None
    assert torch.allclose(one.multipliers, other.multipliers, rtol=1e-7) and one.ablation is not None
    assert other.ablation is not None and torch.allclose(one.ablation, other.ablation, rtol=1e-7)


def test_the_toy_with_a_layer_that_can_be_told() -> None:
    data = toy.task(0, 0, pool=True)
    found = verdict(learned(data, 800, pool=True), (data.x, data.y), *toy.actions(), seeds=(0, 1))
    assert found.answer == "broken" and found.layer == 0 and "in layer '0'" in str(found)


def test_the_toy_trains_as_it_should() -> None:
    """Symmetric data: what is damped ends at the strict net, the textbook does not; broken: resilience pays.

    (Two thirds of the steps of the study, where the bars are held with five seeds.)
    """
    action_in, action_out = toy.actions()
    results: dict[Any, toy.Outcome] = {}
    for broken, names in ((None, ("strict", "equality", "textbook")), (1, ("strict", "resilient"))):
        for name in names:
            net = toy.network(0)
            results[broken, name] = toy.train(net, toy.controlled(name, net, 1000), toy.task(0, broken), steps=1000)
    strict, damped, textbook = (results[None, name] for name in ("strict", "equality", "textbook"))
    late = damped.control.history.values[damped.control.history.numbers > 800, 0]
    assert late.abs().max() < 1e-2 and damped.control.words() == ["settled"] * 3
    assert damped.projected < 1.15 * strict.full and abs(damped.projected / damped.full - 1) < 0.01
    swung = textbook.control.history.values[textbook.control.history.numbers > 800, 0]
    assert textbook.control.oscillating and swung.abs().max() > 0.1 and textbook.projected > 1.05 * strict.full
    assert equivariance_error(strict.net.eval(), toy.task(0).x, action_in, action_out) < 1e-12
    assert results[1, "resilient"].full < 0.5 * results[1, "strict"].full


@pytest.mark.parametrize(
    "change, message",
    [
        ({"seeds": (0,)}, "seeds: got"),
        ({"seeds": 3}, "two or more whole numbers"),
        ({"data": DATA[0]}, "inputs and targets"),
        ({"train": lambda data, settings, free: None}, "held-out loss"),
        ({"action_in": "C4"}, "action_in: got str"),
    ],
)
def test_bad_input(change: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"train": Scripted(1.0, 1.0), "data": DATA, "action_in": SHIFT, "action_out": SHIFT}
    with pytest.raises(InputError, match=message):
        verdict(**(given | change))


def test_a_training_that_diverges_is_told() -> None:
    script = Scripted(0.5, 0.01, (float("nan"), 1.0))
    with pytest.raises(InputError, match="a held-out loss of nan"):
        verdict(script, DATA, SHIFT, SHIFT)
