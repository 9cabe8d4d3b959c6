"""Is the library mapped into itself, and are the functions found equivariant under finite elements?"""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.actions import FlowGroup
from symmetra.enforce._library_action import Moves
from symmetra.enforce._library_representation import Substitution
from symmetra.functions import Library, monomial_name, variable_names
from symmetra.inputs import InputError


def check_invariance(
    library: Library, powers: Tensor, substitution: Substitution, maps: list[tuple[bool, Tensor, Tensor]], moves: Moves
) -> None:
    """Every monomial must be carried into the span.

    Raises:
        InputError: which term leaves, what it becomes, and the monomials that complete the library.
    """
    if len(powers) == len(substitution.powers):  # all monomials of the degree: affine maps raise none
        return
    changes = [substitution.infinitesimal(a) if small else substitution.finite(a) for small, a, _ in maps]
    names = library.variables or variable_names(moves.n)
    wanted = torch.zeros(len(substitution.powers), dtype=torch.bool)
    wanted[substitution.place] = True
    for k, change in enumerate(changes):
        out = substitution.leaving(change)
        if not bool(out.any()):
            continue
        first = int(out.any(1).nonzero()[0])
        became = change[substitution.place[first]]
        term = monomial_name(powers[first], names)
        parts = [monomial_name(substitution.powers[i], names) for i in torch.nonzero(became.abs() > 1e-9)[:, 0]]
        missing = _completion(wanted, changes)
        rows = substitution.powers[missing]
        add = ", ".join(monomial_name(a, names) for a in rows[:8]) + (", …" if len(rows) > 8 else "")
        shown = rows.tolist() if len(rows) <= 8 else "…"
        mover = f"generator {k + 1}" if maps[k][0] else "a component"
        got = (
            f"the term {term}, which {mover} of {moves.action.group} carries out of it, to terms in {', '.join(parts)}"
        )
        expected = f"a library that {moves.action.group} maps into itself; add: {add}"
        raise InputError("library", got, expected, f"library + symmetra.library.monomial({shown})")


def _completion(wanted: Tensor, changes: list[Tensor]) -> Tensor:
    """The monomials that have to be added until nothing leaves."""
    reach = torch.stack([change.abs() > 1e-9 * (1 + change.abs().max()) for change in changes]).any(0)
    closed = wanted.clone()
    while True:
        larger = closed | reach[closed].any(0)
        if bool((larger == closed).all()):
            return torch.nonzero(closed & ~wanted)[:, 0]
        closed = larger


def violation(library: Library, moves: Moves, basis: Tensor, offset: Tensor, x: Tensor, elements: int = 4) -> float:
    """The largest ‖F(g x) − g F(x)‖ / ‖(F(g x), g F(x))‖ over the basis ``[r, m, T]`` and random elements.

    They are exponentials of combinations of the generators, and the component representatives; any of a finite group.
    """
    group, worst = moves.action.group, 0.0
    source = torch.Generator().manual_seed(4)
    if not len(group.generators):
        sample = group.sample(elements, seed=4)
    else:
        elements = 2 if isinstance(group, FlowGroup) else elements  # integrated, that is slow
        # along the generators as they came: what approximate ones generate may be far larger than what was meant
        short = 0.3 if isinstance(group, FlowGroup) else 1.0  # a flow need not exist for long
        weights = torch.randn(elements, len(group.generators), dtype=torch.float64, generator=source)
        weights = short * weights / torch.linalg.vector_norm(weights, dim=1, keepdim=True)
        sample = group.exp(group.algebra_element(weights))
    coefficients = torch.cat([basis, offset[None]])
    before = torch.einsum("kmt,nt->knm", coefficients, library.values(x))
    for g in torch.cat([sample, group.components]):
        fibres = moves.fibres(x, False, g)
        after = torch.einsum("kmt,nt->knm", coefficients, library.values(moves.points(x, False, g)))
        moved = torch.einsum("nab,knb->kna", fibres[:, :, :-1], before)
        moved[-1] += fibres[:, :, -1]
        size = torch.linalg.vector_norm(torch.cat([after, moved], dim=1).flatten(1), dim=1)
        error = torch.linalg.vector_norm((after - moved).flatten(1), dim=1)
        worst = max(
            worst,
            float((error / size.clamp(min=1e-300))[size > 0].max(dim=0).values) if bool((size > 0).any()) else 0.0,
        )
    return worst
