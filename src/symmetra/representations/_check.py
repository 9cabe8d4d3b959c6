"""A user's own representation: batching its functions, differentiating them, and trying the laws."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe

if TYPE_CHECKING:
    from symmetra.representations._base import Representation

MatrixFunction = Callable[[Tensor], Tensor]


def matrix_of(f: MatrixFunction, g: Tensor, argument: str = "rho") -> Tensor:
    """``f(g)`` as a square float64 or complex128 matrix."""
    value = f(g)
    matrix = value if isinstance(value, Tensor) else torch.as_tensor(value)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        expected = f"a square matrix [n, n] for each [{g.shape[-1]}, {g.shape[-1]}]"
        raise InputError(argument, describe(matrix), expected, "lambda g: ... for one element; batches are made here")
    return matrix.to(torch.complex128 if matrix.is_complex() else torch.float64)


def over_batch(f: MatrixFunction, elements: Tensor) -> Tensor:
    """``f`` on every matrix of ``[..., d, d]``: vmapped, or one at a time where ``f`` cannot be."""
    if elements.ndim == 2:
        return matrix_of(f, elements)
    flat = elements.reshape(-1, *elements.shape[-2:])
    if len(flat) == 0:
        unit = matrix_of(f, torch.eye(elements.shape[-1], dtype=elements.dtype, device=elements.device))
        return unit.new_zeros(*elements.shape[:-2], *unit.shape)
    try:
        matrices = torch.func.vmap(lambda g: matrix_of(f, g))(flat)
    except RuntimeError:  # rho looks at the values of its element, say
        matrices = torch.stack([matrix_of(f, g) for g in flat])
    return matrices.reshape(*elements.shape[:-2], *matrices.shape[-2:])


def derivative_at_identity(rho: MatrixFunction, group: Any) -> MatrixFunction:
    """``A ↦ d/dt rho(exp(tA))`` at ``t = 0``: the chain rule leaves the derivative of ``rho`` at 1 along ``A``."""

    def drho(A: Tensor) -> Tensor:
        unit = group.identity.to(A)
        try:
            return torch.func.jvp(lambda g: matrix_of(rho, g), (unit,), (A,))[1]
        except (RuntimeError, NotImplementedError, TypeError) as error:
            expected = "differentiable torch functions of its element, or drho given"
            raise InputError(
                "rho", "a function that has no derivative", expected, "Representation(group, rho, drho)"
            ) from error

    return drho


def _refuse(argument: str, law: str, deviation: float, instead: str) -> InputError:
    return InputError(argument, f"a relative deviation of {deviation:.1e} from {law}", f"{law} to 1e-8", instead)


def _deviation(a: Tensor, b: Tensor) -> float:
    value = float((a - b).abs().amax() / (1 + b.abs().amax()))
    return value if value == value else float("inf")


def check_laws(rep: Representation, seed: int = 0, tolerance: float = 1e-8) -> None:
    """Try ``rho(1) = 1``, ``rho(gh) = rho(g) rho(h)`` and ``rho(exp A) = exp(drho(A))`` on random elements."""
    group = rep.group
    unit = rep.rho(group.identity).dense()
    off = _deviation(unit, torch.eye(rep.dimension, dtype=unit.dtype))
    if not off <= tolerance:
        raise _refuse("rho", "rho(identity) = 1", off, "a function of the matrix of the group element")
    g, h = group.sample(10, seed=seed), group.sample(10, seed=seed + 1)
    g, h = torch.cat([g, group.components]), torch.cat([h, group.components.flip(0)])
    off = _deviation(rep.rho(group.multiply(g, h)).dense(), rep.rho(g).dense() @ rep.rho(h).dense())
    if not off <= tolerance:
        raise _refuse("rho", "rho(gh) = rho(g) rho(h)", off, "a representation; one up to a sign or a phase is none")
    for A in 0.5 * group.generators:
        off = _deviation(rep.rho(group.exp(A)).dense(), torch.linalg.matrix_exp(rep.drho(A).dense()))
        if not off <= tolerance:
            raise _refuse("drho", "rho(exp A) = exp(drho(A))", off, "drho=None to have it differentiated")
