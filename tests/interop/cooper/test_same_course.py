"""The controller takes a training along the same course as cooper, a library that owns the loop, to rounding."""

from __future__ import annotations

import itertools
from typing import Any

import cooper
import pytest
import torch
from cooper.formulations import AugmentedLagrangian, Lagrangian
from torch import Tensor, nn

from symmetra.relax import ConstraintController, RelaxedModule, branches

pytestmark = pytest.mark.interop

STEPS, RATE = 200, 2e-2


def problem() -> tuple[nn.Sequential, Tensor, Tensor]:
    torch.manual_seed(0)
    layers = [  # without a gauge: our methods have it measured at every eighth step, which theirs cannot know
        RelaxedModule(nn.Linear(4, 4), nn.Linear(4, 4), gauge="none"),
        nn.Tanh(),
        RelaxedModule(nn.Linear(4, 1), nn.Linear(4, 1), gauge="none"),
    ]
    x = torch.randn(40, 4, dtype=torch.float64)
    return nn.Sequential(*layers).double(), x, x.sin().sum(1, keepdim=True)


class Theirs(cooper.ConstrainedMinimizationProblem):
    """The same problem in their words."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.net, self.x, self.y = problem()
        self.settings, self.resilient = settings, settings["constraint"] == "resilient"
        self.u = nn.Parameter(torch.full((2,), settings.get("slack_start", 0.0), dtype=torch.float64))
        kind = cooper.ConstraintType.INEQUALITY if self.resilient else cooper.ConstraintType.EQUALITY
        penalty = settings.get("penalty", 0.0)
        weight = cooper.penalty_coefficients.DensePenaltyCoefficient(torch.full((2,), penalty, dtype=torch.float64))
        self.gap = cooper.Constraint(
            constraint_type=kind,
            multiplier=cooper.multipliers.DenseMultiplier(init=torch.zeros(2), dtype=torch.float64),
            formulation_type=AugmentedLagrangian if penalty else Lagrangian,
            penalty_coefficient=weight if penalty else None,
        )

    def state(self) -> cooper.ConstraintState:
        gammas = torch.stack([layer.gamma for _, layer in branches(self.net)])
        return cooper.ConstraintState(violation=gammas.abs() - self.u if self.resilient else gammas)

    def compute_cmp_state(self) -> cooper.CMPState:
        loss = nn.functional.mse_loss(self.net(self.x), self.y)
        if self.resilient:
            loss = loss + self.settings["rho"] / 2 * self.u.square().sum()
        return cooper.CMPState(loss=loss, observed_constraints={self.gap: self.state()})

    def compute_violations(self) -> cooper.CMPState:
        return cooper.CMPState(loss=None, observed_constraints={self.gap: self.state()})

    def course(self) -> Tensor:
        groups: list[dict[str, Any]] = [{"params": self.net.parameters(), "lr": RATE}]
        if self.resilient:
            groups.append({"params": [self.u], "lr": self.settings["slack_lr"]})
        dual: Any = torch.optim.SGD(self.dual_parameters(), lr=self.settings["dual_lr"], maximize=True)
        if gain := self.settings.get("proportional"):
            kp = torch.tensor(gain / self.settings["dual_lr"], dtype=torch.float64)
            dual = cooper.optim.nuPI(self.dual_parameters(), lr=self.settings["dual_lr"], Kp=kp, maximize=True)
        orders = {
            "simultaneous": cooper.optim.SimultaneousOptimizer,
            "alternating": cooper.optim.AlternatingPrimalDualOptimizer,
        }
        kind = orders[self.settings["order"]]
        optimizer = kind(cmp=self, primal_optimizers=torch.optim.SGD(groups), dual_optimizers=dual)
        rows = []
        for _ in range(STEPS):
            optimizer.roll()
            if gain and not rows:  # ξ₀ = e₀ as their documentation has it; their first step leaves a zero there
                weight = self.gap.multiplier.weight
                dual.state[weight]["xi"].copy_(weight.grad)
            gammas = torch.stack([layer.gamma.detach() for _, layer in branches(self.net)])
            slacks = self.u.detach().clone() if self.resilient else torch.zeros(2, dtype=torch.float64)
            rows.append(torch.stack([gammas, self.gap.multiplier.weight.detach().clone(), slacks]))
        return torch.stack(rows)


def ours(settings: dict[str, Any]) -> Tensor:
    net, x, y = problem()
    control, optimizer = ConstraintController(net, **settings), torch.optim.SGD(net.parameters(), RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        (nn.functional.mse_loss(net(x), y) + control.lagrangian()).backward()
        optimizer.step()
        control.step()
    return control.history.values


@pytest.mark.parametrize(
    "settings",
    [
        {"constraint": constraint, "order": order, "dual_lr": 5e-2} | more | extra
        for (constraint, more), order, extra in itertools.product(
            (("equality", {}), ("resilient", {"rho": 0.1, "slack_lr": 0.1, "slack_start": 0.2})),
            ("simultaneous", "alternating"),
            ({}, {"penalty": 0.7}, {"proportional": 0.3}),
        )
    ],
    ids=str,
)
def test_two_hundred_steps(settings: dict[str, Any]) -> None:
    mine, other = ours(settings), Theirs(settings).course()
    assert (mine - other).abs().max() < 1e-10
    assert mine[-1, 1].abs().max() > 1e-3  # λ did move
