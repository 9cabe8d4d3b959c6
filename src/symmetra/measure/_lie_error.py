"""The scale-free Lie derivative error of each generator."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.actions import as_fibre_action
from symmetra.lie_derivative import as_batched, jacobian, lie_terms
from symmetra.measure._evaluate import as_inputs, detached, difference, evaluating, real_dtype, squares
from symmetra.measure._number import Measured
from symmetra.measure._words import generator_label


@dataclass(frozen=True, eq=False)
class LieDerivativeError(Measured):
    """The relative Lie derivative error; usable as the number itself.

    Attributes:
        value: Over all generators: the square root of the sum of numerators over the sum of denominators.
        per_generator: For each generator ``[q]``; nan where it is undefined (0/0).
        labels: Each generator in words.
        relative_to: For each: "both terms", or "gradient times velocity" where outputs do not move.
    """

    value: float
    per_generator: Tensor
    labels: tuple[str, ...]
    relative_to: tuple[str, ...]

    @property
    def worst(self) -> int | None:
        """The index of the generator with the largest error; ``None`` if there is none, or none is defined."""
        known = self.per_generator.nan_to_num(-1.0)
        return int(known.argmax()) if len(known) and float(known.max()) >= 0 else None

    def rows(self) -> list[dict[str, Any]]:
        """The overall error and that of every generator, as plain data."""
        head = {"label": "Lie derivative error", "value": self.value, "note": "all generators"}
        return [head] + [
            {"label": label, "value": value, "note": "undefined (0/0)" if math.isnan(value) else f"relative to {of}"}
            for label, value, of in zip(self.labels, self.per_generator.tolist(), self.relative_to, strict=True)
        ]


@dataclass(frozen=True)
class LieParts:
    """One generator's residual, and the mean squares of it and of what it is relative to."""

    residual: Any
    numerator: float
    denominator: float
    relative_to: str


def lie_parts(f: Any, x: Any, action_in: Any, action_out: Any) -> list[LieParts]:
    """The residual ``dF ξ − B F`` of every generator and what to divide it by; ``f`` is a batched map."""
    changes, outputs = lie_terms(f, action_in, action_out, batched=True)(x)
    if not changes:
        return []
    value = detached(f(x))
    eps, size, gradient = torch.finfo(real_dtype(x)).eps, float(squares(value).mean()), None
    parts = []
    for xi, change, output in zip(action_in.group.generators, changes, outputs, strict=True):
        residual = difference(detached(change), detached(output))
        numerator, turned = float(squares(residual).mean()), float(squares(detached(output)).mean())
        if turned > (1e3 * eps) ** 2 * size:
            denominator = float(squares(detached(change)).mean()) + turned
            parts.append(LieParts(residual, numerator, denominator, "both terms"))
            continue
        if gradient is None:
            gradient = _gradient_squares(f, x)
        velocity = squares(detached(action_in.generate(xi, x)))
        parts.append(LieParts(residual, numerator, float((gradient * velocity).mean()), "gradient times velocity"))
    return parts


def _gradient_squares(f: Any, x: Any) -> Tensor:
    """``‖DF(x)‖²`` (Frobenius) of every sample, over all floating leaves of inputs and outputs: ``[N]``."""
    leaves, structure = pytree.tree_flatten(x)
    moving = [i for i, leaf in enumerate(leaves) if leaf.is_floating_point() or leaf.is_complex()]
    reals = [torch.view_as_real(leaves[i]) if leaves[i].is_complex() else leaves[i] for i in moving]
    common = real_dtype(x)
    flat = torch.cat([leaf.reshape(len(leaf), -1).to(common) for leaf in reals], dim=1)

    def on_flat(rows: Tensor) -> Tensor:
        filled = list(leaves)
        for i, leaf, part in zip(moving, reals, rows.split([leaf[0].numel() for leaf in reals], dim=1), strict=True):
            shaped = part.reshape(leaf.shape).to(leaf.dtype)
            filled[i] = torch.view_as_complex(shaped) if leaves[i].is_complex() else shaped
        outputs = pytree.tree_leaves(f(pytree.tree_unflatten(filled, structure)))
        return torch.cat([out.reshape(len(out), -1) for out in outputs], dim=1)

    return squares(jacobian(on_flat, flat)[1])


def lie_derivative_error(
    model: Any, x: Any, action_in: Any, action_out: Any = None, batched: bool | None = None
) -> LieDerivativeError:
    """How far each generator is from a symmetry, relative to the terms that ought to cancel.

    With norms over samples, for a generator that moves the outputs

        ρ(ξ)² = ‖dF ξ − B_ξ F‖² / ( ‖dF ξ‖² + ‖B_ξ F‖² ),      in [0, √2] after the root,

    and for one that does not (invariant outputs, and translations of inputs whose outputs only turn)

        ρ(ξ)² = ‖dF ξ‖² / ‖ |dF| |ξ| ‖²,                        the root-mean-square cosine, in [0, 1].

    Both vanish for symmetries only and do not change with units or with the size of ξ or F. They are the defects of
    Kendiukhov, "Certified symmetry discovery" (2026), sections 1 and 2.7 of our notes on it. A 0/0 (F constant along
    with a field that vanishes on the samples, say) is undecidable and given as nan, never as 0.

    Args:
        model: A plain callable for one sample, or an ``nn.Module`` for the batch (``batched=`` overrides).
        x: Samples ``[N, ...]``, or a pytree of them.
        action_in: How inputs move; its group's generators are tried one by one.
        action_out: How outputs move; ``None`` for invariant outputs.
        batched: Whether ``model`` takes a batch.

    Returns:
        The error over all generators, which behaves as a float, and that of each; nan for a discrete group.
    """
    as_fibre_action(action_out, action_in)
    x = as_inputs(x)
    with evaluating(model):
        parts = lie_parts(as_batched(model, batched), x, action_in, action_out)
    return LieDerivativeError(
        relative(sum((p.numerator for p in parts), 0.0), sum((p.denominator for p in parts), 0.0)),
        torch.tensor([relative(p.numerator, p.denominator) for p in parts], dtype=torch.float64),
        tuple(generator_label(action_in, i) for i in range(len(parts))),
        tuple(p.relative_to for p in parts),
    )


def relative(numerator: float, denominator: float) -> float:
    """The root of a ratio of mean squares; nan for 0/0."""
    return math.sqrt(numerator / denominator) if denominator > 0 else math.nan
