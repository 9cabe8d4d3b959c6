"""The model of ``symmetra average``: a map from the last steps of physical fields to the next one, and its saving."""

from __future__ import annotations

import contextlib
import inspect
import io
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.cli._model import Exported, load, words
from symmetra.enforce import Average
from symmetra.fields import FieldLayout, Statistics
from symmetra.inputs import InputError, describe

EXPORT = "an nn.Module of torch operations that take any batch"


class _Function(nn.Module):
    """A plain function of batches as a module."""

    def __init__(self, f: Callable[[Any], Any]) -> None:
        super().__init__()
        self.f = f

    def forward(self, x: Any) -> Any:
        return self.f(x)


class _Change(nn.Module):
    """A model of the change from the last step, as one of the next step."""

    def __init__(self, model: nn.Module, layout: FieldLayout) -> None:
        super().__init__()
        self.model, self.last = model, layout.last

    def forward(self, x: Any) -> Any:
        return x[:, self.last] + self.model(x)


def loaded(text: str, device: torch.device) -> nn.Module:
    """The model that a name or file tells, in evaluation mode; what makes a model when called without arguments too.

    Raises:
        InputError: there is none, or the callable that makes it fails.
    """
    found = load(text, device=device)
    if not isinstance(found, nn.Module) and _makes_one(found):
        try:
            found = found()
        except Exception as error:  # the user's own code: whatever it raises is told in one line
            raise InputError(
                "MODEL", f"{text}(), which fails ({words(error)})", "a callable that makes a model"
            ) from None
        if not callable(found):
            raise InputError(
                "MODEL", f"{text}() that returns {describe(found)}", "an nn.Module or a function of fields"
            )
    model = found if isinstance(found, nn.Module) else _Function(found)
    return model if isinstance(model, Exported) else model.to(device).eval()


def _makes_one(found: Any) -> bool:
    try:
        inspect.signature(found).bind()
    except (TypeError, ValueError):
        return False
    return True


def in_physical_units(
    model: nn.Module, layout: FieldLayout, stats: Statistics | None, norm: str, delta: bool
) -> nn.Module:
    """The model with whatever lies between it and the fields of the file around it."""
    found = model if stats is None else stats.units(model, layout, norm, delta)
    return _Change(found, layout) if delta else found


def kind(model: nn.Module, like: Tensor) -> torch.dtype:
    """The type of numbers that the model takes: that of its parameters, or of the data where it has none."""
    inside = model.program if isinstance(model, Exported) else model
    types = [p.dtype for p in (*inside.parameters(), *inside.buffers()) if p.is_floating_point()]
    return types[0] if types else like.dtype


def tried(model: nn.Module, x: Tensor, layout: FieldLayout) -> Tensor:
    """The model's output on a few windows: a model that does not fit the data says so before the work begins.

    Raises:
        InputError: it fails, changes the grid or the channels, or gives numbers that are not finite.
    """
    step, shape = layout.output.channels, tuple(x.shape[1:])
    takes = f"{layout.history} × {step} channels" if layout.history > 1 else f"{step} channels"
    takes += f" and {layout.channels - layout.history * step} constants" if layout.constants else ""
    takes = f"a model of fields {list(shape)}: {takes}"
    try:
        with torch.no_grad():
            y = model(x)
    except Exception as error:  # the user's own code: whatever it raises is told in one line
        got = f"{type(error).__name__} on {len(x)} windows of {takes.removeprefix('a model of ')} ({words(error)})"
        raise InputError("MODEL", got, "a model that takes them", "another --history, or another model") from None
    if not isinstance(y, Tensor) or y.ndim != x.ndim or len(y) != len(x) or not y.is_floating_point():
        raise InputError("MODEL", f"a result that is {describe(y)}", f"the next step, {[len(x), step, *shape[1:]]}")
    if tuple(y.shape[2:]) != shape[1:]:
        expected = f"the grid of the data, {shape[1:]}: a model that keeps the resolution"
        raise InputError("MODEL", f"outputs on a grid {tuple(y.shape[2:])}", expected)
    if y.shape[1] != step:
        expected = f"{step}: {', '.join(layout.output.names)}"
        raise InputError("MODEL", f"outputs of {y.shape[1]} channels", expected, "a model of the next step")
    if not bool(y.isfinite().all()):
        raise InputError(
            "MODEL", "outputs that are NaN or infinite", "finite ones", "--stats stats.yaml, if it was trained so"
        )
    return y


def cost(averaged: Average, x: Tensor, rounds: int = 5) -> float:
    """How many times as long one averaged step takes as a plain one: the best of a few, taking turns.

    Processor time of one thread, which other work on the machine changes least; on a GPU wall time.
    """
    clock, threads = (time.perf_counter if x.is_cuda else time.process_time), torch.get_num_threads()
    least = [float("inf")] * 2
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            for _ in range(rounds):
                for i, f in enumerate((averaged.model, averaged)):
                    _wait(x)
                    start = clock()
                    f(x)
                    _wait(x)
                    least[i] = min(least[i], clock() - start)
    finally:
        torch.set_num_threads(threads)
    return least[1] / least[0]


def _wait(x: Tensor) -> None:
    if x.is_cuda:
        torch.cuda.synchronize(x.device)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch's exporter prints and logs of a model that it cannot trace."""
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)


def archive(averaged: Average, x: Tensor) -> bytes:
    """The averaged model as an exported program that takes any batch, after a look at whether it gives the same.

    Raises:
        InputError: the model cannot be exported, or its export gives other numbers.
    """
    buffer = io.BytesIO()
    try:
        shapes = ({0: torch.export.Dim("windows")},)
        with torch.no_grad(), _quiet():
            torch.export.save(torch.export.export(averaged, (x,), dynamic_shapes=shapes), buffer)
            buffer.seek(0)
            again, once = torch.export.load(buffer).module()(x), averaged(x)
    except Exception as error:  # whatever torch's exporter says of the user's own code is told in one line
        got = f"a model that does not export ({words(error)})"
        raise InputError("--save", got, EXPORT, "the command without --save") from None
    if not torch.allclose(again, once, rtol=1e-4, atol=1e-5 * float(once.abs().max())):
        raise InputError("--save", "an export that gives other numbers", EXPORT, "the command without --save")
    return buffer.getvalue()
