"""The prolonged field applied to u_t − K, and the size of its two terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb, prod

import torch
from jaxtyping import Float
from torch import Tensor

from symmetra.discover.evolution._jets import JetSpace


@dataclass
class Prolonged:
    """Candidate fields at N jets: everything about them that the equation does not enter.

    Attributes:
        space: jets up to order 2 r − 1, for an equation of order r.
        order: r.
        u: the derivatives ``[N, M, m]``.
        fields: total derivatives D_I ζ_p, |I| ≤ r: ``[N, Mᵣ, P, n]``; the n components are those of (x, t, u).
        along_t: ∂_t ζ_p ``[N, P, n]``.
        along_u: ∂_u ζ_p ``[N, m, P, n]``.
    """

    space: JetSpace
    order: int
    u: Tensor
    fields: Tensor
    along_t: Tensor
    along_u: Tensor

    def determining(
        self, k: Float[Tensor, "N M m"], jacobian: Float[Tensor, "N m c"], units: Float[Tensor, " n"]
    ) -> tuple[Float[Tensor, "N m P"], Float[Tensor, "N D P"]]:
        """The determining equations of u_t = K, and the terms that their size is measured by.

        With the characteristic Q = φ − ξ·∇u − τ K, a field is a symmetry iff D_t Q = K'[Q] on solutions, K' the Fréchet
        derivative (P. J. Olver, Applications of Lie Groups to Differential Equations, §5.1). By the prolongation
        formula, in which the highest derivatives have cancelled, that is φᵗ = v⁽ʳ⁾K with

            φᴶ = D_J φ − Σ_{0 < I ≤ J} (J over I) (D_I ξ·∇u_{J−I} + D_I τ D_{J−I} K),
            v⁽ʳ⁾K = ξ·K_x + τ K_t + Σ_J K_{u_J} φᴶ.

        A third term, |v| |K|, gives translations a size, of which both others vanish.

        Args:
            k: the total derivatives D_J K, |J| < r.
            jacobian: ∂K/∂(x, t, u, u_x, …), c = d + 1 + Mᵣ m columns.
            units: the inverse spread ``[n]`` of x, t and u, in which |v| is measured.
        """
        d = self.space.space
        by_base, by_u = jacobian[..., : d + 1], jacobian[..., d + 1 :].unflatten(-1, (-1, self.space.fibre))
        field, rate = self.fields[:, 0], self.along_t + torch.einsum("Nb,Nbpn->Npn", k[:, 0], self.along_u)
        phi_t = rate[..., d + 1 :] - rate[..., :d] @ self._gradient((0,) * d) - rate[..., d : d + 1] * k[:, None, 0]
        turned = torch.einsum("Npi,Nai->Npa", field[..., : d + 1], by_base)
        for j, phi in enumerate(self._coefficients(k)):
            turned = turned + torch.einsum("Npb,Nab->Npa", phi, by_u[:, :, j])
        extent = torch.einsum("Npn,n,Na->Nnap", field, units, k[:, 0]).flatten(1, 2)
        terms = torch.cat([phi_t.transpose(1, 2), turned.transpose(1, 2), extent], dim=1)
        scale = units[d + 1 :].repeat(2 + len(units))
        return units[d + 1 :, None] * (phi_t - turned).transpose(1, 2), scale[:, None] * terms

    def combined(self, rows: Tensor) -> Prolonged:
        """The same for combinations of the candidates, rows ``[k, P]``."""
        return replace(
            self,
            fields=torch.einsum("gp,Nipn->Nign", rows, self.fields),
            along_t=torch.einsum("gp,Npn->Ngn", rows, self.along_t),
            along_u=torch.einsum("gp,Nbpn->Nbgn", rows, self.along_u),
        )

    def repeated(self, count: int) -> Prolonged:
        """The same jets several times over."""
        u, fields, along_t, along_u = (
            torch.cat([part] * count) for part in (self.u, self.fields, self.along_t, self.along_u)
        )
        return replace(self, u=u, fields=fields, along_t=along_t, along_u=along_u)

    def _coefficients(self, k: Tensor) -> list[Tensor]:
        """φᴶ ``[N, P, m]`` for all J in order."""
        d, position = self.space.space, self.space.position
        indices = [tuple(j) for j in self.space.indices.tolist()[: self.space.count(self.order)]]
        out = []
        for j in indices:
            phi = self.fields[:, position[j], :, d + 1 :]
            for i in indices[1:]:
                if any(a > b for a, b in zip(i, j, strict=True)):
                    continue
                rest = tuple(b - a for a, b in zip(i, j, strict=True))
                derivative = self.fields[:, position[i]]
                moved = derivative[..., :d] @ self._gradient(rest)
                moved = moved + derivative[..., d : d + 1] * k[:, None, position[rest]]
                phi = phi - prod(comb(b, a) for a, b in zip(i, j, strict=True)) * moved
            out.append(phi)
        return out

    def _gradient(self, index: tuple[int, ...]) -> Tensor:
        """∇u_J, ``[N, d, m]``."""
        d = self.space.space
        raised = [self.space.position[tuple(k + (a == i) for a, k in enumerate(index))] for i in range(d)]
        return self.u[:, raised]
