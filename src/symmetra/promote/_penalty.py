"""Symmetry as a penalty for training: the nuclear norm of ξ ↦ L_ξ F, smooth, free of units, for any optimiser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.lie_derivative import _forward_mode
from symmetra.promote._places import Parameters, Place, Sample, checked_scale, evaluated, unit_generators
from symmetra.promote._promoted import PromotedAlgebra

_TINY = 1e-200  # keeps the map that is constant, and its gradient, finite


class NuclearNormPenalty:
    """About the number of generators that a model breaks: a relaxation of dim G − dim sym(F), to be added to a loss.

    With unit generators ξ_1 … ξ_q and N sample points the operator ξ ↦ L_ξ F is a matrix of q columns

        L_j = (dF ξ_j − B_j F)(x_k) / (√N D),      D² = mean over k of ‖dF v_k‖² + mean over j, k of ‖B_j F‖²,

    and the penalty is tr (LᵀL + ε²)^½ − qε: the nuclear norm (arXiv:2311.00212), rounded off below relative defects ε
    so that its gradient is finite everywhere. v_k is the way from one sample to the next, in the size of a unit
    generator: D is by how much F would change along an arbitrary direction. So a generic map scores about 1 for every
    generator, an equivariant one 0, whatever the units of inputs, outputs and generators and whatever N. D counts as
    a number, without a gradient: else a model would lower the ratio by varying more instead of breaking less. On fewer
    points the penalty is a little too low.

    Several layers (``layers=``) are stacked into one operator with one common ξ, as in the paper, each divided by
    √(number of layers): what counts is what they break together.

    Args:
        model: an ``nn.Module``, called on batches, or a callable (see ``symmetra.lie_derivative.as_batched``).
        action_in: how inputs move; the candidates are the generators of its group.
        action_out: how outputs move: a representation, an action, a fibre action, or None for invariant outputs.
        points: sample points ``[N, ...]``; any batch can be given later. None for an ``nn.Linear``: exact, from its
            weights.
        layers: instead of the three above, names as in ``model.named_modules()`` to (action_in, action_out, points).
        metric: the inner product on the algebra in which generators are orthonormal: ``samples``, the mean of
            ⟨ξ(x), η(x)⟩ over the points of the first layer; ``generators``, as they stand in the group; or a matrix
            ``[q, q]``. With ``samples``, combinations that move no sample are left out.
        scale: D, if it is to be one number for the whole training: the size of change that the outputs ought to have
            when inputs move by 1. Then the penalty is one function (convex where F is linear in its parameters), as
            line searches need it, and a model that starts near zero is not held there by a D near zero.
        smooth: ε, a relative defect.
        batched: whether a callable model takes a batch.

    Raises:
        InputError: actions that do not fit, a group without generators, wrong points or metric, unknown layers.

    Example:
        >>> import torch, symmetra
        >>> from symmetra import promote
        >>> from symmetra.groups import SO
        >>> V, x = symmetra.Vector(SO(3)), torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
        >>> model = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.Tanh(), torch.nn.Linear(16, 3))
        >>> penalty = promote.NuclearNormPenalty(model, V, V, x)
        >>> (1e-3 * penalty()).backward()
        >>> penalty.spectrum().shape
        torch.Size([3])
    """

    def __init__(
        self,
        model: Any,
        action_in: Any = None,
        action_out: Any = None,
        points: Any = None,
        *,
        layers: Any = None,
        metric: Any = "samples",
        scale: float | None = None,
        smooth: float = 1e-3,
        batched: bool | None = None,
    ) -> None:
        if isinstance(smooth, bool) or not isinstance(smooth, float) or not 0 < smooth < 1:
            raise InputError("smooth", describe(smooth), "a relative defect between 0 and 1", "smooth=1e-3")
        self.model, self.smooth, self.scale = model, smooth, checked_scale(scale)
        if layers is None:
            self.places = [Place("", model, action_in, action_out, points, batched)]
        else:
            self.places = [
                Place(name, _layer(model, name), *_three(name, given), None) for name, given in layers.items()
            ]
        if not self.places:
            raise InputError("layers", "none", "names of layers with their actions", 'layers={"0": (V, V, x)}')
        group = self.places[0].action_in.group
        for place in self.places[1:]:
            if place.action_in.group != group:
                raise InputError("layers", f"{place.action_in.group!r}", f"one group for all layers, {group!r}")
        self.group = group
        self.mixing = unit_generators(self.places[0], metric)
        self.samples = tuple(place.sample(place.x, self.mixing) for place in self.places)
        with torch.no_grad():
            self._vectorised = True
            try:
                list(self._images(self.samples, None))
            except (RuntimeError, ValueError):  # an operation without a batching rule: one generator at a time
                self._vectorised = False

    def __call__(self, points: Any = None, parameters: Parameters | None = None) -> Tensor:
        """The penalty, a differentiable number.

        Args:
            points: where to look, if not at all sample points: what :meth:`at` or :meth:`batches` gives, or inputs.
            parameters: parameters and buffers by name, used instead of the model's own (``torch.func`` style); so the
                penalty can be vmapped over the instances of an ensemble.
        """
        images = list(self._images(self._given(points), parameters))
        gram = sum(
            (image.double() @ image.double().mT for image in images[1:]), images[0].double() @ images[0].double().mT
        )
        values = torch.linalg.eigvalsh(gram).clamp(min=0)
        return ((values + self.smooth**2).sqrt() - self.smooth).sum().to(images[0].dtype)

    def at(self, *inputs: Any) -> tuple[Sample, ...]:
        """Points of one's own, one batch ``[N, ...]`` a layer, prepared once for many calls."""
        if len(inputs) != len(self.places):
            raise InputError("points", f"{len(inputs)} batches", f"{len(self.places)}, one for each layer")
        pairs = zip(self.places, inputs, strict=True)
        return tuple(place.sample(x.detach().to(place.x), self.mixing) for place, x in pairs)

    def batches(self, size: int, seed: int = 0) -> Iterator[tuple[Sample, ...]]:
        """Mini-batches of the sample points without end, in an order that follows from the seed."""
        if isinstance(size, bool) or not isinstance(size, int) or size < 2:
            raise InputError("size", describe(size), "two or more points")
        source = torch.Generator().manual_seed(seed)
        while True:
            picks = []
            for sample in self.samples:
                rows = torch.randperm(len(sample.x), generator=source)[:size].to(sample.x.device)
                turn, shift = (None if t is None else t[:, rows] if t.shape[1] > 1 else t for t in sample[2:])
                picks.append(Sample(sample.x[rows], sample.tangents[:, rows], turn, shift))
            yield tuple(picks)

    def spectrum(self, parameters: Parameters | None = None) -> Tensor:
        """``[a]``, ascending: relative sizes of L_ξ F along its singular directions; 0 is a symmetry, 1 none at all."""
        return self._decomposed(parameters)[0]

    def algebra(self, tolerance: float = 0.05, parameters: Parameters | None = None) -> PromotedAlgebra:
        """The generators that the model keeps: singular directions of relative size up to the tolerance."""
        if isinstance(tolerance, bool) or not isinstance(tolerance, float) or not 0 <= tolerance < 1:
            raise InputError("tolerance", describe(tolerance), "a relative defect between 0 and 1", "tolerance=0.05")
        spectrum, directions = self._decomposed(parameters)
        return PromotedAlgebra(self.group, directions @ self.mixing, spectrum, tolerance)

    def _decomposed(self, parameters: Parameters | None) -> tuple[Tensor, Tensor]:
        """Ascending singular values, and unit generators as rows."""
        with torch.no_grad():
            image = torch.cat([part.double() for part in self._images(self.samples, parameters, relative=True)], dim=1)
            u, s, _ = torch.linalg.svd(image, full_matrices=False)
            if u.shape[1] < u.shape[0]:
                u = torch.linalg.svd(image, full_matrices=True).U
        s = torch.nn.functional.pad(s, (0, len(u) - len(s)))
        return s.flip(0).cpu(), u.mT.flip(0).cpu()

    def _given(self, points: Any) -> tuple[Sample, ...]:
        if points is None:
            return self.samples
        if isinstance(points, tuple) and points and isinstance(points[0], Sample):
            return points
        return self.at(*points) if isinstance(points, (tuple, list)) else self.at(points)

    def _images(
        self, samples: tuple[Sample, ...], parameters: Parameters | None, relative: bool = False
    ) -> Iterator[Tensor]:
        """Lᵀ of every layer, ``[q, N m]``."""
        for place, sample in zip(self.places, samples, strict=True):
            y, changes = self._along(evaluated(place, self.model, parameters), sample)
            turned = place.turned(sample, y, self.mixing)
            image, onward = changes[:-1], _real(changes[-1:]).double().square().sum()
            if turned is not None:
                image, onward = image - turned, onward + _real(turned).double().square().sum() / len(turned)
            own = (
                onward.detach()
                if self.scale is None or relative
                else len(sample.x) * self.scale**2 * torch.ones_like(onward)
            )
            flat = _real(image)
            yield flat / (own.clamp(min=_TINY) * len(self.places)).sqrt().to(flat.dtype)

    def _along(self, f: Any, sample: Sample) -> tuple[Tensor, Tensor]:
        """F ``[N, ...]`` and dF along every tangent ``[q + 1, N, ...]``."""

        def along(tangent: Tensor) -> Any:
            return torch.func.jvp(f, (sample.x,), (tangent,))

        def at_once() -> tuple[Tensor, Tensor]:
            values, changes = torch.func.vmap(along, randomness="same")(sample.tangents)
            return values[0], changes

        if torch.compiler.is_compiling():
            return at_once()
        with _forward_mode():
            if self._vectorised:
                return at_once()
            pairs = [along(tangent) for tangent in sample.tangents]
        return pairs[0][0], torch.stack([change for _, change in pairs])


def _real(values: Tensor) -> Tensor:
    """``[q, N, ...]`` as ``[q, numbers]``, real."""
    return (torch.view_as_real(values) if values.is_complex() else values).flatten(1)


def _layer(model: Any, name: str) -> Any:
    if not isinstance(model, nn.Module):
        raise InputError("model", describe(model), "an nn.Module, whose layers have names", "layers=None")
    layers = dict(model.named_modules())
    if name not in layers:
        some = ", ".join(repr(known) for known in list(layers)[1:8])
        raise InputError("layers", f"the layer {name!r}", f"names of layers, such as {some}", "model.named_modules()")
    return layers[name]


def _three(name: str, given: Any) -> tuple[Any, Any, Any]:
    if not isinstance(given, (tuple, list)) or len(given) != 3:
        raise InputError("layers", f"{describe(given)} for {name!r}", "(action_in, action_out, points)")
    return given[0], given[1], given[2]
