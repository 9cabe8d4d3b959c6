"""Part 4: the fair protocol. The search, learning curves with tests beyond the training set, folds, upright sets."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from symmetra.molecules import Labels
from symmetra.molecules._averages import GroupAverage
from symmetra.molecules._geometries import rotations
from symmetra.studies.molecules.config import CLASSICAL, MoleculesConfig
from symmetra.studies.molecules.data import labels
from symmetra.studies.molecules.fair_training import Surface, fitted, scores
from symmetra.studies.runner import Unit, rounded

TESTS = {"NH3": ("general", "stretched", "bent"), "LiH": ("general", "stretched")}
SEARCH_SEEDS, FOLD_SEED, TURN_SEED = (100, 101), 50, 7  # that nothing else uses


def draw(pool: Labels, size: int, seed: int) -> Labels:
    """``size`` labels, drawn by the seed."""
    return pool[torch.randperm(len(pool), generator=torch.Generator().manual_seed(seed))[:size]]


def search(
    arm: str, molecule: str, size: int, rates: list[float], steps: int, batch: int, every: int, held: int
) -> dict[str, Any]:
    """The learning rate with the least validation loss, geometric mean of two seeds.

    Returns:
        ``grid`` of [rate, loss of each seed], ``best``, ``cpu_seconds``.
    """
    begun = time.process_time()
    runs = [(seed, rate) for rate in rates for seed in SEARCH_SEEDS]
    train = [draw(labels(f"{molecule}-train"), size, seed) for seed, _ in runs]
    validation = labels(f"{molecule}-validation", held)
    seeds, tried = zip(*runs)
    _, fit = fitted(arm, molecule, train, validation, seeds, tried, steps, batch, every)
    losses = fit.best.tolist()
    grid = [[rate, *losses[i * len(SEARCH_SEEDS) : (i + 1) * len(SEARCH_SEEDS)]] for i, rate in enumerate(rates)]
    best = min(grid, key=lambda row: statistics.geometric_mean(row[1:]))[0]
    return rounded({"grid": grid, "best": best, "cpu_seconds": time.process_time() - begun})


def _result(
    ensemble: Any, fit: Any, molecule: str, sets: Mapping[str, Sequence[Labels]], begun: float
) -> dict[str, Any]:
    instances = [ensemble.instance(k) for k in range(ensemble.count)]
    found: dict[str, Any] = {
        name: [scores(one, part, molecule) for one, part in zip(instances, parts, strict=True)]
        for name, parts in sets.items()
    }
    found["history"] = [list(row) for row in zip(*(entry["score"] for entry in fit.history))]
    found["best_step"] = fit.best_step.tolist()
    found["parameters"] = sum(p.numel() for p in instances[0].parameters())
    return rounded(found | {"cpu_seconds": time.process_time() - begun})


def curve(
    arm: str,
    molecule: str,
    size: int,
    seeds: list[int],
    rate: float,
    steps: int,
    batch: int,
    every: int,
    held: int,
    tested: int,
    averaged: int = 0,
) -> dict[str, Any]:
    """One arm at one number of geometries, all seeds.

    Returns:
        For every seed the scores on ``train`` (at most ``tested`` of them) and on every test set, and of its average
        over a finite group on ``averaged`` general geometries if any; ``history``, validation losses; ``best_step``;
        ``parameters``; ``cpu_seconds``.
    """
    begun, count = time.process_time(), len(seeds)
    train = [draw(labels(f"{molecule}-train"), size, seed) for seed in seeds]
    held_out = labels(f"{molecule}-validation", held)
    ensemble, fit = fitted(arm, molecule, train, held_out, seeds, [rate] * count, steps, batch, every)
    sets = {"train": [part[:tested] for part in train]}
    sets |= {name: [labels(f"{molecule}-{name}", tested)] * count for name in TESTS[molecule]}
    result = _result(ensemble, fit, molecule, sets, begun)
    if averaged:
        test = labels(f"{molecule}-general", averaged)
        means = [_mean(ensemble.instance(k)) for k in range(count)]
        result["averaged"] = rounded([scores(mean, test, molecule) for mean in means])
    return result


def _mean(surface: Any) -> Surface:
    """A trained model averaged over the rotations of a cube and the exchanges of the hydrogens, with its own scale."""
    averaged: Any = Surface(GroupAverage(surface.model.double())).eval()
    averaged.offset.copy_(surface.offset)
    averaged.model.spread.copy_(surface.model.spread)
    return averaged


def upright(
    arm: str,
    molecule: str,
    size: int,
    seeds: list[int],
    rate: float,
    steps: int,
    batch: int,
    every: int,
    held: int,
    tested: int,
    turn: int,
) -> dict[str, Any]:
    """One arm trained on upright geometries.

    Returns:
        Scores on ``upright`` ones that it has not seen, on the same ones ``turned`` at random by the seed ``turn``,
        and on ``general`` ones, whose hydrogens are exchanged as well.
    """
    begun, count = time.process_time(), len(seeds)
    pool = labels(f"{molecule}-upright")
    rest, held_out = pool[held:], pool[:held]
    train = [draw(rest, size, seed) for seed in seeds]
    ensemble, fit = fitted(arm, molecule, train, held_out, seeds, [rate] * count, steps, batch, every)
    others = [draw(rest, len(rest), seed)[size : size + tested] for seed in seeds]
    sets = {"train": train, "upright": others, "turned": [_turned(part, turn) for part in others]}
    sets["general"] = [labels(f"{molecule}-general", tested)] * count
    return _result(ensemble, fit, molecule, sets, begun)


def _turned(found: Labels, seed: int) -> Labels:
    """The same molecules, each turned at random: the energies stay, the forces turn along."""
    turn = rotations(len(found), torch.Generator().manual_seed(seed)).mT
    return replace(found, positions=found.positions @ turn, forces=found.forces @ turn)


def folds(
    arm: str, molecule: str, size: int, rate: float, steps: int, batch: int, every: int, held: int, seed: int
) -> dict[str, Any]:
    """Five folds of ``size`` geometries: every instance is trained on four fifths and tested on the rest."""
    begun = time.process_time()
    pool, parts = draw(labels(f"{molecule}-train"), size, seed), torch.arange(size) % 5
    train = [pool[parts != fold] for fold in range(5)]
    seeds = [seed + fold for fold in range(5)]
    held_out = labels(f"{molecule}-validation", held)
    ensemble, fit = fitted(arm, molecule, train, held_out, seeds, [rate] * 5, steps, batch, every)
    return _result(ensemble, fit, molecule, {"train": train, "fold": [pool[parts == fold] for fold in range(5)]}, begun)


def units(config: MoleculesConfig) -> list[Unit]:
    """The searches, on NH3; what they choose is trained later, on both molecules."""
    fair = config.fair
    common: dict[str, Any] = {"steps": fair.search_steps, "batch": fair.batch, "every": fair.every, "held": fair.held}
    common |= {"molecule": "NH3", "size": fair.searched, "rates": list(fair.rates)}
    arms = (*fair.arms["NH3"], *fair.extra)
    return [Unit(f"search/NH3/{arm}", search, {"arm": arm, **common}) for arm in arms]


def claimed(config: MoleculesConfig, results: Mapping[str, Mapping[str, Any]]) -> list[Unit]:
    """What the claims are about: the largest training set of NH3, that of the search, upright sets, folds."""
    fair, make = config.fair, _maker(config, results)
    done, most = list[Unit](), fair.sizes["NH3"][-1]
    for arm in (*fair.arms["NH3"], *fair.extra):
        average = {"averaged": fair.averaged} if arm == "plain-augmented" else {}
        done += make("curve", curve, "NH3", arm, most, **average)
    for arm in fair.arms["NH3"]:
        done += make("curve", curve, "NH3", arm, fair.searched)
    for arm in fair.upright_arms:
        done += make("upright", upright, "NH3", arm, fair.uprights)
    for arm in fair.folded_arms:
        done += make("folds", folds, "NH3", arm, fair.folded)
    return done


def rest(config: MoleculesConfig, results: Mapping[str, Mapping[str, Any]]) -> list[Unit]:
    """Longer training, the other sizes, the other molecule."""
    fair, make = config.fair, _maker(config, results)
    done, most = list[Unit](), fair.sizes["NH3"][-1]
    for arm in fair.arms["NH3"]:
        if arm in CLASSICAL and fair.long_steps:
            done += make("long", curve, "NH3", arm, most, steps=fair.long_steps)
    for molecule, sizes in fair.sizes.items():
        for size in sizes:
            if molecule != "NH3" or size not in (most, fair.searched):
                for arm in fair.arms[molecule]:
                    done += make("curve", curve, molecule, arm, size)
    return done


def _maker(config: MoleculesConfig, results: Mapping[str, Mapping[str, Any]]) -> Callable[..., list[Unit]]:
    """What makes a unit with the settings that all share and the learning rate that was found for the arm."""
    fair = config.fair

    def make(part: str, function: Any, molecule: str, arm: str, size: int, **more: Any) -> list[Unit]:
        best = results[f"search/NH3/{arm}"]["best"]
        own = {"arm": arm, "molecule": molecule, "size": size, "rate": best, "steps": fair.steps[molecule]}
        own |= {"batch": fair.batch, "every": fair.every, "held": fair.held}
        own |= {"seed": FOLD_SEED} if part == "folds" else {"seeds": list(fair.seeds), "tested": fair.tested}
        own |= {"turn": TURN_SEED} if part == "upright" else {}
        key = f"{part}/{molecule}/{arm}" + (f"/n{size}" if part == "curve" else "")
        return [Unit(key, function, own | more)]

    return make
