"""Models of fields that ``symmetra average`` is pointed at: the true step, and a flaw that has no symmetry."""

from __future__ import annotations

import os
import signal

import torch

from symmetra import fields

# Long steps of the solver: quick, and stable.
DT = {"navier_stokes": 0.1, "buoyant_flow": 0.1, "acoustics": 0.01}


class Flawed(torch.nn.Module):
    """The solver's step of a system and a small convolution: what training leaves."""

    def __init__(self, name: str, size: float, history: int = 1) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.system = fields.SYSTEMS[name](dt=DT[name])
        self.step = self.system.layout().output.channels
        self.flaw = torch.nn.Conv2d(self.step, self.step, 3, padding=1, padding_mode="circular", bias=False)
        self.history, self.size = history, size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        last = x[:, (self.history - 1) * self.step : self.history * self.step]
        constants = x[:, self.history * self.step :]
        return self.system.solve(last, 1, constants)[:, -1].to(x.dtype) + self.size * self.flaw(last)


class Persistent(torch.nn.Module):
    """What was last, and a flaw; of torch operations that can be exported."""

    def __init__(self, channels: int = 4, history: int = 1) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.last = slice((history - 1) * channels, None)
        self.flaw = torch.nn.Conv2d(channels * history, channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, self.last] + 0.3 * self.flaw(x)


class Undecided(torch.nn.Module):
    """What it does depends on the data: it cannot be exported."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.roll(1, -1) if float(x.sum()) > 0 else x.roll(2, -1)


class Dying(torch.nn.Module):
    """The process is killed at the tenth call."""

    calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        if self.calls == 10:
            os.kill(os.getpid(), signal.SIGKILL)
        return x


def flow() -> Flawed:
    return Flawed("navier_stokes", 0.1)


def buoyant() -> Flawed:
    return Flawed("buoyant_flow", 0.05)


def sound() -> Flawed:
    return Flawed("acoustics", 0.1, history=2)


exact = Flawed("navier_stokes", 0.0)
persistent = Persistent()
undecided = Undecided()
dying = Dying()
network = torch.nn.Linear(3, 3)
number = 3


def doubled(x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.interpolate(x, scale_factor=2)


def one_field(x: torch.Tensor) -> torch.Tensor:
    return x[:, :1]


def undefined(x: torch.Tensor) -> torch.Tensor:
    return x / 0 * 0


def a_list(x: torch.Tensor) -> list[torch.Tensor]:
    return [x]


def stuck(x: torch.Tensor) -> torch.Tensor:
    raise RuntimeError("the valve is stuck\nand more lines")


def unmade() -> torch.nn.Module:
    raise FileNotFoundError("weights.safetensors")
