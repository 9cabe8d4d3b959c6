"""The gauge: (γ, f_neq) and (γ / c, c f_neq) are one function, so γ means nothing until the size of f_neq is fixed."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from symmetra.inputs import InputError, describe

GAUGES = ("auto", "spectral", "output", "none")
_WEIGHTS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
_LOOKED_AT = 64  # samples of a batch that the running means see: enough for a mean over batches, and it costs nothing


class SpectralNorm(nn.Module):
    """The largest singular value of a linear or convolutional layer, by the power method.

    The bias counts as one more column, ``sqrt(σ(W)² + |b|²)``, a bound on the norm of ``[W, b]``: a bias that could
    grow freely would carry any deviation at a vanishing γ. A convolution counts as the matrix ``[out, in × kernel]``.
    The method starts from the exact singular vector, and stays below the norm: down to half of it, while the weights
    move quickly and one step of the training in eight is followed. Gradients pass through, as in weight normalisation.

    Raises:
        InputError: a layer that is zero and has no size to be divided by.
    """

    right: Tensor

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        matrix = layer.weight.detach().flatten(1)  # type: ignore[operator]
        if not bool(matrix.any()):
            raise InputError(
                "f_neq", "a layer whose weights are zero", "one with a direction", "RelaxedModule(…, gamma=0)"
            )
        exact = torch.linalg.svd(matrix.double(), full_matrices=False).Vh[0]
        self.register_buffer("right", exact.to(matrix.dtype))

    def forward(self, layer: Any, update: bool) -> Tensor:
        """The norm, a scalar; ``update`` takes a step of the power method before."""
        device = layer.weight.device.type
        if torch.is_autocast_enabled(device):
            with torch.autocast(device, enabled=False):
                return self.forward(layer, update)
        matrix = layer.weight.flatten(1)
        if update:
            with torch.no_grad():
                moved = (matrix @ self.right) @ matrix
                self.right.copy_(moved / torch.linalg.vector_norm(moved))
        image = matrix @ (self.right.clone() if update else self.right)  # the gradient needs the one of now
        return torch.linalg.vector_norm(image if layer.bias is None else torch.cat((image, layer.bias)))


@torch.no_grad()
def normalise(f_neq: Any) -> None:
    """Divide the weights of a linear layer, or of the one at the end of a sequence, by their norm, in place.

    The gauge divides by the size of f_neq, so the function stays what it was; but an optimiser whose steps are of one
    size, as those of Adam, turns large weights slowly, and would still tell one size of f_neq from another.
    """
    layer = f_neq
    while isinstance(layer, nn.Sequential) and len(layer):
        layer = layer[-1]
    if isinstance(layer, _WEIGHTS) and isinstance(layer._parameters.get("weight"), Tensor) and bool(layer.weight.any()):
        norm = SpectralNorm(layer)(layer, False)
        for parameter in layer.parameters():
            parameter.div_(norm)


def chosen(gauge: Any, f_neq: Any) -> str:
    """``spectral`` for a bare linear or convolutional layer and ``output`` for everything else, unless told."""
    linear = isinstance(f_neq, _WEIGHTS)
    if gauge not in GAUGES:
        raise InputError("gauge", describe(gauge), f"one of {', '.join(GAUGES)}", 'gauge="auto"')
    if gauge == "spectral" and not linear:
        got = f"a {type(f_neq).__name__}, whose weights do not tell the size of its output"
        raise InputError("gauge", got, "a linear or convolutional layer as f_neq", 'gauge="output"')
    return ("spectral" if linear else "output") if gauge == "auto" else gauge


def glance(output: Any) -> Any:
    """The size of the first samples of an output."""
    return size(output[:_LOOKED_AT] if isinstance(output, Tensor) and output.ndim else output)


def size(output: Any) -> Any:
    """The root mean square of an output; of a nest of them the root of the sum of the mean squares."""
    if isinstance(output, Tensor):
        wide = torch.promote_types(output.dtype, torch.float32)
        norm = torch.linalg.vector_norm(output, dtype=None if wide == output.dtype else wide)
        return norm / max(output.numel(), 1) ** 0.5
    parts = [size(leaf) ** 2 for leaf in pytree.tree_leaves(output) if _counts(leaf)]
    return torch.stack(parts).sum().sqrt() if parts else torch.zeros(())


def _counts(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and (leaf.is_floating_point() or leaf.is_complex())
