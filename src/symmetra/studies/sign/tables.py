"""The tables of the page."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from symmetra.report import Table, number
from symmetra.studies.runner.intervals import mean
from symmetra.studies.sign import automorphic, bodies, clusters, links, many, regression
from symmetra.studies.sign.config import SignConfig
from symmetra.studies.sign.drawings import ARMS
from symmetra.studies.sign.verdicts import Results, many_means, over_seeds, words

ORACLES = {
    "copy": "whether both are in the same copy",
    "degree": "the product of the degrees",
    "copy and degree": "the copy, then the degrees",
    "twin": "whether the link has a twin in the other copy",
    "dot": "nothing: summed products of raw eigenvectors",
}


def known(results: Results, prefix: str, quantity: str) -> list[Any]:
    """A quantity of every seed; empty if there are none."""
    try:
        return over_seeds(results, prefix, quantity)
    except KeyError:
        return []


def one_graph(results: Results) -> Table:
    """Link prediction on one graph: AUC, AUC after flips, time, parameters."""
    rows = []
    for arm in (*links.ARMS, "signnet+dear"):
        cells = [ARMS[arm][0]]
        for family in links.FAMILIES:
            test, flipped = (known(results, f"links/{family}/{arm}", part) for part in ("test", "flipped"))
            cells += [words(mean(test)), f"{statistics.fmean(flipped):.3f}"] if test else ["", ""]
        seconds, parameters = known(results, "links/er/epochs", arm), known(results, f"links/er/{arm}", "parameters")
        cells += [number(1e3 * min(seconds), 2) if seconds else "", f"{parameters[0]:,}" if parameters else ""]
        rows.append(cells)
    columns = ("", "Erdős–Rényi", "flipped", "Barabási–Albert", "flipped", "CPU ms", "parameters")
    caption = (
        "Test AUC, mean over seeds with its 95 % interval. Flipped: the same after columns of the eigenvectors were "
        "turned round at the test, mean of five draws. CPU ms of an epoch on Erdős–Rényi graphs, training and both "
        "evaluations, one thread, the least of several."
    )
    return _filled(columns, rows, caption, "lrrrrrr")


def oracles(results: Results) -> Table:
    """What could be known of the links of one graph."""
    rows = []
    for name, text in ORACLES.items():
        found = [known(results, f"links/{family}/oracles", name) for family in links.FAMILIES]
        rows.append([text, *(words(mean(values)) if values else "" for values in found)])
    columns = ("who knows", "Erdős–Rényi", "Barabási–Albert")
    return _filled(columns, rows, "Test AUC of rules that are told the truth, and of no training at all.", "lrr")


def inductive(config: SignConfig, results: Results) -> Table:
    """Link prediction on many graphs, by number of training graphs."""
    rows, sizes = [], config.many
    for arm in many.ARMS:
        found = [many_means(results, arm, n) if known(results, f"many/{arm}/n{n}", "test") else [] for n in sizes]
        same = [flag for n in sizes for flag in known(results, f"many/{arm}/n{n}", "same")]
        cells = [words(mean(values)) if values else "" for values in found]
        rows.append([label(arm), *cells, "yes" if same and all(same) else "no" if same else ""])
    oracle = [known(results, f"many/equivariant/n{n}", "oracle") for n in sizes]
    rows.append(["oracle that knows the blocks", *(words(mean(values)) if values else "" for values in oracle), ""])
    columns = ("", *(f"{n} training graph{'s' if n > 1 else ''}" for n in sizes), "same bits")
    caption = (
        "AUC over hidden links of new graphs, mean over draws of signs and seeds with its 95 % interval. Same bits: "
        "scores do not change when signs are drawn again."
    )
    return _filled(columns, rows, caption, "l" + "r" * (len(sizes) + 1))


def mirrors(results: Results) -> Table:
    """The three graphs with a mirror."""
    rows = []
    for name in automorphic.HALVES:
        apart, scores = (known(results, f"automorphic/{name}", part) for part in ("apart", "scores"))
        if apart:
            gap = known(results, f"automorphic/{name}", "gap")[0]
            ratios = [[(s[arm][0] - s[arm][-1]) / abs(s[arm][0]) for s in scores] for arm in ("equivariant", "general")]
            cells = [number(max(unit[arm] for unit in apart), 2) for arm in ("signnet", "signnet perceptron")]
            ranges = [f"{min(values):.2f} to {max(values):.2f}" for values in ratios]
            rows.append([name, str(automorphic.mirrored(name).nodes), number(gap, 2), *cells, *ranges])
    columns = (
        "graph",
        "nodes",
        "least gap",
        "SignNet",
        "SignNet, node by node",
        "sign-equivariant",
        "the general layer",
    )
    caption = (
        "Node 0 and its mirror image, untrained networks in float64. SignNet: distance of the two embeddings, "
        "relative, largest over seeds. Sign-equivariant: difference of their scores with node 1, relative, range over "
        "seeds. The general layer is that of symmetra.spectral.SignEquivariantNetwork."
    )
    return _filled(columns, rows, caption, "lrrrrrr")


def fits(results: Results) -> Table:
    """The regression: error of every arm beside its floor."""
    floors = {"separable": "2/3", "invariant": "1"}
    rows = []
    for arm, text in regression.ARMS.items():
        errors, parameters = (known(results, f"regression/{arm}", part) for part in ("error", "parameters"))
        if errors:
            spread = f"{number(min(errors), 3)} to {number(max(errors), 3)}"
            rows.append([text, f"{parameters[0]:,}", number(statistics.fmean(errors), 3), spread, floors.get(arm, "0")])
    columns = ("network", "parameters", "error / variance", "range over seeds", "exact floor")
    return _filled(columns, rows, "Mean square error on 100,000 new points over the variance of the target.", "lrrrr")


def motions(config: SignConfig, results: Results) -> Table:
    """Test errors of the N-body problem by dimension."""
    rows = []
    for arm in bodies.ARMS:
        found = [known(results, f"bodies/{arm}/d{d}", "test") for d in config.dims]
        turned = [value for d in config.dims for value in known(results, f"bodies/{arm}/d{d}", "turned")]
        cells = [_scaled(values) for values in found]
        rows.append([label(arm), *cells, number(max(turned), 2) if turned else ""])
    columns = ("", *(f"d = {d}" for d in config.dims), "turned")
    caption = (
        "Mean square error of the departure from the straight line over its mean square, so that 1 is going straight "
        "on; mean over seeds with their range. Turned: largest relative change of the prediction when the cloud is "
        "turned and turned back."
    )
    return _filled(columns, rows, caption, "l" + "r" * (len(config.dims) + 1))


def _scaled(values: Sequence[float]) -> str:
    if not values:
        return ""
    low, middle, high = (f"{value:.3f}" for value in (min(values), statistics.fmean(values), max(values)))
    return f"{middle} ({low} to {high})" if len(values) > 1 else middle


def passes(results: Results) -> Table:
    """Calls and time of a pass by dimension."""
    found = results.get("bodies/passes", {"dims": {}})["dims"]
    rows = []
    for d, own in found.items():
        cells = [f"{own[arm]['calls']} / {number(1e3 * own[arm]['seconds'], 3)}" for arm in bodies.ARMS]
        rows.append([d, *cells])
    columns = ("d", *(label(arm) for arm in bodies.ARMS))
    caption = (
        "Calls of the network / CPU ms of a forward pass for 100 clouds of five bodies, one thread, best of several."
    )
    return _filled(columns, rows, caption, "r" * (len(bodies.ARMS) + 1))


def communities(results: Results) -> Table:
    """Node clustering."""
    rows = []
    for arm in clusters.ARMS:
        values, parameters, same = (known(results, f"clusters/{arm}", part) for part in ("test", "parameters", "same"))
        if values:
            rows.append([label(arm), f"{parameters[0]:,}", words(mean(values)), "yes" if all(same) else "no"])
    plain = known(results, f"clusters/{clusters.ARMS[0]}", "plain")
    if plain:
        rows.append(["summed products of five eigenvectors, untrained", "0", words(mean(plain)), "yes"])
    columns = ("encoder", "parameters", "balanced accuracy", "same bits")
    return _filled(
        columns, rows, "New graphs, fresh signs; mean over seeds with its 95 % interval. Chance is 1/6.", "lrrr"
    )


def label(arm: str) -> str:
    """What an arm is called by itself; in legends, the redrawn follow those they are drawn from."""
    name = ARMS[arm.removesuffix(" redrawn")][0]
    return f"{name}, redrawn" if arm.endswith("redrawn") else name


def _filled(columns: Sequence[str], rows: Sequence[Sequence[str]], caption: str, align: str) -> Table:
    """Without the rows in which nothing is known."""
    return Table(columns, [row for row in rows if any(row[1:])], caption, align)
