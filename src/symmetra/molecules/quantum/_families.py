"""Generators sorted into families that commute, and the basis in which all of a family are diagonal."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.inputs import InputError

_ROUNDING = 1e-10  # of a commutator, and of what is left beside the diagonal; generators are of size one


def families(generators: Tensor) -> list[list[int]]:
    """The indices of ``generators [k, N, N]``, each put into the first family with all of which it commutes."""
    found: list[list[int]] = []
    for a, A in enumerate(generators):
        for family in found:
            B = generators[family]
            if float((A @ B - B @ A).abs().max()) < _ROUNDING:
                family.append(a)
                break
        else:
            found.append([a])
    return found


def diagonal(family: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvectors ``V [N, N]`` and eigenvalues ``[k, N]`` of commuting real symmetric ``family [k, N, N]``.

    A random combination tells the common eigenspaces apart, but may bring some close together, which costs digits. Two
    Newton steps give them back: ``V (1 + X)`` with the antisymmetric X that takes what is left beside the diagonals.
    """
    weights = torch.rand(len(family), dtype=family.dtype, generator=torch.Generator().manual_seed(7)) + 0.5
    V = torch.linalg.eigh(torch.tensordot(weights, family, 1))[1]
    one = torch.eye(len(V), dtype=V.dtype)
    for _ in range(2):
        turned = V.mT @ family @ V
        values = turned.diagonal(dim1=-2, dim2=-1)
        gaps = values[:, None, :] - values[:, :, None]
        apart = gaps.square().sum(0)
        X = (turned * gaps).sum(0) / apart.clamp(min=_ROUNDING) * (apart > _ROUNDING)
        V = V @ (one + X)
        V = V @ (3 * one - V.mT @ V) / 2  # orthogonal again
    turned = V.mT @ family @ V
    values = turned.diagonal(dim1=-2, dim2=-1).clone()
    if float((turned - torch.diag_embed(values)).abs().max()) > _ROUNDING:
        raise InputError("generators", "a family without common eigenvectors", "symmetric matrices that commute")
    return V, values
