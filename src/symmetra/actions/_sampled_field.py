"""Fields on a grid: how a transformation of space moves them, and what the grid leaves open about it.

A group that moves points and turns the fibre moves a field by ``(g u)(y) = ρ(g) u(g⁻¹ y)``, hence along a generator ξ
with the vector field a and the fibre matrix B

    ξu = −a·∇u + B u                                        (arXiv 2311.00212, fields as sections of a bundle).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from symmetra.actions._base import Action, FibreAction, InvariantFibre, as_fibre_action, is_action
from symmetra.actions._flow import Flow
from symmetra.actions._grid import Grid
from symmetra.inputs import InputError, describe

_CHUNK = 1 << 24  # numbers held at a time while a field is interpolated


class SampledField(Action):
    """How a group moves fields ``[..., C, *grid]``; made by :func:`sampled_field`.

    Attributes:
        vector_field: The action on points.
        grid: The :class:`Grid`.
        fibre: The fibre action on the channels.
        group: The group of both.
    """

    def __init__(self, vector_field: Any, grid: Grid, fibre: FibreAction) -> None:
        self.vector_field, self.grid, self.fibre, self.group = vector_field, grid, fibre, vector_field.group

    @cached_property
    def uncertainty(self) -> Action:
        """The error of ξu (and of gu), estimated as a field, as an action: so it passes through a map as ξu does."""
        from symmetra.actions._field_error import FieldError

        return FieldError(self)

    def error(self, u: Tensor) -> Tensor:
        """The estimated discretisation error of ξu for each generator, relative to the size of its terms, ``[q]``.

        It counts the modes (on axes with ends, the orders of the spline) that stand for what the grid cannot resolve,
        the jump that a field which is not periodic makes across the seam of a periodic axis, and rounding. In practice
        it is an upper bound for fields whose spectrum falls off; see ``docs/pitfalls``.

        Args:
            u: Fields ``[..., C, *grid]``; the error is over all of them.
        """
        sizes = []
        for xi in self.group.generators:
            parts = [*self.transported(xi, self.gradient(u)), self.turned(xi, self._checked(u))]
            size = sum(float(part.abs().square().sum()) for part in parts) ** 0.5
            error = float(torch.linalg.vector_norm(self.uncertainty.generate(xi, u)))
            sizes.append(error / size if size > 0 else float("nan"))
        return torch.tensor(sizes, dtype=torch.float64)

    @cached_property
    def cell_directions(self) -> Tensor:
        """What shifts by one cell along each periodic axis, as combinations of the generators ``[k, q]``.

        An axis that the group cannot shift along has none.
        """
        group, points, found = self.group, self.grid.points, []
        fields = torch.stack([self.vector_field.generate(xi, points) for xi in group.generators] or [0 * points])
        for k, axis in enumerate(self.grid.axes):
            wanted = torch.zeros_like(points)
            wanted[..., k] = axis.spacing
            weights = torch.linalg.lstsq(fields.flatten(1).T, wanted.flatten()[:, None], driver="gelsd").solution[:, 0]
            reached = torch.tensordot(weights, fields, dims=1)
            if axis.periodic and torch.allclose(reached, wanted, rtol=0.0, atol=1e-9 * axis.spacing):
                found.append(weights)
        return torch.stack(found) if found else torch.zeros(0, len(group.generators), dtype=torch.float64)

    @property
    def cell_shifts(self) -> Tensor:
        """The shifts by one cell as elements ``[k, *e]``: they permute the points, without any discretisation error.

        On an even number of points more commutes with the generator than with these; whoever enforces a symmetry by
        linear algebra adds them to the generators.
        """
        found = [self.group.exp(self.group.algebra_element(weights)) for weights in self.cell_directions]
        return torch.stack(found) if found else self.group.generators[:0]

    def generate(self, xi: Tensor, u: Tensor) -> Tensor:
        """``−a·∇u + B u`` on the grid, in the dtype of ``u``, computed in double precision."""
        return self._each(self._generate, xi, u)

    def transform(self, g: Tensor, u: Tensor) -> Tensor:
        """``(g u)(y) = ρ(g) u(g⁻¹ y)`` on the grid, u interpolated: trigonometric on periodic axes, quintic elsewhere.

        Shifts of periodic axes go around, without error for resolved fields. Other motions (and shifts of axes with
        ends) take u as zero outside the box, where fields are therefore meant to vanish.
        """
        return self._each(self._transform, g, u)

    def gradient(self, u: Tensor) -> list[Tensor]:
        """``∂u`` along every axis of the grid, in double precision."""
        u = self._checked(u)
        return [self._along(axis.derivative, u, k) for k, axis in enumerate(self.grid.axes)]

    def transported(self, xi: Tensor, slopes: list[Tensor]) -> list[Tensor]:
        """``−a_k ∂_k u`` for every axis."""
        velocity = self.vector_field.generate(xi, self.grid.points.to(slopes[0].device))
        return [-velocity[..., k] * slope for k, slope in enumerate(slopes)]

    def turned(self, xi: Tensor, u: Tensor) -> Tensor:
        """``B u``, in double precision."""
        return self._on_fibre(lambda x, y: self.fibre.generate(xi, x, y), self.grid.points.to(u.device), u)

    def _generate(self, xi: Tensor, u: Tensor) -> Tensor:
        return sum(self.transported(xi, self.gradient(u)), self.turned(xi, u))

    def _transform(self, g: Tensor, u: Tensor) -> Tensor:
        source = self.vector_field.transform(self.group.inverse(g), self.grid.points.to(u.device))
        value = self.interpolated(u, source) * ~self.outside(source)
        return self._on_fibre(lambda x, y: self.fibre.transform(g, x, y), source, value)

    def outside(self, source: Tensor) -> Tensor:
        """Which points ``[*grid, d]``, moved from those of the grid, left the box; those that went around did not."""
        step = source.detach() - self.grid.points.to(source.device)
        around = bool((step - step[(0,) * self.grid.dimension]).abs().max() <= 1e-9 * step.abs().max())
        beyond = torch.zeros(source.shape[:-1], dtype=torch.bool, device=source.device)
        for k, axis in enumerate(self.grid.axes):
            if not (around and axis.periodic):
                beyond |= (source[..., k] - axis.low - axis.length / 2).abs() > (0.5 + 1e-9) * axis.length
        return beyond

    def interpolated(self, u: Tensor, points: Tensor) -> Tensor:
        """The interpolant of u at points ``[*grid, d]``, one for each point of the grid."""
        d, axes = self.grid.dimension, self.grid.axes
        if self._shifts:  # every point moves alike: axis by axis
            for k, axis in enumerate(axes):
                line = points[(0,) * k + (slice(None),) + (0,) * (d - k - 1) + (k,)]
                u = self._along(axis.weights(line), u, k)
            return u
        flat, rows = u.flatten(-d).reshape(-1, *u.shape[-d:]), points.reshape(-1, d)
        parts = []
        for part in rows.split(max(1, _CHUNK // max(1, flat.numel() // flat.shape[-1]))):
            value = flat @ axes[-1].weights(part[:, d - 1]).to(flat).mT  # [K, …, M]
            for k in reversed(range(d - 1)):
                value = torch.einsum("...nm,mn->...m", value, axes[k].weights(part[:, k]).to(flat))
            parts.append(value)
        return torch.cat(parts, dim=-1).reshape(u.shape)

    @cached_property
    def _shifts(self) -> bool:
        """Whether all of the group moves all points of the grid alike."""
        points, group = self.grid.points, self.group
        fields = [self.vector_field.generate(xi, points) for xi in group.generators]
        first = (0,) * self.grid.dimension
        return len(group.components) == 0 and all(bool((a - a[first]).abs().max() == 0) for a in fields)

    def _on_fibre(self, move: Callable[[Tensor, Tensor], Tensor], points: Tensor, u: Tensor) -> Tensor:
        """Acts on the channels of u, at points ``[*grid, d]``."""
        if isinstance(self.fibre, InvariantFibre):
            return move(points, u)
        channel = -self.grid.dimension - 1
        y = u.movedim(channel, -1)
        where = points.expand(*y.shape[:-1], points.shape[-1]).contiguous()  # forward mode writes to its points
        return move(where, y.contiguous()).movedim(-1, channel)

    def _along(self, matrix: Tensor, u: Tensor, k: int) -> Tensor:
        dim = k - self.grid.dimension
        return (u.movedim(dim, -1) @ matrix.to(u).mT).movedim(-1, dim)

    def _checked(self, u: Any) -> Tensor:
        """The field in double precision, its shape looked at."""
        shape = self.grid.shape
        scalar = isinstance(self.fibre, InvariantFibre)
        floating = isinstance(u, Tensor) and (u.is_floating_point() or u.is_complex())
        if not floating or tuple(u.shape[u.ndim - len(shape) :]) != shape or u.ndim < len(shape) + (not scalar):
            grid = ", ".join(map(str, shape))
            raise InputError(
                "u", describe(u), f"fields [..., C, {grid}], as the grid is", "sampled_field with its Grid"
            )
        return u.to(torch.complex128 if u.is_complex() else torch.float64)

    def _each(self, move: Callable[[Tensor, Tensor], Tensor], element: Tensor, u: Tensor) -> Tensor:
        """One element moves all fields; a batch of elements broadcasts against the batch of fields."""
        fields, single = self._checked(u), self.group.generators.ndim - 1
        if element.ndim == single:
            return move(element, fields).to(u.dtype)
        own = self.grid.dimension + (
            0 if isinstance(self.fibre, InvariantFibre) and u.ndim == self.grid.dimension else 1
        )
        batch = torch.broadcast_shapes(element.shape[: element.ndim - single], u.shape[: u.ndim - own])
        elements = element.expand(*batch, *element.shape[element.ndim - single :]).flatten(0, len(batch) - 1)
        rows = fields.expand(*batch, *u.shape[u.ndim - own :]).flatten(0, len(batch) - 1)
        moved = torch.stack([move(one, row) for one, row in zip(elements, rows, strict=True)])
        return moved.unflatten(0, batch).to(u.dtype)

    def __repr__(self) -> str:
        return f"sampled_field({self.vector_field!r}, {self.grid!r})"


def sampled_field(vector_field: Any, grid: Any, fibre: Any = None) -> SampledField:
    """How a continuous transformation moves a field on a grid: ``ξu = −a·∇u + B u``.

    The result is an :class:`Action` on fields ``[..., C, *grid]``: ``generate(xi, u)``, ``transform(g, u)``, and
    ``error(u)``, the relative discretisation error of ``ξu``. It is what the verbs take for networks and operators on
    fields, once for the inputs and once for the outputs (on their own grid and fibre, of the same group).

    Derivatives are those of the trigonometric interpolant on periodic axes (exact for all modes of an odd number of
    points; on an even number the highest mode counts as unresolved, see ``docs/pitfalls``), and of a quintic spline on
    others. Rotations, scalings and all that depends on position may be used on a periodic box as long as u vanishes
    near its edges; ``error(u)`` says how far it does.

    Args:
        vector_field: How points of Rᵈ move: a representation such as ``Vector(SO(2))``, ``AffineAction(SE(2))``, any
            other action, or a space of candidate fields, which stand for their flows.
        grid: The :class:`Grid`, of d axes.
        fibre: How channels turn: ``None`` for scalars, a representation of the same group, a fibre action over
            ``vector_field``, or the class of one (``Pushforward`` for tangent vectors).

    Raises:
        InputError: if the dimensions or the groups do not agree.

    Example:
        >>> import torch
        >>> from symmetra import actions, groups
        >>> grid = actions.Grid(9, low=0.0, high=2 * torch.pi)
        >>> shift = actions.sampled_field(actions.AffineAction(groups.Translation(1)), grid)
        >>> u = torch.sin(grid.points[:, 0])[None]
        >>> bool(torch.allclose(shift.generate(shift.group.generators[0], u)[0], -torch.cos(grid.points[:, 0])))
        True
    """
    if hasattr(vector_field, "values") and hasattr(vector_field, "jacobian_vector"):
        vector_field = Flow(vector_field)
    if not is_action(vector_field) or isinstance(vector_field, FibreAction | SampledField):
        expected = "an action on points, or candidate fields"
        raise InputError("vector_field", describe(vector_field), expected, "AffineAction(SE(2))")
    if not isinstance(grid, Grid):
        raise InputError("grid", describe(grid), "a grid", "Grid((64, 64), low=0.0, high=1.0)")
    group = vector_field.group
    try:
        moved = vector_field.transform(group.identity, grid.points[(0,) * grid.dimension])
        fits = tuple(moved.shape) == (grid.dimension,)
    except (InputError, RuntimeError):
        fits = False
    if not fits:
        expected = f"an action on points [..., {grid.dimension}], as the grid has {grid.dimension} axes"
        raise InputError("vector_field", repr(vector_field), expected, f"AffineAction(SE({grid.dimension}))")
    if isinstance(fibre, type) and issubclass(fibre, FibreAction):
        fibre = fibre(vector_field)  # type: ignore[call-arg]
    if fibre is not None and not is_action(fibre):
        expected = "None, a representation or a fibre action"
        raise InputError("fibre", describe(fibre), expected, "fibre=Pushforward for vectors")
    if fibre is not None and fibre.group != group:
        raise InputError("fibre", f"the group {fibre.group}", f"that of vector_field, {group}", "fibre=Pushforward")
    return SampledField(vector_field, grid, as_fibre_action(fibre, vector_field))
