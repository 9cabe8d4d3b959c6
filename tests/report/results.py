"""Small results with the fields that those of `discover` and `measure` have, made by hand: no search is run here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from symmetra.functions import candidates, library


@dataclass(frozen=True)
class Coverage:
    ok: bool = True
    message: str = ""


@dataclass(frozen=True)
class Certificate:
    statement: str = "held-out samples agree with the generator"
    verdict: str = "symmetric"
    delta: float = 0.05
    upper: float = 0.013
    lower: float = 0.0
    alpha: float = 0.05
    method: str = "confidence region"
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    kind: str
    candidates: Any
    generators: Tensor
    spectrum: Tensor
    name: str
    certificates: tuple[Certificate, ...]
    trivial: int = 0
    labels: tuple[str, ...] = ()
    gap: float = 3.2e13
    tolerance: float = 1e-10
    closure_defect: float = 2.4e-16
    coverage: Coverage = field(default_factory=Coverage)
    samples: int = 400

    @property
    def dimension(self) -> int:
        return len(self.generators)

    @property
    def certified(self) -> tuple[int, ...]:
        genuine = range(self.dimension - self.trivial)
        return tuple(i for i in genuine if self.certificates[i].verdict == "symmetric")

    @property
    def defects(self) -> Tensor:
        return 1e-16 * torch.arange(1, self.dimension + 1, dtype=torch.float64)

    @property
    def matrices(self) -> Tensor | None:
        return self.candidates.matrices(self.generators)

    def vector_fields(self) -> tuple[Any, ...]:
        return tuple(self.candidates.vector_field(row) for row in self.generators)

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"generator": f"ξ{i + 1}", "defect": float(d), "verdict": c.verdict}
            for i, (d, c) in enumerate(zip(self.defects, self.certificates, strict=True))
        ]

    def summary(self) -> str:
        return f"{self.kind}: {self.name}"


@dataclass(frozen=True)
class Quantities:
    coefficients: Tensor
    terms: list[str]
    spectrum: Tensor
    certificates: tuple[Certificate, ...]
    defects: Tensor
    trivial: int = 0
    gap: float = 120.0
    tolerance: float = 1e-3
    coverage: Coverage = field(default_factory=Coverage)
    kind: str = "conserved"
    name: str = "4 conserved quantities"

    @property
    def dimension(self) -> int:
        return len(self.coefficients)

    @property
    def certified(self) -> tuple[int, ...]:
        return tuple(i for i, c in enumerate(self.certificates) if c.verdict == "symmetric")

    def rows(self) -> list[dict[str, Any]]:
        return [{"quantity": i, "defect": float(d)} for i, d in enumerate(self.defects)]


@dataclass(frozen=True)
class Audit:
    words: str = "Equivariant under SO(3) to rounding: the largest error over 100 elements is 3e-7."

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"label": "equivariance error", "value": 3e-7, "note": "largest of 100 elements, relative"},
            {"label": "Lie derivative", "value": 1.2e-7, "note": "largest of 3 generators"},
        ]


def _antisymmetric(n: int, columns: int, signature: list[int] | None = None) -> Tensor:
    eta = signature or [1] * n
    rows = []
    for i in range(n):
        for j in range(i + 1, n):
            a = torch.zeros(n, columns, dtype=torch.float64)
            a[i, j], a[j, i] = -1.0, eta[i] * eta[j] * 1.0
            rows.append(a.reshape(-1))
    return torch.stack(rows)


def _spectrum(null: int, total: int, zero: bool = False) -> Tensor:
    low = torch.zeros(null) if zero else torch.logspace(-16, -15.2, null)
    return torch.cat([low, torch.logspace(-1.6, -0.1, total - null)]).to(torch.float64)


def ellipse() -> Found:
    """Rotation about (1, −1) in the metric of (x − 1)² + 4(y + 1)²."""
    row = torch.tensor([[0.0, -4.0, -4.0, 1.0, 0.0, -1.0]], dtype=torch.float64)
    return Found("function", candidates.affine(2), row, _spectrum(1, 6, zero=True), "so(2)", (Certificate(),))


def so3() -> Found:
    """Rotations of R³ in affine candidates."""
    return Found(
        "function", candidates.affine(3), _antisymmetric(3, 4), _spectrum(3, 12), "so(3)", (Certificate(),) * 3
    )


def lorentz() -> Found:
    """so(1,3) in linear candidates, one generator undetermined."""
    generators = _antisymmetric(4, 4, [1, -1, -1, -1])
    certificates = (Certificate(),) * 5 + (
        Certificate(verdict="undetermined", lower=0.0, upper=0.4, reasons=("the interval reaches above δ",)),
    )
    return Found(
        "function",
        candidates.linear(4),
        generators,
        _spectrum(6, 16),
        "so(1,3)",
        certificates,
        coverage=Coverage(False, "The samples lie near a plane: 2 directions are left open."),
    )


def quadratic() -> Found:
    """A field of degree two in the plane, and the flow of the dynamics itself."""
    space = candidates.polynomial(2, 2)
    rows = torch.zeros(2, space.size, dtype=torch.float64)
    rows[0, 1], rows[0, 3], rows[1, 8] = 1.0, -0.5, 1.0
    broken = Certificate(verdict="broken", lower=0.21, upper=0.34)
    return Found(
        "dynamics",
        space,
        rows,
        _spectrum(2, 12),
        "abelian R²",
        (broken, Certificate()),
        trivial=1,
        labels=("", "the flow of F itself"),
    )


def nothing() -> Found:
    """No symmetry at all."""
    found = so3()
    return replace(
        found,
        generators=found.generators[:0],
        spectrum=_spectrum(0, 12),
        certificates=(),
        name="trivial",
        closure_defect=0.0,
        gap=1.0,
    )


def angular_momentum() -> Quantities:
    """Lz and the energy of a Kepler problem in the plane."""
    terms = [*library.polynomial(4, 2, variables=["x", "y", "vx", "vy"]).terms, "1/r"]
    rows = torch.zeros(2, len(terms), dtype=torch.float64)
    rows[0, terms.index("x·vy")], rows[0, terms.index("y·vx")] = 1.0, -1.0
    rows[1, terms.index("vx²")] = rows[1, terms.index("vy²")] = 0.5
    rows[1, -1] = -2.96e-4
    values = torch.cat([torch.tensor([2e-6, 9e-6]), torch.logspace(-2.5, 0, len(terms) - 2)]).to(torch.float64)
    return Quantities(
        rows,
        terms,
        values,
        (Certificate(),) * 2,
        torch.tensor([2e-6, 9e-6], dtype=torch.float64),
        coverage=Coverage(False, "One body separates at most k − 1 quantities."),
    )


EVERY = {f.__name__: f for f in (ellipse, so3, lorentz, quadratic, nothing, angular_momentum, Audit)}
