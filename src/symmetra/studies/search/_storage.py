"""The trials in Optuna's own storage: a file of its journal, or any database that it knows.

A trial is begun with its setting in one operation, each of its repeats is one more (as intermediate value), and so is
its end. A run that is killed between any two of them finds everything again.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from symmetra.inputs import InputError, describe
from symmetra.studies.search._space import Space

# The variable of the environment with the URL of a database that takes the place of files.
DATABASE = "SYMMETRA_STORAGE"
_FIRST = b'{"op_code":'


class Trials:
    """The trials of one search.

    Args:
        study: of Optuna.
        backend: the storage it is in.
        place: what to call it in messages.
    """

    def __init__(self, study: Any, backend: Any, place: str) -> None:
        self._study, self._backend, self._place = study, backend, place

    def all(self) -> list[Any]:
        """Optuna's trials, by number."""
        return self._study.get_trials(deepcopy=False)

    def ended(self, numbers: range) -> bool:
        """Whether all of these are."""
        trials = self.all()[numbers.start : numbers.stop]
        return len(trials) == len(numbers) and all(trial.state.is_finished() for trial in trials)

    def missing(self, number: int, repeats: int) -> list[int]:
        """The repeats of a trial that have no value yet."""
        there = self.all()[number].intermediate_values
        return [repeat for repeat in range(repeats) if repeat not in there]

    def begin(self, number: int, params: dict[str, Any], space: Space) -> None:
        """Begin a trial, or find it begun with the same setting."""
        from optuna.trial import TrialState, create_trial

        if number == len(self.all()):
            trial = create_trial(state=TrialState.RUNNING, params=params, distributions=space.distributions)
            self._study.add_trial(trial)
        if self.all()[number].params != params:
            got = f"{self._place} with another setting in trial {number}"
            raise InputError("storage", got, "the trials of this search alone", "another path or name")

    def note(self, number: int, repeat: int, value: float) -> None:
        """Write the value of one repeat down."""
        self._backend.set_trial_intermediate_value(self.all()[number]._trial_id, repeat, value)

    def end(self, number: int, repeats: int) -> None:
        """Tell the mean of the repeats, unless that was done."""
        trial = self.all()[number]
        if not trial.state.is_finished():
            values = trial.intermediate_values
            self._study.tell(number, math.fsum(values[repeat] for repeat in range(repeats)) / repeats)


@contextlib.contextmanager
def opened(storage: Any, name: str, request: Mapping[str, Any]) -> Iterator[Trials]:
    """The trials of the search that ``request`` describes, for this process alone where the storage is a file."""
    import optuna

    if not isinstance(storage, str | Path) or not str(storage):
        raise InputError("storage", describe(storage), "a path, or the URL of a database", '"search.log"')
    place = str(storage)
    if "://" not in place and DATABASE in os.environ:
        place, name = os.environ[DATABASE], f"{place}, {name}"
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with contextlib.ExitStack() as stack:
        stack.callback(optuna.logging.set_verbosity, level)
        backend = _database(place, stack) if "://" in place else _journal(Path(place), stack)
        place = _shown(place)
        there = name in optuna.get_all_study_names(backend)
        study = (optuna.load_study if there else optuna.create_study)(study_name=name, storage=backend)
        text = study.user_attrs.get("request")
        if text is None and not study.get_trials(deepcopy=False):
            study.set_user_attr("request", text := json.dumps(request))
        if text is None:
            raise InputError("storage", f"{place} with {name!r} of something else", "a search of ours", "another name")
        begun = json.loads(text)
        if begun != request:
            other = ", ".join(f"{part} = {begun.get(part)}" for part in request if begun.get(part) != request[part])
            got = f"{place} of a search {name!r} with {other}"
            raise InputError("storage", got, "the storage of this search", "another path or name")
        yield Trials(study, backend, place)


def _database(url: str, stack: contextlib.ExitStack) -> Any:
    """A relational database, SQLite and PostgreSQL among them."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    try:
        backend = optuna.storages.RDBStorage(url)
    except (SQLAlchemyError, optuna.exceptions.OptunaError, ImportError, ValueError) as error:
        why = str(error.__cause__ or error).partition("\n")[0]
        raise InputError("storage", f"{_shown(url)}: {why}", "a database that can be reached") from error
    stack.callback(backend.engine.dispose)
    stack.callback(backend.remove_session)
    return backend


def _shown(url: str) -> str:
    """A URL without its password."""
    return re.sub(r"(://[^:/@]*):[^/@]*@", r"\1:***@", url)


def _journal(path: Path, stack: contextlib.ExitStack) -> Any:
    """A file that holds one line for every operation."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    held: Any = _Held()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = stack.enter_context(path.open("r+b" if path.exists() else "w+b"))
        _claim(file)
        storage = JournalStorage(JournalFileBackend(str(path), lock_obj=held))
        file.truncate(file.read().rfind(b"\n") + 1)  # what a kill left of the last line
        return storage
    except BlockingIOError as error:
        raise InputError("storage", f"{path}, in use by another run", "one run at a time", "another path") from error
    except OSError as error:
        raise InputError("storage", f"{path}: {error.strerror}", "a file that can be written to") from error
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise InputError(
            "storage", f"{path}, which holds something else", "a journal of Optuna", "another path"
        ) from error


def _claim(file: Any) -> None:
    """Lock a journal until it is closed or the process ends.

    Raises:
        BlockingIOError: another process has it.
        ValueError: it is no journal.
    """
    with contextlib.suppress(ModuleNotFoundError):  # Windows
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if not _FIRST.startswith(file.read(len(_FIRST))):
        raise ValueError("no journal")
    file.seek(0)


class _Held:
    """In the place of Optuna's lock, which outlives a process that is killed: the file is locked as a whole."""

    def acquire(self) -> bool:
        """Nothing to do."""
        return True

    def release(self) -> None:
        """Nothing to do."""
