"""Streams: chunks, merged states, pools and a cluster give what one pass gives, and hold on to nothing."""

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
import torch

from symmetra import discover
from symmetra.functions import candidates
from symmetra.inputs import InputError

F64 = torch.float64


def lorentz(s):
    """A module-level function, so that it can be sent to workers."""
    return torch.sin(s[0] ** 2 - s[1:] @ s[1:])


def draws(count, n=4, seed=0):
    return torch.randn(count, n, dtype=F64, generator=torch.Generator().manual_seed(seed))


def chunks(count, size=5000):
    for i in range(count):
        yield draws(size, seed=i)


def test_chunks_are_as_good_as_all_at_once():
    space = candidates.affine(4)
    whole = discover.function(lorentz, torch.cat(list(chunks(6))), space)
    streamed = discover.function(lorentz, chunks(6), space)
    assert streamed.samples == whole.samples == 30000
    assert streamed.dimension == whole.dimension == 6
    torch.testing.assert_close(streamed.spectrum[6:], whole.spectrum[6:], rtol=0.02, atol=0)  # other samples held out


def test_states_merge():
    space = candidates.affine(4)
    one = discover.SymmetryDiscovery(space, lorentz).partial_fit(draws(4000, seed=0)).partial_fit(draws(4000, seed=1))
    a = discover.SymmetryDiscovery(space, lorentz).partial_fit(draws(4000, seed=0))
    b = discover.SymmetryDiscovery(space, lorentz)
    b.start_from(a).partial_fit(draws(4000, seed=1))
    a.merge(b)
    torch.testing.assert_close(a.spectrum_, one.spectrum_, rtol=1e-10, atol=1e-14)
    assert a.result_.samples == one.result_.samples


def test_states_of_different_problems_do_not_merge():
    a = discover.SymmetryDiscovery(candidates.affine(4), lorentz).partial_fit(draws(400))
    b = discover.SymmetryDiscovery(candidates.linear(4), lorentz).partial_fit(draws(400))
    with pytest.raises(InputError, match="other: got"):
        a.merge(b)


def test_process_pool():
    space = candidates.affine(4)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        shared = discover.function(lorentz, chunks(4), space, executor=pool)
    alone = discover.function(lorentz, chunks(4), space)
    torch.testing.assert_close(shared.spectrum, alone.spectrum, rtol=1e-9, atol=1e-13)
    assert shared.dimension == 6 and shared.samples == alone.samples


def test_dask_cluster():
    distributed = pytest.importorskip("distributed")
    space = candidates.affine(4)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        shared = discover.function(lorentz, chunks(4), space, executor=client.get_executor())
    assert shared.dimension == 6 and shared.samples == 20000


def test_memory_does_not_grow_with_the_number_of_samples():
    code = """
import resource, sys, torch
from symmetra import discover
from symmetra.functions import candidates
def chunks(count):
    for i in range(count):
        yield torch.randn(20000, 10, dtype=torch.float64)
def run(count):
    found = discover.function(lambda s: s @ s, chunks(count), candidates.affine(10))
    assert found.dimension == 45
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
few = run(3)
many = run(25)
print(few, many)
assert many < few + 40_000, (few, many)  # kilobytes; the 22 chunks more are 35 MB of samples alone, 300 MB of rows
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_estimator():
    model = discover.SymmetryDiscovery(candidates.affine(4), lorentz)
    assert model.fit(draws(2000)) is model
    assert model.generators_.shape == (6, 20) and model.spectrum_.shape == (20,)
    assert model.n_features_in_ == 4
    assert model.score(draws(100, seed=9)) > 1 - 1e-12
    clone = discover.SymmetryDiscovery(**model.get_params())
    assert clone.set_params(rtol=1e-6).rtol == 1e-6
    with pytest.raises(AttributeError, match="not fitted"):
        _ = clone.generators_
    with pytest.raises(InputError):
        clone.set_params(colour="red")


def test_estimator_counts_a_wrong_generator():
    model = discover.SymmetryDiscovery(candidates.affine(4), lorentz, rtol=0.6).fit(draws(2000))
    assert model.result_.dimension > 6  # far too tolerant
    assert model.score(draws(500, seed=9)) < 0.95


def test_empty_stream():
    with pytest.raises(InputError, match="no samples"):
        discover.function(lorentz, iter(()), candidates.affine(4))
