"""Neural ODEs for the pendulum: a plain perceptron, and a polynomial-gated network free, promoted or enforced.

All of them are vector fields x' = F(x) on R¹², integrated by one Runge-Kutta step of order 4 for each interval of 0.2,
whose own error on the true field (mean square 4e-9) is far below that of any model.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from symmetra import Scalar, Vector
from symmetra.groups import SO, O
from symmetra.nn import EquivariantLinear, QuadraticGated
from symmetra.nn._quadratic import Quadratics
from symmetra.representations import Representation
from symmetra.studies.unified.pendulum_data import INTERVAL

ARMS = ("mlp", "so2", "promoted", "gated", "o2")
"""The perceptron; gated networks: of SO(2)-equivariant layers, with the penalty for so(3), free, of O(2)-layers."""

CANDIDATES = 4 * Vector(SO(3))

SPREAD = (1.7, 1.15, 1.15)
"""σ of the inputs of the layers: the root mean square of the data, and that of the published uniform draws on ±2."""


def about_vertical(arm: str) -> Representation:
    """How rotations about z, and for ``o2`` reflections too, act on (q_1, q_2, p_1, p_2)."""
    group = O(2) if arm == "o2" else SO(2)
    return 4 * (Vector(group) + Scalar(group))


def field(arm: str) -> nn.Module:
    """An untrained vector field; its parameters come from torch's random stream."""
    if arm == "mlp":
        sizes = (12, 42, 42, 42, 12)
        layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.Tanh())]
        return nn.Sequential(*layers[:-1])
    enforced = arm in ("so2", "o2")
    V = about_vertical(arm) if enforced else CANDIDATES
    model = QuadraticGated(V, V, blocks=(3, 3), symmetric=enforced, dtype=torch.float32)
    with torch.no_grad():
        for part in model.modules():
            if isinstance(part, Quadratics):
                part.coefficients.mul_(0.1)  # |x|² is about 30 here, and gates should begin half open
            if isinstance(part, EquivariantLinear):
                part.weight.mul_(3**-0.5)  # the variance that nn.Linear begins with
    return model


class Layer(NamedTuple):
    """Coefficients of a layer: blocks W x + b, each times the sigmoid of c + sᵀx + xᵀS x.

    Attributes:
        W: ``[12 k, n]``.
        b: ``[12 k]``.
        c: ``[k]``; empty for the last layer, which has no gates.
        s: ``[k, n]``.
        S: ``[k, n, n]``, symmetric.
    """

    W: Tensor
    b: Tensor
    c: Tensor
    s: Tensor
    S: Tensor


def layers(model: QuadraticGated) -> list[Layer]:
    """The coefficients of all layers, the same for free and for equivariant ones; gradients flow."""
    found, parts = [], list[Any](model.layers)
    for part in parts:
        gated = hasattr(part, "quadratics")
        affine = part.affine if gated else part
        equivariant = isinstance(affine, EquivariantLinear)
        W, b = (affine.matrix(), affine.vector()) if equivariant else (affine.weight, affine.bias)
        form = part.quadratics.forms() if gated else W.new_zeros(0, W.shape[1] + 1, W.shape[1] + 1)
        found.append(Layer(W, b, form[:, 0, 0], 2 * form[:, 0, 1:], form[:, 1:, 1:]))
    return found


def rates(layers: list[Layer], x: Tensor) -> Tensor:
    """The network with these coefficients, ``[N, 12]`` to ``[N, 12]``."""
    for W, b, c, s, S in layers:
        k, n = s.shape
        y = torch.addmm(torch.cat([b, c]), x, torch.cat([W, s]).mT)
        if k:
            form = (x @ S.transpose(0, 1).flatten(1)).unflatten(1, (k, n))
            gate = ((form * x[:, None]).sum(2) + y[:, len(b) :]).sigmoid()
            y = (y[:, : len(b)].unflatten(1, (k, -1)) * gate[:, :, None]).flatten(1)
        x = y
    return x


