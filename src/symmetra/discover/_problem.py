"""What a discovery problem is: a linear map ξ ↦ L_ξ F at every sample, and the size it is measured against."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from symmetra.functions import CandidateSpace


@dataclass
class Blocks:
    """The problem on N samples; C columns are the P candidates, then the Q output candidates.

    Attributes:
        numerator: ``[N, m, C]``, the Lie derivative.
        denominator: ``[N, d, C]``, its terms one by one; None where ``weight`` says the size.
        weight: ``[N]``: the size is weight · |ξ(x)| in the metric of the data.
        value: ``[N, m]``, what the map is there (zeros where it does not matter).
        point: ``[N, n]``, the samples.
        slope: ``[N]``, a size of the derivative, against which 0/0 is decided.
    """

    numerator: Tensor
    denominator: Tensor | None
    weight: Tensor | None
    value: Tensor
    slope: Tensor
    point: Tensor

    def cpu(self) -> Blocks:
        """The same blocks in main memory, where results are put together."""
        moved = {name: part.cpu() for name, part in vars(self).items() if part is not None}
        return replace(self, **moved)


class Problem(ABC):
    """A discovery problem: subclasses give the blocks.

    Attributes:
        kind: its name in results.
        candidates: the P candidate fields.
        extra: names of the Q further unknowns (output action, time scaling).
        weighted: whether the size of a candidate is weight · |ξ|, so that factors of the features are enough.
        tolerance: relative defect taken as zero by default.
        unscale: ``[n, n]`` L⁻¹ of the data covariance Σ = L Lᵀ; vectors are measured as |L⁻¹ v|, covectors as |Lᵀ w|,
            so that units and axes do not matter.
        absent: ``[n]``, coordinates that are zero on all samples up to rounding.
    """

    kind: str
    candidates: CandidateSpace
    extra: list[str]
    weighted: bool = False
    tolerance: float = 1e-9
    unscale: Tensor
    absent: Tensor
    dtype_in: torch.dtype = torch.float64

    @property
    def columns(self) -> int:
        """C = P + Q."""
        return self.candidates.size + len(self.extra)

    @abstractmethod
    def blocks(self, x: Tensor) -> Blocks:
        """The problem at x ``[N, n]``, float64."""

    def prepare(self, x: Tensor) -> None:
        """Fixes the metric from the first samples, ``[N, n]``."""
        self.unscale = data_metric(x)

    def covector_norm(self, covectors: Tensor) -> Tensor:
        """|Lᵀ w| of covectors ``[..., n]``."""
        scale = torch.linalg.inv(self.unscale)
        return torch.linalg.vector_norm(covectors @ scale, dim=-1)

    def sizes(self, blocks: Blocks, x: Tensor, rows: Tensor) -> Tensor:
        """The size that each combination ``[k, C]`` is measured against at every sample, ``[k, N]``."""
        if blocks.denominator is not None:
            return torch.linalg.vector_norm(torch.einsum("kdc,gc->gkd", blocks.denominator, rows), dim=2)
        assert blocks.weight is not None
        field = torch.einsum("gp,kpn->gkn", rows, self.candidates.values(x))
        return blocks.weight * torch.linalg.vector_norm(field @ self.unscale.T.to(field), dim=2)


def data_metric(x: Tensor) -> Tensor:
    """L⁻¹ with L Lᵀ the covariance of the samples; flat directions get the size of the largest one."""
    centred = x - x.mean(0)
    spread = torch.linalg.vector_norm(centred, dim=0) / max(x.shape[0] - 1, 1) ** 0.5
    spread = torch.where(spread > 0, spread, spread.max() if spread.max() > 0 else torch.ones_like(spread))
    values, vectors = torch.linalg.eigh((centred / spread).T @ (centred / spread) / max(x.shape[0] - 1, 1))
    top = values[-1] if values[-1] > 0 else torch.ones_like(values[-1])
    safe = torch.where(values > 1e-10 * top, values, top)
    return vectors @ torch.diag(safe.rsqrt()) @ vectors.T / spread
