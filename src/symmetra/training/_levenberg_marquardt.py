"""Least squares by Levenberg and Marquardt: what takes a small network from where AdamW stalls to its own limits.

A step solves (JᵀJ + λ diag JᵀJ) δ = Jᵀr with the derivatives J of all outputs by all parameters; δ is taken if it
lowers the error on the whole training set, and λ goes down with success and up without. With fewer rows than parameters
the same δ comes from the smaller D⁻¹Jᵀ(JD⁻¹Jᵀ + λ)⁻¹r, D = diag JᵀJ. Where J would be too large, a step looks at
random samples only. Derivatives are in the network's own type; the matrix and what is solved with it are in float64.
Sources: K. Levenberg, Q. Appl. Math. 2 (1944) 164; D. W. Marquardt, J. SIAM 11 (1963) 431.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vjp, vmap

from symmetra.inputs import InputError

WORK = 2.5e9  # multiplications that the matrix of a step may cost
CHUNK = 250  # samples whose derivatives are made together
DOWN, UP, LARGEST = 5.0, 3.0, 1e7


def derivatives(net: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs ``[N, K]`` of a network and their derivatives ``[N, K, P]`` by its parameters, in their order."""
    own = {name: p.detach() for name, p in net.named_parameters()}

    def one(sample: Tensor) -> tuple[Tensor, Tensor]:
        out, pull, *_ = vjp(lambda parameters: functional_call(net, parameters, (sample[None],))[0], own)
        (rows,) = vmap(pull)(torch.eye(len(out), dtype=out.dtype))
        return out, torch.cat([rows[name].flatten(1) for name in own], dim=1)

    made: tuple[Tensor, Tensor] = vmap(one)(x)
    return made


def squares(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Σ |net(x) − y|²."""
    with torch.no_grad():
        parts = zip(x.split(CHUNK), y.split(CHUNK))
        return sum(float((net(a) - b).double().square().sum()) for a, b in parts)


def refine(
    net: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    iterations: int,
    validate: Callable[[Any], float],
    patience: int = 12,
    seed: int = 0,
    augment: Callable[[Tensor, torch.Generator], Tensor] | None = None,
) -> list[float]:
    """Lower the error of a network in place; it ends with its best parameters by ``validate``.

    Args:
        net: with one output row ``[K]`` a sample, that does not depend on the other samples of a batch.
        x: inputs ``[N, ...]``, of the type of the network.
        y: targets ``[N, K]``; float64 keeps small residuals exact.
        iterations: steps at most.
        validate: a number to be small, called after every step.
        patience: stop after so many steps without a better one.
        seed: of the samples that a step looks at, and of what ``augment`` draws.
        augment: ``augment(x, generator)``, other inputs with the same targets, drawn anew for every step.

    Returns:
        The best of ``validate`` before the first and after each step.

    Raises:
        InputError: inputs or targets that are not finite or of different numbers, a negative number of steps.
    """
    for name, value in (("x", x), ("y", y)):
        if not value.isfinite().all():
            raise InputError(name, "values that are not finite", "finite numbers", f"{name}[{name}.isfinite()]")
    if y.ndim != 2 or len(y) != len(x) or len(x) == 0:
        raise InputError("y", f"shape {list(y.shape)}", f"[{len(x)}, outputs]", "one row of targets a sample")
    if iterations < 0:
        raise InputError("iterations", str(iterations), "a number of steps, 0 or more", "iterations=20")
    parameters = [p for p in net.parameters() if p.requires_grad]
    count, outputs = sum(p.numel() for p in parameters), y.shape[1]
    best, kept, history, stale, damping = validate(net), _vector(parameters), [], 0, 1.0
    history.append(best)
    for step in range(iterations):
        generator = torch.Generator().manual_seed(1_000_003 * seed + step)
        inputs = x if augment is None else augment(x, generator)
        rows = torch.randperm(len(x), generator=generator)[: max(1, _samples(count) // outputs)]
        solve = _normal(net, inputs, y, rows, count)
        before, start = squares(net, inputs, y), _vector(parameters)
        while damping < LARGEST:
            nn.utils.vector_to_parameters((start - solve(damping)).to(start.dtype), parameters)
            if squares(net, inputs, y) < before:
                damping = max(damping / DOWN, 1e-10)
                break
            damping *= UP
        else:
            nn.utils.vector_to_parameters(start, parameters)
            damping = 1.0 if augment is not None or len(rows) < len(x) else damping
        score, stale = validate(net), stale + 1
        if score < best:
            stale = 0 if score < 0.99 * best else stale
            best, kept = score, _vector(parameters)
        history.append(best)
        if stale >= patience or damping >= LARGEST:
            break
    nn.utils.vector_to_parameters(kept, parameters)
    return history


def _vector(parameters: list[nn.Parameter]) -> Tensor:
    return nn.utils.parameters_to_vector(parameters).detach().clone()


def _samples(count: int) -> int:
    """Rows R of the derivatives so that R · P · min(R, P) stays within the work of a step."""
    by_parameters, by_rows = WORK / count**2, (WORK / count) ** 0.5
    return int(by_parameters if by_parameters >= count else by_rows)


def _normal(net: nn.Module, x: Tensor, y: Tensor, rows: Tensor, count: int) -> Callable[[float], Tensor]:
    """δ as a function of λ, by the smaller of the two matrices; NaN where rounding leaves it without a root."""
    made = [derivatives(net, part) for part in x[rows].split(CHUNK)]
    J = torch.cat([J for _, J in made]).flatten(0, 1).double()
    r = (torch.cat([out for out, _ in made]) - y[rows]).flatten().double()
    size = J.square().sum(0)
    size += 1e-9 * size.max()
    narrow = len(J) >= count
    matrix, right = (J.mT @ J, J.mT @ r) if narrow else ((J / size) @ J.mT, r)
    weight = size if narrow else torch.ones_like(r)

    def step(damping: float) -> Tensor:
        factor, failed = torch.linalg.cholesky_ex(matrix + torch.diag(damping * weight))
        if failed:
            return torch.full_like(size, torch.nan)
        found = torch.cholesky_solve(right[:, None], factor)[:, 0]
        return found if narrow else (J.mT @ found) / size

    return step
