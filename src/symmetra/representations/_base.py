"""What a representation is, and the algebra that makes new ones from old."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe
from symmetra.representations._linear_map import Dense, LinearMap

if TYPE_CHECKING:
    from symmetra.groups import Group


class Representation:
    """A linear action of a group: ``rho(gh) = rho(g) rho(h)``. Built by algebra, or from a function of one's own.

    ``V + W`` is the direct sum, ``V * W`` the tensor product (row-major), ``V ** k`` the k-th tensor power
    (``V ** 0`` the trivial one), ``3 * V`` three copies, ``V.dual`` and ``V.conjugate`` what they say. Those of
    different groups combine into one of the direct product. A representation is an action: ``transform``, ``generate``.

    Args:
        group: The group.
        rho: A matrix ``[d, d]`` of the group to a matrix ``[n, n]``, in torch.
        drho: An algebra element ``[d, d]`` to a matrix ``[n, n]``. Left out, it is the derivative of ``rho`` at the
            identity, by forward mode; ``rho`` must then be written in differentiable torch functions.
        name: What ``repr`` shows.
        check: Try the laws on random elements now, and refuse what is no representation.

    Raises:
        InputError: ``rho(1) ≠ 1``, ``rho(gh) ≠ rho(g) rho(h)`` or ``rho(exp A) ≠ exp(drho(A))``, with the deviation.

    Attributes:
        group: The group.
        dimension: The number of components n.
        is_complex: Whether the matrices are complex.
    """

    group: Group
    dimension: int
    is_complex: bool

    def __init__(
        self,
        group: Group,
        rho: Callable[[Tensor], Tensor],
        drho: Callable[[Tensor], Tensor] | None = None,
        name: str | None = None,
        check: bool = True,
    ) -> None:
        from symmetra.representations._check import check_laws, matrix_of

        self.group, self._rho, self._drho = group, rho, drho
        self._name = name or "ρ"
        unit = matrix_of(rho, group.identity)
        self.dimension, self.is_complex = unit.shape[0], unit.is_complex()
        if check:
            check_laws(self)

    # what a subclass gives -------------------------------------------------------------------------------------------

    def _map(self, g: Tensor) -> LinearMap:
        from symmetra.representations._check import over_batch

        return Dense(over_batch(self._rho, g))

    def _derivative(self, A: Tensor) -> LinearMap:
        from symmetra.representations._check import derivative_at_identity, over_batch

        drho = self._drho or derivative_at_identity(self._rho, self.group)
        return Dense(over_batch(drho, A))

    def _identity(self) -> tuple[Any, ...]:
        """What tells this representation from others of its class."""
        return (self.group, self._rho, self._drho, self._name)

    @property
    def name(self) -> str:
        """The formula shown, e.g. ``V⊗V ⊕ 2V*``."""
        return self._name

    @property
    def dual(self) -> Representation:
        """``ρ*(g) = ρ(g⁻¹)ᵀ``; pairs invariantly with ``ρ``: ``(ρ*(g) u)ᵀ ρ(g) v = uᵀ v``."""
        from symmetra.representations._algebra import Dual

        return Dual(self)

    @property
    def conjugate(self) -> Representation:
        """The complex conjugate matrices; a real representation is its own conjugate."""
        from symmetra.representations._algebra import Conjugate

        return Conjugate(self) if self.is_complex else self

    # what it does ----------------------------------------------------------------------------------------------------

    def rho(self, g: Tensor) -> LinearMap:
        """The lazy map of a group element ``g [..., d, d]``, a batch of maps for a batch of elements."""
        return self._map(self._element(g, "g"))

    def drho(self, A: Tensor) -> LinearMap:
        """The lazy map of an algebra element ``A [..., d, d]``: ``d/dt rho(exp(tA))`` at ``t = 0``."""
        return self._derivative(self._element(A, "A"))

    def character(self, g: Tensor) -> Tensor:
        """The trace of ``rho(g)``, shape ``[...]``, by structure: no Kronecker product is multiplied out."""
        return self.rho(g).trace()

    def transform(self, g: Tensor, x: Tensor) -> Tensor:
        """``ρ(g) x`` for vectors ``x [..., n]``; batches broadcast. Computed in float64, in the dtype of ``x``."""
        return self._moved(self.rho(_beside(g, x)), x)

    def generate(self, xi: Tensor, x: Tensor) -> Tensor:
        """``dρ(ξ) x`` for vectors ``x [..., n]``, as :meth:`transform`."""
        return self._moved(self.drho(_beside(xi, x)), x)

    def _moved(self, operator: LinearMap, x: Tensor) -> Tensor:
        moved = operator.apply(x)
        return moved.to(x.dtype) if x.is_complex() or not moved.is_complex() else moved.to(x.dtype.to_complex())

    def _element(self, value: Any, argument: str) -> Tensor:
        d = self.group.d
        matrix = value if isinstance(value, Tensor) else torch.as_tensor(value)
        if matrix.shape[-2:] != (d, d):
            raise InputError(
                argument, describe(matrix), f"matrices [..., {d}, {d}] of {self.group}", "group.sample(1)[0]"
            )
        return matrix.to(torch.promote_types(matrix.dtype, self.group.dtype))

    # the algebra -----------------------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Representation:
        from symmetra.representations._algebra import direct_sum

        return direct_sum(self, other) if isinstance(other, Representation) else NotImplemented

    def __mul__(self, other: Any) -> Representation:
        from symmetra.representations._algebra import copies, tensor_product

        if isinstance(other, int) and not isinstance(other, bool):
            return copies(other, self)
        return tensor_product(self, other) if isinstance(other, Representation) else NotImplemented

    def __rmul__(self, other: Any) -> Representation:
        return self.__mul__(other) if isinstance(other, int) and not isinstance(other, bool) else NotImplemented

    def __pow__(self, k: Any) -> Representation:
        from symmetra.representations._algebra import tensor_power

        return tensor_power(self, k)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Representation):
            return NotImplemented
        return type(self) is type(other) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._identity()))

    def __repr__(self) -> str:
        return self.name


def _beside(element: Any, x: Tensor) -> Tensor:
    """The element on the device of the vectors it moves."""
    return element.to(x.device) if isinstance(element, Tensor) else torch.as_tensor(element, device=x.device)
