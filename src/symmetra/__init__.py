"""Which symmetries hold, how well, and what the data cannot decide.

Modules, from the mathematics up:

* `groups`, `representations`, `actions`: what acts, on what, and how it moves data;
* `lie_derivative`: the one operator that everything else is built on;
* `candidates`, `library`: the generators to search among, and the functions to build quantities from;
* `measure`, `testing`: how far a given model is from equivariant;
* `discover`: the symmetry algebra of a function, a dynamical system, samples or a point set, and conserved quantities;
* `enforce`: all linear maps between two representations that respect a group;
* `promote`: the model with as much symmetry as the samples allow;
* `relax`: training through models that are not equivariant towards ones that are, as far as the data agree;
* `nn`: equivariant layers and small networks; `training`: fitting them, one by one or many at once;
* `report`: results as tables, figures and one self-contained page;
* `fields`: physical fields on grids: layouts, files, the symmetries they admit, systems that make them;
* `lattice`: the charged φ⁴ field at finite density, sampled by worms;
* `spectral`: dependable eigenvectors of graphs, and networks that respect their signs and bases;
* `molecules`: energies and forces of LiH and NH₃, with equivariant quantum and classical models;
* `nbody`: gravitating bodies, with the planetary ephemeris that the demonstration uses.

Each is imported when it is first used, so ``import symmetra`` costs nothing beyond torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symmetra import actions as actions
    from symmetra import discover as discover
    from symmetra import enforce as enforce
    from symmetra import fields as fields
    from symmetra import functions as functions
    from symmetra import groups as groups
    from symmetra import lattice as lattice
    from symmetra import lie_derivative as lie_derivative
    from symmetra import linalg as linalg
    from symmetra import measure as measure
    from symmetra import molecules as molecules
    from symmetra import nbody as nbody
    from symmetra import nn as nn
    from symmetra import promote as promote
    from symmetra import relax as relax
    from symmetra import report as report
    from symmetra import representations as representations
    from symmetra import spectral as spectral
    from symmetra import testing as testing
    from symmetra import training as training
    from symmetra.functions import candidates as candidates
    from symmetra.functions import library as library
    from symmetra.inputs import InputError as InputError
    from symmetra.inputs import MissingExtra as MissingExtra
    from symmetra.representations import Scalar as Scalar
    from symmetra.representations import Vector as Vector

__version__ = "0.1.0"

__all__ = [
    "groups",
    "representations",
    "actions",
    "lie_derivative",
    "functions",
    "candidates",
    "library",
    "measure",
    "testing",
    "discover",
    "enforce",
    "promote",
    "relax",
    "nn",
    "training",
    "report",
    "fields",
    "lattice",
    "spectral",
    "molecules",
    "nbody",
    "linalg",
    "InputError",
    "MissingExtra",
    "Scalar",
    "Vector",
]

# Public names that live somewhere other than symmetra.<name>: module, and attribute where it is not a module itself.
_ELSEWHERE = {
    "candidates": ("symmetra.functions.candidates", None),
    "library": ("symmetra.functions.library", None),
    "InputError": ("symmetra.inputs", "InputError"),
    "MissingExtra": ("symmetra.inputs", "MissingExtra"),
    "Scalar": ("symmetra.representations", "Scalar"),
    "Vector": ("symmetra.representations", "Vector"),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'symmetra' has no attribute {name!r}; it has {', '.join(__all__)}")
    module, attribute = _ELSEWHERE.get(name, (f"symmetra.{name}", None))
    value = import_module(module)
    if attribute is not None:
        value = getattr(value, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
