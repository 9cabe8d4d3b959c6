"""Sampling, search and training, killed at 20 random moments: the numbers of a run that was left alone."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import torch

# In thousandths of each of the three, one after the other.
MOMENTS = [
    1000 * part + thousandths
    for part, kills in enumerate((7, 7, 6))
    for thousandths in sorted(random.Random(part).sample(range(10, 950), kills))
]


def test_killed_at_random_moments(tmp_path: Path, processes: Any) -> None:
    import miniature

    left_alone, killed = tmp_path / "left alone", tmp_path / "killed"
    left_alone.mkdir()
    killed.mkdir()
    place, later = processes.Value("i", 0, lock=False), random.Random(0)
    seen = []
    for moment in MOMENTS:
        place.value = 0
        process = processes.Process(target=miniature.until_killed, args=(killed, place))
        process.start()
        deadline = time.monotonic() + 60
        while place.value < moment and process.is_alive() and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(later.uniform(0, 0.01))
        seen.append(place.value)
        process.kill()
        process.join()
        assert process.exitcode == -9
        process.close()
    # The moments lie where they should, but that a busy machine may let a process run on for a while.
    assert len(seen) == 20 and all(sum(part <= place / 1000 < part + 1 for place in seen) >= 4 for part in range(3))

    a, search, nets, result = miniature.everything(left_alone, lambda _: None)
    b, search_again, nets_again, result_again = miniature.everything(killed, lambda _: None)
    assert (a.configurations == b.configurations).all() and (a.series == b.series).all() and (a.moves == b.moves).all()
    assert a.proposals == b.proposals
    assert search_again.best == search.best and search_again.trials == search.trials
    weights = zip(nets.state_dict().values(), nets_again.state_dict().values())
    assert all(torch.equal(one, other) for one, other in weights)
    assert result_again.history == result.history and torch.equal(result_again.best, result.best)

    # No trial, no repeat and no end of one was written down twice.
    lines = [json.loads(line) for line in (killed / "search.log").read_text().splitlines()]
    repeats = [(line["trial_id"], line["step"]) for line in lines if "intermediate_value" in line]
    ends = [line["trial_id"] for line in lines if "values" in line and "trial_id" in line]
    assert sorted(repeats) == [(trial, repeat) for trial in range(16) for repeat in range(2)]
    assert sorted(ends) == list(range(16)) and sum("params" in line for line in lines) == 16
