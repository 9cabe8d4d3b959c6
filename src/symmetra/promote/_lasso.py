"""Discrete candidates: a group lasso over elements, which switches off whole differences K_g F − F."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.actions._base import ConstantFibre
from symmetra.inputs import InputError, as_tensor, describe
from symmetra.promote._places import Parameters, Place, affine_maps, checked_scale, evaluated

_TINY = 1e-200


class GroupLassoPenalty:
    """Σ_g c_g ‖K_g F − F‖ / D for candidate elements g, K_g F(x) = ρ_out(g)⁻¹ F(ρ_in(g) x), to be added to a loss.

    ‖·‖ is the root mean square over the sample points; D² is the mean square of F's change from one sample to the next
    plus that of ρ_out(g)⁻¹F − F, and counts as a number, without a gradient: a generic map scores about 1 for every
    element, whatever the units. Norms are not squared, so an element that the data agree with goes to zero, and one
    that they contradict stays (derived from arXiv:2311.00212, where it is left to the reader). Each is rounded off
    below ε, so that the gradient is finite everywhere.

    Args:
        model: an ``nn.Module``, called on batches, or a callable.
        action_in: how inputs move.
        action_out: how outputs move; None for invariant outputs.
        points: sample points ``[N, ...]``.
        elements: candidate elements ``[k, ...]``; all of a finite group but the identity, else its components.
        weights: c_g ``[k]``; 1 if left out.
        scale: D, if it is to be one number for the whole training, as in :class:`NuclearNormPenalty`.
        smooth: ε.
        batched: whether a callable model takes a batch.

    Raises:
        InputError: no elements, or arguments that do not fit.
    """

    def __init__(
        self,
        model: Any,
        action_in: Any,
        action_out: Any = None,
        points: Any = None,
        elements: Any = None,
        weights: Any = None,
        *,
        scale: float | None = None,
        smooth: float = 1e-3,
        batched: bool | None = None,
    ) -> None:
        if isinstance(smooth, bool) or not isinstance(smooth, float) or not 0 < smooth < 1:
            raise InputError("smooth", describe(smooth), "a relative difference between 0 and 1", "smooth=1e-3")
        self.model, self.smooth, self.scale = model, smooth, checked_scale(scale)
        self.place = Place("", model, action_in, action_out, points, batched)
        group = action_in.group
        if elements is None:
            all_of = getattr(group, "elements", group.components)
            elements = all_of[[i for i, g in enumerate(all_of) if not torch.allclose(g, group.identity)]]
        self.elements = torch.as_tensor(elements)
        if self.elements.shape[1:] != group.identity.shape or not len(self.elements):
            expected = f"group elements [k, {', '.join(map(str, group.identity.shape))}], at least one"
            raise InputError("elements", describe(self.elements), expected, "group.sample(k)")
        count = len(self.elements)
        self.weights = torch.ones(count).double() if weights is None else as_tensor(weights, "weights").double()
        if self.weights.shape != (count,) or float(self.weights.min()) < 0:
            raise InputError("weights", describe(weights), f"{count} numbers, none negative", "weights=None")
        x = self.place.x
        self.moved = torch.stack([action_in.transform(g, x) for g in self.elements]).detach()
        self._back: tuple[Tensor, Tensor] | None = None
        if self.place.flat and not self.place.invariant:
            fibre, constant = self.place.fibre, isinstance(self.place.fibre, ConstantFibre)
            with torch.no_grad():
                y = self.place.f(x).reshape(len(x), -1)
            inverses = [group.inverse(g) for g in self.elements]
            moves = [lambda p, row, g=g: fibre.transform(g, p, row) for g in inverses]
            self._back = affine_maps(moves, [m[:1] if constant else m for m in self.moved], y)

    def __call__(self, parameters: Parameters | None = None) -> Tensor:
        """The penalty, a differentiable number; ``parameters`` as in :class:`NuclearNormPenalty`."""
        squares, dtype = self._squares(parameters, self.scale)
        norms = (squares + self.smooth**2).sqrt() - self.smooth
        return (self.weights.to(norms) * norms).sum().to(dtype)

    def spectrum(self, parameters: Parameters | None = None) -> Tensor:
        """``[k]``, relative size of K_g F − F for each element, in their order; 0 is a symmetry."""
        with torch.no_grad():
            return self._squares(parameters, None)[0].sqrt().cpu()

    def kept(self, tolerance: float = 0.05, parameters: Parameters | None = None) -> Tensor:
        """The elements ``[·, ...]`` with a relative difference up to the tolerance."""
        return self.elements[self.spectrum(parameters) <= tolerance]

    def _squares(self, parameters: Parameters | None, scale: float | None) -> tuple[Tensor, torch.dtype]:
        f, x = evaluated(self.place, self.model, parameters), self.place.x
        count = len(self.elements)
        values = f(torch.cat([x[None], self.moved]).flatten(0, 1))
        values = values.reshape(count + 1, len(x), *values.shape[1:])
        y, images = values[0], self._returned(values[1:])
        onward = _squared(y.roll(1, 0) - y).sum()
        if scale is not None:
            return _squared(images - y).flatten(1).sum(1) / (len(x) * scale**2), y.real.dtype
        if not self.place.invariant:
            still = self._returned(y.expand(count, *y.shape))
            onward = onward + _squared(still - y).sum() / count
        return _squared(images - y).flatten(1).sum(1) / onward.detach().clamp(min=_TINY), y.real.dtype

    def _returned(self, images: Tensor) -> Tensor:
        """ρ_out(g)⁻¹ on ``[k, N, ...]``."""
        if self.place.invariant:
            return images
        if self._back is None:
            group, fibre = self.place.action_in.group, self.place.fibre
            triples = zip(self.elements, self.moved, images, strict=True)
            return torch.stack([fibre.transform(group.inverse(g), x, y) for g, x, y in triples])
        turn, shift = self._back
        rows = images.reshape(*images.shape[:2], -1)[..., None]
        return ((turn @ rows)[..., 0] + shift).reshape(images.shape)


def _squared(values: Tensor) -> Tensor:
    """|values|² in float64."""
    return (
        values.real.double().square() + values.imag.double().square() if values.is_complex() else values.double() ** 2
    )
