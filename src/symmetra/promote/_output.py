"""How the outputs of a polynomial map move with each candidate: a constant matrix B_ξ, as ξ is affine."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from symmetra.functions import PolynomialFields
from symmetra.inputs import InputError, as_tensor, describe
from symmetra.representations import Representation


def turns_of(output: Any, candidates: PolynomialFields, outputs: int) -> NDArray[np.float64] | None:
    """B ``[candidates, c, c]``; None for outputs that do not move.

    Raises:
        InputError: neither None, "pushforward", matrices nor a real representation, or of the wrong size.
    """
    if output is None:
        return None
    if isinstance(output, str) and output == "pushforward":
        fields = candidates.matrices(torch.eye(candidates.size, dtype=torch.float64))
        matrices = None if fields is None else fields[:, :, :-1]  # None is told as of the candidates, later
        if matrices is None:
            return None
    elif isinstance(output, Representation):
        if output.is_complex:
            raise InputError("output", f"{output!r}, which is complex", "a real representation", "the real form of it")
        matrices = torch.stack([output.drho(a).dense() for a in output.group.generators])
    elif hasattr(output, "__array__") or isinstance(output, torch.Tensor):
        matrices = as_tensor(output, "output")
    else:
        expected = f"None, 'pushforward', a representation, or matrices [{candidates.size}, {outputs}, {outputs}]"
        raise InputError("output", describe(output), expected)
    if tuple(matrices.shape) != (candidates.size, outputs, outputs):
        expected = f"one matrix for each of the {candidates.size} candidates, of the {outputs} outputs of y"
        raise InputError("output", f"matrices of shape {tuple(matrices.shape)}", expected)
    return matrices.detach().cpu().double().numpy()
