"""The page of the study: the figures of the proceedings from our own runs, and our numbers beside their statements."""

from __future__ import annotations

from typing import Any

from symmetra.report import Card, Cards, Document, Facts, Gallery, Listing, Picture, Prose, Section, Table, number
from symmetra.studies.lattice import drawings, drawings_worms, tables
from symmetra.studies.lattice.config import KINDS, LatticeConfig
from symmetra.studies.lattice.gathered import (
    LARGEST,
    TRAINED_ON,
    Results,
    against,
    best,
    curve,
    errors,
    expected,
    finite,
    instances,
    largest,
    pulls,
    scan,
)
from symmetra.studies.lattice.verdicts import perfect, verdicts
from symmetra.studies.runner import HOLDS, Claim

PAPER = (
    "S. Bulusu, M. Favoni, A. Ipp, D. I. Müller, D. Schuh, Phys. Rev. D 104, 074504 (2021), arXiv:2103.14686, and "
    "their proceedings “Equivariance and generalization in neural networks”"
)
BANDS = "Band: least to largest instance; dashed: mean; full: median."
WORMS = "open worms"


def document(config: LatticeConfig, results: Results, command: str) -> Document:
    """The page from the results that are there."""
    claims = verdicts(config, results)
    held = sum(claim.verdict == HOLDS for claim in claims)
    parts = [_regression(results), _transition(results), _detection(results), _counting(results), _searches(results)]
    return Document(
        title="Equivariance and generalisation on a lattice",
        summary="Networks that commute with translations against networks that do not, on a charged scalar field in the"
        f" flux representation. {held} of {len(claims)} claims hold.",
        sections=[
            _findings(results, claims),
            Section("What the proceedings say, and what came out", [tables.statements(claims)]),
            *(part for part in parts if part is not None),
            _plan(claims),
            _missing(config, results),
            _open(config),
        ],
        command=command,
        provenance=[("Paper", PAPER), ("Settings", f"scale {config.scale}; error rate {config.alpha:g} an interval")],
    )


def _findings(results: Results, claims: list[Claim]) -> Section:
    entries = []
    if scan(results, "EQ"):
        least = min(best(finite(result["test_mse"])) for result in scan(results, "EQ").values())
        entries.append(("best EQ error", number(least, 2), "mean square, 60×4, μ = 1.05; published level about 10⁻⁸"))
    if (counted := perfect(results, "EQ")) is not None:
        entries.append(("EQ that count all right", f"{counted[0]} of {counted[1]}", "every number of worms and size"))
    cards = [
        Card(
            c.verdict,
            c.plan.claim[0].upper() + c.plan.claim[1:] + ".",
            [(label, text) for label, text in (("measured", c.value), ("certainty", c.interval)) if text],
        )
        for c in claims
    ]
    return Section("What was found", [*([Facts(entries)] if entries else []), Cards(cards)])


def _picture(axes: Any, figure: str, words: str, alt: str) -> Picture:
    return Picture(axes, f"{figure} {words}", alt)


def _regression(results: Results) -> Section | None:
    plain = {kind: {n: errors(result) for n, result in scan(results, kind).items()} for kind in KINDS}
    shifted = {kind: {n: errors(result) for n, result in scan(results, kind).items()} for kind in ("ST+aug", "FL+aug")}
    by_mu = {
        kind: {float(mu): v for mu, v in largest(results, kind).get("by_mu", {}).get(TRAINED_ON, {}).items()}
        for kind in KINDS
    }
    by_size = {
        kind: {s: errors(own, s) for s in own["by_size"]}
        for kind in ("EQ", "ST", "ST-stride")
        if (own := largest(results, kind))
    }
    if not any(plain.values()):
        return None
    words = (
        "One configuration of the integer fluxes k and l goes in, its density n and mean squared field |φ|² are to "
        "come out. All networks see 60×4 at μ = 1.05 alone; they are asked at 29 values of μ and on five boxes."
    )
    over, where = "training samples", "60×4, all μ."
    pictures = [_curves(plain, over, "mean square error", "Figure 2, top.", f"No augmentation; {where}", log_x=True)]
    if any(shifted.values()):
        lines = {"EQ": plain["EQ"], **shifted}
        words_shifted = f"ST and FL trained on random shifts; {where}"
        pictures.append(_curves(lines, over, "mean square error", "Figure 2, below.", words_shifted, log_x=True))
    if any(by_mu.values()):
        words_mu = "60×4, most training samples; training was at the right end."
        pictures.append(_curves(by_mu, "chemical potential μ", "mean square error", "", words_mu))
    if any(by_size.values()):
        words_size = "Over all μ, most training samples; training was on 60×4."
        pictures.append(_curves(by_size, "lattice", "mean square error", "Figure 4.", words_size))
    blocks = [Prose(words), Gallery(pictures, BANDS), tables.samples(results)]
    return Section("Density and mean squared field", [*blocks, *_filled(tables.boxes(results))])


