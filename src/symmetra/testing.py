"""For users' own test suites: assert that a model has the symmetry it should have."""

from __future__ import annotations

from typing import Any

from symmetra.measure import Audit, audit

__all__ = ["assert_equivariant"]


def assert_equivariant(
    model: Any,
    x: Any,
    action_in: Any,
    action_out: Any = None,
    tolerance: float | None = None,
    floor: float | None = None,
    seed: int = 0,
    n_elements: int = 16,
    batched: bool | None = None,
) -> Audit:
    """Fail, with the audit's words, unless ``F(g x) = ρ(g) F(x)``.

    Args:
        model: A plain callable for one sample, or an ``nn.Module`` for the batch (``batched=`` overrides).
        x: Samples ``[N, ...]``, or a pytree of them.
        action_in: How inputs move.
        action_out: How outputs move; ``None`` for invariant outputs.
        tolerance: The relative error allowed. Left out: what rounding explains, measured for this model.
        floor: The relative error that a discretisation explains, allowed in any case.
        seed: Of the random elements.
        n_elements: How many of them.
        batched: Whether ``model`` takes a batch.

    Returns:
        The audit.

    Raises:
        AssertionError: if a generator, a component or an element breaks the symmetry; its message is the audit.
    """
    found = audit(model, x, action_in, action_out, floor=floor, seed=seed, n_elements=n_elements, batched=batched)
    if tolerance is None:
        broken = not found.holds
    else:
        allowed = max(tolerance, floor or 0.0)
        broken = any(finding.error > allowed for finding in found.findings)
    if broken:
        raise AssertionError(str(found))
    return found
