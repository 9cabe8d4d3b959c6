"""The model of a command: ``module:attribute`` from the user's own code, or an exported program; never a pickle."""

from __future__ import annotations

import copy
import difflib
import importlib
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.cli._archive import EXPORT, checked
from symmetra.inputs import InputError, describe

PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib")


class Exported(nn.Module):
    """An exported program that can be evaluated in float64 as well.

    A program has no ``eval()`` and cannot be converted in place; so it is held out of sight of ``nn.Module``, with one
    copy for each type of input.
    """

    def __init__(self, program: nn.Module) -> None:
        super().__init__()
        self._programs = (program,)
        self._double: tuple[nn.Module, ...] = ()

    @property
    def program(self) -> nn.Module:
        """The program as it was exported."""
        return self._programs[0]

    def forward(self, x: Tensor) -> Tensor:
        """The batch ``[N, n]`` through the program of its type."""
        if x.dtype != torch.float64:
            return self._programs[0](x)
        if not self._double:
            self._double = (copy.deepcopy(self._programs[0]).double(),)
        return self._double[0](x)


def load(text: str, argument: str = "MODEL", device: torch.device | None = None) -> Any:
    """The model that ``package.module:attribute`` or ``model.pt2`` names; the latter is moved to a device.

    Raises:
        InputError: there is none, it cannot be imported (its own message is told), or it is a pickle.
    """
    if "\0" in text or not text.strip():
        raise InputError(argument, repr(text), "module:attribute or an exported model.pt2", "model:f")
    ending = Path(text).suffix.lower()
    if ending == ".pt2":
        return _exported(Path(text), device)
    if ending in PICKLES or _is_pickle(Path(text)):
        raise InputError(
            argument,
            f"{text}, a pickle, which could run any code when it is opened",
            "an exported program .pt2",
            EXPORT,
        )
    name, colon, attribute = text.partition(":")
    if not colon or not attribute or not all(part.isidentifier() for part in name.split(".") + attribute.split(".")):
        raise InputError(argument, repr(text), "module:attribute or an exported model.pt2", "model:f for f in model.py")
    return _attribute(_imported(name, argument), name, attribute, argument)


def _is_pickle(path: Path) -> bool:
    """Whether a file is a zip archive or starts like a pickle, whatever it is called."""
    try:
        with path.open("rb") as file:
            start = file.read(2)
    except (OSError, ValueError):
        return False
    return start == b"PK" or (start[:1] == b"\x80" and start[1:] in b"\x02\x03\x04\x05")


def _imported(name: str, argument: str) -> Any:
    if "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` does: modules of the working folder are found
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name.split(".")[0]:
            raise InputError(
                argument,
                f"module {name}, which is not found",
                "a module on the path",
                f"f in {name}.py, in the folder in which the command runs",
            ) from None
        raise InputError(
            argument,
            f"module {name}, which needs {error.name}",
            "a module that can be imported",
            f"pip install {error.name}",
        ) from None
    except Exception as error:  # the user's own code: whatever it raises is told in one line
        raise InputError(
            argument, f"module {name}, which fails on import ({words(error)})", "one that imports"
        ) from None


def _attribute(module: Any, name: str, attribute: str, argument: str) -> Any:
    value = module
    for part in attribute.split("."):
        if not hasattr(value, part):
            public = [n for n in vars(value) if not n.startswith("_")] if hasattr(value, "__dict__") else []
            near = difflib.get_close_matches(part, public, n=1, cutoff=0.4)
            raise InputError(
                argument,
                f"{attribute} in {name}",
                f"one of {', '.join(public[:12]) or 'its names'}",
                f"{name}:{near[0]}" if near else "",
            )
        value = getattr(value, part)
    if isinstance(value, type):
        raise InputError(
            argument,
            f"the class {attribute}",
            "a function or a model made from the class",
            f"model = {attribute}() in {name}.py, and {name}:model",
        )
    if not callable(value):
        raise InputError(argument, describe(value), "a function or nn.Module")
    return value


def _exported(path: Path, device: torch.device | None) -> Exported:
    if not path.is_file():
        raise InputError("MODEL", f"{path}, which does not exist", "an exported program", EXPORT)
    archive = checked(path)
    try:
        program = torch.export.load(archive)
        if device is not None and device.type != "cpu":
            from torch.export.passes import move_to_device_pass

            program = move_to_device_pass(program, device)
        return Exported(program.module())
    except Exception as error:  # a damaged or foreign archive can fail anywhere in torch's reader
        raise InputError(
            "MODEL", f"{path}, which cannot be loaded ({words(error)})", "a program of this torch's version", EXPORT
        ) from None


def tried(model: Any, x: Tensor, argument: str = "MODEL") -> Tensor:
    """The model's output on the first samples: a model that fails on the data says so before the work begins.

    Raises:
        InputError: with the model's own message.
    """
    from symmetra.lie_derivative import as_batched

    error: Exception | None = None
    batched = as_batched(model)
    for dtype in (torch.float64, torch.float32):
        try:
            if isinstance(model, nn.Module) and not isinstance(model, Exported):
                batched = as_batched(copy.deepcopy(model).to(dtype).eval())
            with torch.no_grad():
                value = batched(x[:3].to(dtype))
        except Exception as caught:  # the user's own code: whatever it raises is told in one line
            error = error or caught
            continue
        if not isinstance(value, Tensor) or value.ndim == 0 or len(value) != len(x[:3]):
            raise InputError(argument, f"a result that is {describe(value)}", "one row or number a sample")
        return value
    assert error is not None
    raise InputError(
        argument,
        f"{type(error).__name__} on samples of {x.shape[1]} columns: {words(error)}",
        f"a model of {x.shape[1]} variables",
        "other columns in --x, or another model",
    )


def precision(model: Any) -> torch.dtype:
    """The type in which a model is to be measured: that of its parameters, float64 for what has none."""
    if isinstance(model, Exported):
        model = model.program
    if not isinstance(model, nn.Module):
        return torch.float64
    types = [p.dtype for p in (*model.parameters(), *model.buffers()) if p.is_floating_point()]
    return types[0] if types else torch.float64


def words(error: Exception) -> str:
    """The first line of an error's message, or its type."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text[:157] + "…" if len(text) > 160 else text
