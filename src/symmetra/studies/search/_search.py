"""Search the best setting of an objective, in generations."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

from symmetra.inputs import InputError, describe
from symmetra.studies.runner._unit import Unit
from symmetra.studies.runner._work import finished
from symmetra.studies.search._draw import draw
from symmetra.studies.search._space import Space
from symmetra.studies.search._storage import opened


@dataclass(frozen=True)
class Search:
    """What was tried, and the best of it.

    Attributes:
        best: the setting with the lowest value; of equal ones the first.
        value: the mean of the objective over its repeats there.
        trials: all of them by number: dicts of ``number``, ``params``, ``value`` and ``values``, those of the repeats.
    """

    best: dict[str, Any]
    value: float
    trials: tuple[dict[str, Any], ...]

    @property
    def spread(self) -> float:
        """Largest minus smallest value among the repeats of the best setting."""
        values = min(self.trials, key=lambda trial: trial["value"])["values"]
        return max(values) - min(values)

    def rows(self) -> list[dict[str, Any]]:
        """One row a trial, the best first, as plain data."""
        ranked = sorted(self.trials, key=lambda trial: trial["value"])
        notes = [", ".join(f"{name} {choice}" for name, choice in trial["params"].items()) for trial in ranked]
        return [{"label": f"trial {t['number']}", "value": t["value"], "note": n} for t, n in zip(ranked, notes)]


def search(
    objective: Any,
    space: Any,
    *,
    trials: Any,
    repeats: Any = 3,
    seed: Any,
    storage: Any,
    name: Any = "search",
    batch: Any = 4,
    executor: Executor | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Search:
    """Minimise the mean of an objective over its repeats, with Optuna's tree-structured Parzen estimator.

    Settings are drawn in generations of ``batch``, each from the results of the generations before it and a generator
    of its own, and no setting is tried twice. So the trials are a function of the arguments alone: they do not depend
    on the number of workers, nor on who of them is first. Each value is stored when it is there. A run that was killed
    at any moment goes on where it was, trials that were begun under their old numbers, and ends with the same trials;
    one that is done is read and nothing is run. With more ``trials`` a search is carried further.

    Args:
        objective: ``objective(params, repeat)``, deterministic, of module level (it may run in another process), the
            smaller the better; NaN counts as infinite. It runs on one thread.
        space: for each name a *list* of choices that JSON can hold, or a *tuple* ``(low, high)`` or
            ``(low, high, "log")``: a range, of whole numbers if both ends are.
        trials: settings to try.
        repeats: values of each, ``repeat`` being 0, 1, …, from which it should take its seed.
        seed: of the draws.
        storage: the path of a file (Optuna's JournalStorage), or the URL of a database (``sqlite:///search.db``,
            ``postgresql+psycopg://…``). Where ``SYMMETRA_STORAGE`` in the environment has the URL of one, it takes the
            place of files, and the path is put before the name. A search is run once at a time; a file sees to it.
        name: of the study in the storage, which may hold several.
        batch: settings of a generation, at least the number of workers over ``repeats`` to keep them busy.
        executor: any of ``concurrent.futures``, of processes or of a cluster; None for this process.
        progress: called with (values there, values in all, words).

    Raises:
        InputError: wrong arguments; or the storage holds another search under that name, is none of Optuna's, is in
            use or cannot be reached.
        MissingExtra: Optuna is not installed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     storage = f"{folder}/search.log"
        ...     found = search(lambda params, _: params["x"] ** 2, {"x": (-2, 3)}, trials=6, seed=0, storage=storage)
        >>> found.best, found.value, len(found.trials)
        ({'x': 0}, 0.0, 6)
    """
    known = Space(space)
    for argument, number in (("trials", trials), ("repeats", repeats), ("batch", batch), ("seed", seed)):
        if isinstance(number, bool) or not isinstance(number, int) or number < (argument != "seed"):
            raise InputError(argument, describe(number), f"a whole number of at least {int(argument != 'seed')}")
    if trials > known.size:
        raise InputError("trials", str(trials), f"at most {known.size}, the number of settings", f"trials={known.size}")
    if not isinstance(name, str) or not name:
        raise InputError("name", describe(name), "the name of the search", 'name="EQ"')
    request = {"objective": _identity(objective), "space": known.plain}
    request |= {"repeats": repeats, "batch": batch, "seed": seed}
    with opened(storage, name, request) as store:
        for first in range(0, trials, batch):
            numbers = range(first, min(first + batch, trials))
            if store.ended(numbers):
                continue
            drawn = draw(known, store.all()[:first], seed, first // batch, len(numbers))
            for number, params in zip(numbers, drawn):
                store.begin(number, params, known)
            units = [
                Unit(f"{number}/{repeat}", partial(objective, known.setting(params), repeat))
                for number, params in zip(numbers, drawn)
                for repeat in store.missing(number, repeats)
            ]
            there = numbers.stop * repeats - len(units)
            for done, (unit, value, _) in enumerate(finished(units, executor), start=there + 1):
                number, repeat = map(int, unit.key.split("/"))
                store.note(number, repeat, _number(value))
                if progress is not None:
                    progress(done, trials * repeats, f"searching, trial {number}")
            for number in numbers:
                store.end(number, repeats)
        return _summary(known, store.all()[:trials])


def _identity(objective: Any) -> str:
    """What tells one objective from another, as text."""
    if isinstance(objective, partial):
        return f"{_identity(objective.func)}, {objective.args}, {objective.keywords}"
    if not callable(objective) or not hasattr(objective, "__qualname__"):
        raise InputError(
            "objective", describe(objective), "a function of module level", "def objective(params, repeat)"
        )
    return f"{objective.__module__}:{objective.__qualname__}"


def _number(value: Any) -> float:
    """A value that can be compared: the worst one for what is none."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InputError("objective", f"the value {describe(value)}", "a number") from error
    return number if math.isfinite(number) else math.inf


def _summary(space: Space, trials: list[Any]) -> Search:
    rows = []
    for trial in trials:
        values = [value for _, value in sorted(trial.intermediate_values.items())]
        params = space.setting(trial.params)
        rows.append({"number": trial.number, "params": params, "value": trial.value, "values": values})
    best = min(rows, key=lambda row: row["value"])
    return Search(best["params"], best["value"], tuple(rows))
