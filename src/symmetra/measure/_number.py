"""A measured number that carries its evidence, and compares and prints like the number."""

from __future__ import annotations


class Measured:
    """What compares, prints and converts as its ``value``."""

    value: float

    def __float__(self) -> float:
        return self.value

    def __lt__(self, other: object) -> bool:
        return self.value < float(other)  # type: ignore[arg-type]

    def __le__(self, other: object) -> bool:
        return self.value <= float(other)  # type: ignore[arg-type]

    def __gt__(self, other: object) -> bool:
        return self.value > float(other)  # type: ignore[arg-type]

    def __ge__(self, other: object) -> bool:
        return self.value >= float(other)  # type: ignore[arg-type]

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __str__(self) -> str:
        return f"{self.value:.3g}"
