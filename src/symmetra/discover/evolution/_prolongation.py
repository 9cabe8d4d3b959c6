"""The prolonged field applied to u_t − K, and the size of its two terms."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, prod

import torch
from jaxtyping import Float
from torch import Tensor

from symmetra.discover.evolution._jets import JetSpace


@dataclass
class Prolonged:
    """Candidate fields at N jets: everything about them that the equation does not enter.

    Attributes:
        space: jets up to twice the order r of the equation.
        order: r.
        u: the derivatives ``[N, M₂ᵣ, m]``.
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
        self, k: Float[Tensor, "N M m"], jacobian: Float[Tensor, "N m c"]
    ) -> tuple[Float[Tensor, "N m P"], Float[Tensor, "N m2 P"]]:
        """The determining equations of u_t = K, and the two terms that they are the difference of.

        With the characteristic Q = φ − ξ·∇u − τ K, a field is a symmetry iff D_t Q = K'[Q] on solutions, K' the Fréchet
        derivative (P. J. Olver, Applications of Lie Groups to Differential Equations, §5.1). The difference is computed
        by the prolongation formula, in which the highest derivatives have cancelled:

            φᴶ = D_J φ − Σ_{0 < I ≤ J} (J over I) (D_I ξ·∇u_{J−I} + D_I τ D_{J−I} K),
            φᵗ − (ξ·K_x + τ K_t + Σ_J K_{u_J} φᴶ) = 0.

        Args:
            k: the total derivatives D_J K, |J| ≤ r.
            jacobian: ∂K/∂(x, t, u, u_x, …), c = d + 1 + Mᵣ m columns.
        """
        d = self.space.space
        by_base, by_u = jacobian[..., : d + 1], jacobian[..., d + 1 :].unflatten(-1, (-1, self.space.fibre))
        field, rate = self.fields[:, 0], self.along_t + torch.einsum("Nb,Nbpn->Npn", k[:, 0], self.along_u)
        gradient = self._gradient((0,) * d)
        phi_t = rate[..., d + 1 :] - rate[..., :d] @ gradient - rate[..., d : d + 1] * k[:, None, 0]
        turned = torch.einsum("Npi,Nai->Npa", field[..., : d + 1], by_base)
        for j, phi in enumerate(self._coefficients(k)):
            turned = turned + torch.einsum("Npb,Nab->Npa", phi, by_u[:, :, j])
        second = by_base[:, :, d] + torch.einsum("Najb,Njb->Na", by_u, k)  # u_tt
        first = [self.space.position[tuple(int(i == a) for a in range(d))] for i in range(d)]
        carried = field[..., :d] @ k[:, first] + field[..., d : d + 1] * second[:, None]
        terms = torch.cat([phi_t - carried, turned - carried], dim=2)
        return (phi_t - turned).transpose(1, 2), terms.transpose(1, 2)

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