def _filled(*found: Table) -> list[Table]:
    return [table for table in found if table.rows]


def _curves(lines: Any, xlabel: str, ylabel: str, figure: str, words: str, **options: bool) -> Picture:
    lines = {kind: line for kind, line in lines.items() if line}
    axes = drawings.curves(lines, xlabel, ylabel, **options)
    return Picture(axes, f"{figure} {words}".strip(), f"{ylabel} against {xlabel} for {', '.join(lines)}.")


def _transition(results: Results) -> Section | None:
    truth = results.get(f"regression/ensembles/{LARGEST}")
    own = {kind: curve(results, kind) for kind in ("ST", "EQ") if curve(results, kind)}
    if not truth:
        return None
    pictures = []
    for name, label in (("n", "density n"), ("phi2", "|φ|²")):
        predicted = {kind: (line["mu"], line[name]) for kind, line in own.items()}
        axes = drawings.transition(truth["mu"], (truth[name], truth[f"{name}_error"]), predicted, label)
        words = f"Figure 3. {label} on 200×10; line: median of the instances, band: their range."
        pictures.append(Picture(axes, words, f"{label} against μ: Monte Carlo and predictions."))
    away = {label: pulls(results, "EQ", name) for name, label in (("n", "n"), ("phi2", "|φ|²"))}
    if all(away.values()):
        words = (
            "Distance of the EQ predictions in Monte-Carlo errors; shaded: within one. Median and range of instances."
        )
        pictures.append(Picture(drawings.pulls({"EQ": away}), words, "Distances of the predictions against μ."))
    words = (
        "At low temperature the density does not notice μ before it reaches the mass of the lightest charged state. "
        "Every network here has seen one μ, on the far side of that transition, on a smaller box."
    )
    return Section("The Silver Blaze", [Prose(words), Gallery(pictures), *_filled(tables.transition(results))])


def _detection(results: Results) -> Section | None:
    found = {kind: own for kind in KINDS if (own := instances(results, "detection", kind))}
    if not found:
        return None
    words = (
        "A worm that does not close breaks the conservation of flux at its two ends. The networks are to say whether "
        "there is one, trained on 8×8 at (η, μ) = (4.01, 1.5) and (4.25, 1)."
    )
    maps = [Picture(*_worm_picture())]
    maps += [
        _map_picture(kind, own["feature_maps"])
        for kind, own in found.items()
        if own.get("feature_maps") and kind != "FL"
    ]
    caption = (
        "Figure 5. Left: fluxes on 8×8, a link the wider the more it carries, and in orange what an open worm has "
        "changed; at its ends flux begins, +, and ends, −. Then what the convolutions of one network make of another "
        "such configuration: blue positive, orange negative."
    )
    return Section(
        "Detecting an open worm",
        [
            Prose(words),
            Gallery(maps, caption),
            Gallery(_metrics(found, 2, "chemical potential μ", "Figure 6a.", "Figure 6b."), BANDS),
            *_filled(tables.accuracies(results, "detection", 2, "8x8"), tables.accuracies(results, "detection", 0)),
            *_filled(tables.signs(results)),
        ],
    )


def _metrics(found: Any, place: int, xlabel: str, first: str, second: str) -> list[Picture]:
    """Loss and accuracy on 8×8 against one part of the settings, and against the size."""
    pictures = []
    for where, figure in ((place, first), (0, second)):
        for name in ("loss", "accuracy"):
            lines = {}
            for kind, own in found.items():
                if kind != "FL" or where:
                    line = against(own.get(name, {}), where, "8x8" if where else "")
                    lines[kind] = {float(x): v for x, v in line.items()} if where else line
            words = f"{name.capitalize()} {'on 8×8' if where else 'over all settings'}."
            label = xlabel if where else "lattice"
            if any(lines.values()):
                pictures.append(_curves(lines, label, name, figure, words, log_y=name == "loss"))
    return pictures


