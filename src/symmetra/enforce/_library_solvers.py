"""Linear regression in the weights of equivariant functions: least squares, ridge, thresholded, l1.

All of them work on a factor of the design matrix ``[rows, r]``, r functions, so that their cost does not grow with the
number of samples. Single coefficients of terms are never dropped: that would break the symmetry. What is dropped is a
whole equivariant function of the readable basis, whose largest coefficient is 1, so that its weight is the coefficient
of a term and a threshold means what it means in SINDy.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from symmetra.inputs import InputError
from symmetra.linalg import StreamingQR

_RANK = 1e-10  # singular values of the design, columns of unit size, below which a combination is not determined
_SWEEPS = 20_000

Design = Float[Tensor, "s r"]
Targets = Float[Tensor, " s"]
Weights = Float[Tensor, " r"]


def compress(rows: Float[Tensor, "N r"], targets: Float[Tensor, " N"]) -> tuple[Design, Targets]:
    """At most r + 1 rows with the same least-squares problem, residual included."""
    factor = StreamingQR(rows.shape[1] + 1).update(torch.cat([rows, targets[:, None]], dim=1)).R
    return factor[:, :-1], factor[:, -1]


def least_squares(design: Design, targets: Targets, names: list[str]) -> Weights:
    """The weights of smallest residual.

    Raises:
        InputError: the samples do not determine them.
    """
    size = torch.linalg.vector_norm(design, dim=0)
    scale = torch.where(size > 0, size, torch.ones_like(size))
    u, s, vh = torch.linalg.svd(design / scale, full_matrices=False)
    open_ = design.shape[1] - int((s > _RANK * (s[0] if len(s) else 1.0)).sum())
    if open_:
        loose = vh.mT[:, -1].abs() if design.shape[0] >= design.shape[1] else size == size.min()
        words = [name for name, v in zip(names, loose.tolist(), strict=True) if v > 1e-3][:3]
        got = (
            f"samples that leave {open_} of {design.shape[1]} weights undetermined, such as that of {', '.join(words)}"
        )
        raise InputError("x", got, "samples that determine all of them", 'more samples, or method="ridge"')
    return vh.mT @ ((u.mT @ targets) / s) / scale


def ridge(design: Design, targets: Targets, alpha: float) -> Weights:
    """The minimum of ‖X w − y‖² + α‖w‖²."""
    one = math.sqrt(alpha) * torch.eye(design.shape[1], dtype=design.dtype)
    padded = torch.cat([targets, targets.new_zeros(design.shape[1])])
    return torch.linalg.lstsq(torch.cat([design, one]), padded[:, None]).solution[:, 0]


def thresholded(design: Design, targets: Targets, threshold: float, alpha: float, names: list[str]) -> Weights:
    """Least squares (ridge for α > 0) on the functions kept; those with a weight below the threshold go; repeat."""
    kept = torch.ones(design.shape[1], dtype=torch.bool)
    weights = design.new_zeros(design.shape[1])
    while True:
        weights = torch.zeros_like(weights)
        if bool(kept.any()):
            some = [name for name, keep in zip(names, kept.tolist(), strict=True) if keep]
            part = design[:, kept]
            weights[kept] = ridge(part, targets, alpha) if alpha else least_squares(part, targets, some)
        large = kept & (weights.abs() >= threshold)
        if bool((large == kept).all()):
            return weights
        kept = large


def lasso(design: Design, targets: Targets, alpha: float, samples: int) -> Weights:
    """The minimum of ‖X w − y‖² / (2 N) + α‖w‖₁ (scikit-learn's objective), by coordinate descent.

    Raises:
        InputError: no convergence, which happens where functions are all but dependent on the samples.
    """
    gram, right = (design.mT @ design / samples).numpy(), (design.mT @ targets / samples).numpy()
    w = torch.zeros(design.shape[1], dtype=torch.float64).numpy()
    gradient = -right  # of the smooth part
    for _ in range(_SWEEPS):
        moved = 0.0
        for k in range(len(w)):
            curvature = gram[k, k]
            if curvature == 0.0:
                continue
            free = w[k] - gradient[k] / curvature
            new = math.copysign(max(abs(free) - alpha / curvature, 0.0), free)
            if new != w[k]:
                gradient += gram[:, k] * (new - w[k])
                moved = max(moved, abs(new - w[k]) * math.sqrt(curvature))
                w[k] = new
        if moved <= 1e-13 * math.sqrt(float(targets @ targets) / samples):
            return torch.from_numpy(w)
    raise InputError("x", "samples on which functions are all but dependent", "more of them", 'method="ridge"')
