"""Labels in files: whole or not there, in units that they name, and refused if forces and energies do not fit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import h5py
import pytest
import torch

from symmetra.cli._main import run
from symmetra.inputs import InputError
from symmetra.molecules import BOHR_ANGSTROM, HARTREE_EV, Labels, geometries, label, read, write


@pytest.fixture(scope="module")
def labels():
    return replace(label(geometries("published", "LiH", 12), "LiH"), refused=((3, "why"),))


def same(one, other):
    return all(
        torch.allclose(getattr(one, name), getattr(other, name), rtol=1e-14, atol=0)
        for name in ("positions", "energies", "forces")
    )


def test_a_file_gives_back_what_went_in_and_names_its_units(tmp_path, labels):
    path = tmp_path / "lih.h5"
    write(path, labels)
    found = read(path)
    assert same(found, labels) and found.atoms == ("Li", "H") and found.refused == ((3, "why"),)
    assert dict(found.provenance) == dict(labels.provenance)
    with h5py.File(path) as file:
        units = {name: file[name].attrs["unit"] for name in file}
        assert units == {"positions": "angstrom", "energies": "hartree", "forces": "hartree/bohr"}
        assert torch.allclose(torch.from_numpy(file["forces"][()]), labels.forces * BOHR_ANGSTROM)
    with pytest.raises(InputError, match="overwrite"):
        write(path, labels)
    write(path, labels[:5], overwrite=True)
    assert same(read(path), labels[:5]) and [p.name for p in tmp_path.iterdir()] == ["lih.h5"]


def test_what_is_not_whole_or_not_consistent_is_refused(tmp_path, labels):
    path = tmp_path / "lih.h5"
    write(path, replace(labels, forces=labels.forces * HARTREE_EV))
    with pytest.raises(InputError, match=r"27\.2.*eV/ångström beside energies in hartree"):
        read(path)
    write(path, labels, overwrite=True)
    with h5py.File(path, "a") as file:
        file["forces"].attrs["unit"] = "eV/angstrom"
    with pytest.raises(InputError, match="expected hartree/bohr"):
        read(path)
    with h5py.File(path, "a") as file:
        file["forces"].attrs["unit"] = "hartree/bohr"
        file["forces"][3] = float("nan")
    with pytest.raises(InputError, match="NaN"):
        read(path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputError, match=r"cut off|damaged"):
        read(path)
    for bad in (tmp_path / "none.h5", 3, ""):
        with pytest.raises(InputError):
            read(bad)
    with pytest.raises(InputError, match="shape"):
        Labels(("N", "H", "H", "H"), labels.positions, labels.energies, labels.forces)
    for bad in (tmp_path / "a.csv", tmp_path / "no" / "a.h5"):
        with pytest.raises(InputError):
            write(bad, labels)


def test_an_executor_gives_the_same_labels():
    x, told = geometries("general", "NH3", 10, 2), []
    with ThreadPoolExecutor(1) as pool:
        found = label(x, "NH3", executor=pool, progress=lambda *words: told.append(words))
    assert told == [(8, 10, "RHF/sto-3g"), (10, 10, "RHF/sto-3g")]
    assert same(found, label(x, "NH3"))


def test_from_the_command_line(tmp_path, capsys):
    path = str(tmp_path / "a.h5")
    command = ["sample", "molecules", "LiH", "--out", path, "--kind", "general", "--samples", "12", "--seed", "4"]
    assert run(command) == 0
    assert "12 geometries of LiH (general), RHF/sto-3g" in capsys.readouterr().out
    found = read(path)
    assert torch.equal(found.positions, geometries("general", "LiH", 12, 4)) and found.provenance["seed"] == "4"
    for words in (command, [*command[:4], "b.csv"], ["sample", "molecules", "H2", "--out", path + "5"]):
        assert run(words) == 2
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1 and not captured.out
    assert [p.name for p in tmp_path.iterdir()] == ["a.h5"]
