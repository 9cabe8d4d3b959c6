"""The tables of the page."""

from __future__ import annotations

from collections.abc import Sequence

from symmetra.report import Table, number
from symmetra.studies.averaging.cells import Cell, gain, short, sign_test
from symmetra.studies.averaging.config import NEGATIVE
from symmetra.studies.averaging.verdicts import WAYS, interval, p_value, percent

# One-step test VRMSE of The Well's own baselines (arXiv:2412.00568) on its sets that are nearest to ours.
PUBLISHED = {
    "active_matter": ("0.369", "0.360", "0.249", "0.103"),
    "gray_scott_reaction_diffusion": ("0.137", "0.363", "0.225", "0.176"),
    "shear_flow": ("1.19", "1.47", "3.45", "0.808"),
    "rayleigh_benard": ("0.840", "0.657", "1.49", "0.670"),
    "acoustic_scattering_maze": ("0.506", "0.506", "0.035", "0.015"),
}


def gains(cells: Sequence[Cell]) -> Table:
    """One step: plain, averaged over the admitted group, and what the difference is worth."""
    rows = []
    for cell in cells:
        before, after = cell.losses(), cell.losses(cell.admitted)
        p = [sign_test(a, b) for a, b in zip(before, after, strict=True)]
        still = sum(unit["persistence"] for unit in cell.units) / len(cell.units)
        shifts = [unit["shifts"]["loss"] for unit in cell.units if "shifts" in unit]
        more = percent(sum(shifts) / len(shifts) / before.mean() - 1, 1) if shifts else ""
        row = (short(cell.admitted), f"{before.mean():.4f} ({still:.3f})", f"{after.mean():.4f}")
        ends = (interval(cell.gain()), p_value(max(p)), f"{100 * cell.worse():.1f} %", more)
        rows.append((cell.title, *row, *ends))
    caption = (
        "VRMSE of one step on the test set, means over seeds, in brackets that of persistence; the change with "
        "Student's interval of 95 % over seeds; the largest p of the sign tests of the seeds, over test trajectories; "
        "windows made worse. The last column averages over shifts by half the box as well, four times as many calls; "
        "an FNO has these already."
    )
    columns = ("model", "group", "plain", "averaged", "change", "p", "worse", "shifts")
    return Table(columns, rows, caption, "llrrlrrr")


def rollouts(cells: Sequence[Cell]) -> Table:
    """Both windows and both ways of rolling out."""
    rows = []
    for cell in cells:
        for window in cell.windows():
            before = cell.horizon("plain", window)
            found = {way: cell.horizon(way, window) for way in WAYS}
            cells_of = [interval(gain(before, after)) for after in found.values()]
            still = number(cell.horizon("persistence", window).mean(), 3)
            p = p_value(sign_test(before.mean(0), found["step"].mean(0)))
            rows.append((cell.title, window, still, number(before.mean(), 3), *cells_of, p))
    caption = (
        "VRMSE over two windows of the rollout: the change by averaging at every step, and by averaging whole rollouts "
        "from each place; p of the sign test of the former over the test trajectories, each the mean over seeds."
    )
    columns = ("model", "window", "persistence", "plain", *WAYS.values(), "p")
    return Table(columns, rows, caption, "llrrllr")


def augmentation(plain: Sequence[Cell], augmented: Sequence[Cell]) -> Table:
    """Averaging against augmentation, and both."""
    rows = []
    for moved in augmented:
        for cell in plain:
            if (cell.system, cell.network) == (moved.system, moved.network):
                own, other = cell.losses(), moved.losses()[: len(cell.units)]
                count = len(other)
                both = moved.losses(moved.admitted)[:count]
                seconds = [sum(u["record"]["cpu_seconds"] for u in c.units) / len(c.units) for c in (cell, moved)]
                ways = [interval(gain(own[:count], x)) for x in (cell.losses(cell.admitted)[:count], other, both)]
                rows.append((cell.title, number(own[:count].mean(), 3), *ways, f"{seconds[1] / seconds[0]:.1f}"))
    caption = (
        "VRMSE of one step, and its change by averaging, by training on windows that are moved at random, and by both; "
        "the last column has the time of training to early stop with augmentation over that without."
    )
    columns = ("model", "plain", "averaged", "augmented", "augmented and averaged", "time")
    return Table(columns, rows, caption, "lrlllr")


