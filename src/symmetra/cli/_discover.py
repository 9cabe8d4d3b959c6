"""The five commands of ``symmetra discover``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from symmetra import discover
from symmetra.cli import _names
from symmetra.cli._executor import executor_of
from symmetra.cli._model import load, tried
from symmetra.cli._output import Output, command_line, working
from symmetra.cli._read import Data, read
from symmetra.inputs import InputError


def function(
    file: Path,
    x: str,
    model: str,
    candidates: str,
    output: str,
    alpha: float,
    workers: int,
    seed: int,
    json: bool,
    html: Path | None,
) -> None:
    """``symmetra discover function``."""
    data = read(file)
    points, labels = data.matrix(x, "--x")
    give = _output(json, html, data, points)
    space = _names.candidates(candidates, len(labels))
    f = load(model, "--model")
    value = tried(f, torch.as_tensor(points), "--model")
    outputs = _output_space(output, value)
    with executor_of(workers) as executor, working(f"searching {space.size} candidates on {len(points)} samples"):
        found = discover.function(
            f, points, space, outputs, alpha=_rate(alpha, "--alpha"), executor=executor, seed=seed
        )
    give.give(found, labels)


def regression(
    file: Path,
    x: str,
    y: str,
    candidates: str,
    state_error: str,
    delta: float,
    alpha: float,
    seed: int,
    json: bool,
    html: Path | None,
) -> None:
    """``symmetra discover regression``."""
    data = read(file)
    (points, labels), (values, _) = data.matrix(x, "--x"), data.matrix(y, "--y")
    _same_length(points, values, "--y")
    give = _output(json, html, data, points)
    space = _names.candidates(candidates, len(labels))
    with working(f"fitting and searching {space.size} candidates on {len(points)} samples"):
        found = discover.regression(
            points,
            values,
            space,
            state_error=_error(state_error),
            delta=_rate(delta, "--delta"),
            alpha=_rate(alpha, "--alpha"),
            seed=seed,
        )
    give.give(found, labels)


def dynamics(
    file: Path,
    x: str,
    rates: str | None,
    model: str | None,
    candidates: str,
    time_scaling: bool,
    state_error: str,
    delta: float,
    alpha: float,
    workers: int,
    seed: int,
    json: bool,
    html: Path | None,
) -> None:
    """``symmetra discover dynamics``."""
    data = read(file)
    states, labels = data.matrix(x, "--x")
    give = _output(json, html, data, states)
    field = _field(data, states, rates, model)
    if field is None:
        raise InputError("--rates", "nothing", "columns of measured rates, or a --model", "--rates vx,vy")
    space = _names.candidates(candidates, len(labels))
    with executor_of(workers) as executor, working(f"searching {space.size} candidates on {len(states)} samples"):
        found = discover.dynamics(
            field,
            states,
            space,
            time_scaling=time_scaling,
            delta=_rate(delta, "--delta"),
            alpha=_rate(alpha, "--alpha"),
            state_error=_error(state_error),
            executor=executor,
            seed=seed,
        )
    give.give(found, labels)


def conserved(
    file: Path,
    x: str,
    rates: str | None,
    model: str | None,
    library: str,
    lets: Sequence[str],
    trajectories: str | None,
    state_error: str,
    delta: float,
    alpha: float,
    seed: int,
    json: bool,
    html: Path | None,
) -> None:
    """``symmetra discover conserved``."""
    data = read(file)
    states, labels = data.matrix(x, "--x")
    give = _output(json, html, data, states)
    field = _field(data, states, rates, model)
    told_apart = None if trajectories is None else data.labels(trajectories, "--trajectories")
    if told_apart is not None and len(told_apart) != len(states):
        raise InputError("--trajectories", f"{len(told_apart)} labels", f"{len(states)}, one a row of --x")
    if field is None and told_apart is None:
        raise InputError("--rates", "nothing", "columns of rates, a --model or --trajectories", "--rates vx,vy,ax,ay")
    terms = _names.library(library, labels, _names.definitions(lets, labels))
    with working(f"searching {terms.size} terms on {len(states)} samples"):
        found = discover.conserved(
            states,
            field,
            terms,
            told_apart,
            delta=_rate(delta, "--delta"),
            alpha=_rate(alpha, "--alpha"),
            state_error=_error(state_error),
            seed=seed,
        )
    give.give(found, labels)


def manifold(
    file: Path,
    x: str,
    model: str | None,
    candidates: str,
    codimension: int | None,
    alpha: float,
    seed: int,
    json: bool,
    html: Path | None,
) -> None:
    """``symmetra discover manifold``."""
    data = read(file)
    points, labels = data.matrix(x, "--x")
    give = _output(json, html, data, points)
    space = _names.candidates(candidates, len(labels))
    f = None if model is None else load(model, "--model")
    if f is not None:
        tried(f, torch.as_tensor(points), "--model")
    with working(f"searching {space.size} candidates on {len(points)} points"):
        if f is None:
            found = discover.manifold(
                points, candidates=space, alpha=_rate(alpha, "--alpha"), codimension=codimension, seed=seed
            )
        else:
            found = discover.manifold(f, points, space, alpha=_rate(alpha, "--alpha"), seed=seed)
    give.give(found, labels)


def _output(json: bool, html: Path | None, data: Data, points: np.ndarray) -> Output:
    return Output(json, html, command_line(), {"Data": f"{data.path.name}, {len(points)} rows used"})


def _field(data: Data, states: np.ndarray, rates: str | None, model: str | None) -> Any:
    """The rates as an array or as a callable; None where neither is given."""
    if rates is not None and model is not None:
        raise InputError("--model", "both --rates and --model", "one of the two", "--rates alone")
    if rates is not None:
        values, _ = data.matrix(rates, "--rates")
        _same_length(states, values, "--rates")
        if values.shape[1] != states.shape[1]:
            raise InputError("--rates", f"{values.shape[1]} columns", f"{states.shape[1]}, one for each of --x")
        return values
    if model is None:
        return None
    f = load(model, "--model")
    value = tried(f, torch.as_tensor(states), "--model")
    if value.shape[1:] != states.shape[1:]:
        raise InputError(
            "--model", f"rates of shape {tuple(value.shape[1:])}", f"{states.shape[1]}, one for each of --x"
        )
    return f


def _same_length(states: np.ndarray, values: np.ndarray, argument: str) -> None:
    if len(states) != len(values):
        raise InputError(argument, f"{len(values)} rows", f"{len(states)}, as --x has")


def _output_space(text: str, value: torch.Tensor) -> Any:
    if text == "none":
        return None
    if text not in ("linear", "affine"):
        raise InputError("--output", repr(text), "none, linear or affine", "--output none")
    return _names.candidates(text, math.prod(value.shape[1:]), "--output")


def _rate(value: float, argument: str) -> float:
    if not 0 < value < 1:
        raise InputError(argument, f"{value}", "a number between 0 and 1", f"{argument} 0.05")
    return value


def _error(text: str) -> float | None:
    if text.strip().lower() == "unknown":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise InputError("--state-error", repr(text), "a number of at least 0, or unknown", "--state-error unknown")
    return value
