"""The audit catches the published circuits, tells parity from rotation, and passes what holds; bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from symmetra import measure
from symmetra.actions import check
from symmetra.inputs import InputError
from symmetra.molecules import Forces, model, symmetry


def general(count: int = 2) -> Tensor:
    minimum = model("mlp-small", "NH3").molecule.minimum
    return minimum + 0.2 * torch.randn(count, 4, 3, dtype=torch.float64)


def axial(count: int = 6) -> Tensor:
    r = torch.linspace(1.4, 3.0, count, dtype=torch.float64)
    return torch.stack([torch.zeros(count, 3).to(r), torch.stack([0 * r, 0 * r, r], 1)], 1)


# (model, group, whether it holds)
VERDICTS = [
    ("rotation", "SO(3)", True),
    ("rotation", "S", False),
    ("rotation-permutation", "SO(3) x S", True),
    ("joint", "SO(3) x S", True),
    ("joint", "O(3)", False),
    ("joint-o3", "O(3) x S", True),
    ("graph", "O(3) x S", True),
    ("egnn", "O(3) x S", True),
    ("plain", "SO(3)", False),
    ("mlp", "S", False),
    ("replica-euler", "SO(3)", False),
    ("replica-graph", "S", False),
]


@pytest.mark.parametrize(("name", "group", "holds"), VERDICTS)
def test_audit(name: str, group: str, holds: bool) -> None:
    shallow = (
        {"depth": 3} if name in ("plain", "rotation", "rotation-permutation", "joint", "joint-o3", "graph") else {}
    )
    m, action = model(name, "NH3", seed=1, **shallow), symmetry("NH3", group)
    x = general()
    energies = measure.audit(m, x, action, n_elements=3)
    forces = measure.audit(Forces(m), x, action, action, n_elements=3)
    assert energies.holds == forces.holds == holds, f"{energies}\n{forces}"
    if not holds:
        assert forces.verdict == "broken"


def test_a_rotational_model_is_reported_as_so3_only() -> None:
    found = measure.audit(Forces(model("joint", "NH3")), general(), *[symmetry("NH3", "O(3)")] * 2)
    verdicts = {finding.kind: finding.verdict for finding in found.findings}
    assert verdicts["generator"] == "holds to rounding"
    assert verdicts["component"] == "broken"


def test_published_encoding_fails_in_general_and_passes_on_the_axis() -> None:
    ammonia, x = model("replica-euler", "NH3").requires_grad_(False), general()
    error = (ammonia(x @ symmetry("NH3", "SO(3)").group.sample(1, seed=0)[0].mT) - ammonia(x)).abs()
    assert float(error.max()) > 1e-2
    wrong, right = model("replica-euler", "LiH", seed=2), model("rotation", "LiH", seed=2, depth=6)
    right.load_state_dict(wrong.state_dict())
    right.requires_grad_(False), wrong.requires_grad_(False)
    r = axial()
    about_z = torch.tensor([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]], dtype=torch.float64)
    torch.testing.assert_close(wrong(r @ about_z.mT), wrong(r), atol=1e-10, rtol=0)
    torch.testing.assert_close(wrong(r), right(r), atol=1e-12, rtol=0)  # on the axis both are one circuit
    aside = r @ symmetry("LiH", "SO(3)").group.sample(1, seed=0)[0].mT
    assert float((wrong(aside) - wrong(r)).abs().max()) > 1e-2
    torch.testing.assert_close(right(aside), right(r), atol=1e-12, rtol=0)


@pytest.mark.parametrize("group", ["SO(3)", "O(3)", "S", "SO(3) x S", "O(3) x S"])
def test_symmetry_is_an_action(group: str) -> None:
    action = symmetry("NH3", group)
    check(action, general(1)[0])
    g = action.group.sample(1, seed=0)[0]
    moved = action.transform(g, general())
    assert moved.shape == (2, 4, 3)


def positions(**change: Any) -> Tensor:
    x = model("mlp-small", "NH3").molecule.minimum[None].clone()
    for place, value in change.items():
        x[0, int(place[1])] = torch.tensor(value, dtype=torch.float64)
    return x


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: model("rotations"), "name: got str 'rotations'; expected one of plain, "),
    (lambda: model("plain", "H2O"), "molecule: got str 'H2O'; expected LiH or NH3"),
    (lambda: model("plain", "NH3", seed=0.5), "seed: got float 0.5; expected a whole number"),
    (lambda: model("plain", "NH3", depth=0), "depth: got int 0; expected a positive number"),
    (lambda: model("mlp", "NH3", depth=3), "depth: got int 3; expected no sizes for 'mlp'"),
    (
        lambda: model("plain")(positions()[0]),
        r"expected \[B, 4, 3\], atoms in the order N, H, H, H; write positions\[None\]",
    ),
    (lambda: model("plain", "LiH").forces(positions()), r"expected \[B, 2, 3\]"),
    (lambda: model("plain")(positions() * float("nan")), "values that are NaN or infinite"),
    (lambda: model("plain")(positions() / 10), "two nuclei 0.103 apart; expected nuclei 0.3 to 100 ångström apart"),
    (lambda: model("plain")(positions() * 100), "expected nuclei 0.3 to 100 ångström apart"),
    (lambda: model("egnn")(positions(_1=[0.0, 0, 0])), "two nuclei 0 apart"),
    (lambda: model("plain").standardise([1.0]), "at least two different energies"),
    (lambda: symmetry("NH3", "SU(2)"), r"group: got str 'SU\(2\)'; expected SO\(3\), "),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_told_in_one_line(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        call()
    assert "\n" not in str(told.value)
