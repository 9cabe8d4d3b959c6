"""The guard: what averaging does, told from validation data, where the symmetry holds and where it does not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from symmetra.enforce import average
from symmetra.fields import SYSTEMS, FieldLayout, Trajectories, diagnose, generate, vrmse
from symmetra.fields._diagnose import _holm, _judged
from symmetra.groups import C, D, Hyperoctahedral, Signs
from symmetra.inputs import InputError


class Flawed(torch.nn.Module):
    """The true step and a small error that has no symmetry: what training leaves."""

    def __init__(self, name: str, size: float) -> None:
        super().__init__()
        self.system = SYSTEMS[name](interval=0.4)
        channels = self.system.layout().channels
        self.flaw = torch.nn.Conv2d(channels, channels, 3, padding="same", padding_mode="circular", bias=False)
        self.size = size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.system.solve(x, 1)[:, -1].float() + self.size * self.flaw(x)


@pytest.fixture(scope="module")
def validation() -> dict[str, Trajectories]:
    return {name: generate(name, 6, extents=16, steps=3, interval=0.4) for name in ("navier_stokes", "buoyant_flow")}


def test_where_the_symmetry_holds_the_whole_group_is_best(validation):
    data = validation["navier_stokes"]
    found = diagnose(Flawed("navier_stokes", 0.1), data)
    assert found.best == Hyperoctahedral(2) and found.windows == 18 and found.trajectories == 6
    assert len(found.tests) == 9 and {test.verdict for test in found.tests} == {"helps"}
    whole = found.of(D(4))
    assert whole.gain > 0.2 and whole.p < 0.01 and whole.worse == 0 and whole.interval[0] < whole.gain
    # Larger groups are no worse.
    assert whole.gain > found.of(C(4)).gain > 0
    assert "best: Hyperoctahedral(2), order 8" in str(found) and len(found.rows()) == 9


def test_the_numbers_are_those_of_the_averaged_model(validation):
    data = validation["navier_stokes"]
    model, layout = Flawed("navier_stokes", 0.1), data.layout()
    inputs, targets = data.windows()
    group = Signs(2)
    found = diagnose(model, data, group, batch=5)
    averaged = average(model, layout.action(group), layout.output.action(group))
    each = vrmse(averaged(inputs).detach(), targets[:, 0]).mean(-1)
    assert found.of(group).loss == pytest.approx(float(each.mean()), rel=1e-6)
    torch.testing.assert_close(found.losses[-1], each, rtol=1e-6, atol=0)
    thinned = diagnose(model, data, group, stride=2)  # the first and the third of three windows
    torch.testing.assert_close(thinned.losses, found.losses.unflatten(1, (6, 3))[..., ::2].flatten(1))
    assert found.losses.shape == (5, 18) and float(found.losses[0].mean()) == found.plain
    assert found.plain == pytest.approx(float(vrmse(model(inputs).detach(), targets[:, 0]).mean()), rel=1e-6)


def test_under_gravity_the_guard_chooses_the_mirror_alone(validation):
    """The metadata admit D4: the grid knows nothing of gravity, the data do."""
    found = diagnose(Flawed("buoyant_flow", 0.05), validation["buoyant_flow"])
    mirror = torch.diag(torch.tensor([-1.0, 1.0], dtype=torch.float64))
    assert found.best.order == 2 and found.best.contains(mirror) and found.best.name == "flip x"
    for test in found.tests:
        assert test.verdict == ("helps" if test.group == found.best else "hurts"), str(found)
    assert found.of(D(4)).gain < -0.1 and found.of(D(4)).worse == 1


def test_a_model_that_is_equivariant_gains_nothing(validation):
    found = diagnose(Flawed("navier_stokes", 0.0), validation["navier_stokes"], C(4))
    assert found.best.order == 1 and found.best.name == "trivial"
    assert {test.verdict for test in found.tests} == {"changes nothing"}


def test_pairs_with_a_layout():
    x = torch.randn(6, 2, 8, 8)
    layout = FieldLayout(["a", "b"], dims=2)
    found = diagnose(lambda x: x + 0.1 * x.roll(1, -1), (x, x), C(2), layout=layout)
    assert found.trajectories == 6 and found.best.order == 2


def test_chance_is_not_taken_for_gain():
    """Of 400 data sets without any effect, about one in twenty has a subgroup that is said to do something."""
    rng = np.random.default_rng(0)
    groups = list(D(4).subgroups())
    wrong = 0
    for _ in range(400):
        losses = 1 + 0.1 * rng.standard_normal((len(groups), 8))
        losses[0] = 1.0
        wrong += any(test.verdict != "not decidable" for test in _judged(groups, losses, 8, 0.05).tests)
    assert wrong / 400 < 0.08
    assert _holm(np.array([0.01, 0.04, 0.03])).tolist() == pytest.approx([0.03, 0.06, 0.06])


def test_what_is_wrong_is_said_in_one_line(validation):
    data = validation["navier_stokes"]
    one = generate("navier_stokes", 1, extents=8, steps=2)
    for make, words in (
        (lambda: diagnose(torch.nn.Identity(), one), "two or more"),
        (lambda: diagnose(torch.nn.Identity(), "file.h5"), "Trajectories, or"),
        (lambda: diagnose(torch.nn.Identity(), data, level=2.0), "level"),
        (lambda: diagnose(torch.nn.Identity(), data, batch=0), "batch"),
        (lambda: diagnose(torch.nn.Identity(), data, Hyperoctahedral(3)), "group"),
        (lambda: diagnose(torch.nn.Identity(), data).of(C(3)), "group"),
    ):
        with pytest.raises(InputError, match=words) as error:
            make()
        assert "\n" not in str(error.value)
