"""The networks of the study of fields: two families, each free, convolutional, and equivariant by its kernels.

All have the channels 1 → 8 → 8 → 1 and tanh between the layers: odd, so that the empty part of the box stays empty. The
arms "plain" and "promoted" see where they are, as Fourier neural operators usually do, by sines and cosines that fit
the periodic box: before training they have no symmetry at all. "shifts" leaves them out and so commutes with
translations; "enforced" has kernels that commute with SE(2), a tenth (CNN) or a hundredth (FNO) of the parameters.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from symmetra import library, nn
from symmetra.actions import AffineAction
from symmetra.enforce import KernelConstraint, kernel_constraint
from symmetra.groups import SE
from symmetra.studies.unified.fields_data import GRID

FAMILIES = ("cnn", "fno")
ARMS = ("plain", "shifts", "enforced", "promoted")
CHANNELS = (1, 8, 8, 1)
SIZE, MODES = 7, 8  # cells of a free stencil along an axis; highest free frequency
REACH = {"cnn": 4, "fno": 6}  # cells beyond which equivariant kernels vanish


@lru_cache
def kernels(family: str) -> KernelConstraint:
    """Functions of |y − x|, smooth and of compact support: what commutes with SE(2) among polynomials of degree 4."""
    plane, radius = AffineAction(SE(2)), REACH[family] * GRID.axes[0].spacing

    def window(z: Tensor) -> Tensor:
        return (1 - (z[:2] - z[2:]).square().sum() / radius**2).clamp(min=0) ** 3

    return kernel_constraint(library.polynomial(4, 4), plane, plane, window=window)


@lru_cache
def _symbols() -> Tensor:
    return nn.kernel_symbols(kernels("fno"), GRID)


def network(family: str, arm: str, seed: int) -> nn.NeuralOperator:
    """An untrained network in float32.

    Args:
        family: one of ``FAMILIES``: convolutions in space, or products in Fourier space.
        arm: one of ``ARMS``.
        seed: of the weights.
    """
    torch.manual_seed(seed)

    def layer(i: int, o: int) -> torch.nn.Module:
        if family == "fno":
            return nn.FourierOperator(GRID.shape, i, o, MODES, symbols=_symbols() if arm == "enforced" else None)
        if arm == "enforced":
            return nn.KernelOperator(kernels("cnn"), GRID, i, o, radius=REACH["cnn"] * GRID.axes[0].spacing)
        return nn.circular_convolution(i, o, SIZE)

    places = torch.cat([GRID.points.sin(), GRID.points.cos()], dim=-1).movedim(-1, 0)
    positions = places if arm in ("plain", "promoted") else None
    return nn.NeuralOperator(CHANNELS, layer, axes=2, activation=torch.tanh, positions=positions)
