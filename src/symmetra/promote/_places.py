"""Where a penalty looks: sample points of one map, the velocities of all generators there, and how its outputs turn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from symmetra.actions import as_fibre_action
from symmetra.actions._base import ConstantFibre, InvariantFibre
from symmetra.inputs import InputError, as_tensor, describe
from symmetra.lie_derivative import as_batched

_SMALL = 64  # outputs up to which how they turn is kept as matrices, [q, m, m] or [q, N, m, m]


class Sample(NamedTuple):
    """Points of one place with everything that does not depend on the model.

    Attributes:
        x: ``[N, ...]``.
        tangents: ``[q + 1, N, ...]``: the generators' velocities, and last the way to the next point, which a generic
            map changes along; all in the unit in which a unit generator moves the inputs by 1 in the mean square.
        turn: B_ξ(x) as ``[q, 1 or N, m, m]``, or None where it is applied instead.
        shift: its affine part ``[q, 1 or N, m]``.
    """

    x: Tensor
    tangents: Tensor
    turn: Tensor | None
    shift: Tensor | None


class Place:
    """A map between two actions: the model, or one of its layers."""

    def __init__(self, name: str, f: Any, action_in: Any, action_out: Any, points: Any, batched: bool | None) -> None:
        self.name, self.action_in = name, action_in
        self.fibre, self.f = as_fibre_action(action_out, action_in), as_batched(f, batched)
        self.invariant = isinstance(self.fibre, InvariantFibre)
        parameter = next(f.parameters(), None) if isinstance(f, nn.Module) else None
        x = as_tensor(_design(f) if points is None else points, "points")
        if x.ndim < 2 or x.is_complex() or x.shape[0] < 2:
            raise InputError("points", describe(x), "two or more real samples [N, ...]", "x, as the model takes it")
        self.x = x.detach() if parameter is None else x.detach().to(parameter.device, parameter.dtype)
        with torch.no_grad():
            y = self.f(self.x)
        if not isinstance(y, Tensor) or y.shape[:1] != self.x.shape[:1]:
            raise InputError("model", f"an output that is {describe(y)}", f"one row for each of {len(self.x)} points")
        self.flat = y.ndim <= 2 and y[0].numel() <= _SMALL

    def velocities(self, x: Tensor) -> Tensor:
        """Of the group's own generators, ``[q, N, ...]``."""
        generators = self.action_in.group.generators
        return torch.stack([self.action_in.generate(xi, x) for xi in generators]).detach()

    def sample(self, x: Tensor, mixing: Tensor) -> Sample:
        """Prepare points for the unit generators Σ_j mixing_aj ξ_j."""
        generators = self.action_in.group.generators
        mixing = mixing.to(x)
        moved = torch.einsum("aj,j...->a...", mixing, self.velocities(x))
        onward = x.roll(1, 0) - x
        unit = moved.flatten(1).norm() / len(moved) ** 0.5 / onward.norm().clamp(min=torch.finfo(x.dtype).tiny)
        tangents = torch.cat([moved, (unit * onward)[None]])
        if self.invariant or not self.flat:
            return Sample(x, tangents, None, None)
        with torch.no_grad():
            y = self.f(x).reshape(len(x), -1)
        points = x[:1] if isinstance(self.fibre, ConstantFibre) else x
        moves = [lambda p, row, xi=xi: self.fibre.generate(xi, p, row) for xi in generators]
        turn, shift = affine_maps(moves, [points] * len(generators), y)
        turn, shift = (torch.einsum("aj,j...->a...", mixing.to(part), part) for part in (turn, shift))
        return Sample(x, tangents, turn, shift)

    def turned(self, sample: Sample, y: Tensor, mixing: Tensor) -> Tensor | None:
        """B_ξ(x) F(x) ``[q, N, ...]`` for the unit generators; None for invariant outputs."""
        if self.invariant:
            return None
        if sample.turn is not None and sample.shift is not None:
            rows = y.reshape(1, len(y), -1, 1)
            return ((sample.turn @ rows)[..., 0] + sample.shift).reshape(-1, *y.shape)
        images = torch.stack([self.fibre.generate(xi, sample.x, y) for xi in self.action_in.group.generators])
        return torch.einsum("aj,j...->a...", mixing.to(images), images)


