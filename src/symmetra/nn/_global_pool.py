"""Pooling over all sites of a lattice, which forgets where things are."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from symmetra.inputs import InputError, describe

KINDS = ("average", "max", "sum")


class GlobalPool(nn.Module):
    """The average, the maximum or the sum over all sites: invariant under translations, on lattices of any size.

    The average is for densities; the sum for counts, which an average divides by the number of sites, so that it would
    not carry over to other sizes; the maximum for whether there is one at all.

    Args:
        kind: "average", "max" or "sum".

    Shape:
        ``[batch, channels, *extents]`` to ``[batch, channels]``.

    Raises:
        InputError: an unknown kind, or fields without sites.

    Example:
        >>> import torch
        >>> GlobalPool("sum")(torch.ones(1, 2, 60, 4))
        tensor([[240., 240.]])
    """

    def __init__(self, kind: Any) -> None:
        super().__init__()
        if kind not in KINDS:
            raise InputError("kind", describe(kind), '"average", "max" or "sum"', 'GlobalPool("average")')
        self.kind = kind

    def forward(self, x: Tensor) -> Tensor:
        """The pooled channels."""
        if x.ndim < 3:
            raise InputError("x", describe(x), "shape [batch, channels, *extents]", "fields, before they are flattened")
        sites = x.flatten(2)
        return sites.mean(-1) if self.kind == "average" else sites.sum(-1) if self.kind == "sum" else sites.amax(-1)

    def extra_repr(self) -> str:
        """The kind."""
        return self.kind
