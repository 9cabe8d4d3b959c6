"""min ‖L(v) − X‖² over the v that fit the data: the inner step of the solver, factored once.

Data are A v = b with A of full row rank (exact), or ‖A v − b‖²/(2λ) is added to ρ‖L(v) − X‖²/2 (noisy). With
H = Lᵀ L > 0 both are solved in range space, S = A H⁻¹ Aᵀ (+ λρ 1):

    μ = S⁻¹ (b − A H⁻¹ g),   v = H⁻¹ (g + Aᵀ μ),   g = Lᵀ X,

and Lᵀ (L(v) − X) = Aᵀ μ, which is what makes a dual feasible point out of any X.
"""

from __future__ import annotations

import torch
from torch import Tensor


class DataStep:
    """The factored least-squares problem.

    Args:
        gram: H ``[p, p]``, positive definite.
        rows: A ``[n, p]``.
        values: b ``[n, c]``.
    """

    def __init__(self, gram: Tensor, rows: Tensor, values: Tensor) -> None:
        self.rows, self.values = rows, values
        self._inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram))
        self._lifted = self._inverse @ rows.mT  # H⁻¹ Aᵀ
        self._schur = rows @ self._lifted
        self.ridge(0.0)

    def ridge(self, amount: float) -> None:
        """Sets λρ: the residual may be μ times it; 0 for exact data."""
        n = self.rows.shape[0]
        shifted = self._schur + amount * torch.eye(n, dtype=self._schur.dtype, device=self._schur.device)
        factor = torch.linalg.cholesky(shifted)
        self._pull = torch.cholesky_solve(self._lifted.mT, factor)  # S⁻¹ A H⁻¹
        self._bend = self._inverse - self._lifted @ self._pull
        self._own = torch.cholesky_solve(self.values, factor)
        self._start = self._lifted @ self._own

    def solve(self, g: Tensor) -> Tensor:
        """The minimiser v ``[p, c]`` for g ``[p, c]``; it fits the data to rounding where they are exact."""
        return torch.addmm(self._start, self._bend, g)

    def multiplier(self, g: Tensor) -> Tensor:
        """The multiplier μ ``[n, c]`` of the same problem."""
        return self._own - self._pull @ g
