"""A unit of the study: one surrogate trained, looked at by the guard, averaged over every subgroup, rolled out."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.enforce import average
from symmetra.fields import SYSTEMS, Diagnosis, diagnose, vrmse
from symmetra.groups import FiniteGroup, Hyperoctahedral
from symmetra.measure import equivariance_error
from symmetra.studies.averaging.config import HORIZONS, SHOWN
from symmetra.studies.averaging.training import CHUNK, Trained, error, pairs, trained
from symmetra.studies.runner import rounded


def surrogate(horizon: int, stride: int, picture: str, **training: Any) -> dict[str, Any]:
    """Train and measure.

    Args:
        horizon: steps of the rollouts.
        stride: distance of the windows that the guard and the test look at.
        picture: field of the first rollout that is kept for pictures; none if empty.
        training: the arguments of `trained`.

    Returns:
        ``admitted``: the group that the physics admits; ``record`` of the training; ``guard``: what validation data
        say of every subgroup of the grid's, and ``best``, the guard's choice; ``test``: VRMSE of one step, ``losses``
        with the mean over each test trajectory, plain first, then subgroup by subgroup, and ``worse``, the share of
        windows; ``persistence``; ``channels``: plain and averaged; ``equivariance``: relative errors; ``rollout``;
        ``shifts``: the admitted group with the shifts by half a periodic box.
    """
    found, history = trained(**training), training["history"]
    test = found.data["test"]
    # What the grid alone would allow: metadata know nothing of gravity.
    grid = Hyperoctahedral(2) if SYSTEMS[training["system"]].veto else found.group
    guard, told = (
        diagnose(found.model, found.data[use], grid, history=history, stride=stride, batch=CHUNK)
        for use in ("validation", "test")
    )
    x, y = pairs(test, history, stride)
    result = {
        "admitted": _named(found, told),
        "record": found.record,
        "guard": guard.rows(),
        "best": guard.best.name,
        "test": _tested(told, grid, len(test)),
        "persistence": float(vrmse(x[:, found.layout.last], y).mean()),
        "channels": _channels(found, x, y),
        "equivariance": _equivariance(found, x[:: max(len(x) // 4, 1)]),
        "rollout": _rollouts(found, horizon, picture),
    }
    if set(SYSTEMS[training["system"]].boundaries) == {"periodic"} and training["network"] != "fno":  # which has them
        result["shifts"] = _shifted(found, x, y)
    return rounded(result)


def _named(found: Trained, told: Diagnosis) -> str:
    """The admitted group by the name that it has among the subgroups."""
    return told.of(found.group).group.name


def _tested(told: Diagnosis, grid: FiniteGroup, trajectories: int) -> dict[str, Any]:
    losses, groups = told.losses, [test.group for test in told.tests]
    return {
        "groups": ["plain", *(test.group.name for test in told.tests)],
        "members": [[0], *([i for i, g in enumerate(grid.elements) if own.contains(g)] for own in groups)],
        "losses": losses.unflatten(1, (trajectories, -1)).mean(-1).tolist(),
        "medians": losses.median(1).values.tolist(),
        "worse": (losses > losses[0]).double().mean(1).tolist(),
        "windows": losses.shape[1],
    }


def _channels(found: Trained, x: Tensor, y: Tensor) -> dict[str, Any]:
    models = {"plain": found.model, "averaged": found.averaged()}
    means = {name: error(model, x, y).mean(0).tolist() for name, model in models.items()}
    return {"names": list(found.layout.output.names), **means}


def _equivariance(found: Trained, x: Tensor) -> dict[str, float]:
    """The largest relative error over the admitted group."""
    actions = found.layout.action(found.group), found.layout.output.action(found.group)
    models = {"plain": found.model, "averaged": found.averaged()}
    with torch.no_grad():
        return {n: float(equivariance_error(m, x, *actions).per_element.max()) for n, m in models.items()}


def _shifted(found: Trained, x: Tensor, y: Tensor) -> dict[str, Any]:
    """The admitted group together with the shifts by half of each axis."""
    points = x.shape[-1]
    shifts = {"rolls": (points, points), "strides": points // 2}
    action_in, action_out = (side.action(found.group, **shifts) for side in (found.layout, found.layout.output))
    losses = error(average(found.model, action_in, action_out), x, y).mean(-1)
    plain = error(found.model, x, y).mean(-1)
    return {
        "order": action_in.group.order,
        "loss": float(losses.mean()),
        "worse": float((losses > plain).double().mean()),
    }


@torch.no_grad()
def _rollouts(found: Trained, horizon: int, picture: str) -> dict[str, Any]:
    """From the first window of every test trajectory: VRMSE of each step, means of each trajectory over horizons."""
    history, step = found.layout.history, found.layout.advance
    x, y = found.data["test"].windows(history, horizon)
    x, y = (part.unflatten(0, (len(found.data["test"]), -1))[:, 0] for part in (x, y))
    averaged = found.averaged()
    still = x[:, found.layout.last].unsqueeze(1).expand_as(y)
    made = {"persistence": still, "plain": average(found.model, *_nothing(found)).rollout(x, horizon, "step", step)}
    made |= {mode: averaged.rollout(x, horizon, mode, step) for mode in ("step", "trajectory")}
    made = {name: u if name == "persistence" else u.transpose(0, 1) for name, u in made.items()}
    losses = {name: vrmse(u, y).mean(-1) for name, u in made.items()}  # [trajectories, horizon]
    found_losses: dict[str, Any] = {"steps": {name: loss.mean(0).tolist() for name, loss in losses.items()}}
    found_losses["horizons"] = {
        name: {key: loss[:, slice(*ends)].mean(1).tolist() for key, ends in HORIZONS.items() if ends[1] <= horizon}
        for name, loss in losses.items()
    }
    if picture:
        kept = {"truth": y, "plain": made["plain"], "averaged": made["step"]}
        fields = found.layout.output
        part = fields.blocks[[field.name for field in fields.fields].index(picture)][0]
        shown = [n for n in SHOWN if n <= horizon]
        found_losses["picture"] = {
            name: [rounded(u[0, n - 1, part].tolist(), 3) for n in shown] for name, u in kept.items()
        }
        found_losses["shown"] = shown
    return found_losses


def _nothing(found: Trained) -> tuple[Any, Any]:
    return found.layout.action("trivial"), found.layout.output.action("trivial")