def sizes(cells: Sequence[Cell], few: Sequence[Cell]) -> Table:
    """The same models trained on fewer windows."""
    rows = []
    for cell in (c for own in few for c in (own, *cells) if (c.system, c.network) == (own.system, own.network)):
        still = sum(unit["persistence"] for unit in cell.units) / len(cell.units)
        before, windows = cell.losses().mean(), cell.units[0]["record"]["windows"]
        ends = (number(before, 3), f"{before / still:.2f}", interval(cell.gain()), f"{100 * cell.worse():.1f} %")
        rows.append((cell.title, f"{windows:,}", *ends))
    caption = "One step, by the number of windows that the models were trained on."
    columns = ("model", "windows", "plain", "of persistence", "change by averaging", "worse")
    return Table(columns, rows, caption, "lrrrlr")


def channels(cells: Sequence[Cell]) -> Table:
    """What averaging does to each channel."""
    rows = []
    for cell in cells:
        names = cell.units[0]["channels"]["names"]
        before, after = (
            [sum(unit["channels"][way][i] for unit in cell.units) for i in range(len(names))]
            for way in ("plain", "averaged")
        )
        words = [f"{n.replace('_', ' ')} {percent(b / a - 1, 1)}" for n, a, b in zip(names, before, after, strict=True)]
        rows.append((cell.title, ", ".join(words)))
    return Table(("model", "change of VRMSE"), rows, "Channel by channel, means over seeds.", "ll")


def trainings(cells: Sequence[Cell]) -> Table:
    """How each model was trained."""
    rows = []
    for cell in cells:
        records = [unit["record"] for unit in cell.units]
        best = ", ".join(str(record["best_step"]) for record in records)
        stopped = sum(record["stopped"] for record in records)
        seconds = sum(record["cpu_seconds"] for record in records) / len(records)
        first = records[0]
        row = (
            f"{first['parameters']:,}",
            str(first["windows"]),
            best,
            f"{stopped} of {len(records)}",
            f"{seconds:.0f} s",
        )
        rows.append((cell.title, cell.arm, *row))
    caption = "Steps of the best validation error, by seed; trainings that patience ended; processor time of one."
    columns = ("model", "arm", "parameters", "windows", "best steps", "early stop", "time")
    return Table(columns, rows, caption, "llrrllr")


def guards(cells: Sequence[Cell]) -> Table:
    """What the guard said of the whole group, and what came true."""
    rows = []
    for cell in cells:
        for seed, unit in enumerate(cell.units):
            whole, best = unit["guard"][-1], unit["best"]
            said = f"{whole['averaging']} ({percent(-whole['gain'], 1)})"
            before = cell.losses()[seed].mean()
            true = [percent(cell.losses(group)[seed].mean() / before - 1, 1) for group in (cell.groups[-1], best)]
            system = cell.title + (" (gravity)" if cell.system == NEGATIVE else "")
            rows.append((system, str(seed), said, true[0], short(best), true[1]))
    caption = "What validation data alone said of all symmetries of the grid, and what the test set showed afterwards."
    columns = ("model", "seed", "guard on the whole group", "test", "its choice", "test")
    return Table(columns, rows, caption, "lrlrlr")


def published() -> Table:
    """The Well's baselines."""
    caption = (
        "VRMSE of one step of The Well's baselines on its sets that are nearest to ours: other equations and grids, "
        "four steps of history, half a day of a large GPU for each."
    )
    rows = [(name, *values) for name, values in PUBLISHED.items()]
    return Table(("set", "FNO", "TFNO", "U-Net", "U-Net ConvNext"), rows, caption, "lrrrr")
