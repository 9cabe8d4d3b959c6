"""Which layer breaks the symmetry: the equivariance error at named places inside a module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from symmetra.actions import as_fibre_action
from symmetra.inputs import InputError, describe
from symmetra.measure._equivariance import EquivarianceError, chosen_elements, compared
from symmetra.measure._evaluate import as_inputs, evaluating, real_dtype, squares


@dataclass(frozen=True, eq=False)
class Layerwise:
    """Errors at layers, in the order in which the layers run.

    Attributes:
        errors: Name of the layer to the :class:`EquivarianceError` of its output.
        tolerance: What counts as broken.
    """

    errors: dict[str, EquivarianceError]
    tolerance: float

    @property
    def first_broken(self) -> str | None:
        """The first layer to run whose output breaks the symmetry; ``None`` if none does."""
        return next((name for name, error in self.errors.items() if not error.value <= self.tolerance), None)

    def rows(self) -> list[dict[str, Any]]:
        """One row a layer, as plain data."""
        broken = self.first_broken
        return [
            {"label": name, "value": error.value, "note": "the first that breaks it" if name == broken else ""}
            for name, error in self.errors.items()
        ]

    def __str__(self) -> str:
        lines = [f"{name}: {error.value:.2e}" for name, error in self.errors.items()]
        where = f"first broken at {self.first_broken}" if self.first_broken else "no layer breaks the symmetry"
        return "\n".join([*lines, where])


def layerwise(
    model: Any,
    x: Any,
    action_in: Any,
    actions: Mapping[str, Any],
    elements: Any = None,
    seed: int = 0,
    n_elements: int = 32,
    tolerance: float | None = None,
) -> Layerwise:
    """The equivariance error of the outputs of named layers, all from one pass for each element.

    A layer whose hidden action is not known cannot be judged; name those whose action is known, with ``None`` for
    outputs that should be invariant. Errors are those of the whole network up to the layer, so that the first layer in
    the order of running to exceed the tolerance is where the symmetry is lost.

    Args:
        model: The module, called on the batch.
        x: Samples ``[N, ...]``, or a pytree of them.
        action_in: How inputs move.
        actions: Names as in ``model.named_modules()`` (``""`` is the model) to how the outputs of that layer move.
        elements: As in :func:`equivariance_error`, and so are ``seed`` and ``n_elements``.
        seed: Of the random elements.
        n_elements: How many random elements.
        tolerance: What counts as broken; 10,000 times the rounding unit of the inputs if left out.

    Raises:
        InputError: for a name that is no layer, or a layer that did not run, or ran more than once.
    """
    if not isinstance(model, nn.Module):
        raise InputError("model", describe(model), "an nn.Module, whose layers have names", "equivariance_error")
    layers = dict(model.named_modules())
    for name in actions:
        if name not in layers:
            some = ", ".join(repr(known) for known in list(layers)[1:8])
            raise InputError(
                "actions", f"the layer {name!r}", f"names of layers, such as {some}", "model.named_modules()"
            )
    x = as_inputs(x)
    tried = chosen_elements(action_in.group, elements, n_elements, seed)
    fibres = {name: as_fibre_action(action, action_in) for name, action in actions.items()}
    outputs: dict[str, Any] = {}

    def record(name: str) -> Any:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            if name in outputs:
                raise InputError(
                    "actions",
                    f"the layer {name!r}, which runs more than once",
                    "layers that run once",
                    "separate modules",
                )
            outputs[name] = output

        return hook

    def run(inputs: Any) -> dict[str, Any]:
        outputs.clear()
        model(inputs)
        return dict(outputs)

    hooks = [layers[name].register_forward_hook(record(name)) for name in actions]
    try:
        with evaluating(model):
            reference = run(x)
            missing = [name for name in actions if name not in reference]
            if missing:
                raise InputError("actions", f"the layer {missing[0]!r}, which did not run", "layers that run", "others")
            images = [run(action_in.transform(g, x)) for g in tried]
    finally:
        for hook in hooks:
            hook.remove()
    errors = {}
    for name in reference:  # in the order of running
        replay = iter([reference[name], *(image[name] for image in images)])

        def output(_: Any, replay: Any = replay) -> Any:
            return next(replay)

        parts = [(squares(r).mean(), s.mean()) for r, s in compared(output, fibres[name], x, tried)]
        tops, sizes = (torch.stack(column).cpu() for column in zip(*parts, strict=True))
        value, scale = float((tops.mean() / sizes.mean()).sqrt()), float(sizes.mean().sqrt())
        errors[name] = EquivarianceError(value, (tops / sizes).sqrt(), tried, scale, len(squares(reference[name])))
    if tolerance is None:
        tolerance = 1e4 * torch.finfo(real_dtype(x)).eps
    return Layerwise(errors, tolerance)
