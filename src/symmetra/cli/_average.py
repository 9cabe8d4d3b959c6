"""``symmetra average``: a trained model of fields before and after averaging, over the group that the guard chooses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

import torch

from symmetra import fields, report
from symmetra.cli import _average_model as models
from symmetra.cli._average_output import Outcome, plain, show, title
from symmetra.cli._average_page import document
from symmetra.cli._fields import parities
from symmetra.cli._output import command_line, working
from symmetra.enforce import Average, average
from symmetra.fields import AllowedGroup, Diagnosis, Trajectories
from symmetra.fields._compare import checked, rollouts
from symmetra.fields._diagnose import HURTS
from symmetra.fields._folder import data_files, joined, stream
from symmetra.fields._moves import group_of
from symmetra.groups import FiniteGroup
from symmetra.inputs import InputError, describe
from symmetra.training._bar import bar

# The Well's 6:12 and 13:30, which it counts from 0, where trajectories are long enough.
WINDOWS = ((7, 12), (14, 30))


@dataclass(frozen=True)
class Request:
    """What the command was asked for; the names are those of its options."""

    model: str
    data: Path
    valid: Path | None
    split: float
    trajectories: int | None
    history: int
    horizons: str | None
    stride: int
    mode: str
    group: str | None
    guard: bool
    veto: tuple[str, ...]
    parity: tuple[str, ...]
    override: tuple[str, ...]
    stats: Path | None
    norm: str
    delta: bool
    fold: str
    batch: int
    device: str
    html: Path | None
    save: Path | None
    json: bool


def run(asked: Request) -> None:
    """Choose the group, average, compare, and give out what was found; files are written when all is done."""
    for path, option, ending in ((asked.html, "--html", ""), (asked.save, "--save", ".pt2")):
        if path is not None:
            report.checked_destination(path, option)
            if not str(path).endswith(ending):
                raise InputError(option, str(path), "a file that ends in .pt2", f"{path.with_suffix('.pt2')}")
    device, fold = _device(asked.device), _fold(asked.fold)
    if asked.norm != "zscore" and asked.stats is None:
        raise InputError("--norm", asked.norm, "--stats beside it, which say what with", "--stats stats.yaml")
    stats = None if asked.stats is None else fields.read_statistics(asked.stats)
    with working("reading"):
        validation, evaluation = _read(asked)
    admitted = fields.allowed_group(evaluation.metadata, asked.veto)
    wanted = _wanted(asked, admitted)
    horizons = checked(_horizons(asked.horizons, evaluation.values.shape[1] - asked.history), asked.mode)
    layout = evaluation.layout(asked.history)
    inner = models.loaded(asked.model, device)
    model = models.in_physical_units(inner, layout, stats, asked.norm, asked.delta)
    validation, evaluation = (_cast(part, models.kind(inner, part.values)) for part in (validation, evaluation))
    steps = max(last for _, last in horizons)
    inputs, targets = next(evaluation.batches(asked.history, steps, asked.stride, asked.batch))
    sample = inputs.to(device)
    models.tried(model, sample[:2], layout)
    _averaged(model, layout, wanted, fold)  # what is wrong with the fold is told before the work begins
    with bar() as progress:
        guard = None
        if asked.guard:
            guard = fields.diagnose(
                model, validation, wanted, history=asked.history, batch=asked.batch, stride=asked.stride,
                device=device, progress=progress,
            )  # fmt: skip
        group = _chosen(wanted, guard, asked.group is not None)
        averaged = _averaged(model, layout, group, fold)
        found = fields.compare(
            averaged, evaluation, history=asked.history, horizons=horizons, stride=asked.stride, mode=asked.mode,
            batch=asked.batch, device=device, progress=progress,
        )  # fmt: skip
    outcome = Outcome(
        asked.model, asked.data, evaluation.metadata, admitted, guard, group, found,
        models.cost(averaged, sample), asked.mode, command_line(),
    )  # fmt: skip
    _give(asked, outcome, averaged, inner, stats, sample, targets)


def _give(
    asked: Request, outcome: Outcome, averaged: Average, inner: Any, stats: Any, sample: Any, targets: Any
) -> None:
    """All files in memory first, then one after the other; the table last."""
    written: list[tuple[Path, bytes]] = []
    layout = outcome.comparison.layout
    if asked.save is not None:
        core = inner.program if isinstance(inner, models.Exported) else inner
        model = models.in_physical_units(core, layout, stats, asked.norm, asked.delta)
        with working("exporting"):
            again = _averaged(model, layout, outcome.group, averaged.fold)
            two = torch.cat([sample, sample])[:2]  # torch takes a batch of one for a size that never changes
            written.append((asked.save, models.archive(again, two)))
    if asked.html is not None:
        steps = max(last for _, last in outcome.comparison.horizons)
        with torch.no_grad():
            before, after, _ = rollouts(averaged, sample[:1], steps, layout, asked.mode)
        pictured = {"truth": targets[0], "plain": before[:, 0].cpu(), "averaged": after[:, 0].cpu()}
        with working("the page"):
            written.append((asked.html, report.render(document(outcome, pictured)).encode()))
    for path, content in written:
        report.write_bytes(path, content)
    if asked.json:
        print(json.dumps(plain(outcome), indent=1, ensure_ascii=False, allow_nan=False))
        return
    show(outcome, {"The report": asked.html, "The averaged model": asked.save})


def _read(asked: Request) -> tuple[Trajectories, Trajectories]:
    """What the guard sees, and what the comparison is made on."""
    signs = parities(asked.parity)
    if asked.trajectories is not None and asked.trajectories < 1:
        raise InputError("--trajectories", str(asked.trajectories), "a whole number ≥ 1")

    def some(path: Path, split: str) -> list[Trajectories]:
        return list(islice(stream(data_files(path, split), signs), asked.trajectories))

    folders = (asked.data / "data", asked.data)
    apart = next((f for f in folders if (f / "valid").is_dir() and (f / "test").is_dir()), None)
    if asked.valid is not None or apart is not None:
        before = some(asked.valid or apart / "valid", "valid") if asked.guard else []  # type: ignore[operator]
        after = some(asked.data if apart is None else apart / "test", "test")
    else:
        parts, share = some(asked.data, "test"), asked.split if asked.guard else 0.0
        if not 0 <= share < 1:
            raise InputError("--split", str(asked.split), "a share between 0 and 1", "--split 0.5")
        mine = [ceil((i + 1) * share - 1e-9) > ceil(i * share - 1e-9) for i in range(len(parts))]
        before, after = ([part for part, m in zip(parts, mine) if m is side] for side in (True, False))
        if asked.guard and (len(before) < 2 or not after):
            got = f"{len(parts)} trajectories, of which {len(before)} for the guard"
            expected = "two or more for the guard, which alone tell chance from gain, and one that it has not seen"
            raise InputError("DATA", got, expected, "--valid PATH, or --group NAME --no-guard")
    evaluation = joined(after)
    validation = joined(before) if before else evaluation
    for name in ("fields", "constants", "extents"):
        if getattr(validation.metadata, name) != getattr(evaluation.metadata, name):
            raise InputError("--valid", f"data with other {name}", "data like those at DATA", "another path")
    return validation, evaluation


def _wanted(asked: Request, admitted: AllowedGroup) -> FiniteGroup:
    """The group that was asked for, if the data admit it or it is overridden by name; else all that they admit."""
    if asked.group is None:
        if admitted.order == 1:
            got = "data that admit no symmetry but the trivial one"
            raise InputError("DATA", got, "one to average over", f"symmetra fields info {asked.data}, for the reasons")
        return admitted.group
    group = group_of(asked.group, admitted.axes)
    if group.order == 1:
        raise InputError("--group", repr(asked.group), "a group with more than one element", "the command without it")
    return admitted.require(group, asked.override)


def _chosen(wanted: FiniteGroup, guard: Diagnosis | None, named: bool) -> FiniteGroup:
    """What was asked for by name, unless the guard says that it hurts; else what the guard says is best."""
    if guard is None:
        return wanted
    if not named:
        return guard.best
    test = guard.of(wanted)
    if test.verdict == HURTS:
        low, high = (f"{-100 * bound:.1f}" for bound in reversed(test.interval))
        got = f"{title(wanted)}, which raises the error of this model on validation data by {low} to {high} %"
        best = "no averaging" if guard.best.order == 1 else f'--group "{title(guard.best)}"'
        expected = f"a group that helps: the best is {best}"
        raise InputError("--group", got, expected, "--no-guard to have it all the same")
    return wanted


def _averaged(model: Any, layout: fields.FieldLayout, group: FiniteGroup, fold: Any) -> Average:
    return average(model, layout.action(group), layout.output.action(group), fold=fold, batched=True)


def _horizons(text: str | None, room: int) -> tuple[tuple[int, int], ...]:
    """Steps and ranges of steps, ``1,7:12``."""
    if text is None:
        fitting = tuple(span for span in WINDOWS if span[1] <= room)
        return ((1, 1), *(fitting or (((2, room // 2),) if room > 3 else ())))
    try:
        spans = [tuple(int(n) for n in word.split(":")) for word in text.split(",")]
        return tuple((span[0], span[-1]) if len(span) < 3 else (0, 0) for span in spans)
    except ValueError as error:
        raise InputError("--horizons", describe(text), "steps and ranges of them", "--horizons 1,7:12") from error


def _fold(text: str) -> Any:
    return int(text) if text.isdigit() else text


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise InputError("--device", f"{name}, which is not to be had ({models.words(error)})", "cpu or cuda") from None
    return device


def _cast(data: Trajectories, dtype: torch.dtype) -> Trajectories:
    return Trajectories(data.metadata, data.values.to(dtype), data.constants.to(dtype), data.time)
