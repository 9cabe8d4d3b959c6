"""The linear layer: all maps that commute with the group, and nothing else."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.enforce import linear_basis
from symmetra.enforce._generating_set import leaves
from symmetra.enforce._isotypic import SchurMaps
from symmetra.enforce._orbits import OrbitMaps
from symmetra.inputs import InputError, describe
from symmetra.nn._isotypic import IsotypicMaps
from symmetra.nn._maps import Bases, Maps, SharedEntries
from symmetra.representations import Representation, Scalar
from symmetra.representations._algebra import Sum


class EquivariantLinear(nn.Module):
    """``y = W x + b`` with ``W ρ_in(g) = ρ_out(g) W`` and ``ρ_out(g) b = b``: every such W and b, and no other.

    The parameters are coordinates in the orthonormal bases of :func:`symmetra.enforce.linear_basis`. What the
    representations imply is worked out when the layer is made and kept in buffers, so that ``forward`` is plain tensor
    code (it compiles and exports), and ``state_dict`` carries the bases with the coordinates: a loaded layer is the
    same function wherever it was made.

    For groups whose representations split into irreducibles, W is applied in factored form, copy by copy, where that
    is cheaper than the product with W; for signed permutations W is gathered from the weights of its orbits.

    Args:
        V_in: representation of the input.
        V_out: representation of the output, of the same group.
        bias: whether invariant vectors of ``V_out`` are added (there may be none).
        dtype: of parameters and buffers, torch's default if None; complex representations take the complex one. Bases
            are found in float64: a layer made in float32 is equivariant to float32 rounding, also after ``.double()``.
        device: where parameters and buffers live.

    Shape:
        ``x [..., V_in.dimension]`` to ``[..., V_out.dimension]``.

    Attributes:
        weight: the coordinates of W, ``[rank]``; initial values keep the variance of the input.
        bias: those of b; None without bias, or if only 0 is invariant.

    Raises:
        InputError: no representations, different groups, sizes above the guards; in use, a wrong number of components.

    Example:
        >>> from symmetra.groups import SO
        >>> from symmetra.representations import Scalar, Vector
        >>> V, one = Vector(SO(3)), Scalar(SO(3))
        >>> layer = EquivariantLinear(4 * one + 2 * V, 8 * one + 3 * V**2)
        >>> layer
        EquivariantLinear(4·1 ⊕ 2V → 8·1 ⊕ 3(V⊗V), 50 weights, 11 biases)
    """

    def __init__(
        self, V_in: Any, V_out: Any, bias: bool = True, dtype: Any = None, device: torch.device | str | None = None
    ) -> None:
        super().__init__()
        self.V_in, self.V_out, self.n_in = V_in, V_out, 0
        place = None if device is None else torch.device(device)
        self.maps = equivariant_maps(V_in, V_out, dtype, place)
        self.n_in = V_in.dimension
        kind = layer_dtype(dtype, V_in, V_out)
        self.weight = nn.Parameter(torch.empty(self.maps.rank, dtype=kind, device=place))
        self.bias: nn.Parameter | None = None
        if bias and self.maps.bias_rank:
            self.bias = nn.Parameter(torch.empty(self.maps.bias_rank, dtype=kind, device=place))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Normal weights that keep the variance of the input, no bias."""
        with torch.no_grad():
            self.weight.normal_().mul_(self.maps.deviation.to(self.weight))
            if self.bias is not None:
                self.bias.zero_()

    def matrix(self) -> Tensor:
        """W ``[dim_out, dim_in]``; gradients flow to the weights."""
        return self.maps.matrix(self.weight)

    def vector(self) -> Tensor:
        """The vector b ``[dim_out]``."""
        return self.weight.new_zeros(self.V_out.dimension) if self.bias is None else self.maps.vector(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """``W x + b``."""
        if x.shape[-1] != self.n_in:
            raise wrong_size(x, self.n_in)
        return self.maps(self.weight, self.bias, x)

    def __repr__(self) -> str:
        biases = 0 if self.bias is None else self.bias.numel()
        return f"EquivariantLinear({self.V_in} → {self.V_out}, {self.weight.numel()} weights, {biases} biases)"


def wrong_size(x: Tensor, n: int) -> InputError:
    """Vectors that are not those of the representation of a layer."""
    return InputError("x", describe(x), f"vectors of {n} components along the last axis", f"x.reshape(..., {n})")


def layer_dtype(dtype: Any, *reps: Representation) -> torch.dtype:
    """The dtype of a layer between representations: real, or complex of the same precision."""
    kind = torch.get_default_dtype() if dtype is None else dtype
    if not isinstance(kind, torch.dtype) or not (kind.is_floating_point or kind.is_complex):
        raise InputError("dtype", describe(dtype), "a floating or complex dtype", "dtype=torch.float64")
    return kind.to_complex() if any(rep.is_complex for rep in reps) and not kind.is_complex else kind


def direct_sum(parts: Sequence[Representation]) -> Representation:
    """All parts in a row; at least one."""
    return functools.reduce(operator.add, parts)


def runs(V: Representation) -> list[tuple[Representation, int]]:
    """The parts of a direct sum, each with its number of copies."""
    return list(V.runs) if isinstance(V, Sum) else [(V, 1)]


def equivariant_maps(V_in: Any, V_out: Any, dtype: Any, device: torch.device | None) -> Maps:
    """All maps from ``V_in`` to ``V_out`` in the form in which a layer applies them."""
    for argument, rep in (("V_in", V_in), ("V_out", V_out)):
        if not isinstance(rep, Representation):
            raise InputError(argument, describe(rep), "a representation", "Vector(SO(3)), V**2, 8 * V + Scalar(group)")
    kind = layer_dtype(dtype, V_in, V_out)
    inner, outer, one = runs(V_in), runs(V_out), Scalar(V_out.group)
    # what the group allows is seen on what tensors are made of; the whole may be too large for a general engine
    small = linear_basis(direct_sum(leaves(V_in)), direct_sum(leaves(V_out))).space
    space = None
    if isinstance(small, (SchurMaps, OrbitMaps)):
        # as sums, so that no factors are moved from one side to the other
        space = linear_basis(Sum(V_in.group, inner), Sum(V_out.group, outer)).space
    if isinstance(space, SchurMaps):
        return IsotypicMaps(space, kind, device)
    if isinstance(space, OrbitMaps):
        vectors = linear_basis(one, V_out, engine="orbits").space
        assert isinstance(vectors, OrbitMaps)
        return SharedEntries(space, vectors, kind, device)
    return Bases(
        [[linear_basis(part, target).vectors for part, _ in inner] for target, _ in outer],
        [linear_basis(one, target).vectors for target, _ in outer],
        [(part.dimension, copies) for part, copies in inner],
        [(part.dimension, copies) for part, copies in outer],
        kind,
        device,
    )
