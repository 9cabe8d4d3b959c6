"""``kernel_constraint``: the equivariant integral operators between fields, in the span of a library of kernels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from symmetra.actions import FibreAction, SampledField, as_fibre_action
from symmetra.enforce._kernel_fibre import KernelFibre
from symmetra.enforce._library_action import inputs_of, outputs_of
from symmetra.enforce._library_constraint import library_constraint
from symmetra.enforce._library_result import LibraryConstraint
from symmetra.functions import Library
from symmetra.functions.library import named
from symmetra.inputs import InputError, describe

_INVARIANT = 1e-9  # relative change of a window that counts as none


@dataclass(frozen=True, eq=False, repr=False)
class KernelConstraint(LibraryConstraint):
    """All equivariant kernels K(y, x) of a library: a :class:`LibraryConstraint` of functions of z = (y, x).

    Attributes:
        sizes: ``(m_out, m_in)``, the dimensions of the fibres; ``basis`` is ``[rank, m_out · m_in, T]``.
    """

    sizes: tuple[int, int] = (1, 1)

    def __repr__(self) -> str:
        return super().__repr__().replace("Library", "Kernel", 1)

    def values(self, y: Float[Tensor, "*batch d_out"], x: Float[Tensor, "*batch d_in"]) -> Tensor:
        """The basis kernels at pairs of points, ``[..., rank, m_out, m_in]``."""
        z = torch.cat([y, x], dim=-1)
        terms = self.library.values(z.reshape(-1, z.shape[-1]))
        kernels = torch.einsum("nt,kmt->nkm", terms, self.basis.to(terms))
        return kernels.reshape(*z.shape[:-1], self.rank, *self.sizes)


def kernel_constraint(
    kernels: Any,
    action_in: Any,
    action_out: Any,
    *,
    sizes: Any = None,
    window: Any = None,
    rtol: Any = 1e-8,
    partial: Any = False,
    x: Any = None,
) -> KernelConstraint:
    """All kernels K for which (T u)(y) = ∫ K(y, x) u(x) dx commutes with a group that moves points and fibres.

    The condition is, for all ξ,

        ∇_y K·a_ξ(y) + ∇_x K·a_ξ(x) + (div a_ξ)(x) K − B_out K + K B_in = 0,

    and the same for the components of the group. The divergence is that of the volume element dx: it vanishes for rigid
    motions, and forces homogeneity of degree −d on scalings.

    Polynomial kernels under affine motions are exact; others are tried on samples, as in :func:`library_constraint`.

    Args:
        kernels: a library of functions of z = (y, x), the d_out coordinates of y first; all matrices are allowed as
            their coefficients. ``library.polynomial(2 * d, degree)``, or named terms such as 1/|y − x|.
        action_in: how the fields u move: an action on the points x for scalars, a fibre action over it for others
            (``Pushforward(AffineAction(SE(2)))`` for tangent vectors), or a sampled field.
        action_out: the same for T u, of the same group.
        sizes: (m_out, m_in), the components of the fields, where the actions do not tell them.
        window: a factor common to all kernels that the group leaves alone: the width σ of exp(−|y − x|²/2σ²), or
            ``window(z) -> scalar`` for one z. Windowed polynomials stay exact.
        rtol: relative size taken as zero.
        partial: also accept kernels that the group leads out of their span.
        x: samples z ``[N, d_out + d_in]`` on which named terms are tried.

    Raises:
        InputError: as :func:`library_constraint`, or a window that the group changes.

    Example:
        >>> from symmetra import actions, groups, library
        >>> polynomials = library.polynomial(4, 2, variables=["y1", "y2", "x1", "x2"])
        >>> plane = actions.AffineAction(groups.SE(2))
        >>> kernel_constraint(polynomials, plane, plane).rank  # 1 and |y − x|²
        2
        >>> kernel_constraint(polynomials, plane, actions.Pushforward(plane)).rank  # y − x, and turned by 90 degrees
        2
    """
    source, out = _fibre(action_in, "action_in"), _fibre(action_out, "action_out")
    if out.group != source.group:
        got, expected = f"the group {out.group!r}", f"the group of action_in, {source.group!r}"
        raise InputError("action_out", got, expected, "both actions with one group")
    if not isinstance(kernels, Library):
        raise InputError("kernels", describe(kernels), "a library of functions of (y, x)", "library.polynomial(4, 2)")
    d_out, d_in = _coordinates(kernels, out, source)
    if sizes is None:
        sizes = (outputs_of(out, d_out, None), outputs_of(source, d_in, None))
    whole = isinstance(sizes, tuple | list) and len(sizes) == 2
    if not whole or not all(isinstance(m, int) and not isinstance(m, bool) and m > 0 for m in sizes):
        raise InputError("sizes", describe(sizes), "the components of the fields, (m_out, m_in)", "sizes=(1, 1)")
    sizes = (outputs_of(out, d_out, sizes[0]), outputs_of(source, d_in, sizes[1]))
    fibre = KernelFibre(out, source, sizes, d_out)
    count = sizes[0] * sizes[1]
    factor = None if window is None else _window(window, fibre, d_out, d_in, x)
    found = library_constraint(kernels, fibre.base, fibre, outputs=count, rtol=rtol, partial=partial, x=x)
    parts = {field.name: getattr(found, field.name) for field in fields(found)}
    if factor is not None:
        parts["library"] = kernels * factor
    return KernelConstraint(**parts, sizes=sizes)


def _fibre(action: Any, argument: str) -> FibreAction:
    if isinstance(action, SampledField):
        return action.fibre
    if isinstance(action, FibreAction):
        return action
    try:
        return as_fibre_action(None, action)
    except InputError:
        got, expected = describe(action), "an action on points, or a fibre action over one"
        raise InputError(argument, got, expected, "AffineAction(SE(2))") from None


def _coordinates(kernels: Library, out: FibreAction, source: FibreAction) -> tuple[int, int]:
    d_out, d_in = inputs_of(out.base), inputs_of(source.base)
    if d_out is None and d_in is None and kernels.n is not None and kernels.n % 2 == 0:
        d_out = d_in = kernels.n // 2
    d_out = kernels.n - d_in if d_out is None and d_in is not None and kernels.n is not None else d_out
    d_in = kernels.n - d_out if d_in is None and d_out is not None and kernels.n is not None else d_in
    if d_out is None or d_in is None or (kernels.n is not None and kernels.n != d_out + d_in):
        got = f"functions of {kernels.n} variables, for points y in R^{d_out} and x in R^{d_in}"
        expected = "functions of z = (y, x)"
        total = "2 * d" if d_out is None or d_in is None else str(d_out + d_in)
        raise InputError("kernels", got, expected, f"library.polynomial({total}, degree)")
    return d_out, d_in


def _window(window: Any, fibre: KernelFibre, d_out: int, d_in: int, x: Any) -> Library:
    """The window as a library of one term.

    Raises:
        InputError: the group changes it, or it is neither a width nor a function.
    """
    factor: Callable[[Tensor], Tensor]
    if callable(window):
        factor, name = window, getattr(window, "__name__", "window")
    else:
        if isinstance(window, bool) or not isinstance(window, int | float) or not window > 0 or d_out != d_in:
            expected = "a width σ > 0 between points of one space, or a function of z"
            raise InputError("window", describe(window), expected, "window=1.0")

        def factor(z: Tensor) -> Tensor:
            return torch.exp(-(z[:d_out] - z[d_out:]).square().sum() / (2 * window**2))

        name = f"exp(−|y−x|²/{2 * window**2:g})"
    term = named(name, factor)
    z = torch.randn(16, d_out + d_in, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    z = z if x is None else x
    value, slope = term.values(z)[:, 0], term.gradients(z)[:, 0]
    for xi in fibre.group.generators:
        velocity = fibre.base.generate(xi, z)
        change = (slope * velocity).sum(-1).abs().max()
        if float(change) > _INVARIANT * float((slope.abs() * velocity.abs()).sum(-1).max() + value.abs().max()):
            got = f"{name}, which {fibre.group} changes"
            raise InputError(
                "window", got, "a function of (y, x) that is invariant", "window=None, or 1/|y − x| as a term"
            )
    for g in fibre.group.components:
        if float((term.values(fibre.base.transform(g, z))[:, 0] - value).abs().max()) > _INVARIANT:
            got = f"{name}, which a component of {fibre.group} changes"
            raise InputError("window", got, "a function of (y, x) that is invariant", "window=None")
    return term