def lie_operator(layers: list[Layer], generators: Tensor, spread: tuple[float, ...] = SPREAD) -> Tensor:
    """The operator ξ ↦ (L_ξ F_1, L_ξ F_2, …) as a matrix ``[q, P]``, exact: it is linear in the coefficients.

    The affine maps and the quadratics of the gates go in separately, as in arXiv:2311.00212. For x with independent
    normal components of variance σ² the norms are those of L₂: σ for linear and √2 σ² for traceless quadratic terms.

    Args:
        layers: coefficients.
        generators: on one state, ``[q, 12, 12]``, antisymmetric.
        spread: σ of the input of each layer.
    """
    parts = []
    for (W, b, _, s, S), size in zip(layers, spread, strict=True):
        W, S = W.unflatten(0, (-1, 12)).unflatten(2, (-1, 12)), S.unflatten(2, (-1, 12))
        turned = torch.einsum("iajb,qbc->qiajc", W, generators) - torch.einsum("qac,icjb->qiajb", generators, W)
        moved = torch.einsum("qac,ic->qia", generators, b.unflatten(0, (-1, 12)))
        slope = torch.einsum("kjb,qbc->qkjc", s.unflatten(1, (-1, 12)), generators)
        form = torch.einsum("knjb,qbc->qknjc", S, generators).flatten(3)
        pairs = ((size, turned), (1.0, moved), (size, slope), (2**0.5 * size**2, form + form.mT))
        parts += [weight * values.flatten(1) for weight, values in pairs]
    return torch.cat(parts, dim=1)


def nuclear_norm(operator: Tensor, smooth: float = 1e-4) -> Tensor:
    """‖L‖_* of ``[q, P]`` from the q × q Gram matrix, Σ (σ² + ε²)^½, so that its gradient is finite at zero."""
    return (torch.linalg.eigvalsh(operator @ operator.mT).clamp(min=0) + smooth**2).sqrt().sum()


class Trial(nn.Module):
    """A field together with what it is trained, chosen and tested by, so that many trials run as one ensemble.

    Args:
        arm: the kind of model.
        parts: training, validation and test trajectories ``[N, 5, 12]``.
        gamma: the weight of the penalty, for ``promoted``.
    """

    training_states: Tensor
    validation_states: Tensor
    test_states: Tensor
    gamma: Tensor
    generators: Tensor

    def __init__(self, arm: str, parts: tuple[Tensor, Tensor, Tensor], gamma: float = 0.0) -> None:
        super().__init__()
        self.promoted = arm == "promoted"
        self.field = field(arm)
        for name, states in zip(("training", "validation", "test"), parts):
            self.register_buffer(f"{name}_states", states)
        self.register_buffer("gamma", torch.tensor(gamma))
        moves = [CANDIDATES.drho(xi).dense() for xi in CANDIDATES.group.generators]
        self.register_buffer("generators", torch.stack(moves).float())

    def forward(self, part: str) -> Tensor:
        """The mean square error of the later states of a part; for ``training`` with the penalty."""
        states: Tensor = getattr(self, f"{part}_states")
        f: Callable[[Tensor], Tensor] = self.field
        coefficients = None
        if isinstance(self.field, QuadraticGated):
            coefficients = layers(self.field)  # once, and not at every evaluation of the field
            f = partial(rates, coefficients)
        error = (rollout(f, states[:, 0], states.shape[1] - 1) - states[:, 1:]).square().mean()
        if part == "training" and self.promoted and coefficients is not None:
            error = error + self.gamma * nuclear_norm(lie_operator(coefficients, self.generators))
        return error


def rollout(f: Callable[[Tensor], Tensor], x: Tensor, steps: int) -> Tensor:
    """States ``[N, steps, 12]`` after each interval from ``x [N, 12]``, by the Runge-Kutta method of order 4."""
    h, states = INTERVAL, []
    for _ in range(steps):
        first = f(x)
        second = f(x + h / 2 * first)
        third = f(x + h / 2 * second)
        x = x + h / 6 * (first + 2 * (second + third) + f(x + h * third))
        states.append(x)
    return torch.stack(states, dim=1)
