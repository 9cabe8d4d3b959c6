"""The package as a whole: cheap to import, public names on one screen and documented, floors kept, files small."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import pkgutil
import re
import statistics
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import symmetra

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "symmetra"
SOURCES = sorted(SOURCE.rglob("*.py"))
# Packages that are extras: whoever does not ask for a figure, a table or a cluster must not have to install them.
EXTRAS = {"dask", "distributed", "h5py", "jinja2", "lightning", "matplotlib", "numba", "optuna", "pandas", "pyscf"}
EXTRAS |= {"alembic", "rich", "sklearn", "sqlalchemy", "typer"}
# The floors that stand on the core dependencies alone.
# Not promote: its operators are sparse matrices of scipy, whose import alone takes as long as all the rest.
NOT_CORE = {"report", "nbody", "promote", "lattice"}
CORE = [name for name in symmetra.__all__ if name[0].islower() and name not in NOT_CORE]


def public_modules() -> list[str]:
    found = [name for _, name, _ in pkgutil.walk_packages(symmetra.__path__, "symmetra.")]
    # The files of a study are its chapters; its folder says what is public.
    chapter = re.compile(r"symmetra\.studies\.\w+\.|.*\._")
    return ["symmetra", *(name for name in found if not chapter.match(name))]


def in_fresh_python(code: str) -> str:
    # One thread: the threads that BLAS starts would count as processor time of the import.
    one = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=one)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "statement",
    ["import symmetra", "from symmetra import candidates, discover, measure"],
    ids=["package", "what the first lines of the README need"],
)
def test_import_costs_at_most_0_3_s_more_than_torch(statement: str) -> None:
    # Processor seconds: the other test worker runs at the same time. torch first, so that only our own part is timed.
    # Its objects are frozen: whether Python's collector walks over them just then is no cost of ours.
    code = f"import gc, time, torch; gc.freeze(); start = time.process_time(); {statement}"
    code += "; print(time.process_time() - start)"
    seconds = statistics.median(float(in_fresh_python(code)) for _ in range(3))
    assert seconds <= 0.3


def test_core_modules_load_no_optional_package() -> None:
    loaded = in_fresh_python(f"import sys; from symmetra import {', '.join(CORE)}; print(*sys.modules)").split()
    assert EXTRAS.isdisjoint(loaded)


def module_level_imports(path: Path) -> set[str]:
    """Top-level packages imported when the file is imported: not those in functions or under TYPE_CHECKING."""
    found: set[str] = set()
    pending: list[ast.AST] = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
        pending += ast.iter_child_nodes(node)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_extras_are_imported_where_used(path: Path) -> None:
    floor = path.relative_to(SOURCE).parts[0]
    # No page without matplotlib, no command line without typer, no worm without numba; everything else is below them.
    if floor not in {"report", "cli", "lattice"} and not path.stem.startswith(("drawings", "report")):
        assert not module_level_imports(path) & EXTRAS


@pytest.mark.parametrize("name", public_modules())
def test_public_module_lists_and_documents_its_names(name: str) -> None:
    module = importlib.import_module(name)
    assert (module.__doc__ or "").strip(), f"{name} has no docstring"
    if not [node for node in ast.parse(inspect.getsource(module)).body if not isinstance(node, ast.Expr)]:
        return  # a folder of data, or of studies: nothing but a docstring
    assert hasattr(module, "__all__"), f"{name} has no __all__"
    assert len(module.__all__) == len(set(module.__all__))
    for public in module.__all__:
        thing = getattr(module, public)
        if isinstance(thing, ModuleType) or inspect.isclass(thing) or callable(thing):
            assert (inspect.getdoc(thing) or "").strip(), f"{name}.{public} has no docstring"


def test_public_surface_has_the_promised_names() -> None:
    promised = (
        "groups.SO groups.O groups.Sp groups.S groups.Lorentz groups.LieGroup groups.FiniteGroup "
        "representations.Vector representations.Representation "
        "candidates.linear candidates.affine candidates.polynomial candidates.from_group "
        "library.polynomial library.named "
        "discover.function discover.dynamics discover.manifold discover.regression discover.conserved "
        "measure.equivariance_error measure.lie_derivative_error measure.layerwise measure.audit "
        "testing.assert_equivariant"
    )
    for path in promised.split():
        value: object = symmetra
        for part in path.split("."):
            value = getattr(value, part)
        assert callable(value), path


def test_unknown_attribute_names_what_there_is() -> None:
    with pytest.raises(AttributeError, match=r"has no attribute 'goups'; it has groups"):
        _ = symmetra.goups  # type: ignore[attr-defined]


def test_no_file_is_long_and_none_is_a_drawer() -> None:
    files = [path for folder in ("src", "tests", "benchmarks", "docs") for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 20
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert not {str(path): length for path, length in lengths.items() if length > 400}
    assert not {path.name for path in files} & {"utils.py", "misc.py", "helpers.py", "common.py", "_utils.py"}


def test_versions_agree() -> None:
    for file, pattern in {"pyproject.toml": r'^version = "(.+)"$', "CITATION.cff": r"^version: (.+)$"}.items():
        found = re.search(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
        assert found is not None
        assert found[1] == symmetra.__version__, file
    assert f"## {symmetra.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_package_carries_its_data_and_type_marker() -> None:
    assert (SOURCE / "py.typed").exists()
    assert list((SOURCE / "nbody" / "data").glob("*.csv"))


def test_every_public_name_stands_on_an_api_page() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "api").glob("*.md"))
    shown = {line.split(".")[-1] for line in re.findall(r"^::: ([\w.]+)$", written, re.MULTILINE)}
    modules = [name for name in public_modules() if name.count(".") == 1]
    listed = {name: getattr(importlib.import_module(name), "__all__", []) for name in modules}
    # Modules shown under their public name, and aliases that their owner's entry explains.
    explained = {"candidates", "library", "V", "Sign"}
    assert not {name: left for name, names in listed.items() if (left := set(names) - shown - explained)}
