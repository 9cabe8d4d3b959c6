"""What a library has to know of the two actions: sizes, affine inputs, matrices on the fibres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symmetra.actions import AffineAction, Density, Diagonal, FibreAction, Flow, LinearAction, Pushforward
from symmetra.actions import Tensor as TensorField
from symmetra.actions._base import ConstantFibre, InvariantFibre
from symmetra.functions import Library
from symmetra.inputs import InputError, describe
from symmetra.representations import Representation

_AFFINE = 1e-11  # relative deviation from an affine map, or of a fibre matrix from a constant one: rounding


def inputs_of(action: Any) -> int | None:
    """The number of coordinates that an action moves; None where it does not say."""
    if isinstance(action, Representation):
        return action.dimension
    if isinstance(action, LinearAction):
        return action.representation.dimension
    if isinstance(action, AffineAction):
        return action.n
    if isinstance(action, Flow):
        return getattr(action.fields, "n", None)
    if isinstance(action, Diagonal):
        each = inputs_of(action.action)
        return None if each is None else each * action.copies
    return None


def outputs_of(fibre: FibreAction, n: int, given: int | None) -> int:
    """m, the number of outputs: what the action says, else what was given, else one."""
    said: int | None = None
    if isinstance(fibre, ConstantFibre):
        said = inputs_of(fibre.action)
    elif isinstance(fibre, Pushforward):
        said = n
    elif isinstance(fibre, TensorField):
        said = n ** (fibre.p + fibre.q)
    elif not isinstance(fibre, InvariantFibre | Density) and given is None:
        raise InputError("outputs", "nothing", f"the number of outputs that {fibre!r} moves", "outputs=3")
    if said is not None and given not in (None, said):
        raise InputError("outputs", describe(given), f"{said}, as action_out has", "outputs=None")
    return said or given or 1


@dataclass(frozen=True)
class Moves:
    """Both actions at work on libraries: elements of the group and of its algebra as maps of samples and as matrices.

    Attributes:
        action: on the inputs.
        fibre: on the outputs.
        n: number of inputs.
        m: number of outputs.
    """

    action: Any
    fibre: FibreAction
    n: int
    m: int

    def elements(self) -> list[tuple[bool, Tensor]]:
        """Generators (True) and component representatives (False)."""
        group = self.action.group
        return [(True, xi) for xi in group.generators] + [(False, g) for g in group.components]

    def points(self, x: Tensor, infinitesimal: bool, element: Tensor) -> Tensor:
        """``ξ(x)`` or ``g x``."""
        moved = self.action.generate(element, x) if infinitesimal else self.action.transform(element, x)
        if moved.is_complex() or moved.shape != x.shape:
            raise InputError("action_in", f"an action that takes x to {describe(moved)}", "a real action on x [N, n]")
        return moved

    def affine(self, infinitesimal: bool, element: Tensor) -> Tensor | None:
        """``[n, n+1]`` (linear part, shift) if inputs move by an affine map, else None."""
        source = torch.Generator().manual_seed(0)
        trial = 2 * torch.rand(3, self.n, dtype=torch.float64, generator=source) - 1
        corners = torch.cat([torch.eye(self.n, dtype=torch.float64), torch.zeros(1, self.n, dtype=torch.float64)])
        moved = self.points(torch.cat([corners, trial]), infinitesimal, element)
        matrix = torch.cat([(moved[: self.n] - moved[self.n]).mT, moved[self.n, :, None]], dim=1)
        error = moved[self.n + 1 :] - trial @ matrix[:, :-1].mT - matrix[:, -1]
        return matrix if float(error.abs().max()) <= _AFFINE * (1 + float(matrix.abs().max())) else None

    def fibres(self, x: Tensor, infinitesimal: bool, element: Tensor) -> Tensor:
        """``[N, m, m+1]``: how the fibres over x move, the last column what is added (a predicted position's shift)."""
        move: Callable[..., Tensor] = self.fibre.generate if infinitesimal else self.fibre.transform
        units = torch.cat([torch.eye(self.m), torch.zeros(1, self.m)]).to(x)  # 0 shows what is added
        y = units.expand(len(x), -1, -1).reshape(-1, self.m)
        moved = move(element, x.repeat_interleave(self.m + 1, dim=0), y)
        if moved.is_complex() or moved.shape != y.shape:
            raise InputError("action_out", f"outputs that become {describe(moved)}", f"real ones [N, {self.m}]")
        images = moved.reshape(len(x), self.m + 1, self.m).mT
        return torch.cat([images[:, :, :-1] - images[:, :, -1:], images[:, :, -1:]], dim=2)

    def constant_fibre(self, infinitesimal: bool, element: Tensor) -> Tensor | None:
        """The matrix ``[m, m+1]`` if it is the same over every x, else None."""
        x = torch.randn(4, self.n, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
        matrices = self.fibres(x, infinitesimal, element)
        spread = float((matrices - matrices[0]).abs().max())
        return matrices[0] if spread <= _AFFINE * (1 + float(matrices.abs().max())) else None


def moves(library: Any, action_in: Any, fibre: FibreAction, x: Tensor | None, outputs: int | None) -> Moves:
    """The sizes, checked against each other."""
    if not isinstance(library, Library):
        raise InputError("library", describe(library), "a library of functions", "symmetra.library.polynomial(n, 2)")
    known = {"library": library.n, "action_in": inputs_of(action_in), "x": None if x is None else x.shape[1]}
    sizes = {argument: n for argument, n in known.items() if n is not None}
    if not sizes:
        got = "named terms and an action that do not say on how many variables"
        raise InputError("x", got, "samples [N, n]", "x=torch.randn(200, n, dtype=torch.float64)")
    n = next(iter(sizes.values()))
    for argument, other in sizes.items():
        if other != n:
            raise InputError(
                argument, f"{other} variables", f"{n}, as the library has", f"library.polynomial({other}, 2)"
            )
    return Moves(action_in, fibre, n, outputs_of(fibre, n, outputs))
