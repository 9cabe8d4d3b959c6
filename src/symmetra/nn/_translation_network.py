"""Three architectures for fields on a periodic lattice: equivariant, strided, flattened."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.nn._circular import CircularConv, CircularPool, each_axis, whole
from symmetra.nn._global_pool import KINDS, GlobalPool

ACTIVATIONS: Mapping[str, type[nn.Module]] = {
    "leaky_relu": nn.LeakyReLU,
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


class TranslationNetwork(nn.Sequential):
    """Numbers from a field on a periodic lattice, by one of three architectures that keep fewer and fewer shifts.

    ====  ==============================================================================  ==========================
    kind  layers                                                                          invariant under
    ====  ==============================================================================  ==========================
    EQ    convolutions at stride 1 (local pooling at stride 1), global pool, dense        every shift, on every size
    ST    convolutions, local pooling with stride, global pool, dense                     multiples of the strides
    FL    convolutions, local pooling with stride, flatten, dense                         none, and on one size only
    ====  ==============================================================================  ==========================

    ST runs on every size as well, but keeps shifts only along axes that the stride divides, see :class:`CircularPool`.
    The three of arXiv:2103.14686 (EQ, ST, FL), each an ``nn.Sequential`` of named layers: ``convolution_1``,
    ``activation_1``, ``pooling_1``, …, ``global_pool`` or ``flatten``, ``dense_1``, ``dense_activation_1``, …,
    ``output``. :func:`symmetra.measure.audit` under :class:`symmetra.actions.Rolls` names the one that breaks shifts.

    Args:
        kind: "EQ", "ST" or "FL".
        channels_in: channels of the field.
        outputs: numbers that come out.
        convolutions: channels and kernel of each, at least one; a kernel is one number or one for each axis.
        dense: widths of the hidden layers behind the pool.
        pool: the :class:`GlobalPool` of EQ and ST, "average", "max" or "sum". Local pooling takes the maximum for
            "max", else the average.
        downsample: windows of the local pooling behind the convolutions: one number stands for the first convolution,
            a tuple has one for each, where 1 is none. ST and FL go on by as many sites (2 if left out), EQ by one (no
            pooling if left out).
        extents: of the lattice, which FL must know; EQ and ST take every size.
        activation: "leaky_relu", "relu", "tanh", "gelu" or "silu", behind each convolution and each hidden layer.
        dimensions: of the lattice; the number of extents, where these are given.

    Shape:
        ``[batch, channels_in, *extents]`` to ``[batch, outputs]``.

    Raises:
        InputError: an unknown kind, pool or activation; numbers that are not positive; FL without its extents, with
            extents that the strides do not divide, or on another size; ST whose only stride is behind the last
            convolution, where the global pool makes up for it, so that nothing is broken.

    Example:
        >>> import torch
        >>> net = TranslationNetwork("EQ", channels_in=4, outputs=2)
        >>> net(torch.zeros(7, 4, 60, 4)).shape, net(torch.zeros(7, 4, 125, 8)).shape
        (torch.Size([7, 2]), torch.Size([7, 2]))
    """

    def __init__(
        self,
        kind: Any,
        channels_in: Any,
        outputs: Any,
        *,
        convolutions: Any = ((16, 2), (16, 1)),
        dense: Any = (),
        pool: Any = "average",
        downsample: Any = None,
        extents: Any = None,
        activation: Any = "leaky_relu",
        dimensions: Any = 2,
    ) -> None:
        if kind not in ("EQ", "ST", "FL"):
            raise InputError("kind", describe(kind), '"EQ", "ST" or "FL"', 'TranslationNetwork("EQ", 4, 2)')
        if pool not in KINDS:
            raise InputError("pool", describe(pool), '"average", "max" or "sum"', 'pool="average"')
        if activation not in ACTIVATIONS:
            raise InputError("activation", describe(activation), f"one of {', '.join(ACTIVATIONS)}", '"leaky_relu"')
        if extents is None and kind == "FL":
            raise InputError("extents", "none for FL", "those of the lattice, which FL is made for", "extents=(60, 4)")
        size = None if extents is None else each_axis(extents, "extents", 1)
        pairs = _pairs(convolutions, dimensions if size is None else len(size))
        windows = _windows(kind, downsample, len(pairs))
        modules: OrderedDict[str, nn.Module] = OrderedDict()
        width, d = whole(channels_in, "channels_in"), len(pairs[0][1])
        for i, ((channels, kernel), window) in enumerate(zip(pairs, windows, strict=True), start=1):
            modules[f"convolution_{i}"] = CircularConv(width, channels, kernel)
            modules[f"activation_{i}"] = ACTIVATIONS[activation]()
            if window > 1:
                local, stride = "max" if pool == "max" else "average", 1 if kind == "EQ" else window
                modules[f"pooling_{i}"] = CircularPool(local, window, stride, dimensions=d)
            width = channels
        if kind != "FL":
            modules["global_pool"] = GlobalPool(pool)
        else:
            assert size is not None
            step = math.prod(windows)
            if any(extent % step for extent in size):
                expected = f"multiples of the strides together, {step}"
                raise InputError("extents", str(size), expected, "other extents, or a smaller downsample")
            modules["flatten"], width = nn.Flatten(), width * math.prod(extent // step for extent in size)
        for i, hidden in enumerate(_widths(dense), start=1):
            modules[f"dense_{i}"], width = nn.Linear(width, hidden), hidden
            modules[f"dense_activation_{i}"] = ACTIVATIONS[activation]()
        modules["output"] = nn.Linear(width, whole(outputs, "outputs"))
        super().__init__(modules)
        self.kind, self.extents = kind, size if kind == "FL" else None

    def __getitem__(self, index: Any) -> Any:
        """One layer, or for a slice a plain ``nn.Sequential``: ``net[:2]`` gives the first feature maps."""
        if isinstance(index, slice):
            return nn.Sequential(OrderedDict(list(self.named_children())[index]))
        return super().__getitem__(index)

    def forward(self, x: Tensor) -> Tensor:
        """The outputs."""
        if self.extents is not None and tuple(x.shape[2:]) != self.extents:
            expected = f"the extents {self.extents}, since FL has weights of its own for each of their sites"
            raise InputError("x", f"the extents {tuple(x.shape[2:])}", expected, 'TranslationNetwork("EQ", …)')
        return super().forward(x)


def _pairs(convolutions: Any, dimensions: Any) -> list[tuple[int, tuple[int, ...]]]:
    listed = isinstance(convolutions, tuple | list) and len(convolutions) > 0
    if not listed or not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in convolutions):
        expected = "the channels and the kernel of each convolution"
        raise InputError("convolutions", describe(convolutions), expected, "((16, 2), (16, 1))")
    pairs = [(whole(c, "channels"), each_axis(kernel, "kernel", dimensions)) for c, kernel in convolutions]
    if any(len(kernel) != dimensions for _, kernel in pairs):
        expected = f"kernels of {dimensions} axes, as many as the lattice has"
        raise InputError("convolutions", describe(convolutions), expected, "dimensions=… for another lattice")
    return pairs


def _windows(kind: str, downsample: Any, count: int) -> tuple[int, ...]:
    if downsample is None:
        downsample = 1 if kind == "EQ" else 2
    windows = each_axis(downsample, "downsample", 1)
    windows += (1,) * (count - 1) if not isinstance(downsample, tuple | list) else ()
    if len(windows) != count:
        raise InputError("downsample", describe(downsample), f"one window for each of {count} convolutions", "2")
    if kind == "ST" and math.prod(windows[:-1]) == 1:
        got = f"strides {windows} for ST"
        expected = "a stride before the last convolution: behind it the global pool undoes the stride"
        raise InputError("downsample", got, expected, "two convolutions and downsample=2")
    return windows


def _widths(dense: Any) -> tuple[int, ...]:
    if not isinstance(dense, tuple | list):
        raise InputError("dense", describe(dense), "the widths of the hidden layers", "dense=(32,), or () for none")
    return tuple(whole(width, "dense") for width in dense)
