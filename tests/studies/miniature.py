"""A study in miniature: an ensemble is sampled, hyper-parameters are searched on it, and instances are trained.

Other processes import it by its name, workers of a cluster among them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.lattice import Ensemble as Configurations
from symmetra.lattice import _store, read, sample
from symmetra.studies.runner import Study, Unit
from symmetra.studies.search import Search, search
from symmetra.training import Ensemble, Fit, fit

Tick = Callable[[int, int, str], None] | None
SPACE = {"hidden": [[4], [8], [4, 4]], "lr": (1e-3, 1e-1, "log")}


def sampled(path: Path, executor: Executor | None = None, tick: Tick = None) -> Configurations:
    run: dict[str, Any] = {"samples": 1500, "chains": 3, "seed": 4, "separation": 40, "correlator": True}
    _store.chunk_of = lambda *_: 10  # many moments to be killed at
    return sample(path, (8, 4), 4.01, 1.0, 1.0, **run, executor=executor, progress=tick)


def nets(hidden: list[int], seeds: list[int]) -> list[nn.Module]:
    found = []
    for seed in seeds:
        torch.manual_seed(seed)
        widths = [4 * 8 * 4, *hidden, 2]
        layers = [layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), nn.Tanh())]
        found.append(nn.Sequential(nn.Flatten(), *layers[:-1]))
    return found


def error(model: Any, x: Tensor, y: Tensor) -> Tensor:
    return (model(x) - y).square().mean()


def trained(path: str, params: dict[str, Any], seeds: list[int], steps: int, **options: Any) -> tuple[Ensemble, Fit]:
    x, y = read(path).dataset()[:]
    together = Ensemble(nets(params["hidden"], seeds))
    data = (x[:1000], y[:1000])
    return together, fit(together, error, data, steps=steps, batch=50, lr=params["lr"], every=10, **options)


def objective(path: str, params: dict[str, Any], repeat: int) -> float:
    return float(trained(path, params, [repeat], 20)[1].best)


def searched(path: Path, storage: Path, executor: Executor | None = None, tick: Tick = None) -> Search:
    """Enough trials for the sampler to have left its random beginning."""
    options: dict[str, Any] = {"trials": 16, "repeats": 2, "seed": 3}
    return search(partial(objective, str(path)), SPACE, storage=storage, **options, executor=executor, progress=tick)


def numbers(path: str, params: dict[str, Any], seeds: list[int]) -> dict[str, Any]:
    together, result = trained(path, params, seeds, 60)
    weights = {name: value.tolist() for name, value in together.state_dict().items()}
    return {"weights": weights, "history": result.history, "best": result.best.tolist()}


def training(path: Path) -> Study:
    """Two ensembles of instances, each a unit."""
    arguments = {"path": str(path), "params": {"hidden": [8], "lr": 1e-2}}
    units = [Unit(f"instances{first}", numbers, arguments | {"seeds": [first, first + 1]}) for first in (0, 2)]
    return Study("training", "", {"quick": None}, lambda config: units, lambda *_: None)


def everything(folder: Path, reached: Callable[[int], None]) -> tuple[Configurations, Search, Ensemble, Fit]:
    """All three, one after the other; ``reached`` is told the thousandths, from 0 to 3000."""
    path = folder / "e.h5"
    steps = 300

    def tick(start: int) -> Tick:
        return lambda done, total, words: reached(start + 1000 * done // total) if words != "settling" else None

    ensemble = sampled(path, tick=tick(0))
    search = searched(path, folder / "search.log", tick=tick(1000))
    x, y = ensemble.dataset()[1000:]

    def rate(step: int) -> float:
        reached(2000 + 1000 * step // steps)
        return 0.99**step

    options = {
        "checkpoint": folder / "fit.safetensors",
        "validate": lambda model: error(model, x, y),
        "schedule": lambda optimizer: torch.optim.lr_scheduler.LambdaLR(optimizer, rate),
    }
    return ensemble, search, *trained(str(path), search.best, [0, 1, 2], steps, **options)


def until_killed(folder: Path, place: Any) -> None:
    torch.set_num_threads(1)

    def reached(thousandths: int) -> None:
        place.value = thousandths

    everything(folder, reached)


def warm() -> None:
    """Import and compile what is needed: a process that is a fork of this one starts at once."""
    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "e.h5"
        sampled(path)
        trained(str(path), {"hidden": [4], "lr": 1e-2}, [0], 1)
        search(lambda *_: 0.0, SPACE, trials=12, repeats=1, batch=11, seed=0, storage=Path(folder) / "search.log")
