"""Averages over a few places that depend on the sample, instead of a whole group."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.enforce._average_base import Averaging, Many, widened


class Framed(Averaging):
    """``mean_h ρ(h) f(h⁻¹ x)`` over the frames h of each sample, which move with it: ``F(g x) = g F(x)``."""

    @abstractmethod
    def _pulled(self, f: Many, x: Any) -> tuple[Any, Tensor]:
        """Each output of f, moved back, ``[P, …]``, sample after sample; and how many belong to each of them [batch].

        Of one sample all have the same weight.
        """

    def _mean(self, f: Many, x: Any) -> Any:
        return averaged(*self._pulled(f, x))

    def orbit(self, x: Any) -> Any:
        """``ρ(h) f(h⁻¹ x)`` for the frames of each sample, ``[elements, batch, …]``; their mean is the result.

        Where samples have different numbers of frames, they are repeated up to the least common multiple.
        """
        outputs, counts = self._pulled(self._one, x)
        starts = counts.cumsum(0) - counts
        places = starts + torch.arange(math.lcm(*counts.tolist()), device=counts.device)[:, None] % counts
        return pytree.tree_map(lambda leaf: leaf[places], outputs[0])

    @abstractmethod
    def ambiguity(self, x: Any) -> Tensor:
        """How many frames each sample has ``[batch]``: the places that its output is averaged over."""


def averaged(outputs: Any, counts: Tensor) -> Any:
    """The mean over the frames of each sample, of leaves ``[P, …]``, sample after sample."""
    rows = torch.repeat_interleave(torch.arange(len(counts), device=counts.device), counts)

    def mean(leaf: Tensor) -> Tensor:
        terms = widened(leaf)
        total = terms.new_zeros(len(counts), *leaf.shape[1:]).index_add(0, rows, terms)
        return (total / counts.reshape(-1, *(1,) * (leaf.ndim - 1))).to(leaf.dtype)

    return pytree.tree_map(mean, outputs)
