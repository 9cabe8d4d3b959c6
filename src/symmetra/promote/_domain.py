"""The measure in whose L² the Lie derivative is sized: a box or a normal law around the samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from symmetra.functions import PolynomialFields
from symmetra.inputs import InputError, as_tensor, describe

Array = NDArray[np.float64]


def domain_of(x: Tensor, given: Any, family: str, candidates: PolynomialFields) -> tuple[Array, Array]:
    """(centre, half width) ``[n]`` of the box, or mean and standard deviation of the normal law.

    Without a given one they come from the samples: the box is the smallest around them, widened by the share
    (N+1)/(N−1) that a uniform sample misses on average. Axes that one candidate mixes are in one unit and get one
    width, their geometric mean: so the whole problem is the same in any units that leave the candidates what they are.
    """
    n = x.shape[1]
    if given is not None:
        pair = as_tensor(given, "domain").detach().cpu().double()
        pair = pair.expand(n, 2) if pair.shape == (2,) else pair
        if pair.shape != (n, 2) or not bool((pair[:, 1] > pair[:, 0]).all()):
            raise InputError("domain", describe(given), f"(low, high), or low < high a row [{n}, 2]", "domain=(-1, 1)")
        low, high = pair[:, 0].numpy(), pair[:, 1].numpy()
        return (low + high) / 2, (high - low) / 2
    points = x.detach().cpu().numpy()
    low, high = points.min(0), points.max(0)
    flat = np.nonzero(high - low <= 1e-12 * np.maximum(np.abs(low), np.abs(high)))[0]
    if flat.size:
        what = f"coordinate {flat[0]} that is the same in all {len(points)} samples"
        raise InputError("x", what, "samples that vary in every coordinate", "domain=(low, high)")
    if family == "legendre":
        centre, width = (low + high) / 2, (high - low) / 2 * (len(points) + 1) / (len(points) - 1)
    else:
        centre, width = points.mean(0), points.std(0, ddof=1)
    return centre, _in_free_units(width, candidates)


def _in_free_units(width: Array, candidates: PolynomialFields) -> Array:
    """The nearest widths, in logarithms, under which every candidate field is only multiplied by a number."""
    powers = candidates.exponents.numpy()
    weights = []
    for field in candidates.tensor.detach().cpu().numpy():
        components, terms = np.nonzero(field)
        scaling = powers[terms] - np.eye(len(width))[components]
        weights += [scaling[k] - scaling[0] for k in range(1, len(scaling))]
    if not weights:
        return width
    distinct = np.unique(np.array(weights), axis=0)
    bound = np.linalg.svd(distinct, full_matrices=False)
    rows = bound.Vh[bound.S > 1e-9 * max(bound.S[0], 1e-300)]
    logarithm = np.log(width)
    return np.exp(logarithm - rows.T @ (rows @ logarithm))
