"""Linear combinations in words."""

from __future__ import annotations

from torch import Tensor


def linear_combination(row: Tensor, names: list[str], digits: int = 4) -> str:
    """Coefficients that are ±1 are left out, negligible ones dropped: ``y ∂x − x ∂y``."""
    top = float(row.abs().max()) if row.numel() else 0.0
    parts: list[str] = []
    for value, name in zip(row.tolist(), names, strict=True):
        if abs(value) <= 1e-8 * top:
            continue
        size = abs(value)
        factor = "" if abs(size - 1) < 0.5 * 10.0**-digits else f"{size:.{digits}g} "
        if name == "1":  # the constant function
            factor, name = "", f"{size:.{digits}g}"
        sign = "−" if value < 0 else ("+" if parts else "")
        parts.append(f"{sign} {factor}{name}" if parts else f"{sign}{factor}{name}")
    return " ".join(parts) or "0"
