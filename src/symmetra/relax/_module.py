"""A model that may leave its symmetry by a measured amount: f_eq + γ f_neq."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from symmetra.inputs import InputError, describe
from symmetra.relax._gauge import SpectralNorm, chosen, glance, normalise, size
from symmetra.relax._number import number

_WRAPPERS = re.compile(r"(^|\.)(f_eq|module|_orig_mod)(?=\.|$)")


class RelaxedModule(nn.Module):
    """``f_eq(x) + γ f_neq(x) / N``, with one learnable γ and f_neq of a fixed size.

    Without N, the pairs (γ, f_neq) and (γ / c, c f_neq) are one function and a constraint on γ says nothing. N is the
    spectral norm of a linear or convolutional f_neq; for any other module the running root mean square of its output,
    in units of that of f_eq on the first batch. Handing over ``c f_neq`` gives the same net; and the same training, as
    the weights of a linear or convolutional f_neq, or of such a layer at the end of a sequence, are divided by their
    norm here, in place. While training, the sizes of both outputs (on the first 64 samples of a batch) are kept as
    running means, from which :attr:`deviation` follows.

    A whole model is wrapped by naming its sub-modules: each of them becomes such a pair, in place.
    Source: arXiv 2505.13631.

    Args:
        f_eq: the equivariant module; or a model, if f_neq is a mapping.
        f_neq: a module with inputs and outputs of the same shapes (outputs may be tuples or dicts of tensors); or a
            mapping from names in ``f_eq.named_modules()`` to such modules.
        gamma: where γ starts.
        gauge: ``"spectral"``, ``"output"``, ``"none"`` (f_neq is bounded by itself), or ``"auto"`` as said above.
        momentum: weight of a measured batch in the running means; 0 leaves them alone, as inside ``torch.func.vmap``.

    Attributes:
        gamma: the parameter γ, a scalar.
        watching: whether a forward pass in training measures: moves the running means, and the spectral norm's vector
            by a step. Always, unless a method of training, which needs less, says when.

    Raises:
        InputError: no modules, an unknown name or gauge.

    Example:
        >>> net = RelaxedModule(nn.Linear(3, 2), nn.Linear(3, 2))
        >>> net(torch.ones(5, 3)).shape, net.gamma.item()
        (torch.Size([5, 2]), 1.0)
        >>> model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
        >>> whole = RelaxedModule(model, {"0": nn.Linear(3, 8), "2": nn.Linear(8, 2)})
        >>> [name for name, _ in branches(whole)]
        ['0', '2']
    """

    sizes: Tensor
    weights: Tensor
    unit: Tensor

    def __init__(self, f_eq: Any, f_neq: Any, gamma: Any = 1.0, *, gauge: Any = "auto", momentum: Any = 0.2) -> None:
        super().__init__()
        if not isinstance(f_eq, nn.Module):
            raise InputError("f_eq", describe(f_eq), "an nn.Module")
        self.f_eq, self.gauge, self.momentum = f_eq, "none", number("momentum", momentum)
        self.watching = True
        if isinstance(f_neq, Mapping):
            self.f_neq: nn.Module | None = None
            _insert(f_eq, f_neq, gamma, gauge, momentum)
            return
        if not isinstance(f_neq, nn.Module):
            raise InputError("f_neq", describe(f_neq), "an nn.Module, or a mapping from names of sub-modules to some")
        self.f_neq, self.gauge = f_neq, chosen(gauge, f_neq)
        like = next((p for p in (*f_eq.parameters(), *f_neq.parameters()) if p.is_floating_point()), torch.empty(0))
        self.gamma = nn.Parameter(torch.tensor(number("gamma", gamma, -math.inf), dtype=like.dtype, device=like.device))
        if self.gauge != "none":
            normalise(f_neq)
        self.norm = SpectralNorm(f_neq) if self.gauge == "spectral" else None
        # root mean squares of f_eq and f_neq, for the output gauge also that of f_eq at first; 0 where nothing was seen
        weights = [self.momentum, self.momentum, 0.0][: 3 if self.gauge == "output" else 2]
        wide: dict[str, Any] = {"dtype": torch.promote_types(like.dtype, torch.float32), "device": like.device}
        self.register_buffer("sizes", torch.zeros(len(weights), **wide))
        self.register_buffer("weights", torch.tensor(weights, **wide), persistent=False)
        self.register_buffer("unit", torch.ones((), **wide))  # N, if it is no function of the weights

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """The output of f_eq, and γ times that of f_neq."""
        even = self.f_eq(*inputs, **options)
        if self.f_neq is None:
            return even
        odd = self.f_neq(*inputs, **options)
        scale = self.gamma / self._size(even, odd)
        if isinstance(even, Tensor):
            return even + scale * odd
        return pytree.tree_map(lambda a, b: a + scale * b if isinstance(a, Tensor) else a, even, odd)

    def _size(self, even: Any, odd: Any) -> Any:
        """N, after the running means have seen these outputs."""
        watching, moving = self.training and self.watching, self.momentum > 0
        unit = self._watch(even, odd) if watching and moving else self.unit
        if self.norm is not None:
            return self.norm(self.f_neq, watching)
        return self._or_first(even, odd) if self.gauge == "output" and not (self.training and moving) else unit

    @torch.no_grad()
    def _watch(self, even: Any, odd: Any) -> Tensor:
        """Move the running sizes; N of the output gauge, in a new tensor: the one of before may be in a graph."""
        first, second = glance(even), glance(odd)
        if self.gauge != "output":  # only their ratio is ever used, which does not mind the start from zero
            self.sizes.lerp_(torch.stack((first, second)).to(self.sizes.dtype), self.momentum)
            return self.unit
        batch = torch.stack((first, second, first)).to(self.sizes.dtype)
        moved = torch.lerp(self.sizes, batch, self.weights)  # the last one stays what it was at first
        self.sizes.copy_(torch.where(self.sizes > 0, moved, batch))
        unit = _relative(self.sizes[1], self.sizes[2])
        self.unit.copy_(unit)
        return unit

    @torch.no_grad()
    def _or_first(self, even: Any, odd: Any) -> Tensor:
        """N of the output gauge; from these outputs if they are the first."""
        return torch.where(self.sizes[1] > 0, self.unit, _relative(glance(odd), glance(even)).to(self.unit.dtype))

    @torch.no_grad()
    def ratio(self, even: Any, odd: Any) -> float:
        """The effective deviation ``r = |γ| ‖f_neq / N‖ / ‖f_eq‖`` of some outputs of the two."""
        return self._ratio(size(even), size(odd), self._size(even, odd))

    @property
    def deviation(self) -> float:
        """The effective deviation r of the running means; nan before any batch."""
        with torch.no_grad():
            norm = self.unit if self.norm is None else self.norm(self.f_neq, False)
            return self._ratio(self.sizes[0], self.sizes[1], norm)

    def _ratio(self, even: Any, odd: Any, norm: Any) -> float:
        return float(self.gamma.abs() / norm * odd / even) if float(even) > 0 else float("nan")

    def extra_repr(self) -> str:
        """γ and its gauge."""
        return "" if self.f_neq is None else f"gamma={self.gamma.item():.3g}, gauge={self.gauge!r}"


def _relative(odd: Tensor, even: Tensor) -> Tensor:
    """The size of f_neq in units of that of f_eq; of either 1 where it is zero."""
    odd, even = (torch.where(part > 0, part, torch.ones_like(part)) for part in (odd, even))
    return odd / even


def _insert(model: nn.Module, pairs: Mapping[Any, Any], gamma: Any, gauge: Any, momentum: Any) -> None:
    names = dict(model.named_modules())
    for name, f_neq in pairs.items():
        if name not in names or not name:
            some = ", ".join(repr(known) for known in list(names)[1:8])
            raise InputError("f_neq", f"the name {name!r}", f"names of sub-modules, such as {some}")
        model.set_submodule(name, RelaxedModule(names[name], f_neq, gamma, gauge=gauge, momentum=momentum))


def branches(net: Any) -> list[tuple[str, RelaxedModule]]:
    """The relaxed layers of a net with their names, in the order in which it holds them.

    Args:
        net: a module with `RelaxedModule` inside, or one itself; wrapped for several devices or compiled, as it is.

    Raises:
        InputError: not a module.
    """
    if not isinstance(net, nn.Module):
        raise InputError("net", describe(net), "an nn.Module with RelaxedModule inside")
    found = [(n, m) for n, m in net.named_modules() if isinstance(m, RelaxedModule) and m.f_neq is not None]
    return [(_WRAPPERS.sub("", name).strip(".") or "net", module) for name, module in found]


def parameter_groups(net: Any, weight_decay: Any = 0.0, gamma_lr: Any = None) -> list[dict[str, Any]]:
    """The parameters for an optimiser, every γ in a group of its own without weight decay.

    Weight decay on γ would be one more, unmeasured, pull towards the symmetry.

    Args:
        net: the net.
        weight_decay: of all other parameters.
        gamma_lr: learning rate of γ; that of the optimiser if left out. With `torch.optim.SGD` the analysis of the
            controller holds as it stands, with Adam a step is of one size however small the gradient.

    Example:
        >>> net = RelaxedModule(nn.Linear(3, 2), nn.Linear(3, 2))
        >>> optimizer = torch.optim.AdamW(parameter_groups(net, weight_decay=1e-2, gamma_lr=1e-2), lr=1e-3)
        >>> [group["weight_decay"] for group in optimizer.param_groups]
        [0.01, 0.0]
    """
    gammas = [module.gamma for _, module in branches(net)]
    own = {id(gamma) for gamma in gammas}
    rest = [p for p in net.parameters() if id(p) not in own]
    rate = {} if gamma_lr is None else {"lr": gamma_lr}
    return [{"params": rest, "weight_decay": weight_decay}, {"params": gammas, "weight_decay": 0.0} | rate]
