"""Whether forces are the slope of the energies that stand beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, as_tensor, describe
from symmetra.molecules._units import BOHR_ANGSTROM, HARTREE_EV

# What a slope other than 1 means where positions are in ångström and energies in hartree.
_KNOWN = {
    "eV/ångström beside energies in hartree": HARTREE_EV,
    "eV/bohr beside energies in hartree and positions in ångström": HARTREE_EV * BOHR_ANGSTROM,
    "hartree/bohr beside positions in ångström": BOHR_ANGSTROM,
    "hartree/ångström beside positions in bohr": 1 / BOHR_ANGSTROM,
    "gradients in place of forces": -1.0,
}
_FITTED = 200  # geometries whose forces are fitted
_LENGTHS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)  # in units of the scatter of the descriptors
_JITTER = 1e-10


@dataclass(frozen=True)
class LabelCheck:
    """How forces go with energies.

    Attributes:
        slope: of the forces on −dE/d(position), 1 if they belong together.
        error: standard error of the slope.
        fit: share of the variance of the forces' potential that the energies explain.
        count: geometries.
        tolerance: of the slope.
    """

    slope: float
    error: float
    fit: float
    count: int
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether the slope is 1 within the tolerance, or within five standard errors where these are larger."""
        return self.fit > 0.9 and abs(self.slope - 1) <= max(self.tolerance, 5 * self.error)

    @property
    def diagnosis(self) -> str:
        """What the slope looks like, in words; empty if nothing is known of it."""
        near = [words for words, value in _KNOWN.items() if abs(self.slope / value - 1) < 0.03]
        return near[0] if near else ""

    def require(self, argument: str = "forces") -> LabelCheck:
        """Itself, or an error where forces and energies do not belong together.

        Raises:
            InputError: the slope is not 1.
        """
        if not self.ok:
            words = f"a slope of {self.slope:.4f} ± {self.error:.1g} on −dE/d(position), fit {self.fit:.3f}"
            words += f", as of {self.diagnosis}" if self.diagnosis else ""
            instead = f"forces / {self.slope:.6g}" if self.fit > 0.9 else "forces that are −dE/d(position)"
            raise InputError(argument, words, "forces that belong to the energies, slope 1", instead)
        return self

    def rows(self) -> list[dict[str, Any]]:
        """One row, for a report."""
        return [{"slope": self.slope, "error": self.error, "fit": self.fit, "count": self.count, "ok": self.ok}]


def check_labels(positions: Any, energies: Any, forces: Any, *, tolerance: Any = 1e-3) -> LabelCheck:
    """Fit the forces on −dE/d(position).

    No derivative of the energies is taken. A potential of the logarithms of the distances between atoms, a Gaussian
    process, is fitted to the forces alone, −dV/dx = F (gradient-domain learning, arXiv 1611.04678); the slope of V on
    the energies is that of the forces on −dE/dx. Neither the orientation nor the place of the molecules matters, nor
    the constant of the energies. The slope is good to 1e-3 from 25 geometries of NH3 on, from 10 of LiH.

    Args:
        positions: ``[N, atoms, 3]``; the unit of length is that of the forces.
        energies: ``[N]``.
        forces: ``[N, atoms, 3]``; those of 200 geometries are fitted, the energies of all are compared.
        tolerance: of the slope.

    Raises:
        InputError: shapes that do not fit, fewer than 3 geometries, or energies that are all the same.

    Example:
        >>> r = torch.linspace(1.4, 3.0, 50, dtype=torch.float64)
        >>> x, f = torch.zeros(2, 50, 2, 3, dtype=torch.float64)
        >>> x[:, 1, 2], f[:, 0, 2], f[:, 1, 2] = r, 2 * (r - 1.6), -2 * (r - 1.6)
        >>> round(check_labels(x, (r - 1.6) ** 2, 27.2114 * f).slope, 3)
        27.211
    """
    x, e, f = (
        as_tensor(value, name, torch.float64).detach().cpu()
        for name, value in (("positions", positions), ("energies", energies), ("forces", forces))
    )
    if x.ndim != 3 or x.shape[2] != 3 or x.shape[1] < 2:
        raise InputError("positions", describe(positions), "shape [N, atoms, 3], two atoms or more")
    if e.shape != x.shape[:1]:
        raise InputError("energies", describe(energies), f"shape [{len(x)}]", "energies.reshape(-1)")
    if f.shape != x.shape:
        raise InputError("forces", describe(forces), f"shape {tuple(x.shape)}, as the positions")
    if len(x) < 3 or not float(e.std()) > 1e-12 * max(1.0, float(e.abs().max())):
        raise InputError("energies", f"{len(x)} geometries of equal energies or fewer than 3", "3 that differ")
    v = _potential(x, f)
    e, v = e - e.mean(), v - v.mean()
    slope = float(e @ v / e.square().sum())
    rest = float((v - slope * e).square().sum())
    error = math.sqrt(rest / (len(x) - 2) / float(e.square().sum()))
    fit = 1 - rest / max(float(v.square().sum()), 1e-300)
    return LabelCheck(slope, error, fit, len(x), float(tolerance))


def _potential(x: Tensor, f: Tensor) -> Tensor:
    """The potential ``[N]`` of the forces, up to a constant."""
    left, right = torch.combinations(torch.arange(x.shape[1])).T
    arrows = x[:, left] - x[:, right]
    distances = arrows.norm(dim=2)
    if not float(distances.min()) > 0:
        raise InputError("positions", "two atoms at one place", "atoms apart")
    u = distances.log()
    scale = u.std().clamp(min=1e-12)
    chosen = torch.arange(0, len(x), -(-len(x) // _FITTED))
    # Forces along the distances: F = −Σ_p dV/du_p du_p/dx_a; the least ones where there are more pairs than freedoms.
    jacobian = torch.zeros(len(chosen), len(left), *x.shape[1:], dtype=x.dtype)
    along = (arrows / distances.square()[..., None])[chosen]
    pairs = torch.arange(len(left))
    jacobian[:, pairs, left], jacobian[:, pairs, right] = along, -along
    design, wanted = jacobian.flatten(2).mT, f[chosen].flatten(1)[..., None]
    slopes = -torch.linalg.lstsq(design, wanted, rcond=1e-10, driver="gelsd").solution[..., 0] * scale
    u = u / scale
    delta = u[chosen, None] - u[None, chosen]
    best, found = -math.inf, torch.zeros(len(x), dtype=x.dtype)
    for length in _LENGTHS:
        k = torch.exp(-delta.square().sum(-1) / (2 * length**2))[..., None, None]
        outer = delta[..., :, None] * delta[..., None, :]
        gram = k * (torch.eye(len(left), dtype=x.dtype) / length**2 - outer / length**4)
        gram = gram.permute(0, 2, 1, 3).flatten(2).flatten(0, 1)
        factor = torch.linalg.cholesky(gram + _JITTER / length**2 * torch.eye(len(gram), dtype=x.dtype))
        weights = torch.cholesky_solve(slopes.flatten()[:, None], factor)[:, 0]
        size = float(slopes.flatten() @ weights) / len(gram)
        likelihood = -0.5 * len(gram) * math.log(max(size, 1e-300)) - float(factor.diagonal().log().sum())
        if likelihood > best:
            best = likelihood
            apart = u[:, None] - u[None, chosen]
            k = torch.exp(-apart.square().sum(-1) / (2 * length**2)) / length**2
            found = torch.einsum("ijp,jp,ij->i", apart, weights.reshape(len(chosen), -1), k)
    return found
