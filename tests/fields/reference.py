"""Moves of fields spelled out: axes permuted and reversed by torch, components turned by einsum."""

from __future__ import annotations

import torch


def act(g: torch.Tensor, x: torch.Tensor, layout) -> torch.Tensor:
    """The matrix ``g [d, d]`` on ``[..., channels, *extents]``: ``(g f)(x) = ρ(g) f(g⁻¹ x)``."""
    d = layout.dims
    to = g.abs().argmax(0).tolist()
    lead = x.ndim - d
    # Axis a of the old array becomes axis to[a] of the new one.
    order = [to.index(b) for b in range(d)]
    moved = x.permute(*range(lead), *(lead + a for a in order))
    moved = moved.flip([lead + b for b in range(d) if g[b].sum() < 0])
    sign = float(torch.linalg.det(g).round())
    letters = "abcdef"
    parts, start = [], 0
    for field in layout.stack:
        stop = start + d**field.order
        part = (
            moved.narrow(lead - 1, start, stop - start).movedim(lead - 1, -1).unflatten(-1, (d,) * field.order or (1,))
        )
        for place in range(field.order):
            old = letters[: field.order]
            new = old.replace(old[place], "z")
            part = torch.einsum(f"z{old[place]},...{old}->...{new}", g.to(x.dtype), part)
        part = part.flatten(-max(field.order, 1)).movedim(-1, lead - 1)
        parts.append(part * sign if field.parity < 0 else part)
        start = stop
    return torch.cat(parts, lead - 1)
