"""Which claims hold, from the results that are there; what was not run is not decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from symmetra.report import number
from symmetra.studies.runner import FAILS, HOLDS, OPEN, Claim, ClaimPlan, decided
from symmetra.studies.runner.intervals import mean, paired_difference, paired_ratio
from symmetra.studies.sign.automorphic import HALVES
from symmetra.studies.sign.config import CLAIMS, SignConfig

Results = Mapping[str, dict[str, Any]]
Decision = tuple[bool | None, str, str]
Triple = tuple[float, float, float]

SIGNNETS = ("signnet", "signnet perceptron")
RAW = ("raw", "raw redrawn", "raw perceptron", "raw perceptron redrawn")


def verdicts(config: SignConfig, results: Results) -> list[Claim]:
    """The claims in the order of the plan."""
    deciders: dict[str, Callable[[SignConfig, Results], Decision]] = {
        "automorphic": _automorphic,
        "position": _position,
        "links": _links,
        "links ba": _links_ba,
        "epoch": _epoch,
        "features": _features,
        "one graph": _one_graph,
        "many graphs": _many,
        "redrawn": lambda c, r: _against_raw(c, r, ("raw redrawn",)),
        "expressive": _expressive,
        "one call": _one_call,
        "bodies": _bodies,
        "clusters": _clusters,
    }

    def decide(plan: ClaimPlan) -> tuple[str, str, str] | None:
        try:
            holds, value, certainty = deciders[plan.key](config, results)
        except KeyError:  # a unit that has not run
            return None
        return OPEN if holds is None else HOLDS if holds else FAILS, value, certainty

    return decided(CLAIMS, decide)


def over_seeds(results: Results, prefix: str, quantity: str) -> list[Any]:
    """A quantity of every seed of a setting, in the order of the seeds.

    Raises:
        KeyError: there are none.
    """
    known = {int(key.rpartition("seed")[2]): v for key, v in results.items() if key.rpartition("/seed")[0] == prefix}
    if not known:
        raise KeyError(prefix)
    return [known[seed][quantity] for seed in sorted(known)]


def paired(results: Results, ours: str, theirs: str, quantity: str = "test") -> Triple:
    """The mean difference of two settings over the seeds that both have."""
    pair = [over_seeds(results, prefix, quantity) for prefix in (ours, theirs)]
    count = min(map(len, pair))
    return paired_difference(*(values[:count] for values in pair))


def words(found: Triple, digits: int = 3) -> str:
    """A mean with its interval, if one seed is not all there is."""
    middle, low, high = (f"{value:.{digits}f}".replace("-", "−") for value in found)
    return f"{middle} [{low}, {high}]" if _known(found) else middle


def _known(found: Triple) -> bool:
    """Whether there is an interval: one seed gives none."""
    return found[2] < 1e300


def _automorphic(config: SignConfig, results: Results) -> Decision:
    found = [
        v for name in HALVES for unit in over_seeds(results, f"automorphic/{name}", "apart") for v in unit.values()
    ]
    gap = min(value for name in HALVES for value in over_seeds(results, f"automorphic/{name}", "gap"))
    least = f"least eigenvalue gap {number(gap, 2)}"
    return max(found) <= 1e-12, f"largest difference {number(max(found), 2)}", f"largest of {len(found)}; {least}"


def _position(config: SignConfig, results: Results) -> Decision:
    found = [unit["equivariant"] for name in HALVES for unit in over_seeds(results, f"automorphic/{name}", "scores")]
    same = all(flag for name in HALVES for flag in over_seeds(results, f"automorphic/{name}", "same"))
    apart = [(scores[0] - scores[-1]) / abs(scores[0]) for scores in found]
    value = f"(s(0, 1) − s(m, 1)) / |s(0, 1)| from {min(apart):.2f} to {max(apart):.2f}"
    bits = "the same bits after flips" if same else "other bits after flips"
    return min(apart) >= 0.5 and same, value, f"range of {len(apart)} networks; {bits}"


def _links(config: SignConfig, results: Results) -> Decision:
    ours = over_seeds(results, "links/er/equivariant", "test")
    oracle = over_seeds(results, "links/er/oracles", "copy")[: len(ours)]
    others = {arm: mean(over_seeds(results, f"links/er/{arm}", "test")) for arm in ("gcn", "signnet")}
    away = paired_difference(ours, oracle)
    value = f"ours {words(mean(ours))}, oracle {words(mean(oracle))}; "
    value += ", ".join(
        f"{name} {words(other)}" for name, other in zip(("GCN", "SignNet"), others.values(), strict=True)
    )
    holds = max(abs(a - b) for a, b in zip(ours, oracle, strict=True)) <= 0.01 and all(
        abs(o[0] - 0.5) <= 0.03 for o in others.values()
    )
    return holds, value, f"ours less oracle {words(away, 4)}"


def _links_ba(config: SignConfig, results: Results) -> Decision:
    found = {arm: paired(results, "links/ba/equivariant", f"links/ba/{arm}") for arm in ("gcn", "signnet")}
    value = "ours less GCN {}, less SignNet {}".format(*(f"{part[0]:.3f}" for part in found.values()))
    return _decided(found.values(), 0.03), value, ", ".join(words(part) for part in found.values())


def _decided(found: Iterable[Triple], bar: float) -> bool | None:
    """Whether all intervals lie above a bar; undecided if one holds it and all means lie above it, or with one seed."""
    found = list(found)
    if not all(map(_known, found)):
        return None
    if all(low > bar for _, low, _ in found):
        return True
    return False if any(middle <= bar for middle, _, _ in found) else None


def _epoch(config: SignConfig, results: Results) -> Decision:
    def times(family: str, arm: str) -> Triple:
        pair = (over_seeds(results, f"links/{family}/epochs", name) for name in (arm, "equivariant"))
        return paired_ratio(*pair)

    published, cheaper = ([times(family, arm) for family in ("er", "ba")] for arm in ("signnet+dear", "signnet"))
    value = f"SignNet over ours {published[0][0]:.1f} (Erdős–Rényi), {published[1][0]:.1f} (Barabási–Albert)"
    value += f"; its cheaper order {cheaper[0][0]:.1f}, {cheaper[1][0]:.1f}"
    return _decided(published[:1], 4.0), value, ", ".join(words(part, 1) for part in (*published, *cheaper))


def _features(config: SignConfig, results: Results) -> Decision:
    found = paired(results, "links/ba/equivariant+degree", "links/ba/raw")
    ours, theirs = (mean(over_seeds(results, f"links/ba/{arm}", "test")) for arm in ("equivariant+degree", "raw"))
    value = f"ours {words(ours)}, GCN of raw eigenvectors {words(theirs)}"
    return found[2] >= 0 if _known(found) else None, value, f"difference {words(found, 4)}"


def _one_graph(config: SignConfig, results: Results) -> Decision:
    ahead = paired(results, "links/er/equivariant", "links/er/raw")
    pair = (over_seeds(results, "links/er/raw", part) for part in ("test", "flipped"))
    lost = paired_difference(*pair)
    value = f"ours less the GCN's {words(ahead, 4)}; flips cost the GCN {words(lost, 4)}"
    return ahead[0] >= 0.01 or lost[0] >= 0.01, value, "means over seeds with their intervals"


def many_means(results: Results, arm: str, train: int) -> list[float]:
    """The AUC of the inductive part, averaged over draws of signs, every seed."""
    return [sum(draws) / len(draws) for draws in over_seeds(results, f"many/{arm}/n{train}", "test")]


def _against_raw(config: SignConfig, results: Results, arms: Sequence[str]) -> Decision:
    found = {
        (arm, train): paired_difference(many_means(results, "equivariant", train), many_means(results, arm, train))
        for arm in arms
        for train in config.many
    }
    value = "; ".join(
        f"less the {'perceptron' if 'perceptron' in arm else 'GCN'} "
        + ", ".join(f"{found[arm, train][0]:.3f}".replace("-", "−") for train in config.many)
        for arm in arms
    )
    note = f"{', '.join(map(str, config.many))} training graphs: " + ", ".join(words(part) for part in found.values())
    return _decided(found.values(), 0.0), f"ours {value}", note


def _many(config: SignConfig, results: Results) -> Decision:
    same = all(flag for train in config.many for flag in over_seeds(results, f"many/equivariant/n{train}", "same"))
    holds, value, note = _against_raw(config, results, ("raw", "raw perceptron"))
    return (holds if same else False), f"{value}; ours {'the same bits' if same else 'changed'} under every draw", note


def _expressive(config: SignConfig, results: Results) -> Decision:
    found = {
        arm: over_seeds(results, f"regression/{arm}", "error") for arm in ("equivariant", "separable", "invariant")
    }
    ours, columns, sizes = found.values()
    holds = max(ours) <= 0.005 and 0.65 <= min(columns) and max(columns) <= 0.70 and min(sizes) >= 0.98
    names = ("sign-equivariant", "separable", "invariant")
    value = ", ".join(f"{name} {number(max(values), 2)}" for name, values in zip(names, found.values(), strict=True))
    spread = ", ".join(f"{number(min(values), 3)} to {number(max(values), 3)}" for values in found.values())
    return holds, f"{value} (largest)", f"{len(ours)} seed{'s' * (len(ours) > 1)}: {spread}"


def _one_call(config: SignConfig, results: Results) -> Decision:
    passes = results["bodies/passes"]["dims"]
    right = all(
        int(own["equivariant"]["calls"]) == 1 and int(own["average"]["calls"]) == 2 ** int(d)
        for d, own in passes.items()
    )
    last = max(passes, key=int)
    slow, quick = (1e3 * passes[last][arm]["seconds"] for arm in ("average", "equivariant"))
    value = f"1 call against {', '.join(str(own['average']['calls']) for own in passes.values())}"
    return right, value, f"d = {last}: {number(quick, 2)} ms against {number(slow, 3)} ms for 100 clouds"


def _bodies(config: SignConfig, results: Results) -> Decision:
    found = {}
    for d in config.dims:
        ours, theirs = (over_seeds(results, f"bodies/{arm}/d{d}", "test") for arm in ("equivariant", "average"))
        found[d] = paired_ratio(ours[: len(theirs)], theirs[: len(ours)])
    value = "error over that of averaging " + ", ".join(f"{part[0]:.2f} (d = {d})" for d, part in found.items())
    holds = all(low <= 1 for _, low, _ in found.values()) if all(map(_known, found.values())) else None
    return holds, value, ", ".join(words(part, 2) for part in found.values())


def _clusters(config: SignConfig, results: Results) -> Decision:
    ours, *others = (_validated(results, arms) for arms in (("equivariant", "equivariant perceptron"), SIGNNETS, RAW))
    found = [paired(results, f"clusters/{ours}", f"clusters/{arm}") for arm in others]
    own = mean(over_seeds(results, f"clusters/{ours}", "test"))
    value = f"ours {words(own)}; less SignNet {found[0][0]:.3f}, less raw {found[1][0]:.3f}".replace("-", "−")
    return _decided(found, 0.0), value, ", ".join(words(part) for part in found)


def _validated(results: Results, arms: Sequence[str]) -> str:
    """The arm of the clustering with the best mean validation accuracy."""
    return max(arms, key=lambda arm: mean(over_seeds(results, f"clusters/{arm}", "validation"))[0])
