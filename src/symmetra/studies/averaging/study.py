"""The study as the runner sees it: one unit for every trained surrogate, and its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symmetra.studies.averaging.config import SCALES, AveragingConfig, Setup
from symmetra.studies.averaging.measured import surrogate
from symmetra.studies.runner import Study, Unit


def units(config: AveragingConfig) -> list[Unit]:
    """By rank, then seed by seed, so that a run that is cut short has every system of the first ranks."""
    cases = [
        (2 if augment else setup.rank, seed, place, network, augment)
        for augment in (False, True)
        for place, setup in enumerate(config.setups)
        for network in setup.networks
        for seed in range(config.seeds)
        if setup.augmented or not augment
    ]
    order = {network: i for i, network in enumerate(config.networks)}
    cases.sort(key=lambda case: (*case[:3], order[case[3]]))
    return [_unit(config, config.setups[place], network, augment, seed) for _, seed, place, network, augment in cases]


def _unit(config: AveragingConfig, setup: Setup, network: str, augment: bool, seed: int) -> Unit:
    arguments = {
        "scale": config.scale,
        "system": setup.system,
        "parameters": setup.parameters,
        "warmup": setup.warmup,
        "network": network,
        "settings": config.networks[network],
        "rate": config.rates[network],
        "augment": augment,
        "seed": seed,
        "horizon": config.horizon,
        "stride": config.stride,
        "picture": setup.picture if seed == 0 and not augment else "",
    }
    key = f"{setup.system}/{network}/{'augmented' if augment else 'plain'}/seed{seed}"
    return Unit(key, surrogate, arguments | config.data | config.training)


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