def _worm_picture() -> tuple[Any, str, str]:
    """An open worm made for the page, the same every time."""
    from symmetra.lattice import open_worms, simulate

    made = open_worms(simulate((8, 8), 4.25, 1.0, 1.0, samples=64, seed=5), 1, seed=5)
    changed = abs(made.configurations - made.closed).sum((1, 2, 3))
    which = int(abs(changed - 9).argmin())
    axes = drawings_worms.open_worm(made.configurations[which, :2], made.closed[which, :2])
    return axes, "", "A lattice of 8 by 8 sites with the fluxes on its links, one open worm and its two ends."


def _map_picture(kind: str, maps: Any) -> Picture:
    axes = drawings_worms.cells(maps["map"], maps["divergence"], kind)
    return Picture(axes, "", f"The feature map of a network of kind {kind}, with the two violations marked.")


def _counting(results: Results) -> Section | None:
    found = {kind: own for kind in KINDS if (own := instances(results, "counting", kind))}
    if not found:
        return None
    words = (
        "The same with up to ten worms, whose number is to be told; trained on none and on five, on 8×8, asked for all "
        "from 0 to 10. A prediction counts as right if it rounds to the number."
    )
    return Section(
        "Counting worms",
        [
            Prose(words),
            Gallery(_metrics(found, 1, f"number of {WORMS}", "Figure 7a.", "Figure 7b."), BANDS),
            *_filled(tables.accuracies(results, "counting", 1, "8x8"), tables.accuracies(results, "counting", 0)),
            *_filled(tables.perfection(results)),
        ],
    )


def _searches(results: Results) -> Section | None:
    table = tables.searches(results)
    words = (
        "Each architecture of a task had the same number of settings and repeats, but for FL in the worm tasks, whose "
        "space has 16 settings and not 24; the best was trained anew."
    )
    return Section("What the searches chose", [Prose(words), table]) if table.rows else None


def _plan(claims: list[Claim]) -> Section:
    rows = [(c.plan.claim, c.plan.statistic, c.plan.test, c.verdict) for c in claims]
    note = Prose("Statistic and test of every claim were written down before the runs.")
    return Section("How each claim is decided", [note, Table(("claim", "statistic", "test", "verdict"), rows)])


def _missing(config: LatticeConfig, results: Results) -> Section:
    keys = expected(config)
    missing = [key for key in keys if key not in results]
    words = f"All {len(keys)} units were run." if not missing else f"{len(missing)} of {len(keys)} units are missing:"
    return Section("What was run", [Prose(words), *([Listing(missing)] if missing else [])])


def _open(config: LatticeConfig) -> Section:
    items = [
        "The published losses stand in figures only, and the authors' final code and data were not used: our "
        "numbers are held to the statements of the text.",
        "Search spaces, activations, the number of samples of the worm tasks and how open worms are made are not in "
        "the text; ours stand in the files of the study and in `symmetra.lattice.open_worms`. Searches are shorter "
        "and instances fewer than published; one search stands for all sizes of the training set.",
        "Networks of the regression are trained by AdamW, as published, and then by steps of Levenberg and "
        "Marquardt, every architecture alike but the earlier network, which is too large for them. Without these, "
        "EQ ends at its step size and not at its limit.",
        "The settings of the counters are chosen on configurations with every number of worms, from chains of their "
        "own, although training sees none and five only: on these two alone, five times the maximum of |div| is as "
        "exact as half its sum, and a search cannot tell them apart. Counters of every architecture have no biases, "
        "for on one size two constants can make up for each other.",
        "Claims, statistics and tests stood before the runs; what a search may choose did not always. The first "
        "search of the regression offered a hidden layer behind the pool. At the training setting it did as well, "
        "but was off by up to 0.006 in n at low μ; the layer was taken out and all of the regression rerun. "
        "Searches for counters that saw none and five worms alone, and a longer one that missed the settings with a "
        "sum, were thrown away before instances were trained. The reaction of ST detectors is measured on the first "
        "box on which that of the two violations can be told apart, after 8×8 had proved too small for it.",
        "The published curves carry no statistical errors. Here a prediction is held to the error of the Γ-method, "
        "which knows how long the chains remember.",
        f"The earlier network keeps its size and its setting, not its training: {config.regression.large_steps} steps "
        f"on {config.regression.large_train:,} samples are far fewer than it had; the published loss stands beside.",
        "The text does not say how ST strides. Ours pools 2×2 averages behind its first convolution, which on even "
        "extents loses next to nothing; with an odd extent some sites count for more than others. ST-stride has the "
        "setting of ST with the stride in that convolution, which skips sites; it was added when ST came close to EQ.",
    ]
    return Section("What could not be reproduced, and why", [Listing(items)])
