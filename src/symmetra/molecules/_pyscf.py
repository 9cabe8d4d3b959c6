"""Energies and analytic forces from PySCF (10.1002/wcms.1340), geometry by geometry, over any executor."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, MissingExtra, as_tensor, describe
from symmetra.molecules._geometries import ATOMS
from symmetra.molecules._labels import Labels
from symmetra.molecules._units import BOHR_ANGSTROM

METHODS = ("RHF", "UHF", "MP2", "CCSD")
CLOSEST, FARTHEST = 0.4, 6.0
_CHUNK = 8
_LOG = logging.getLogger("symmetra.molecules")
Point = tuple[float, list[list[float]]] | str


def label(
    positions: Any,
    molecule: Any,
    method: Any = "RHF",
    basis: Any = "sto-3g",
    *,
    executor: Executor | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    **settings: Any,
) -> Labels:
    """Energies and analytic forces of geometries.

    A geometry whose equations do not converge gets no label: it is left out, logged, and named in ``refused``.

    Args:
        positions: ``[N, atoms, 3]`` in ångström.
        molecule: ``"LiH"``, ``"NH3"``, or the elements of any other, ``("O", "H", "H")``.
        method: RHF, UHF, MP2, CCSD, or the name of a density functional such as ``"b3lyp"``.
        basis: name of a basis set that PySCF knows.
        executor: shares the geometries out; None for this process.
        progress: called with (done, total, words).
        settings: of PySCF's self-consistent field, ``max_cycle=100``.

    Raises:
        InputError: atoms, method or basis that do not exist, colliding nuclei, positions in another unit, or not one
            geometry that converged.
        MissingExtra: PySCF is not installed.
    """
    atoms = _atoms(molecule)
    x = _checked(positions, atoms)
    _known(atoms, method, basis, settings)
    work = functools.partial(_points, atoms=atoms, method=str(method), basis=str(basis), settings=settings)
    chunks = [part.tolist() for part in x.split(_CHUNK)]
    points: list[Point] = []
    for found in map(work, chunks) if executor is None else executor.map(work, chunks):
        points += found
        if progress is not None:
            progress(len(points), len(x), f"{method}/{basis}")
    refused = tuple((place, point) for place, point in enumerate(points) if isinstance(point, str))
    for place, reason in refused:
        _LOG.warning("geometry %d has no label: %s", place, reason)
    kept = [(place, point) for place, point in enumerate(points) if not isinstance(point, str)]
    if not kept:
        raise InputError("positions", f"{len(x)} geometries, none of which converged", "some that do", refused[0][1])
    rows = [place for place, _ in kept]
    energies = torch.tensor([energy for _, (energy, _) in kept], dtype=torch.float64)
    forces = torch.tensor([force for _, (_, force) in kept], dtype=torch.float64) / BOHR_ANGSTROM
    made = {"method": str(method), "basis": str(basis), "program": f"PySCF {_pyscf().__version__}"}
    made |= {name: str(value) for name, value in settings.items()}
    return Labels(atoms, x[rows], energies, forces, made, refused)


def _pyscf() -> Any:
    try:
        import pyscf
    except ModuleNotFoundError as error:
        raise MissingExtra("pyscf", "molecules") from error
    return pyscf


def _atoms(molecule: Any) -> tuple[str, ...]:
    if isinstance(molecule, str) and molecule in ATOMS:
        return ATOMS[molecule]
    if isinstance(molecule, (tuple, list)) and molecule and all(isinstance(atom, str) for atom in molecule):
        return tuple(molecule)
    raise InputError("molecule", describe(molecule), f"{', '.join(ATOMS)}, or its elements", '("O", "H", "H")')


def _checked(positions: Any, atoms: tuple[str, ...]) -> Tensor:
    x = as_tensor(positions, "positions", torch.float64).detach().cpu()
    if x.ndim != 3 or tuple(x.shape[1:]) != (len(atoms), 3) or not len(x):
        raise InputError("positions", describe(positions), f"shape [N, {len(atoms)}, 3], for {' '.join(atoms)}")
    if len(atoms) > 1:
        distances = torch.cdist(x, x) + torch.eye(len(atoms), dtype=x.dtype) * 1e9
        nearest = distances.amin(2)
        if float(nearest.min()) < CLOSEST:
            place = int(nearest.amin(1).argmin())
            got = f"nuclei {float(nearest.min()):.3g} Å apart in geometry {place}"
            raise InputError("positions", got, f"at least {CLOSEST} Å", "positions in ångström, not in nanometres")
        if float(nearest.max()) > FARTHEST:
            place = int(nearest.amax(1).argmax())
            got = f"an atom {float(nearest.max()):.3g} Å from all others in geometry {place}"
            raise InputError("positions", got, f"a molecule, at most {FARTHEST} Å", "positions in ångström, not in pm")
    return x


def _known(atoms: tuple[str, ...], method: Any, basis: Any, settings: dict[str, Any]) -> None:
    """Refuse in one line what PySCF would refuse with many."""
    _pyscf()
    from pyscf import dft, gto, scf
    from pyscf.data import elements

    for atom in atoms:
        if atom not in elements.ELEMENTS[1:]:
            raise InputError("molecule", f"the atom {atom!r}", "symbols of elements", '("N", "H", "H", "H")')
    if not isinstance(basis, str):
        raise InputError("basis", describe(basis), "the name of a basis set", 'basis="sto-3g"')
    for atom in dict.fromkeys(atoms):
        try:
            gto.basis.load(basis, atom)
        except Exception as error:  # PySCF raises whatever the parser of a basis happens to raise
            raise InputError("basis", f"{basis!r} for {atom}", "one that PySCF has", 'basis="6-31g"') from error
    if not isinstance(method, str):
        raise InputError("method", describe(method), f"{', '.join(METHODS)} or a functional", 'method="RHF"')
    if method not in METHODS:
        try:
            dft.libxc.parse_xc(method)
        except Exception as error:  # a KeyError of its table of names, or what its grammar raises
            raise InputError("method", repr(method), f"{', '.join(METHODS)} or a functional", '"b3lyp"') from error
    if method != "UHF" and sum(map(elements.charge, atoms)) % 2:
        raise InputError("method", f"{method} for an odd number of electrons", "UHF", 'method="UHF"')
    for name in settings:
        if not hasattr(scf.hf.SCF, name):
            raise InputError(
                name, "a setting that PySCF does not have", "one of its self-consistent field", "max_cycle"
            )


def _points(
    chunk: list[list[list[float]]], atoms: tuple[str, ...], method: str, basis: str, settings: dict[str, Any]
) -> list[Point]:
    """Energy (hartree) and forces (hartree/bohr) of each geometry, or why there are none."""
    from pyscf import lib

    lib.num_threads(1)
    return [_point(positions, atoms, method, basis, settings) for positions in chunk]


def _point(
    positions: list[list[float]], atoms: tuple[str, ...], method: str, basis: str, settings: dict[str, Any]
) -> Point:
    from pyscf import cc, dft, gto, mp, scf
    from pyscf.data import elements

    molecule = gto.M(
        atom=list(zip(atoms, positions)),
        basis=basis,
        unit=BOHR_ANGSTROM,  # our own constant, so that energies and forces are of one length
        spin=sum(map(elements.charge, atoms)) % 2,
        verbose=0,
    )
    kinds = {"RHF": scf.RHF, "MP2": scf.RHF, "CCSD": scf.RHF, "UHF": scf.UHF}
    field = kinds[method](molecule) if method in kinds else dft.RKS(molecule, xc=method)
    field.conv_tol, field.chkfile = 1e-11, None
    for name, value in settings.items():
        setattr(field, name, value)
    field.kernel()
    if not field.converged:
        return f"the self-consistent field did not converge in {field.max_cycle} cycles"
    solved: Any = field
    if method in ("MP2", "CCSD"):
        solved = (mp.MP2 if method == "MP2" else cc.CCSD)(field)
        if method == "CCSD":
            solved.conv_tol, solved.conv_tol_normt = 1e-10, 1e-8
        solved.kernel()
        if method == "CCSD" and not solved.converged:
            return "the coupled-cluster equations did not converge"
    gradient = solved.nuc_grad_method().kernel()
    return float(solved.e_tot), [[-float(value) for value in row] for row in gradient]
