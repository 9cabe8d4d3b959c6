"""The tables of the page."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from symmetra.report import Table, number
from symmetra.studies.lattice.config import KINDS, SIZES
from symmetra.studies.lattice.gathered import (
    LARGEST,
    Results,
    against,
    chosen,
    curve,
    errors,
    finite,
    instances,
    largest,
    scan,
)
from symmetra.studies.lattice.intervals import ratio
from symmetra.studies.lattice.verdicts import GOOD, one_sided, perfect
from symmetra.studies.runner import Claim

# What the proceedings say, and the units that answer it, for every claim.
STATEMENTS = {
    "better": ("EQ “clearly outperforms the non-equivariant types”", "regression/{EQ,ST,FL}"),
    "level": ("best EQ two orders below a loss of 10⁻⁶, so about 10⁻⁸", "regression/EQ"),
    "samples": ("EQ improves with more samples; ST and FL “do not benefit significantly”", "regression/{EQ,ST,FL}"),
    "augmentation": ("“also the case when using data augmentation”", "regression/{ST+aug,FL+aug}"),
    "sizes": ("EQ “about three orders of magnitude more accurate than ST at every lattice size”", "regression/{EQ,ST}"),
    "silver blaze": ("predictions “very close to the true values” at other μ and sizes", "regression/EQ"),
    "onset": ("the Silver Blaze transition is detected on the largest lattice", "regression/ensembles/200x10"),
    "earlier network": ("FL of 10⁷ parameters, 200×10, two μ: 10⁻⁶, two orders worse", "regression/FL-large"),
    "parameters": ("“between 10² and 10⁵” parameters are preferred", "*/search"),
    "detection": ("EQ generalises to other couplings", "detection/EQ"),
    "detection order": ("ST “very close” to EQ, FL worse", "detection/{EQ,ST,FL}"),
    "detection sizes": (
        "not sensitive to μ; “larger lattice sizes tend to reduce the model precision”",
        "detection/EQ",
    ),
    "one sign": ("successful models “detect just one of the two flux violations”", "detection/EQ"),
    "counting": ("all of 20 EQ instances at 100 % on every size", "counting/EQ"),
    "counting order": ("ST and FL “struggle to correctly predict small numbers”", "counting/{EQ,ST,FL}"),
}


def statements(claims: Sequence[Claim]) -> Table:
    """Every statement of the proceedings beside our number, and where it comes from."""
    rows = [
        (STATEMENTS[c.plan.key][0], c.value + (f" ({c.interval})" if c.interval else ""), STATEMENTS[c.plan.key][1])
        for c in claims
    ]
    return Table(("statement of the proceedings", "ours", "units"), rows, "", "lll")


def _range(values: Sequence[float], digits: int = 2) -> str:
    low, middle, high = (number(f(values), digits) for f in (min, statistics.median, max))
    return f"{middle} [{low}, {high}]"


def samples(results: Results) -> Table:
    """Test error of every kind of network by training samples, at the setting of the training."""
    found = {kind: scan(results, kind) for kind in (*KINDS, "ST-stride", "ST+aug", "FL+aug")}
    counts = sorted({count for own in found.values() for count in own})
    rows = []
    for kind, own in found.items():
        if own:
            cells = [_range(finite(own[n]["test_mse"])) if n in own else "" for n in counts]
            before = finite(own[max(own)].get("adamw", []))
            parameters = f"{own[max(own)]['parameters']:,}"
            rows.append((kind, parameters, *cells, number(statistics.median(before), 2) if before else ""))
    caption = (
        "Mean square error over n and |φ|² at the setting of the training, by the number of training samples: median "
        "and range of the instances. The last column has the validation error before the second stage of the training, "
        "with most samples."
    )
    for count, large in scan(results, "FL-large").items():
        caption += (
            f" The earlier network of {large['parameters']:,} parameters, trained on {count:,} samples of 200×10 at "
            f"μ = 0.91 and 1.05, has {_range(finite(large['test_mse']))} at that setting."
        )
    columns = ("network", "parameters", *(f"{n:,}" for n in counts), "AdamW alone")
    return Table(columns, rows, caption, "lr" + "l" * len(counts) + "r")


def boxes(results: Results) -> Table:
    """EQ and ST on every box, with their ratio; and the ST that skips sites."""
    found = {kind: largest(results, kind) for kind in ("EQ", "ST", "ST-stride")}
    others = [kind for kind in ("ST", "ST-stride") if found[kind]]
    rows = []
    for size in (f"{a}x{b}" for a, b in SIZES):
        scores = {kind: errors(result, size) for kind, result in found.items() if result}
        if scores.get("EQ") and others and all(scores.values()):
            ratios = [ratio(scores[kind], scores["EQ"]) for kind in others]
            words = [f"{number(middle, 3)} [{number(low, 2)}, {number(high, 2)}]" for middle, low, high in ratios]
            rows.append((size.replace("x", "×"), *map(_range, scores.values()), *words))
    caption = (
        "Mean square error over all 29 values of μ, most training samples: median and range. The ratio is that of the "
        "medians, the interval that of the geometric means, 95 % by Welch."
    )
    columns = ("box", "EQ", *others, *(f"{kind} over EQ" for kind in others))
    return Table(columns, rows, caption, "l" * len(columns))


def transition(results: Results) -> Table:
    """Monte Carlo and the chosen EQ instance on the largest box, for every μ."""
    truth, own, which = results.get(f"regression/ensembles/{LARGEST}"), curve(results, "EQ"), chosen(results, "EQ")
    if not truth or not own:
        return Table((), ())
    at = {mu: place for place, mu in enumerate(own["mu"])}
    rows = []
    for place, mu in enumerate(truth["mu"]):
        cells = [f"{mu:.3f}"]
        for name in ("n", "phi2"):
            cells.append(f"{truth[name][place]:.5f} ± {truth[f'{name}_error'][place]:.5f}")
            cells.append(f"{finite(own[name][at[mu]])[which]:.5f}".replace("-", "−") if mu in at else "")
        rows.append((*cells, f"{truth['tau_int'][place]:.1f}" if "tau_int" in truth else ""))
    caption = (
        "200×10: Monte Carlo from every sweep with errors by the Γ-method, and the mean prediction of the EQ instance "
        "with the smallest validation error over the test configurations. τ is the longer of the two integrated "
        "autocorrelation times, in sweeps."
    )
    columns = ("μ", "n", "predicted", "|φ|²", "predicted", "τ")
    return Table(columns, rows, caption, "rrrrrr")


def accuracies(results: Results, task: str, place: int, size: str = "") -> Table:
    """Accuracy of every kind of network against one part of the settings: median and range of the instances."""
    found = {kind: against(instances(results, task, kind).get("accuracy", {}), place, size) for kind in KINDS}
    columns = list(dict.fromkeys(column for own in found.values() for column in own))
    rows = []
    for kind, own in found.items():
        if own:
            rows.append((kind, *(f"{statistics.median(own[c]):.3f}" if c in own else "" for c in columns)))
    where = f" on {size.replace('x', '×')}" if size else ""
    what = {0: "size", 1: "number of worms" if task == "counting" else "η", 2: "μ"}[place]
    names = [column.replace("x", "×") for column in columns]
    caption = f"Accuracy by {what}{where}, medians over the instances."
    return Table(("network", *names), rows, caption, "l" + "r" * len(names))


def signs(results: Results) -> Table:
    """How many detectors of each kind react to one sign only."""
    rows = []
    for kind in KINDS:
        if (counts := one_sided(results, kind)) is not None:
            one, good, total = counts
            parameters = instances(results, "detection", kind)["parameters"]
            rows.append((kind, f"{parameters:,}", f"{good} of {total}", f"{one} of {good}" if good else "–"))
    caption = f"Detectors with an accuracy of at least {GOOD} on 8×8, and those of them that react to one sign."
    return Table(("network", "parameters", "successful", "react to one sign"), rows, caption, "lrll")


def perfection(results: Results) -> Table:
    """How many networks of each kind count without an error."""
    found = [(kind, perfect(results, kind)) for kind in KINDS]
    rows = [
        (kind, f"{instances(results, 'counting', kind)['parameters']:,}", f"{counts[0]} of {counts[1]}")
        for kind, counts in found
        if counts
    ]
    caption = "Instances without an error for any number of worms on any size; FL is tested on 8×8 alone."
    return Table(("network", "parameters", "without an error"), rows, caption, "lrl")


def searches(results: Results) -> Table:
    """What each search has chosen."""
    rows = []
    for key, value in results.items():
        task, _, kind = key.partition("/search/")
        if kind:
            trials = f"{len(value['trials'])}" if value.get("trials") else ""
            rows.append(
                (task, kind, _setting(value["best"]), f"{value['parameters']:,}", trials, number(value["value"], 2))
            )
    caption = "Objective: mean validation loss over the repeats of a setting."
    return Table(("task", "network", "chosen", "parameters", "settings", "objective"), rows, caption, "lllrrr")


def _setting(best: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {number(v, 3) if isinstance(v, float) else v}" for name, v in best.items())
