"""What an average keeps in memory: one call of the model, one moved input, and two outputs, however large the group."""

from __future__ import annotations

import pytest
import torch

from symmetra.actions import SignedPermutation
from symmetra.enforce import average

BLOCKS = [(slice(0, 1), 0, 1), (slice(1, 3), 1, 1)]


def peak(f) -> int:
    """The most bytes of tensors at once while f runs."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.no_grad(), torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        f()
    live = most = 0
    for event in profile.profiler.kineto_results.events():
        if event.name() == "[memory]":
            live += event.nbytes()
            most = max(most, live)
    return most


@pytest.mark.parametrize("group", ["C2", "D4"])
def test_the_loop_keeps_the_plain_call_one_input_and_two_outputs(group):
    action = SignedPermutation(group, BLOCKS, dims=2)
    wide, narrow = torch.nn.Conv2d(3, 16, 3, padding=1), torch.nn.Conv2d(16, 3, 3, padding=1)
    net = torch.nn.Sequential(wide, torch.nn.GELU(), narrow)
    averaged, x = average(net, action, action), torch.randn(4, 3, 32, 32)
    output, alone = net(x).nbytes, peak(lambda: net(x))
    assert alone >= 16 / 3 * output  # the measure sees what is inside of the model
    assert peak(lambda: averaged(x)) <= alone + x.nbytes + 2 * output
    # The negative: all elements at once keep all of their calls.
    assert peak(lambda: average(net, action, action, fold="batch")(x)) > alone + x.nbytes + 2 * output
