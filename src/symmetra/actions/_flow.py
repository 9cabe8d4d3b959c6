"""Vector fields as an action: group elements are flows, given by their exponential coordinates."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.actions._base import Action
from symmetra.actions._runge_kutta import integrate
from symmetra.inputs import InputError, as_tensor, describe
from symmetra.linalg import matrix_exponential


class FlowGroup:
    """The flows ``exp(Σ c_a ξ_a)`` of q fields; both algebra and group elements are coefficient vectors ``[..., q]``.

    Flows along one and the same direction multiply; others have no common coordinates (Baker, Campbell, Hausdorff),
    and are applied one after the other instead. Polynomial fields of degree two and more may generate flows that
    exist for a short time only: then this is a *local* group.

    Attributes:
        dimension: q.
        generators: The unit vectors ``[q, q]``.
        components: None, ``[0, q]``.
        reach: Random elements have coefficients of norm at most this.
    """

    dtype = torch.float64
    is_complex = is_finite = is_compact = False

    def __init__(self, key: Any, dimension: int, reach: float, name: str) -> None:
        self._key, self.dimension, self.reach, self.name = key, dimension, reach, name
        self.generators = torch.eye(dimension, dtype=torch.float64)
        self.components = torch.zeros(0, dimension, dtype=torch.float64)
        self.identity = torch.zeros(dimension, dtype=torch.float64)

    def exp(self, A: Tensor) -> Tensor:
        """The coordinates of ``exp(A)`` are those of ``A``."""
        return A

    def inverse(self, g: Tensor) -> Tensor:
        """Run backwards."""
        return -g

    def multiply(self, g: Tensor, h: Tensor) -> Tensor:
        """The product of two flows along one direction.

        Raises:
            InputError: if their directions differ.
        """
        along = (g * h).sum(-1).square()
        if not torch.allclose(along, g.square().sum(-1) * h.square().sum(-1), rtol=1e-10, atol=1e-300):
            expected = "flows along one direction"
            raise InputError("h", "flows in different directions", expected, "transform(g, transform(h, x))")
        return g + h

    def algebra_element(self, coefficients: Tensor) -> Tensor:
        """The coefficients themselves."""
        return coefficients

    def sample(self, n: int, seed: int | torch.Generator | None = None) -> Tensor:
        """``n`` coefficient vectors: uniform directions, norms uniform up to ``reach``."""
        source = torch.Generator().manual_seed(seed) if isinstance(seed, int) else seed
        directions = torch.randn(n, self.dimension, dtype=torch.float64, generator=source)
        radii = self.reach * torch.rand(n, 1, dtype=torch.float64, generator=source)
        return radii * directions / directions.norm(dim=1, keepdim=True).clamp_min(1e-300)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FlowGroup) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return self.name


class Flow(Action):
    """The action of vector fields on ``[..., n]``: ``transform`` follows the flow, ``generate`` is the field itself.

    Fields that are all affine are exponentiated as matrices; others are integrated to about 1e-12, differentiably.

    Args:
        fields: Anything with ``values(x [N, n]) -> [N, P, n]``; a space of ``symmetra.candidates``.
        coefficients: ``[q, P]``: the q fields meant, as combinations of the P; all of the P if left out.
        reach: Bound on the coefficients of random elements.
    """

    def __init__(self, fields: Any, coefficients: Any = None, reach: float = 0.5) -> None:
        if not hasattr(fields, "values") or not hasattr(fields, "size"):
            expected = "vector fields with values(x) and size"
            raise InputError("fields", describe(fields), expected, "candidates.polynomial(n, degree)")
        basis = (
            torch.eye(fields.size, dtype=torch.float64)
            if coefficients is None
            else as_tensor(coefficients, "coefficients", torch.float64)
        )
        if basis.ndim != 2 or basis.shape[1] != fields.size:
            expected = f"shape [q, {fields.size}], one field a row"
            raise InputError("coefficients", describe(basis), expected, "coefficients[None]")
        self.fields, self.coefficients = fields, basis
        key = (fields, basis.numpy(force=True).tobytes())
        self.group = FlowGroup(key, len(basis), reach, f"flows of {len(basis)} fields")
        matrices = getattr(fields, "matrices", lambda _: None)(basis)
        if matrices is not None:
            matrices = torch.cat([matrices, matrices.new_zeros(len(basis), 1, matrices.shape[2])], dim=1)
        self._matrices: Tensor | None = matrices

    def _paired(self, element: Tensor, x: Tensor) -> tuple[Tensor, Tensor, torch.Size]:
        """Coefficients ``[M, P]`` and points ``[M, n]`` in float64, after broadcasting, and the shape of the points."""
        q = len(self.coefficients)
        if element.shape[-1:] != (q,):
            raise InputError(
                "g", describe(element), f"coefficients [..., {q}], one a field", "action.group.sample(1)[0]"
            )
        batch = torch.broadcast_shapes(element.shape[:-1], x.shape[:-1])
        points = x.to(torch.float64).expand(*batch, x.shape[-1]).reshape(-1, x.shape[-1])
        weights = element.to(points) @ self.coefficients.to(points)
        if weights.ndim > 1:
            weights = weights.expand(*batch, -1).reshape(len(points), -1)
        return weights, points, torch.Size((*batch, x.shape[-1]))

    def _field(self, weights: Tensor, points: Tensor) -> Tensor:
        return torch.einsum("...p,...pn->...n", weights, self.fields.values(points).to(points.dtype))

    def generate(self, xi: Tensor, x: Tensor) -> Tensor:
        """``Σ_a c_a ξ_a(x)``."""
        weights, points, shape = self._paired(xi, x)
        return self._field(weights, points).reshape(shape).to(x.dtype)

    def transform(self, g: Tensor, x: Tensor) -> Tensor:
        """The point reached from ``x`` after unit time along ``Σ_a c_a ξ_a``.

        Raises:
            InputError: if the flow does not exist that long.
        """
        if self._matrices is not None:
            exponential = matrix_exponential(torch.einsum("...q,qij->...ij", g.to(self._matrices), self._matrices))
            exponential, points = exponential.to(x.device), x.to(torch.float64)
            moved = (exponential[..., :-1, :-1] @ points[..., None])[..., 0] + exponential[..., :-1, -1]
            return moved.to(x.dtype)
        weights, points, shape = self._paired(g, x)
        return integrate(lambda p: self._field(weights, p), points).reshape(shape).to(x.dtype)

    def __repr__(self) -> str:
        return f"Flow({self.group})"
