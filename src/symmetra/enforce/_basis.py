"""The result: an orthonormal basis of equivariant maps, kept in the form in which it was found."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, as_tensor, describe

if TYPE_CHECKING:
    from symmetra.representations import Representation

DENSE_LIMIT = 250_000_000  # numbers in a dense basis: 2 GB in float64


class MapSpace(ABC):
    """A space of matrices ``W = Σ_i w_i E_i [dim_out, dim_in]`` with orthonormal E_i; the weights come checked."""

    rank: int
    dtype: torch.dtype

    @abstractmethod
    def apply(self, weights: Tensor, x: Tensor) -> Tensor:
        """``W x`` for ``x [..., dim_in]``."""

    @abstractmethod
    def matrix(self, weights: Tensor) -> Tensor:
        """W."""

    @abstractmethod
    def coordinates(self, W: Tensor) -> Tensor:
        """The weights ``<E_i, W>`` of the nearest W in the space."""

    @abstractmethod
    def vectors(self) -> Tensor:
        """All E_i as columns ``[dim_out · dim_in, rank]``."""


@dataclass(frozen=True)
class EquivariantBasis:
    """All equivariant linear maps between two representations: ``W ρ_in(g) = ρ_out(g) W``.

    Attributes:
        V_in: where the maps start.
        V_out: where they end.
        rank: the number of independent maps.
        spectrum: evidence, ascending. Engine "projector": the relative singular values of the constraints, all of them
            for small problems, else those of the maps kept. Others: the relative residual of the constraints on each
            map kept, shape ``[rank]``; those ranks are counted, not cut.
        gap: the first value not kept over the last kept; infinite where no cut was made.
        tolerance: values up to here count as zero.
        engine: "orbits", "isotypic" or "projector".
        space: the maps in factored form.
    """

    V_in: Representation
    V_out: Representation
    rank: int
    spectrum: Tensor
    gap: float
    tolerance: float
    engine: str
    space: MapSpace

    @property
    def dtype(self) -> torch.dtype:
        """float64, or complex128 if a side is complex."""
        return self.space.dtype

    @property
    def vectors(self) -> Tensor:
        """The basis, dense: ``[dim_out · dim_in, rank]``, row-major vec(W), orthonormal columns.

        Raises:
            InputError: more than 250 million numbers; use ``apply`` or ``matrix``.
        """
        rows = self.V_in.dimension * self.V_out.dimension
        if rows * self.rank > DENSE_LIMIT:
            got = f"a dense basis of {rows:,} x {self.rank:,} numbers"
            raise InputError("vectors", got, f"at most {DENSE_LIMIT:,} numbers", "apply(weights, x) or matrix(weights)")
        return self.space.vectors()

    def apply(self, weights: Any, x: Any) -> Tensor:
        """``W x`` with ``W = Σ_i weights[i] E_i``, without forming W where that is cheaper.

        Args:
            weights: ``[rank]``; gradients flow to them.
            x: vectors ``[..., dim_in]``.

        Returns:
            ``[..., dim_out]``; computed in double precision, in that of the arguments and on the device of ``x``.
        """
        kind, device, vectors = _kind(weights, x), _device(x), as_tensor(x, "x")
        if vectors.ndim == 0 or vectors.shape[-1] != self.V_in.dimension:
            expected = f"vectors of {self.V_in.dimension} components along the last axis"
            raise InputError("x", describe(vectors), expected, f"x.reshape(..., {self.V_in.dimension})")
        checked = self._weights(weights).to(device)
        common = torch.promote_types(checked.dtype, vectors.dtype)
        return self._in(kind, self.space.apply(checked.to(common), vectors.to(common)))

    def matrix(self, weights: Any) -> Tensor:
        """``W = Σ_i weights[i] E_i``, ``[dim_out, dim_in]``, with the precision and on the device of the weights."""
        return self._in(_kind(weights), self.space.matrix(self._weights(weights)))

    def coordinates(self, W: Any) -> Tensor:
        """The weights ``[rank]`` of the equivariant map nearest to ``W [dim_out, dim_in]`` (its projection)."""
        matrix, shape = as_tensor(W, "W"), (self.V_out.dimension, self.V_in.dimension)
        if matrix.shape != shape:
            raise InputError("W", describe(matrix), f"a matrix of shape {shape}", "W.reshape(dim_out, dim_in)")
        return self._in(_kind(W), self.space.coordinates(matrix.to(torch.promote_types(self.dtype, matrix.dtype))))

    def _in(self, kind: torch.dtype, result: Tensor) -> Tensor:
        """The result in the precision asked for, complex if it has to be."""
        return result.to(kind.to_complex() if result.is_complex() else kind)

    def rows(self) -> list[dict[str, Any]]:
        """What was found and on which evidence, a line each, as ``{"label", "value", "note"}``."""
        kept = float(self.spectrum[self.rank - 1]) if self.rank and self.spectrum.numel() >= self.rank else 0.0
        return [
            {"label": "maps", "value": f"{self.V_in} → {self.V_out}", "note": f"group {self.V_in.group}"},
            {"label": "rank", "value": self.rank, "note": f"engine {self.engine}"},
            {"label": "largest residual kept", "value": kept, "note": f"tolerance {self.tolerance:g}"},
            {"label": "gap", "value": self.gap, "note": "first value rejected over last kept"},
        ]

    def _weights(self, weights: Any) -> Tensor:
        tensor = as_tensor(weights, "weights")
        if tensor.shape != (self.rank,):
            expected = f"shape [{self.rank}], one number a map"
            raise InputError("weights", describe(tensor), expected, f"torch.randn({self.rank})")
        return tensor.to(torch.promote_types(tensor.dtype, self.dtype))

    def __repr__(self) -> str:
        return f"EquivariantBasis({self.V_in} → {self.V_out}, rank {self.rank}, {self.engine})"


def _kind(*values: Any) -> torch.dtype:
    """The common precision of floating tensors; whatever else comes counts as float64."""
    floating = [isinstance(v, Tensor) and (v.is_floating_point() or v.is_complex()) for v in values]
    kinds = [v.dtype if yes else torch.float64 for v, yes in zip(values, floating)]
    return functools.reduce(torch.promote_types, kinds).to_real()


def _device(value: Any) -> torch.device:
    return value.device if isinstance(value, Tensor) else torch.device("cpu")