def affine_maps(moves: Sequence[Any], points: Sequence[Tensor], y: Tensor) -> tuple[Tensor, Tensor]:
    """The map y ↦ move(x, y) as matrices ``[k, N, m, m]`` and shifts ``[k, N, m]``, outputs like y ``[·, m]``."""
    rows = torch.cat([torch.eye(y.shape[1]), torch.zeros(1, y.shape[1])]).to(y)
    images = torch.stack([
        torch.stack([move(x, row.expand(len(x), -1)) for row in rows]) for move, x in zip(moves, points, strict=True)
    ]).to(y)  # fmt: skip
    shift = images[:, -1]
    return (images[:, :-1] - shift[:, None]).permute(0, 2, 3, 1), shift


def _design(f: Any) -> Tensor:
    """Points ±√n e_i, over which the mean square of an affine map is ‖W‖² + ‖b‖²: exact for affine layers."""
    n = getattr(f, "in_features", None)
    if not isinstance(f, nn.Linear) or not isinstance(n, int):
        raise InputError("points", "None", "sample points [N, ...]; None is for nn.Linear layers", "points=x_train")
    eye = torch.eye(n, dtype=torch.float64) * n**0.5
    return torch.cat([eye, -eye])


def unit_generators(place: Place, metric: Any) -> Tensor:
    """``[a, q]``: combinations of the group's generators that are orthonormal in the metric on the algebra.

    Combinations of size zero are left out: they move no sample, and nothing can be said of them.
    """
    generators = place.action_in.group.generators
    q = len(generators)
    if q == 0:
        raise InputError("action_in", "a discrete group", "a group with generators", "promote.GroupLassoPenalty")
    if isinstance(metric, str) and metric == "generators":
        return torch.eye(q, dtype=torch.float64)
    if isinstance(metric, str) and metric == "samples":
        moved = place.velocities(place.x).double().flatten(1)
        form = moved @ moved.mT / len(place.x)
    else:
        form = as_tensor(metric, "metric").detach().double()
        if form.shape != (q, q) or not torch.allclose(form, form.mT):
            instead = 'metric="samples" or "generators"'
            raise InputError("metric", describe(metric), f"a symmetric matrix [{q}, {q}]", instead)
    sizes = form.diagonal().clamp(min=torch.finfo(form.dtype).tiny).sqrt()
    values, vectors = torch.linalg.eigh(form / sizes[:, None] / sizes)
    if float(values[-1]) <= 0 or float(values[0]) < -1e-10 * float(values[-1]):
        raise InputError("metric", "a form that is not positive", "an inner product on the generators")
    kept = values > 1e-10 * values[-1]
    return (vectors[:, kept] / values[kept].sqrt()).mT / sizes


def checked_scale(scale: Any) -> float | None:
    """A positive number, or None."""
    if scale is not None and (isinstance(scale, bool) or not isinstance(scale, float) or not 0 < scale < math.inf):
        raise InputError("scale", describe(scale), "a positive size of change of the outputs, or None", "scale=None")
    return scale


Parameters = dict[str, Tensor]


def evaluated(place: Place, model: Any, parameters: Parameters | None) -> Callable[[Tensor], Tensor]:
    """The map with its own parameters, or with those of one instance of an ensemble."""
    if parameters is None:
        return place.f
    if not isinstance(model, nn.Module):
        raise InputError("parameters", "parameters of a callable", "None for a model that is no nn.Module")
    layer = model.get_submodule(place.name)
    head = f"{place.name}." if place.name else ""
    own = {key[len(head) :]: value for key, value in parameters.items() if key.startswith(head)}
    return lambda x: torch.func.functional_call(layer, own, (x,))
