"""Ensembles in files: the same numbers after a kill at any moment, on any executor; what is wrong said in one line."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from symmetra.inputs import InputError
from symmetra.lattice import read, sample, simulate

BOX = ((8, 4), 4.01, 1.0, 1.0)
RUN = {"samples": 3000, "chains": 3, "seed": 4, "separation": 30, "correlator": True}
# Chunks of 10 configurations, so that there are many moments to be killed at.
SCRIPT = f"""
import sys
from symmetra.lattice import _store
_store.chunk_of = lambda *_: 10
print(0, flush=True)
_store.sample(sys.argv[1], *{BOX}, **{RUN})
"""


def same(a, b):
    assert (a.configurations == b.configurations).all()
    assert (a.series == b.series).all() and (a.moves == b.moves).all()
    assert a.schedule == b.schedule and a.proposals == b.proposals
    return True


def test_killed_at_random_moments_and_gone_on_with(tmp_path):
    whole = sample(tmp_path / "whole.h5", *BOX, **RUN)
    path, rng, unfinished = tmp_path / "killed.h5", np.random.default_rng(0), 0
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path)], stdout=subprocess.PIPE)
        child.stdout.readline()
        deadline = time.monotonic() + 60
        while not path.exists() and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.15))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        part = read(path, unfinished=True)
        unfinished += len(part.configurations) < RUN["samples"]
    assert unfinished
    with ThreadPoolExecutor(2) as executor:
        assert same(sample(path, *BOX, executor=executor, **RUN), whole)
    assert same(read(path), whole)


def test_a_file_holds_what_simulate_gives_and_is_read_in_channel_order(tmp_path):
    few = RUN | {"samples": 24}
    e = sample(tmp_path / "e.h5", *BOX, **few)
    assert same(e, simulate(*BOX, **few, workers=2))
    fields, target = e.dataset()[:]
    assert fields.shape == (24, 4, 8, 4) and fields.dtype == torch.float32
    # k_t first: its sum over space is the same on every time slice; l_t and l_x last, never negative.
    charge = fields[:, 0].sum(2)
    assert (charge == charge[:, :1]).all() and (fields[:, 2:] >= 0).all()
    assert torch.allclose(target[:, 0], fields[:, 0].mean((1, 2)))
    assert np.allclose(target[:, 1].double().numpy() * 32, e.series[:, 29::30, 1].ravel(), rtol=1e-6)
    train, test = e.split(2, 1)
    assert len(train.configurations) == 16 and (test.configurations == e.configurations[16:]).all()


@pytest.mark.parametrize("cut", [0, 7, 1000, 20_000])
def test_a_file_that_was_cut(tmp_path, cut):
    path = tmp_path / "e.h5"
    sample(path, *BOX, samples=30, separation=3)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match=r"cut off|damaged") as error:
        read(path)
    assert "\n" not in str(error.value)


def test_other_files_and_other_runs(tmp_path):
    import h5py

    path = tmp_path / "e.h5"
    sample(path, *BOX, samples=16, separation=3)
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"mu = 1\.0"):
        sample(path, (8, 4), 4.01, 1.0, 1.1, samples=16, separation=3)
    assert path.read_bytes() == before
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(InputError, match="something else"):
        read(tmp_path / "other.h5")
    with pytest.raises(InputError, match="no file"):
        read(tmp_path / "none.h5")
    with pytest.raises(InputError, match="a place that can be written to"):
        sample(tmp_path / "no" / "folder.h5", *BOX, samples=16)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["e.h5", "other.h5"]


def test_the_command(tmp_path, capsys):
    from symmetra.cli._main import run

    command = "sample lattice --extents 4,4 --eta 4.01 --lam 1 --mu 1.0 --samples 80 --separation 3 --out".split()
    assert run([*command, str(tmp_path / "e.h5")]) == 0
    assert "phi2" in capsys.readouterr().out
    assert run([*command, str(tmp_path / "e.h5"), "--seed", "1"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    for wrong in (["--extents", "4,x"], ["--extents", "4,1"], ["--lam", "0", "--eta", "-1"], ["--samples", "0"]):
        assert run([*command, str(tmp_path / "f.h5"), *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "f.h5").exists()
