"""The one operator: the Lie derivative of a map along a generator, and its finite counterpart.

    (L_ξ F)(x) = dF(x)[ξ_in(x)] − B_ξ(x) F(x)                the Lie derivative (a continuous symmetry)
    (D_g F)(x) = ρ_out(g)⁻¹ F(ρ_in(g) x) − F(x)              the group difference (a discrete element)

Both are linear in F, and the first is linear in ξ, too. Derivatives are forward-mode ``jvp``, never finite differences.
Source: Otto, Zolman, Kutz, Brunton, arXiv 2311.00212 (fibre-linear actions on vector bundles).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils import _pytree as pytree

from symmetra.actions import as_fibre_action
from symmetra.inputs import InputError, describe

__all__ = ["as_batched", "group_difference", "jacobian", "lie_derivative", "lie_terms"]


def as_batched(f: Any, batched: bool | None = None) -> Callable[..., Any]:
    """The map on a whole batch ``[N, ...]``.

    Args:
        f: A plain callable is written for one sample ``[n]`` and is vmapped; an ``nn.Module`` is called on the batch.
        batched: Overrides the rule: ``True`` if ``f`` takes the batch, ``False`` if it takes one sample.

    Raises:
        InputError: if ``f`` cannot be called; when called, if a one-sample ``f`` branches on the values it is given.
    """
    if not callable(f):
        raise InputError("f", describe(f), "a callable or an nn.Module")
    if isinstance(f, nn.Module) if batched is None else batched:
        return f
    vectorised = torch.func.vmap(f)

    def on_batch(x: Any) -> Any:
        try:
            return vectorised(x)
        except RuntimeError as error:
            if "data-dependent control flow" in str(error) or ("vmap: " in str(error) and ".item()" in str(error)):
                raise InputError(
                    "f",
                    "a callable that branches on the values of its sample",
                    "one that torch.func.vmap can batch",
                    "torch.where instead of if, or a callable for the batch [N, ...] and batched=True",
                ) from error
            raise

    return on_batch


@contextmanager
def _forward_mode() -> Iterator[None]:
    """Take the plain kernels: the fused ones for attention and recurrent layers have no forward derivative."""
    fused, onednn = torch.backends.mha.get_fastpath_enabled(), torch.backends.mkldnn
    recurrent = bool(onednn.enabled)
    torch.backends.mha.set_fastpath_enabled(False)
    setattr(onednn, "enabled", False)  # noqa: B010 - a property, which the stubs type as its descriptor
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    except RuntimeError as error:
        if "mutate a captured Tensor" not in str(error):
            raise
        got = "a module that writes to its buffers when called (training mode)"
        raise InputError("F", got, "one that only computes", "model.eval()") from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
        setattr(onednn, "enabled", recurrent)  # noqa: B010


def _as_rows(values: Tensor, count: int) -> Tensor:
    """Outputs as ``[N, m]``: a scalar output ``[N]`` and an array of outputs ``[N, ...]`` alike."""
    if not isinstance(values, Tensor) or values.ndim == 0 or values.shape[0] != count:
        expected = f"one row for each of the {count} samples"
        raise InputError(
            "f", f"an output that is {describe(values)}", expected, "as_batched(f) for one-sample callables"
        )
    return values.reshape(count, -1)


def jacobian(f: Callable[[Tensor], Tensor], x: Tensor, chunk: int | None = None) -> tuple[Tensor, Tensor]:
    """Values and Jacobians of a batched map at all samples, by as few passes as the shapes allow.

    Rows are independent, so one pass with the same direction in every row gives a column (forward mode) or a row
    (reverse mode, when there are fewer outputs than inputs) of every Jacobian at once.

    Args:
        f: A batched map ``[N, n] -> [N, m]`` (``[N]``, or ``[N, ...]`` counted as m numbers); see :func:`as_batched`.
        x: Real samples ``[N, n]``.
        chunk: Rows taken at a time; ``None`` takes all of them.

    Returns:
        The values as ``f`` gives them and the Jacobians ``[N, m, n]``, both without a graph.
    """
    if x.is_complex():
        raise InputError("x", describe(x), "real samples", "torch.view_as_real(x).flatten(1)")
    if chunk is not None and x.shape[0] > chunk:
        parts = [jacobian(f, rows) for rows in x.split(chunk)]
        return torch.cat([values for values, _ in parts]), torch.cat([jac for _, jac in parts])
    count, n = x.shape
    with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        values = f(leaf)
        rows = _as_rows(values, count)
        m = rows.shape[1]
        if (
            not rows.requires_grad
        ):  # the map is constant, or it cuts the graph: a derivative of zero, as autograd has it
            return values.detach(), rows.detach().new_zeros(count, m, n)
        if m < n and not rows.is_complex():
            ones = torch.ones_like(rows[:, 0])
            gradients = [
                torch.autograd.grad(rows[:, j], leaf, ones, retain_graph=j + 1 < m, materialize_grads=True)[0]
                for j in range(m)
            ]
            return values.detach(), torch.stack(gradients, dim=1)
    values, x = values.detach(), x.detach()
    with torch.no_grad(), _forward_mode():
        directions = torch.eye(n, dtype=x.dtype, device=x.device)
        columns = [torch.func.jvp(f, (x,), (v.expand_as(x),))[1].reshape(count, m) for v in directions]
    return values, torch.stack(columns, dim=2)


def _all_of(batch: Tensor, single_ndim: int) -> tuple[Tensor, bool]:
    """A batch of elements, and whether it was a single one."""
    single = batch.ndim == single_ndim
    return (batch[None] if single else batch), single


def _stacked(parts: list[Any], single: bool) -> Any:
    return parts[0] if single else pytree.tree_map(lambda *leaves: torch.stack(leaves), *parts)


def _on_fibre(move: Callable[..., Any], element: Any, x: Any, y: Any) -> Any:
    """Apply ``move(element, x, y)`` to outputs; an output ``[N]`` of one number a sample counts as ``[N, 1]``."""
    if isinstance(y, Tensor) and y.ndim == 1:
        return move(element, x, y[:, None])[:, 0]
    return move(element, x, y)


def lie_derivative(F: Any, action_in: Any, action_out: Any = None, batched: bool | None = None) -> Callable[..., Any]:
    """The operator ``(x, ξ) ↦ (L_ξ F)(x) = dF(x)[ξ_in(x)] − B_ξ(x) F(x)``.

    With F the identity and the same linear action on both sides it is ``A x − A x = 0``.

    Args:
        F: The map; a plain callable for one sample, an ``nn.Module`` for the batch (``batched=`` overrides).
        action_in: How inputs move: an ``Action`` or a representation.
        action_out: How outputs move: a representation, an action, a ``FibreAction`` (which may look at x), or ``None``
            for invariant outputs. An affine action on outputs stands for the linear one with a 1 appended.
        batched: Whether F takes a batch; see :func:`as_batched`.

    Returns:
        A function of ``x [N, ...]`` (or a pytree) and ``xi``: one algebra element gives ``[N, ...]``, k of them give
        ``[k, N, ...]``, and ``None`` all generators of the group, ``[q, N, ...]``, in the shape of the outputs.
    """
    terms = lie_terms(F, action_in, action_out, batched)

    def operator(x: Any, xi: Tensor | None = None) -> Any:
        changes, outputs = terms(x, xi)
        single = xi is not None and xi.ndim == action_in.group.generators.ndim - 1
        if not changes:
            return pytree.tree_map(lambda y: y.new_zeros(0, *y.shape), as_batched(F, batched)(x))
        return _stacked([pytree.tree_map(torch.sub, a, b) for a, b in zip(changes, outputs)], single)

    return operator


def lie_terms(
    F: Any, action_in: Any, action_out: Any = None, batched: bool | None = None
) -> Callable[..., tuple[list[Any], list[Any]]]:
    """The two terms whose difference is the Lie derivative, for errors relative to their sizes.

    Args:
        F: As in :func:`lie_derivative`, and so are the other arguments.
        action_in: How inputs move.
        action_out: How outputs move; ``None`` for invariant outputs.
        batched: Whether F takes a batch.

    Returns:
        A function of ``x`` and ``xi`` (all generators if left out) that gives ``dF ξ`` and ``B_ξ F``, one a generator.
    """
    fibre, on_batch = as_fibre_action(action_out, action_in), as_batched(F, batched)

    def terms(x: Any, xi: Tensor | None = None) -> tuple[list[Any], list[Any]]:
        generators = action_in.group.generators
        elements, _ = _all_of(generators if xi is None else xi, generators.ndim - 1)
        if len(elements) == 0:
            return [], []
        velocities = [action_in.generate(element, x) for element in elements]
        value, changes = _directional(on_batch, x, velocities)
        return changes, [_on_fibre(fibre.generate, element, x, value) for element in elements]

    return terms


def _continuous(f: Callable[..., Any], x: Any) -> tuple[Callable[..., Any], list[int], list[Tensor]]:
    """``f`` as a function of the floating leaves of ``x`` alone: integer ones (species, indices) have no derivative."""
    leaves, structure = pytree.tree_flatten(x)
    moving = [i for i, leaf in enumerate(leaves) if leaf.is_floating_point() or leaf.is_complex()]

    def of_leaves(*values: Tensor) -> Any:
        filled = list(leaves)
        for i, value in zip(moving, values):
            filled[i] = value
        return f(pytree.tree_unflatten(filled, structure))

    return of_leaves, moving, [leaves[i].contiguous() for i in moving]


def _directional(f: Callable[..., Any], x: Any, velocities: list[Any]) -> tuple[Any, list[Any]]:
    """``f(x)`` and its derivatives along each velocity; the values are computed once for all of them."""
    of_leaves, moving, start = _continuous(f, x)
    tangents = [[pytree.tree_leaves(v)[i] for i in moving] for v in velocities]

    def along(tangent: list[Tensor]) -> Any:
        return torch.func.jvp(of_leaves, tuple(start), tuple(tangent))

    once: Any = (None, 0)  # the values do not depend on the direction
    with _forward_mode():
        if len(velocities) > 1:
            try:
                value, changes = torch.func.vmap(along, out_dims=once, randomness="same")(_stacked(tangents, False))
            except (RuntimeError, ValueError):  # an operation without a batching rule: one generator at a time
                pass
            else:
                return value, [pytree.tree_map(lambda leaf, i=i: leaf[i], changes) for i in range(len(velocities))]
        pairs = [along(tangent) for tangent in tangents]
    return pairs[0][0], [change for _, change in pairs]


def group_difference(F: Any, action_in: Any, action_out: Any = None, batched: bool | None = None) -> Callable[..., Any]:
    """The operator ``(x, g) ↦ ρ_out(g)⁻¹ F(ρ_in(g) x) − F(x)``.

    Args:
        F: As in :func:`lie_derivative`, and so are the other arguments.
        action_in: How inputs move.
        action_out: How outputs move; ``None`` for invariant outputs.
        batched: Whether F takes a batch.

    Returns:
        A function of ``x [N, ...]`` and ``g``: one element gives ``[N, ...]``, a batch of k of them ``[k, N, ...]``.
    """
    fibre, on_batch = as_fibre_action(action_out, action_in), as_batched(F, batched)

    def operator(x: Any, g: Tensor) -> Any:
        elements, single = _all_of(g, action_in.group.generators.ndim - 1)
        value, parts = on_batch(x), []
        for element in elements:
            moved = action_in.transform(element, x)
            back = _on_fibre(fibre.transform, action_in.group.inverse(element), moved, on_batch(moved))
            parts.append(pytree.tree_map(torch.sub, back, value))
        return _stacked(parts, single)

    return operator
