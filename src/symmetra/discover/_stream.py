"""Discovery over chunks of samples: states that are updated, merged and sent between workers; memory does not grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from typing import Any

import torch
from torch import Tensor

from symmetra.discover._problem import Blocks, Problem
from symmetra.inputs import InputError, as_samples
from symmetra.linalg import StreamingQR

CHUNK = 8192
KEPT = 2048  # samples kept for the coverage diagnostic and the brackets
_ABSENT = 1e-14  # a coordinate this small beside the largest is the rounding of zero (points moved onto a plane, say)
HELD = 1000  # samples at most that are kept out of the fit, for the certificate


class DiscoveryStream:
    """The state of a discovery: triangular factors of what has been seen, and a few samples.

    Two streams of the same problem merge into what one stream would have become on all their samples.

    Args:
        problem: what is asked.
        seed: of the choice of the held-out samples.
    """

    def __init__(self, problem: Problem, seed: int = 0) -> None:
        self.problem = problem
        self.seed = seed
        self.numerator = StreamingQR(problem.columns)
        self.denominator: StreamingQR | None = None
        self.count = 0
        self.rows = 0
        self.held: Tensor | None = None
        self.kept: Tensor | None = None

    def partial_fit(self, x: Any) -> DiscoveryStream:
        """Adds samples ``[N, n]``; returns itself."""
        x = as_samples(x, "x", self.problem.candidates.n)
        if self.held is None:
            self.problem.dtype_in = x.dtype
            size = x[:KEPT].abs().amax(0)
            self.problem.absent = size <= _ABSENT * size.max()
        x = torch.where(self.problem.absent, 0.0, x.to(torch.float64))
        if self.held is None:
            self.problem.prepare(x[:KEPT])
            x = self._hold_out(x)
            self.kept = x[:KEPT].clone()
        self.count += x.shape[0]
        for part in x.split(CHUNK):
            self._absorb(self.problem.blocks(part), part)
        return self

    def merge(self, other: DiscoveryStream) -> DiscoveryStream:
        """Adds all that another state of the same problem has seen; returns itself."""
        if other.problem.columns != self.problem.columns:
            raise InputError("other", f"a state of {other.problem.columns} columns", f"{self.problem.columns} columns")
        self.numerator.merge(other.numerator)
        if other.denominator is not None:
            if self.denominator is None:
                self.denominator = StreamingQR(other.denominator.columns)
            self.denominator.merge(other.denominator)
        self.count += other.count
        self.rows += other.rows
        return self

    def sibling(self) -> DiscoveryStream:
        """An empty stream with this one's metric and held-out samples, to see other chunks and be merged."""
        other = DiscoveryStream(self.problem, self.seed)
        if self.kept is None or self.held is None:
            raise InputError("stream", "an empty stream", "one that has seen its first chunk", "partial_fit(x) first")
        other.held, other.kept = self.held[:0], self.kept[:1]
        return other

    def _hold_out(self, x: Tensor) -> Tensor:
        """Sets a fifth of the first samples aside, if the others still determine every candidate."""
        wanted = min(x.shape[0] // 5, HELD)
        outputs = self.problem.blocks(x[:1]).numerator.shape[1]
        if wanted < 5 or (x.shape[0] - wanted) * outputs < 1.5 * self.problem.columns:
            wanted = 0
        generator = torch.Generator().manual_seed(self.seed)
        order = torch.randperm(min(x.shape[0], KEPT), generator=generator)
        self.held = x[order[:wanted]].clone()
        stays = torch.ones(x.shape[0], dtype=torch.bool)
        stays[order[:wanted]] = False
        return x[stays] if wanted else x

    def _absorb(self, blocks: Blocks, x: Tensor) -> None:
        numerator = blocks.numerator.reshape(-1, self.problem.columns)
        self.rows += numerator.shape[0]
        self.numerator.update(numerator)
        if blocks.denominator is not None:
            sizes = blocks.denominator.reshape(-1, self.problem.columns)
        else:
            assert blocks.weight is not None
            sizes = blocks.weight[:, None] * self.problem.candidates.norm_features(x)
        if self.denominator is None:
            self.denominator = StreamingQR(sizes.shape[1])
        self.denominator.update(sizes)

    def size_factor(self) -> Tensor:
        """The factor of the denominator in the C columns."""
        assert self.denominator is not None
        factor = self.denominator.R
        if not self.problem.weighted:
            return factor
        parts = self.problem.candidates.norm_factor(factor)  # [r, n, P]
        return torch.einsum("ij,rjp->rip", self.problem.unscale, parts).reshape(-1, self.problem.columns)


def run(problem: Problem, x: Any, executor: Executor | None = None, seed: int = 0) -> DiscoveryStream:
    """The state after all samples, shared out over an executor if there is one.

    Args:
        problem: what is asked.
        x: samples ``[N, n]`` (an array, a tensor, a memory map) or an iterable of chunks of them.
        executor: any ``concurrent.futures.Executor``, such as a process pool or ``dask.distributed``'s
            ``Client.get_executor()``; the problem must then be picklable.
        seed: of the held-out samples.
    """
    chunks = _chunks(x)
    first = next(chunks, None)
    if first is None:
        raise InputError("x", "no samples", "at least one chunk of samples [N, n]")
    stream = DiscoveryStream(problem, seed).partial_fit(first)
    if executor is None:
        for chunk in chunks:
            stream.partial_fit(chunk)
        return stream
    waiting: list[Any] = []
    for chunk in chunks:
        waiting.append(executor.submit(_share, stream.sibling(), chunk))
        if len(waiting) >= 16:  # chunks in flight are in memory: their number is bounded, not the sample
            stream.merge(waiting.pop(0).result())
    for future in waiting:
        stream.merge(future.result())
    return stream


def _share(stream: DiscoveryStream, chunk: Tensor) -> DiscoveryStream:
    """What a worker does with its chunk: the metric and the held-out samples are those of the first chunk."""
    return stream.partial_fit(chunk)


def _chunks(x: Any) -> Iterator[Any]:
    if hasattr(x, "shape"):
        if len(x.shape) != 2:
            as_samples(x, "x")
        for start in range(0, max(x.shape[0], 1), 8 * CHUNK):
            part = x[start : start + 8 * CHUNK]
            yield part
        return
    if isinstance(x, (list, tuple)) and not (x and hasattr(x[0], "shape") and len(x[0].shape) == 2):
        yield as_samples(x, "x")
        return
    if not isinstance(x, Iterable):
        raise InputError("x", type(x).__name__, "samples [N, n] or an iterable of chunks of them")
    yield from x
