"""The settings of one generation, a function of the finished trials and of the seed alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symmetra.studies.search._space import Space, key

# Settings that Optuna's sampler may propose a second time before a new one is drawn without it.
_PATIENCE = 20


def draw(space: Space, before: Sequence[Any], seed: int, generation: int, count: int) -> list[dict[str, Any]]:
    """Draw settings that no trial had yet, from Optuna's tree-structured Parzen estimator (arXiv:2304.11127).

    They are drawn in a study of their own, in memory: whatever became of an earlier attempt at this generation, it
    leaves no trace in the sampler. A setting that was there before is drawn again.

    Args:
        space: what may be drawn.
        before: the finished trials of Optuna, in the order of their numbers.
        seed: of the search.
        generation: its number.
        count: settings to draw; the space must have so many new ones.
    """
    import optuna

    state = np.random.SeedSequence([seed, generation]).generate_state(2)
    tree, uniform = (int(number) for number in state)
    scratch = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=tree))
    scratch.add_trials(before)
    seen = {key(trial.params) for trial in before}
    found: list[dict[str, Any]] = []
    repeated = 0
    while len(found) < count:
        trial = scratch.ask(space.distributions)
        if key(trial.params) not in seen:
            seen.add(key(trial.params))
            found.append(trial.params)
            continue
        scratch.tell(trial, state=optuna.trial.TrialState.FAIL)  # it teaches the sampler nothing
        repeated += 1
        if repeated == _PATIENCE:
            scratch.sampler = optuna.samplers.RandomSampler(seed=uniform)
    return found
