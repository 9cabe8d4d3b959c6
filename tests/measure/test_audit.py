"""The audit tells true from approximate and broken, and names what is at fault."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from symmetra import groups
from symmetra.actions import AffineAction, Diagonal, Flow, Pushforward
from symmetra.functions import candidates
from symmetra.inputs import InputError
from symmetra.measure import audit, layerwise
from symmetra.representations import Scalar, V
from symmetra.testing import assert_equivariant


def samples(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


class TwoVectors(nn.Module):
    """An O(3)-equivariant map of two vectors, with a chiral and an anisotropic term to break it."""

    def __init__(self, chiral: float = 0.0, tilt: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.invariants = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))
        self.combined = nn.Identity()
        self.chiral, self.tilt = chiral, tilt

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b = x[:, :3], x[:, 3:]
        weights = self.invariants(torch.stack([(a * a).sum(1), (a * b).sum(1), (b * b).sum(1)], 1))
        out = self.combined(weights[:, :1] * a + weights[:, 1:] * b + self.chiral * torch.linalg.cross(a, b))
        return torch.cat([out[:, :2], (1 + self.tilt) * out[:, 2:]], 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_equivariant_net_holds_to_rounding(dtype: torch.dtype) -> None:
    G, x = groups.O(3), samples(200, 6, dtype=dtype)
    found = audit(TwoVectors().to(dtype), x, 2 * V(G), V(G))
    assert found.holds and found.verdict == "holds to rounding" and "holds to rounding" in found.sentence
    assert [f.kind for f in found.findings] == ["generator"] * 3 + ["component"] * len(G.components) + ["elements"]
    # an honest level: not so wide that a breaking of a hundred times the rounding unit would pass
    assert max(f.rounding for f in found.findings) < 20 * torch.finfo(dtype).eps
    assert assert_equivariant(TwoVectors().to(dtype), x, 2 * V(G), V(G)).holds
    assert len(found.rows()) == len(found.findings) and str(found).count("\n") == len(found.findings)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_breaking_reflections_is_caught_in_o3_and_not_in_so3(dtype: torch.dtype) -> None:
    net, x = TwoVectors(chiral=0.1).to(dtype), samples(200, 6, dtype=dtype)
    assert audit(net, x, 2 * V(groups.SO(3)), V(groups.SO(3))).holds
    G = groups.O(3)
    found = audit(net, x, 2 * V(G), V(G))
    assert found.verdict == "broken"
    assert {f.kind for f in found.findings if f.verdict == "broken"} == {"component", "elements"}
    assert float(torch.linalg.det(found.worst.element)) < 0 and "reflection" in found.sentence
    with pytest.raises(AssertionError, match="reflection"):
        assert_equivariant(net, x, 2 * V(G), V(G))


def test_the_broken_generators_are_named() -> None:
    G = groups.SO(3)
    found = audit(TwoVectors(tilt=0.1).double(), samples(200, 6), 2 * V(G), V(G))
    verdicts = {f.label: f.verdict for f in found.findings if f.kind == "generator"}
    assert len(verdicts) == 3
    for label, verdict in verdicts.items():
        assert verdict == ("broken" if "3" in label.split("(")[-1] else "holds to rounding")
    assert "worst element: rotation by" in found.sentence and "traced to" in found.sentence


def test_approximate_and_broken_and_the_floor() -> None:
    G, x = groups.SO(3), samples(200, 6)
    slight = TwoVectors(tilt=1e-4).double()
    found = audit(slight, x, 2 * V(G), V(G))
    assert found.verdict == "holds approximately" and "times what rounding explains" in found.sentence
    assert audit(slight, x, 2 * V(G), V(G), floor=1e-3).verdict == "holds to the discretisation"
    assert audit(slight, x, 2 * V(G), V(G), floor=1e-6).verdict == "holds approximately"
    assert audit(slight, x, 2 * V(G), V(G), approximate=1e-6).verdict == "broken"
    with pytest.raises(AssertionError, match="approximately"):
        assert_equivariant(slight, x, 2 * V(G), V(G))
    assert_equivariant(slight, x, 2 * V(G), V(G), tolerance=1e-3)
    assert_equivariant(slight, x, 2 * V(G), V(G), floor=1e-3)
    with pytest.raises(AssertionError):
        assert_equivariant(slight, x, 2 * V(G), V(G), tolerance=1e-6)


def test_an_ordinary_net_is_broken() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    G = groups.SO(3)
    found = audit(net, samples(100, 6, dtype=torch.float32), 2 * V(G), V(G))
    assert all(f.verdict == "broken" for f in found.findings)


def test_ill_conditioned_rounding_is_told_from_breaking() -> None:
    # a large zero, (a + b)² + (a − b)² − 2a² − 2b²: the error is large for float32, and it is rounding
    G = groups.SO(2)
    x = samples(100, 4, dtype=torch.float32)

    def cancelling(x: torch.Tensor) -> torch.Tensor:
        a, b = x[:, 0], x[:, 1]
        zero = (a + b) ** 2 + (a - b) ** 2 - 2 * a**2 - 2 * b**2
        return (x[:, :2] * x[:, 2:]).sum(1) + 1e5 * zero

    found = audit(cancelling, x, Diagonal(V(G), 2), batched=True)
    assert found.findings[-1].error > 1e-3 and found.findings[-1].verdict == "holds to rounding"
    tilted = audit(lambda x: cancelling(x) + x[:, 0], x, Diagonal(V(G), 2), batched=True)
    assert tilted.findings[-1].verdict == "broken"


def test_one_broken_element_among_many() -> None:
    # symmetric under the sorted values of any but one transposition
    S = groups.S(4)
    whole = audit(lambda x: x.square().sum(), samples(50, 4), V(S), n_elements=24)
    assert whole.holds and "all 24 elements" in whole.sentence and len(whole.findings) == len(S.components) + 1
    found = audit(lambda x: x.square().sum() + x[0], samples(50, 4), V(S), n_elements=24)
    assert found.verdict == "broken" and "permutation" in found.findings[-1].sentence


def test_models_without_a_derivative_are_tried_on_finite_elements() -> None:
    class Length(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.detach().norm(dim=1)

        @staticmethod
        def backward(ctx, grad):
            raise NotImplementedError

    G = groups.SO(3)
    found = audit(Length.apply, samples(20, 3), V(G), batched=True)
    assert found.holds and found.findings[0].label.startswith("exp of generator 1")
    assert audit(lambda x: Length.apply(x) + x[:, 0], samples(20, 3), V(G), batched=True).verdict == "broken"


def test_undecidable_is_said() -> None:
    G = groups.SO(3)
    zero = audit(lambda x: 0 * x, samples(20, 3), V(G), V(G))
    assert zero.verdict == "undefined" and not zero.holds
    with pytest.raises(AssertionError, match="0/0"):
        assert_equivariant(lambda x: 0 * x, samples(20, 3), V(G), V(G))
    constant = audit(lambda x: 0 * x[0] + 1, samples(20, 3), V(G))
    assert constant.holds and constant.findings[0].verdict == "undefined"


def test_flows_and_affine_actions() -> None:
    E = groups.E(2)
    distance = lambda x: (x[:2] - x[2:]).norm()  # noqa: E731
    found = audit(distance, samples(100, 4), Diagonal(AffineAction(E), 2))
    assert found.holds and any("translation" in f.label for f in found.findings)
    hopf = lambda x: torch.stack([x[0] - x[1], x[0] + x[1]]) - x * x.square().sum()  # noqa: E731
    action = Flow(candidates.linear(2))
    found = audit(hopf, samples(50, 2), action, Pushforward(action))
    assert found.verdict == "broken" and "x" in found.findings[0].label
    rotation = Flow(candidates.linear(2), torch.tensor([[0.0, -1.0, 1.0, 0.0]], dtype=torch.float64))
    assert audit(hopf, samples(50, 2), rotation, Pushforward(rotation)).holds


def test_layerwise_finds_the_layer() -> None:
    G, x = groups.O(3), samples(100, 6)
    actions = {"": V(G), "combined": V(G), "invariants": 2 * Scalar(G), "invariants.0": None}
    found = layerwise(TwoVectors(tilt=0.1).double(), x, 2 * V(G), actions)
    assert list(found.errors) == ["invariants.0", "invariants", "combined", ""]
    assert found.first_broken == "" and float(found.errors["combined"]) < 1e-13 < float(found.errors[""])
    assert layerwise(TwoVectors(chiral=0.1).double(), x, 2 * V(G), actions).first_broken == "combined"
    whole = layerwise(TwoVectors().double(), x, 2 * V(G), actions)
    assert whole.first_broken is None and "no layer breaks" in str(whole) and len(whole.rows()) == 4
    assert float(whole.errors[""]) < 1e-13


def test_layerwise_refuses() -> None:
    G, x = groups.O(3), samples(10, 6)
    twice = nn.Sequential(nn.Linear(6, 6).double())
    twice.append(twice[0])
    for act, argument in (
        (lambda: layerwise(TwoVectors().double(), x, 2 * V(G), {"hidden": None}), "actions"),
        (lambda: layerwise(lambda x: x, x, 2 * V(G), {}), "model"),
        (lambda: layerwise(twice, x, 2 * V(G), {"0": None}), "actions"),
    ):
        with pytest.raises(InputError) as caught:
            act()
        assert str(caught.value).startswith(f"{argument}: ")
    assert not twice[0]._forward_hooks
