"""Tensors and a line of JSON in one safetensors file, without pickle, written under a temporary name."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError


def save(path: Path, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    """Write tensors and JSON-able state; the file is either the old one or the new one, never half of it."""
    from safetensors.torch import save as serialise

    own = {name: tensor.detach().contiguous().cpu().clone() for name, tensor in tensors.items()}
    data = serialise(own, metadata={"state": json.dumps(state)})
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and state of a file that `save` wrote.

    Raises:
        InputError: the file is something else.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}
            return tensors, json.loads(file.metadata()["state"])
    except (SafetensorError, OSError, TypeError, KeyError, json.JSONDecodeError) as error:
        raise InputError("checkpoint", f"{path}, which is no checkpoint", "one that fit wrote", "remove it") from error


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The tensors of an optimiser's state, by parameter and name."""
    state = optimizer.state_dict()["state"]
    return {f"{key}/{name}": value for key, own in state.items() for name, value in own.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put them back."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        place, _, name = key.partition("/")
        state.setdefault(int(place), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
