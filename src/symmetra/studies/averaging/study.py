"""The study as the runner sees it: one unit for every trained surrogate, and its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symmetra.studies.averaging.config import ARMS, SCALES, AveragingConfig, Setup
from symmetra.studies.averaging.measured import surrogate
from symmetra.studies.runner import Study, Unit

LAST = 9  # rank of additional seeds


def units(config: AveragingConfig) -> list[Unit]:
    """By rank, then seed by seed, so that a run that is cut short has every system of the first ranks."""
    order = {network: i for i, network in enumerate(config.networks)}
    cases = [
        (LAST if seed >= config.seeds else max(setup.rank, ARMS[arm]), seed, place, order[network], arm)
        for place, setup in enumerate(config.setups)
        for arm in setup.arms
        for network in setup.networks
        for seed in range(config.seeds + (setup.more.get(network, 0) if arm == "plain" else 0))
    ]
    networks = list(config.networks)
    return [_unit(config, config.setups[p], networks[n], arm, seed) for _, seed, p, n, arm in sorted(cases)]


def _unit(config: AveragingConfig, setup: Setup, network: str, arm: str, seed: int) -> Unit:
    arguments = {
        "scale": config.scale,
        "system": setup.system,
        "parameters": setup.parameters,
        "warmup": setup.warmup,
        "network": network,
        "settings": config.networks[network],
        "rate": config.rates[network],
        "augment": arm == "augmented",
        "seed": seed,
        "horizon": config.horizon,
        "stride": config.stride,
        "picture": setup.picture if seed == 0 and arm == "plain" else "",
    }
    arguments |= config.data | config.training | setup.changed | ({"train": config.few} if arm == "few" else {})
    return Unit(f"{setup.system}/{network}/{arm}/seed{seed}", surrogate, arguments)


def document(scale: str, results: Mapping[str, dict[str, Any]], command: str) -> Any:
    """The page from the results that are there."""
    from symmetra.studies.averaging.report import document

    return document(SCALES[scale], results, command)


STUDY = Study(
    name="averaging",
    title="averaging trained surrogates over the symmetries of their grid (arXiv:2511.09573)",
    scales=SCALES,
    units=units,
    document=document,
)
