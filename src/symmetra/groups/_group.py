"""What every group offers: matrices as elements, a Lie algebra, component representatives, products."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, as_tensor, describe
from symmetra.linalg import matrix_exponential

if TYPE_CHECKING:
    from symmetra.groups._algebra import Algebra

Sampler = Callable[[int, torch.Generator | None], Tensor]
Membership = Callable[[Tensor, float], bool]


def random_source(seed: int | torch.Generator | None) -> torch.Generator | None:
    """A generator of random numbers; None means torch's global one."""
    if seed is None or isinstance(seed, torch.Generator):
        return seed
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise InputError("seed", describe(seed), "an integer, a torch.Generator or None", "seed=0")
    return torch.Generator().manual_seed(seed)


class Group(ABC):
    """A group of real or complex ``d × d`` matrices; immutable, hashable by content, picklable.

    Elements are matrices ``[..., d, d]`` in float64 or complex128; so are elements of the Lie algebra. The group is
    what ``exp`` of the generators and the component representatives generate.

    Attributes:
        name: the name shown, e.g. ``"SO(3)"``; it takes no part in equality.
        d: size of the matrices.
        dtype: float64 or complex128.
        homogeneous: whether it moves points of R^{d-1}, written with a 1 appended (SE, Affine and their like).
    """

    name: str
    d: int
    dtype: torch.dtype
    _generators: Tensor
    _components: Tensor
    _sampler: Sampler | None
    _membership: Membership | None
    homogeneous: bool = False

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"groups are immutable: {name} cannot be set; make a new group instead")

    @property
    def generators(self) -> Tensor:
        """The given generators of the identity component ``[q, d, d]`` (a copy); they need not span the algebra."""
        return self._generators.clone()

    @property
    def components(self) -> Tensor:
        """Elements ``[k, d, d]`` (a copy) that, with the identity component, generate the group."""
        return self._components.clone()

    @property
    def is_complex(self) -> bool:
        return self.dtype == torch.complex128

    @property
    @abstractmethod
    def is_finite(self) -> bool:
        """Whether it has finitely many elements."""

    @property
    @abstractmethod
    def is_compact(self) -> bool:
        """Whether the group is bounded (its closure is compact)."""

    @property
    def identity(self) -> Tensor:
        """The unit matrix ``[d, d]``."""
        return torch.eye(self.d, dtype=self.dtype)

    @functools.cached_property
    @abstractmethod
    def algebra(self) -> Algebra:
        """The Lie algebra that the generators generate, as :class:`symmetra.groups.Algebra`."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """The dimension of the Lie algebra generated, over the reals."""

    def multiply(self, g: Tensor, h: Tensor) -> Tensor:
        """The product ``g h`` (first h acts, then g); leading axes broadcast."""
        return g @ h

    def inverse(self, g: Tensor) -> Tensor:
        """The inverse of ``g`` ``[..., d, d]``."""
        return torch.linalg.inv(g)

    def exp(self, A: Tensor) -> Tensor:
        """The group element ``exp(A)`` of an algebra element ``A`` ``[..., d, d]``."""
        return matrix_exponential(A)

    def algebra_element(self, coefficients: Tensor) -> Tensor:
        """``Σ_a c_a X_a`` over the generators X_a: real coefficients ``[..., q]`` to matrices ``[..., d, d]``."""
        coefficients = as_tensor(coefficients, "coefficients")
        q = self._generators.shape[0]
        if coefficients.ndim == 0 or coefficients.shape[-1] != q or coefficients.is_complex():
            expected = f"real coefficients [..., {q}], one a generator of {self.name}"
            raise InputError("coefficients", describe(coefficients), expected, f"torch.zeros({q})")
        return torch.einsum("...q,qij->...ij", coefficients.to(self.dtype), self._generators.to(coefficients.device))

    def sample(self, n: int, seed: int | torch.Generator | None = None) -> Tensor:
        """``n`` random elements ``[n, d, d]`` from all components.

        Compact groups: Haar measure (uniform on finite groups). Others: a bounded neighbourhood, see
        :class:`LieGroup`. ``seed`` is an integer, a ``torch.Generator``, or None for torch's global source.
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 0:
            raise InputError("n", describe(n), "a number of elements >= 0", "sample(10)")
        return self._draw(n, random_source(seed))

    @abstractmethod
    def _draw(self, n: int, source: torch.Generator | None) -> Tensor:
        """Draw n random elements; the arguments are valid."""

    def contains(self, g: Tensor, tolerance: float = 1e-8) -> bool:
        """Whether one matrix ``[d, d]`` belongs to the group, to ``tolerance`` relative to its size."""
        matrix = as_tensor(g, "g")
        if matrix.shape != (self.d, self.d):
            raise InputError("g", describe(matrix), f"one matrix of shape ({self.d}, {self.d})", "contains(g[0])")
        if matrix.is_complex() and not self.is_complex:
            if float(matrix.imag.abs().max()) > tolerance:
                return False
            matrix = matrix.real
        matrix = matrix.to(self.dtype)
        smallest = float(torch.linalg.svdvals(matrix)[-1])
        return smallest > 0 and self._has(matrix, tolerance)

    @abstractmethod
    def _has(self, g: Tensor, tolerance: float) -> bool:
        """Whether an invertible matrix of the right size and dtype is an element."""

    def __contains__(self, g: Tensor) -> bool:
        return self.contains(g)

    def __mul__(self, other: Group) -> Group:
        """The direct product, block-diagonal matrices; products of products are flattened."""
        if not isinstance(other, Group):
            return NotImplemented
        from symmetra.groups._product import product

        return product(self, other)

    def _content(self) -> tuple[Any, ...]:
        # adding 0.0 turns -0.0 into 0.0, which compares equal and must hash equal
        tensors = (self._generators + 0.0, self._components + 0.0)
        return (self.d, self.is_complex, *((tuple(t.shape), t.numpy().tobytes()) for t in tensors))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Group):
            return NotImplemented
        return self is other or (type(self) is type(other) and self._key == other._key)

    def __hash__(self) -> int:
        return hash(self._key)

    @functools.cached_property
    def _key(self) -> tuple[Any, ...]:
        return self._content()

    def __repr__(self) -> str:
        return self.name
