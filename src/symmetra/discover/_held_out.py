"""The certificate of a map that is given as code: what samples that were kept out of the fit prove."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.discover._certificate import Certificate
from symmetra.discover._result import Coverage
from symmetra.discover._stream import DiscoveryStream


def certify_on_held_out(
    stream: DiscoveryStream, basis: Tensor, tolerance: float, alpha: float, covered: Coverage
) -> tuple[Tensor, tuple[Certificate, ...]]:
    """Held-out defects, and what they prove about the measure that the samples come from.

    With h held-out samples, independent of the generators, the largest pointwise defect bounds that on a share
    (α/k)^{1/h} of the measure, for all k generators together, with error rate α: an order statistic, free of any
    assumption but that the samples are independent draws. The tolerance certified to is the one that was asked for when
    the generators were chosen; a larger defect on a few samples does not show that the mean defect is larger, so the
    verdict then is open, not "broken".
    """
    problem, k = stream.problem, basis.shape[0]
    held = stream.held
    if k == 0:
        return basis.new_zeros(0), ()
    if held is None or held.shape[0] == 0:
        reason = "too few samples in the first chunk to hold any out"
        return _none(basis, stream, tolerance, alpha, reason)
    blocks, held = problem.blocks(held).cpu(), held.cpu()
    numerator = torch.linalg.vector_norm(torch.einsum("kmc,gc->gkm", blocks.numerator, basis), dim=2)  # [k, h]
    sizes = problem.sizes(blocks, held, basis)
    rms = sizes.square().mean(1).sqrt()
    vanish = (
        torch.linalg.vector_norm(
            torch.einsum("gp,kpn->gkn", basis[:, : problem.candidates.size], problem.candidates.values(held)), dim=2
        )
        * blocks.slope
    )
    floor = vanish.square().mean(1).sqrt()
    size = torch.where(rms > 1e-10 * floor, rms, floor)  # 0/0: both terms vanish, the field does not
    scaled = numerator / torch.where(size > 0, size, torch.ones_like(size))[:, None]
    defects = scaled.square().mean(1).sqrt()
    share = (alpha / k) ** (1 / held.shape[0])
    delta = max(tolerance, 1e-12)
    certificates = []
    for i in range(k):
        upper = float(scaled[i].max())
        reasons = () if covered.ok else (covered.message,)
        if upper > delta:
            reasons = (*reasons, f"the defect reaches {upper:.1e} on held-out samples, above {delta:.1e}")
        verdict = "undetermined" if reasons else "symmetric"
        statement = (
            f"on at least {100 * share:.1f} % of the measure the samples come from, the relative defect is at most "
            f"{upper:.1e}, with error rate {alpha:g}"
        )
        certificates.append(
            Certificate(statement, verdict, delta, upper, 0.0, alpha, "held-out order statistic", reasons)
        )
    return defects, tuple(certificates)


def _none(
    basis: Tensor, stream: DiscoveryStream, tolerance: float, alpha: float, reason: str
) -> tuple[Tensor, tuple[Certificate, ...]]:
    """No held-out samples: the defects are those on the fitted ones, and nothing is certified."""
    sizes = torch.linalg.vector_norm(stream.size_factor().cpu() @ basis.T, dim=0)
    defects = torch.linalg.vector_norm(stream.numerator.R.cpu() @ basis.T, dim=0) / torch.where(
        sizes > 0, sizes, torch.ones_like(sizes)
    )
    empty = Certificate("nothing is claimed", "undetermined", tolerance, float("inf"), 0.0, alpha, "none", (reason,))
    return defects, (empty,) * basis.shape[0]
