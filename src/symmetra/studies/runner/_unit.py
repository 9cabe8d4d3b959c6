"""The unit of work of a study: a function, its arguments, and the key of its line in the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Unit:
    """One deterministic piece of a study, whose result is a line of JSON.

    Attributes:
        key: name of the line, unique in the study, such as ``polynomial/T10-d2-r1/seed3``.
        function: of module level (it may run in another process), with JSON-able keyword arguments and result.
        arguments: everything the result depends on, the seed included.
    """

    key: str
    function: Callable[..., Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)
