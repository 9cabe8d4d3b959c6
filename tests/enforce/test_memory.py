"""Decompositions on disk: only where the user says, read back as they were, and never trusted when they are broken."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch

from symmetra.enforce import _irreducibles, forget, linear_basis, remember
from symmetra.groups import SO, SU, LieGroup, O
from symmetra.inputs import InputError
from symmetra.representations import Vector


@pytest.fixture
def folder(tmp_path: Path):
    forget()
    remember(tmp_path / "kept")
    yield tmp_path / "kept"
    remember(None)
    forget()


@pytest.fixture
def no_splitting(monkeypatch: pytest.MonkeyPatch):
    """From here on everything has to be known."""

    def stop(*arguments, **words):
        raise AssertionError("computed again")

    return lambda: monkeypatch.setattr(_irreducibles, "split", stop)


@pytest.mark.parametrize("group", [SO(3), O(3), SU(2)], ids=str)
def test_the_same_basis_comes_back_without_computing(group, folder: Path, no_splitting) -> None:
    V = Vector(group)
    first = linear_basis(V**2 + V, V**2)
    (file,) = folder.iterdir()
    linear_basis(V**3, V**3)  # more is known now, in the same file
    assert [file] == list(folder.iterdir())
    forget()
    no_splitting()
    again = linear_basis(V**2 + V, V**2)
    assert torch.equal(first.vectors, again.vectors)
    assert float(again.spectrum.max()) <= 1e-12
    assert linear_basis(V**3, V**3).rank == {"SO(3)": 15, "O(3)": 15, "SU(2)": 5}[group.name]


def test_nothing_is_written_unless_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    forget()
    V = Vector(SO(3))
    linear_basis(V**2, V**2)
    assert list(tmp_path.iterdir()) == []
    # known in memory before a folder is named: written at the next call
    remember("here")
    linear_basis(V**2, V**2)
    assert len(list((tmp_path / "here").iterdir())) == 1
    remember(None)


@pytest.mark.parametrize("keep", [0, 100, 0.5, 0.99])
def test_a_truncated_file_is_made_again(keep, folder: Path) -> None:
    V = Vector(SO(3))
    first = linear_basis(V**3, V**3)
    (file,) = folder.iterdir()
    content = file.read_bytes()
    file.write_bytes(content[: int(keep * len(content)) if keep < 1 else keep])
    forget()
    assert torch.equal(linear_basis(V**3, V**3).vectors, first.vectors)
    assert [path.stat().st_size for path in folder.iterdir()] == [len(content)]
    # a flipped byte in the numbers is caught by the checksum
    middle = len(content) // 2
    file.write_bytes(content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :])
    forget()
    assert torch.equal(linear_basis(V**3, V**3).vectors, first.vectors)


def test_other_generators_are_another_file(folder: Path) -> None:
    turned = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64)).Q
    for group in (SO(3), LieGroup(turned @ SO(3).generators @ turned.T), O(3)):
        linear_basis(Vector(group) ** 2, Vector(group) ** 2)
    linear_basis(Vector(SO(3)), Vector(SO(3)).dual)
    assert len(list(folder.iterdir())) == 4


def test_a_folder_that_went_away_is_a_warning(folder: Path) -> None:
    folder.rmdir()
    V = Vector(SO(3))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert linear_basis(V**2, V**2).rank == 3
    assert [str(w.message).startswith("decompositions are not kept in") for w in caught] == [True]


@pytest.mark.parametrize("path", [3, b"x", True])
def test_no_path(path) -> None:
    with pytest.raises(InputError, match=r"^path: got"):
        remember(path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"^path: got .*; expected a folder that can be written to"):
        remember(tmp_path / "file")
