"""Discovery as an estimator in the manner of scikit-learn: ``fit``, ``partial_fit``, ``score``, fitted attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from symmetra.discover._assemble import assemble
from symmetra.discover._dynamics import DynamicsProblem
from symmetra.discover._function import FunctionProblem, output_action
from symmetra.discover._problem import Problem
from symmetra.discover._result import Discovery
from symmetra.discover._stream import DiscoveryStream
from symmetra.functions import CandidateSpace
from symmetra.inputs import InputError, as_samples, describe


class SymmetryDiscovery:
    """Finds the symmetry algebra of a map, a dynamical system, or of samples (x, y).

    Args:
        candidates: where generators are looked for.
        f: the map; None to learn one from ``fit(x, y)``.
        kind: ``"function"`` or ``"dynamics"``, what f is.
        output: the output action, as in :func:`symmetra.discover.function`.
        rtol: relative defect taken as zero.
        alpha: error rate of the certificates.
        seed: of the held-out samples.

    Attributes:
        result_: the whole :class:`Discovery`.
        generators_: ``[k, P]``.
        spectrum_: ascending relative defects.
        n_features_in_: n.
    """

    def __init__(
        self,
        candidates: CandidateSpace,
        f: Callable[..., Any] | None = None,
        kind: str = "function",
        output: Any = None,
        rtol: float | None = None,
        alpha: float = 0.01,
        seed: int = 0,
    ) -> None:
        self.candidates = candidates
        self.f = f
        self.kind = kind
        self.output = output
        self.rtol = rtol
        self.alpha = alpha
        self.seed = seed
        self.result_: Discovery
        self.stream_: DiscoveryStream

    def fit(self, x: Any, y: Any = None) -> SymmetryDiscovery:
        """Discovers from samples ``[N, n]``; y is needed only where there is no f."""
        self._reset()
        if self.f is None:
            if y is None:
                raise InputError("y", "nothing", "targets, because there is no f", "fit(x, y)")
            from symmetra.discover.samples import regression

            self.result_ = regression(x, y, self.candidates, output=self.output, alpha=self.alpha, seed=self.seed)
            self.n_features_in_ = self.candidates.n
            return self
        return self.partial_fit(x)

    def partial_fit(self, x: Any, y: Any = None) -> SymmetryDiscovery:
        """Adds a chunk of samples; the fitted attributes are brought up to date when they are asked for."""
        if self.f is None:
            raise InputError("f", "None", "a map, for fitting in chunks", "fit(x, y) on all samples at once")
        if not hasattr(self, "stream_"):
            self.stream_ = DiscoveryStream(self._problem(), self.seed)
        self.stream_.partial_fit(x)
        self.__dict__.pop("result_", None)
        self.n_features_in_ = self.candidates.n
        return self

    def start_from(self, other: SymmetryDiscovery) -> SymmetryDiscovery:
        """Takes over the metric and the held-out samples of another: each may see other chunks, and they merge."""
        self._reset()
        self.stream_ = other.stream_.sibling()
        return self

    def merge(self, other: SymmetryDiscovery) -> SymmetryDiscovery:
        """Adds what another estimator of the same problem has seen."""
        self.stream_.merge(other.stream_)
        self.__dict__.pop("result_", None)
        return self

    def __getattr__(self, name: str) -> Any:
        if name == "result_" and "stream_" in self.__dict__:
            self.result_ = assemble(self.stream_, self.rtol, self.alpha)
            return self.result_
        fitted = {"generators_": "generators", "spectrum_": "spectrum"}
        if name in fitted:
            return getattr(self.result_, fitted[name])
        if name.endswith("_") and not name.startswith("_"):
            raise AttributeError(f"{name}: not fitted yet; write fit(x) first")
        raise AttributeError(name)

    def score(self, x: Any, y: Any = None) -> float:
        """1 − the largest relative defect of the discovered generators on new samples: 1 is exact; 0 without any."""
        result = self.result_
        if result.dimension == 0:
            return 0.0
        if self.f is None:
            return 1.0 - float(result.defects.max())
        stream = self.stream_
        points = as_samples(x, "x", self.candidates.n).to(torch.float64)
        blocks = stream.problem.blocks(points)
        rows = torch.cat([result.generators, result.outputs], dim=1)
        lie = torch.einsum("kmc,gc->gkm", blocks.numerator, rows).flatten(1)
        sizes = stream.problem.sizes(blocks, points, rows).flatten(1)
        return 1.0 - float((torch.linalg.vector_norm(lie, dim=1) / torch.linalg.vector_norm(sizes, dim=1)).max())

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {name: getattr(self, name) for name in ("candidates", "f", "kind", "output", "rtol", "alpha", "seed")}

    def set_params(self, **parameters: Any) -> SymmetryDiscovery:
        """Sets arguments of the constructor by name."""
        known = self.get_params()
        for name, value in parameters.items():
            if name not in known:
                raise InputError(name, describe(value), f"one of {', '.join(known)}")
            setattr(self, name, value)
        return self

    def _problem(self) -> Problem:
        assert self.f is not None
        if self.kind == "dynamics":
            return DynamicsProblem(self.f, self.candidates, time_scaling=False)
        if self.kind != "function":
            raise InputError("kind", repr(self.kind), '"function" or "dynamics"')
        return FunctionProblem(self.f, self.candidates, output_action(self.output, self.candidates))

    def _reset(self) -> None:
        for name in ("stream_", "result_"):
            self.__dict__.pop(name, None)
