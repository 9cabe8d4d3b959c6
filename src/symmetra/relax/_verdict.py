"""Do the data break the symmetry, how sure is that, and in which layer, if that can be known at all?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.actions import as_fibre_action
from symmetra.inputs import InputError, describe
from symmetra.measure._evaluate import as_inputs
from symmetra.relax._control import ConstraintController
from symmetra.relax._number import number
from symmetra.relax._symmetrised import rows, symmetrised

DAMPED: dict[str, Any] = {"constraint": "equality", "order": "alternating", "dual_lr": 1e-2, "penalty": 2.0}
FREE: dict[str, Any] = {"constraint": "equality", "dual_lr": 0.0, "penalty": 0.0}
_RERUNS = 3
_SINGLE = 1.5  # by this factor the freedom of any other layer must leave more than that of the one that is named


@dataclass(frozen=True, eq=False)
class Verdict:
    """What the data say about the symmetry.

    Attributes:
        answer: ``"broken"``, ``"symmetric"`` or ``"undecided"``.
        layer: the number of the layer where it is broken, if the data can tell it from the others; else ``None``.
        names: of the layers.
        multipliers: |λ| of the damped equality problem at the end ``[seeds, L]``.
        clean: the same on data made symmetric ``[seeds, L]``.
        margin: the root mean square over the seeds of the largest |λ|, over that of the clean ones: how sure it is.
        oscillated: in how many seeds the damping had to be doubled; these show oscillation, which is no violation.
        ablation: held-out losses with one layer free at a time ``[seeds, L]``, if there was reason to look.
    """

    answer: str
    layer: int | None
    names: tuple[str, ...]
    multipliers: Tensor
    clean: Tensor
    margin: float
    oscillated: int
    ablation: Tensor | None

    def rows(self) -> list[dict[str, Any]]:
        """The answer, and one row a layer, as plain data."""
        head = {"label": "verdict", "value": self.answer, "clean": "", "freed": "", "note": str(self)}
        freed: list[Any] = [""] * len(self.names)
        if self.ablation is not None:
            freed = self.ablation.log().mean(0).exp().tolist()
        layers = zip(self.names, self.multipliers.median(0).values, self.clean.median(0).values, freed)
        return [head] + [
            {"label": name, "value": float(m), "clean": float(c), "freed": f, "note": "median |λ|; loss with it free"}
            for name, m, c, f in layers
        ]

    def __str__(self) -> str:
        found = f"largest |λ| {float(self.multipliers.amax(1).median()):.2g}"
        level = f"level without violation {float(self.clean.amax(1).median()):.2g}, {len(self.clean)} seeds"
        where = ""
        if self.answer == "broken":
            where = ", layer not identifiable" if self.layer is None else f", in layer {self.names[self.layer]!r}"
        swings = f"; {self.oscillated} runs oscillated and were damped twice as much" if self.oscillated else ""
        return f"{self.answer}{where} ({found}, {level}, margin {self.margin:.2g}){swings}"


def verdict(
    train: Callable[[Any, dict[str, Any], Any], tuple[Any, Any, Any]],
    data: Any,
    action_in: Any,
    action_out: Any = None,
    seeds: Any = range(3),
    *,
    settings: Any = None,
    factor: Any = 2.0,
    elements: Any = None,
) -> Verdict:
    """Whether the data break a symmetry, from the forces that are needed to hold a relaxed net in it.

    For each seed the damped equality problem is solved on the data and, from the same start, on data made symmetric:
    every input moved by a random element, targets from a net that was fitted freely to half of them and averaged over
    the group, with the scatter that it left in the other half. The multipliers of the second are the level that noise
    explains, rather too high than too low. The margin is the root mean square over the seeds of the largest multiplier
    of the data, over that of the level; a small one in a single seed proves nothing, since at γ = 0 it measures only
    how far f_neq, which has no gradient there, happens to point to where the data lead. A run that oscillates is
    repeated with doubled damping, up to three times. A layer is named only if freeing it alone leaves, in every seed, a
    smaller held-out loss than freeing any other alone, by half as much again: often every layer can make up for the
    break of any other.

    Args:
        train: ``train(data, control_settings, free_layers) -> (net, control, held-out loss)`` trains a new net on the
            data with ``ConstraintController(net, **control_settings)``. ``free_layers`` holds the numbers of the
            layers that may have an f_neq, ``None`` for all. Its random numbers must come from torch's global
            generator, which is seeded here.
        data: inputs and targets, ``(x, y)``, samples first.
        action_in: how inputs move.
        action_out: how targets move; ``None`` if they do not.
        seeds: some seeds; one decides nothing.
        settings: of the controller, beside or instead of ``dual_lr=1e-2, penalty=2``; ``loss_scale=`` for losses far
            from 1.
        factor: the margin above which the symmetry is broken; up to 1 it holds, between the two it is undecided.
        elements: what targets are averaged over, as in `enforce.average`.

    Raises:
        InputError: fewer than two seeds, data that are no pair, a ``train`` that returns something else.
    """
    seeds = list(seeds) if isinstance(seeds, Iterable) else []
    if len(seeds) < 2 or not all(isinstance(seed, int) for seed in seeds):
        raise InputError("seeds", describe(seeds), "two or more whole numbers", "seeds=range(3)")
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise InputError("data", describe(data), "inputs and targets", "(x, y)")
    factor, data = number("factor", factor), (as_inputs(data[0]), data[1])
    count = len(pytree.tree_leaves(data[0])[0])
    fibre, damped = as_fibre_action(action_out, action_in), DAMPED | dict(settings or {})

    def run(seed: int, data: Any, control: dict[str, Any], free: Any = None) -> tuple[Any, Any, float]:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return _checked(train(data, dict(control), free))

    forces, clean, oscillated, swinging = [], [], 0, False
    names: list[str] = []
    for seed in seeds:
        used, control = damped, run(seed, data, damped)[1]
        names = control.names
        for again in range(_RERUNS):
            if not control.oscillating:
                break
            oscillated += again == 0
            used = used | {"penalty": 2 * used["penalty"] or 1.0}
            control = run(seed, data, used)[1]
        swinging = swinging or control.oscillating
        forces.append(_level(control))
        half = torch.randperm(count, generator=torch.Generator().manual_seed(seed))[: (count + 1) // 2]
        free = run(seed, rows(data, half), damped | FREE)[0].eval()
        clean.append(_level(run(seed, symmetrised(free, half, data, fibre, elements, seed), used)[1]))
    found, level = torch.stack(forces), torch.stack(clean)
    margin = float(_root_mean_square(found) / _root_mean_square(level))
    answer = "broken" if margin > factor else "undecided" if margin > 1 or swinging else "symmetric"
    ablation = None
    if answer == "broken" and len(names) > 1:
        losses = [[run(seed, data, damped | FREE, (i,))[2] for i in range(len(names))] for seed in seeds]
        ablation = torch.tensor(losses, dtype=torch.float64)
    layer = 0 if answer == "broken" and len(names) == 1 else _named(ablation)
    return Verdict(answer, layer, tuple(names), found, level, margin, oscillated, ablation)


def _root_mean_square(forces: Tensor) -> Tensor:
    """Over the seeds, of the largest force in each ``[seeds, L]``."""
    return forces.amax(1).square().mean().sqrt()


def _level(control: ConstraintController) -> Tensor:
    """The mean λ + penalty γ of every layer over the last fifth of the steps, in which swings go out; its size."""
    history = control.history
    late = history.values[history.numbers.to(history.values.device) > 0.8 * history.steps]
    return (late[:, 1] + control.penalty * late[:, 0]).mean(0).abs().cpu()


def _named(ablation: Tensor | None) -> int | None:
    """The layer whose freedom alone leaves less than that of any other, clearly and in every seed."""
    if ablation is None:
        return None
    best = int(ablation.log().mean(0).argmin())
    others = torch.cat([ablation[:, :best], ablation[:, best + 1 :]], dim=1).amin(1)
    return best if bool((others > _SINGLE * ablation[:, best]).all()) else None


def _checked(outcome: Any) -> tuple[Any, Any, float]:
    if not isinstance(outcome, tuple | list) or len(outcome) != 3 or not isinstance(outcome[1], ConstraintController):
        raise InputError("train", f"a result that is {describe(outcome)}", "(net, control, held-out loss)")
    net, control = outcome[:2]
    loss = float(torch.as_tensor(outcome[2]).detach())
    if not math.isfinite(loss):
        raise InputError("train", f"a held-out loss of {loss}", "a training that converges", "a smaller learning rate")
    return net, control, loss
