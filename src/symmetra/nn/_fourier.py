"""Convolutions on a periodic grid as multiplication of the lowest Fourier modes.

With all weights free this is the layer of the Fourier neural operator (Li et al., arXiv 2010.08895): it commutes with
translations and with nothing else. With ``symbols``, the Fourier transforms of equivariant kernels, it commutes with
their group, too: the weights then mix channels and kernels, never directions.

Only a few modes are kept, so the transforms are products with real n × 2(modes + 1) matrices, axis by axis: as fast
as a fast Fourier transform at these sizes, and free of complex arithmetic, which compilers do not generate.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, as_tensor, describe


def _last_axis(n: int, modes: int, device: Any = None) -> Tensor:
    """``[n, 2(modes + 1)]``: the real and imaginary part at k = 0 … modes of n real numbers, side by side."""
    angle = 2 * math.pi / n * torch.outer(_points(n, device), torch.arange(modes + 1, device=device))
    return torch.stack([angle.cos(), -angle.sin()], dim=-1).flatten(1)


def _other_axis(n: int, modes: int, device: Any = None) -> Tensor:
    """``[2n, 2(2 modes + 1)]``: the same of n complex numbers, at k = 0 … modes, −modes … −1."""
    angle = 2 * math.pi / n * torch.outer(_points(n, device), _frequencies(modes, device))
    blocks = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=-1).unflatten(-1, (2, 2))
    return blocks.transpose(1, 2).reshape(2 * n, -1)


def _points(n: int, device: Any) -> Tensor:
    return torch.arange(n, dtype=torch.float64, device=device)


def _frequencies(modes: int, device: Any = None) -> Tensor:
    return torch.cat([torch.arange(modes + 1, device=device), torch.arange(-modes, 0, device=device)])


def _transforms(shape: tuple[int, ...], modes: int, device: Any = None) -> dict[str, Tensor]:
    """Of every axis, and back on the last; the way back on the others is their transpose."""
    last = len(shape) - 1
    found = {
        f"transform_{a}": (_last_axis if a == last else _other_axis)(n, modes, device) for a, n in enumerate(shape)
    }
    twice = torch.full((modes + 1, 1), 2.0, dtype=torch.float64, device=device)  # k and −k; the last axis keeps k ≥ 0
    twice[0] = 1.0
    back = twice * found[f"transform_{last}"].mT.unflatten(0, (modes + 1, 2)).flatten(1)
    return found | {"back": back.reshape(2 * (modes + 1), -1) / math.prod(shape)}


def _checked_modes(modes: int, shape: tuple[int, ...]) -> None:
    least = min(shape, default=0)
    if modes < 0 or 2 * modes >= least:
        expected = f"less than half of the {least} points along an axis"
        raise InputError("modes", describe(modes), expected, f"modes={max(0, (least - 1) // 2)}")


class FourierOperator(nn.Module):
    """``û(k) ↦ M(k) û(k)`` for |k_i| ≤ modes, and 0 above.

    Args:
        shape: points along each axis of the grid, ``(n_1, …, n_d)``; every axis is periodic. The number of axes alone
            stands for all grids: the same weights serve every one, and its transforms are made anew at each call.
        channels_in: fields that come in.
        channels_out: fields that come out.
        modes: highest frequency kept along each axis; below half of every n_i, so that no Nyquist mode is among them.
        symbols: None for a free complex matrix M(k) at every k; or ``[J, m_out, m_in, n_1, …, n_d]``, complex:
            J symbols at the frequencies of :func:`torch.fft.fftn`, mixed by weights ``[J, channels_out, channels_in]``.
            Each channel then is a field of m components (1 for scalars).

    Attributes:
        weight: ``[channels_out, channels_in, K, 2]`` (real and imaginary parts at the K modes), or as above.
    """

    def __init__(self, shape: Any, channels_in: int, channels_out: int, modes: int, symbols: Any = None) -> None:
        super().__init__()
        self.shape = None if isinstance(shape, int) else tuple(shape)
        self.axes = shape if isinstance(shape, int) else len(tuple(shape))
        self.channels_in, self.channels_out, self.modes = channels_in, channels_out, modes
        if self.shape is not None:
            _checked_modes(modes, self.shape)
            for name, matrix in _transforms(self.shape, modes).items():
                self.register_buffer(name, matrix)
        self._counts = (modes + 1, *(2 * modes + 1,) * (self.axes - 1))
        kept = None if symbols is None else self._kept(symbols)
        self.register_buffer("symbols", kept)
        if kept is None:
            size = 1 / math.sqrt(2 * channels_in)
            self.weight = nn.Parameter(size * torch.randn(channels_out, channels_in, math.prod(self._counts), 2))
        else:
            size = 1 / math.sqrt(channels_in * kept.shape[2])
            self.weight = nn.Parameter(size * torch.randn(len(kept), channels_out, channels_in))

    def _kept(self, symbols: Any) -> Tensor:
        """The symbols at the kept modes, ``[J, m_out, m_in, K, 2]``."""
        spectrum = as_tensor(symbols, "symbols").to(torch.complex128)
        if self.shape is None or spectrum.ndim != 3 + self.axes or tuple(spectrum.shape[3:]) != self.shape:
            expected = f"shape [J, m_out, m_in, {', '.join(map(str, self.shape or ('one grid',)))}]"
            raise InputError("symbols", describe(spectrum), expected, "torch.fft.fftn of kernels on the grid")
        for axis in range(self.axes):
            last = axis == self.axes - 1
            index = torch.arange(self.modes + 1) if last else _frequencies(self.modes) % self.shape[axis]
            spectrum = spectrum.index_select(3 + axis, index)
        modes_last_first = [3 + axis for axis in reversed(range(self.axes))]
        kept = spectrum.permute(0, 1, 2, *modes_last_first).flatten(3)
        return torch.view_as_real(kept.resolve_conj().contiguous())

    def multiplier(self) -> Tensor:
        """M(k), ``[channels_out · m_out, channels_in · m_in, K, 2]``: real and imaginary parts."""
        if self.symbols is None:
            return self.weight
        mixed = torch.einsum("joi,jmnkc->ominkc", self.weight, self.symbols.to(self.weight))
        return mixed.flatten(2, 3).flatten(0, 1)

    def _at(self, u: Tensor) -> dict[str, Tensor]:
        """The transforms of the grid of these fields."""
        if self.shape is None:
            shape = tuple(u.shape[-self.axes :])
            _checked_modes(self.modes, shape)
            return {name: matrix.to(u) for name, matrix in _transforms(shape, self.modes, u.device).items()}
        names = [*(f"transform_{axis}" for axis in range(self.axes)), "back"]
        return {name: self.get_buffer(name).to(u) for name in names}

    def forward(self, u: Tensor) -> Tensor:
        """Fields ``[..., channels_in · m_in, n_1, …, n_d]`` to ``[..., channels_out · m_out, n_1, …, n_d]``."""
        d, transforms = self.axes, self._at(u)
        z = (u @ transforms[f"transform_{d - 1}"]).unflatten(-1, (-1, 2))
        for axis in reversed(range(d - 1)):  # [..., n_1, …, n_axis, modes done, 2]
            z = z.movedim(-1 - d + axis, -2).flatten(-2)
            z = (z @ transforms[f"transform_{axis}"]).unflatten(-1, (-1, 2))
        real, imaginary = self.multiplier().to(u).unbind(-1)
        matrix = torch.stack([real, -imaginary, imaginary, real], dim=-1).unflatten(-1, (2, 2))
        z = torch.einsum("oikrs,...iks->...okr", matrix, z.flatten(-1 - d, -2)).unflatten(-2, self._counts)
        for axis in range(d - 1):
            z = (z.flatten(-2) @ transforms[f"transform_{axis}"].mT).unflatten(-1, (-1, 2))
            z = z.movedim(-2, -1 - d + axis)
        return z.flatten(-2) @ transforms["back"]

    def extra_repr(self) -> str:
        """Shown by ``print``."""
        kind = "free" if self.symbols is None else f"{len(self.weight)} symbols"
        return f"{self.channels_in} → {self.channels_out}, modes ≤ {self.modes}, {kind}"
