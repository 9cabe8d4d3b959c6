"""The exponential of matrices, to rounding."""

from __future__ import annotations

import torch
from torch import Tensor


def matrix_exponential(A: Tensor) -> Tensor:
    """exp(A) for ``[..., d, d]``, real or complex.

    torch's own loses four digits at norms of about 1e-2, where it takes a low degree; a further diagonal entry 1 makes
    it take the high one.
    """
    corner = A.new_zeros(A.shape[-1] + 1, A.shape[-1] + 1)
    corner[-1, -1] = 1.0
    return torch.linalg.matrix_exp(torch.nn.functional.pad(A, (0, 1, 0, 1)) + corner)[..., :-1, :-1]
