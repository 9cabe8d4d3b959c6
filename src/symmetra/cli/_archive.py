"""Exported programs (.pt2) read without running anything that is in them.

``torch.export.load`` unpickles what an archive says is pickled, and hands the symbolic sizes in it to a parser that
evaluates Python. So every part is looked at first, and what is loaded is an archive written anew from what was seen.
"""

from __future__ import annotations

import ast
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from symmetra.inputs import InputError

EXPORT = (
    "torch.export.save(torch.export.export(model, (x,), dynamic_shapes=({0: torch.export.Dim('N')},)), 'model.pt2')"
)
_TARGET = re.compile(r"torch\.ops\.\w+\.\w+(\.\w+)?|_operator\.\w+|math\.\w+|torch\.sym_\w+|torch\._sym_\w+")
_IN_SIZES = frozenset(
    "Symbol Integer Rational Float Add Mul Pow Max Min Mod PythonMod FloorDiv CleanDiv CeilDiv CeilToInt FloorToInt "
    "IntTrueDiv ToFloat Eq Ne Lt Le Gt Ge And Or Not".split()
)
_LARGEST = 4 << 30


def checked(path: Path) -> io.BytesIO:
    """The archive in memory, after the checks.

    Raises:
        InputError: it is no exported program, or a part of it would have to be unpickled or evaluated.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(set(names)) != len(names) or sum(entry.file_size for entry in entries) > _LARGEST:
                raise _refused(path, "has parts of the same name, or is larger than 4 GiB")
            parts = {entry.filename: archive.read(entry) for entry in entries if not entry.is_dir()}
    except InputError:
        raise
    except Exception as error:  # damage shows itself in zipfile, zlib and struct
        raise InputError(
            "MODEL",
            f"{path}, which is no zip archive ({type(error).__name__})",
            "a program exported with torch.export.save",
            EXPORT,
        ) from None
    if any(name.rsplit("/", 1)[-1] in ("data.pkl", "constants.pkl") for name in parts):
        raise InputError(
            "MODEL", f"{path}, a pickle in a zip archive, which could run any code", "an exported program", EXPORT
        )
    if not any(re.search(r"(^|/)models/[^/]*\.json$", name) for name in parts):
        raise InputError("MODEL", f"{path}, which holds no exported program", "torch.export.save's format", EXPORT)
    for name, content in parts.items():
        _check_part(path, name, content)
    return _written(parts)


def _written(parts: dict[str, bytes]) -> io.BytesIO:
    """A new archive of the parts: what a second reader of the zip format might see otherwise is not in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    buffer.seek(0)
    return buffer


def _refused(path: Path, why: str) -> InputError:
    return InputError("MODEL", f"{path}, which {why}", "an exported program of plain tensors", EXPORT)


def _check_part(path: Path, name: str, content: bytes) -> None:
    inside = name.split("/", 1)[-1]
    if inside.startswith("data/aotinductor"):
        raise _refused(path, "contains compiled code")
    if "custom_obj_" in inside or "opaque_obj_" in inside:
        raise _refused(path, "contains pickled objects")
    if inside.endswith(".json"):
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            raise _refused(path, f"has a damaged part {inside}") from None
        _check_json(path, value)
    elif inside.endswith(".pt"):
        _check_tensors(path, inside, content)


def _check_json(path: Path, value: Any) -> None:
    if isinstance(value, dict):
        if value.get("use_pickle"):
            raise _refused(path, "contains pickled weights")
        size = value.get("expr_str")
        if size is not None and not _is_size(size):
            raise _refused(path, "has a size that is not arithmetic")
        target = value.get("target")
        if "inputs" in value and isinstance(target, str) and not _TARGET.fullmatch(target):
            raise _refused(path, f"calls {target[:60]}, which is no operator of torch")
        for item in value.values():
            _check_json(path, item)
    elif isinstance(value, list):
        for item in value:
            _check_json(path, item)


def _is_size(text: Any) -> bool:
    """Whether a symbolic size is arithmetic in names and whole numbers, ``Symbol('s0', positive=True)*2``."""
    if not isinstance(text, str) or len(text) > 10_000 or "__" in text:
        return False
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    for node in ast.walk(tree.body):
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.func.id not in _IN_SIZES:
                return False
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str) and not re.fullmatch(r"[A-Za-z]\w*", node.value):
                return False
        elif not isinstance(
            node,
            ast.Name
            | ast.BinOp
            | ast.UnaryOp
            | ast.Compare
            | ast.keyword
            | ast.operator
            | ast.unaryop
            | ast.cmpop
            | ast.Load,
        ):
            return False
    return True


def _check_tensors(path: Path, name: str, content: bytes) -> None:
    """Example inputs are stored as torch.save's format: they must be tensors, which need no pickle of one's own."""
    import torch

    if not content:
        return
    try:
        torch.load(io.BytesIO(content), weights_only=True)
    except Exception:  # the part is not trusted: whatever goes wrong in reading it is a reason to refuse the file
        raise _refused(path, f"contains pickled objects in {name}") from None
