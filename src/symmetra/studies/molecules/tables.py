"""The tables of the page."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from symmetra.report import Table, number
from symmetra.studies.molecules.audit import MODELS
from symmetra.studies.molecules.ceiling import WEIGHTS
from symmetra.studies.molecules.config import ARMS, EXACT, REPLICAS
from symmetra.studies.molecules.config import MoleculesConfig as Config
from symmetra.studies.molecules.published import NAMES, TABLE
from symmetra.studies.molecules.verdicts import Results, curve, most, steps_to, variation
from symmetra.studies.runner.intervals import mean


def replicas(results: Results, part: str) -> Table:
    """The published table with ours beside it, for ``energy`` or ``force``."""
    rows, place = [], ("energy", "force").index(part)
    for molecule in ("LiH", "NH3"):
        for name in REPLICAS:
            one, several = TABLE[molecule, name]
            single = results.get(f"replica/single/{molecule}/{name}", {}).get(f"{part}_r2")
            values = results.get(f"replica/folds/{molecule}/{name}", {}).get(f"{part}_r2")
            folds = f"{statistics.fmean(values):.4f} ± {statistics.pstdev(values):.4f}" if values else ""
            cells = [molecule, NAMES[name], _r2(single), _r2(one[place]), folds]
            rows.append([*cells, "{:.4f} ± {:.4f}".format(*several[place])])
    columns = ("", "circuit", f"{part}, one run", "published", f"{part}, five folds", "published")
    caption = (
        f"R² of the {'energies' if part == 'energy' else 'forces'} on a held-out fifth after the published correction: "
        "one run, and mean ± population deviation over five folds."
    )
    if part == "energy":
        caption += " The published folds of “non-equivariant” are of another circuit than its single run; ours are not."
    return Table(columns, rows, caption, "llrrrr")


def _r2(value: Any) -> str:
    return "" if value is None else f"{value:.4f}"


def ceilings(results: Results) -> Table:
    """How well the best potential fits published and consistent labels."""
    rows = []
    for molecule in ("LiH", "NH3"):
        found = results.get(f"ceiling/{molecule}")
        if found:
            cells = [f"{row[2]:.4f} / {row[3]:.4f}" for row in found["published"]]
            consistent = " / ".join(f"{value:.7f}" for value in found["consistent"])
            rows.append([molecule, f"{found['slope']:.3f}", *cells, consistent])
    weights = [f"{a:g}:{b:g}" for a, b in WEIGHTS]
    caption = (
        "Slope of the published forces on −dE/d(position), 1 if they belonged together; R² of energies / forces of the "
        "best potential of the varied coordinates, a polynomial of degree 14, by weight of energies to forces, and "
        "with consistent labels."
    )
    return Table(("", "slope", *weights, "consistent labels"), rows, caption, "lrrrrrr")


def audits(results: Results) -> Table:
    """Symmetry errors of every model on NH3, and of the replicas on an axial molecule."""
    rows = []
    for name in MODELS:
        found = results.get(f"audit/NH3/{name}")
        if found:
            axial = results.get(f"audit/LiH/{name}", {}).get("axial")
            cells = [_error(found[key]) for key in ("rotation", "parity", "permutation", "force")]
            rows.append([name, *cells, _error(axial)])
    columns = ("model", "rotations", "inversion", "exchanges", "forces turn along", "axial LiH about its axis")
    caption = (
        "Largest change of the energy over the spread of the energies (of forces: over the largest force), random "
        f"weights, five seeds. “exact” is at most {EXACT:g}."
    )
    return Table(columns, rows, caption, "lrrrrr")


def _error(values: Any) -> str:
    if not values:
        return ""
    return "exact" if max(values) <= EXACT else number(max(values), 2)


def curves(config: Config, results: Results, molecule: str = "NH3") -> Table:
    """Test losses of every arm by number of geometries, with what is needed to judge them."""
    sizes, rows = config.fair.sizes[molecule], []
    for arm in ARMS:
        found = results.get(f"curve/{molecule}/{arm}/n{sizes[-1]}", {})
        losses = [curve(results, arm, size, molecule=molecule) for size in sizes]
        if any(losses):
            last = [_mean(found, "general", key) for key in ("energy", "force")]
            parameters = next(v["parameters"] for k, v in results.items() if k.startswith(f"curve/{molecule}/{arm}/"))
            rows.append([arm, f"{parameters:,}", *map(_spread, losses), *last])
    columns = ("arm", "parameters", *(f"{size:,}" for size in sizes), "mHa", "Ha/Å")
    caption = (
        f"{molecule.replace('3', '₃')}: loss on unseen general geometries, in units in which predicting the mean gives "
        "1, by training geometries, mean over seeds with its 95 % interval; root mean square errors of energies and "
        "forces at the largest set."
    )
    return Table(columns, rows, caption, "lr" + "r" * (len(sizes) + 2))


def _mean(found: Mapping[str, Any], test: str, key: str) -> str:
    rows = found.get(test)
    return number(statistics.fmean(row[key] for row in rows), 2) if rows else ""


def _spread(values: list[float]) -> str:
    if not values:
        return ""
    middle, _, high = mean(values)
    return f"{number(middle, 2)} ± {number(high - middle, 1)}" if len(values) > 1 else number(middle, 2)


def generalising(config: Config, results: Results) -> Table:
    """Gap, folds, and what lies beyond the training set."""
    size, searched, rows = most(config), config.fair.searched, []
    for arm in ARMS:
        test, train = (curve(results, arm, searched, name) for name in ("general", "train"))
        if not test and not curve(results, arm, size):
            continue
        gap = _spread([a - b for a, b in zip(test, train)]) if test else ""
        fold = [one["energy_r2"] for one in results.get(f"folds/NH3/{arm}", {}).get("fold", [])]
        cells = [_spread(curve(results, arm, size, name)) for name in ("general", "stretched", "bent")]
        spread = number(variation(fold), 2) if fold else ""
        rows.append([arm, _spread(train), gap, spread, *cells])
    columns = ("arm", "training", "gap", "over folds", "general", "stretched", "bent")
    caption = (
        f"Trained on {searched} geometries: training loss, and gap (test less training loss). The published measure, "
        "standard deviation over mean of R² of the energies over five folds (∞: its mean is not positive). Trained on "
        f"{size:,}: losses on general, on stretched and on bent geometries."
    )
    return Table(columns, rows, caption, "lrrrrrr")


def trainability(config: Config, results: Results) -> Table:
    """Learning rates, steps to a loss, gradients at the start, cost of a step."""
    rows, total = [], config.fair.steps["NH3"]
    for arm in ARMS:
        search = results.get(f"search/NH3/{arm}")
        if not search:
            continue
        steps = steps_to(config, results, arm)
        there = f"{statistics.median(steps):g} ({sum(s < total for s in steps)} of {len(steps)})" if steps else ""
        squares = results.get(f"gradients/NH3/{arm}", {}).get("squares")
        variance = number(statistics.fmean(squares), 2) if squares else ""
        long = results.get(f"long/NH3/{arm}")
        after = _spread([row["loss"] for row in long["general"]]) if long else ""
        seconds = results.get(f"curve/NH3/{arm}/n{most(config)}", {}).get("cpu_seconds")
        cost = f"{1e3 * seconds / total / len(config.fair.seeds):.2g}" if seconds else ""
        rows.append([arm, f"{search['best']:g}", there, variance, cost, after])
    columns = ("arm", "learning rate", "steps to 0.1", "variance of the gradient", "ms a step", "loss, long training")
    caption = (
        "Learning rate of least validation loss; median steps to a validation loss of 0.1 (seeds that get there "
        f"within {total}); variance of the gradient over initial parameters; CPU time of a step of one seed; test loss "
        f"after {config.fair.long_steps:,} steps."
    )
    return Table(columns, rows, caption, "lrrrrr")
