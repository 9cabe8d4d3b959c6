"""Many instances of one architecture, run as one: their parameters are stacked and the map is vectorised over them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe


class Ensemble(nn.Module):
    """K instances that differ in their parameters alone.

    On a processor, small networks cost mostly the calls and not the arithmetic; stacked, K of them share the calls.
    Buffers that are equal in all instances, such as the baked bases of equivariant layers, are kept once.

    Args:
        instances: K modules of one architecture; they are copied.

    Raises:
        InputError: no modules, or modules whose parameters differ in name or shape.

    Example:
        >>> nets = [nn.Linear(3, 2) for _ in range(4)]
        >>> Ensemble(nets)(torch.zeros(7, 3)).shape
        torch.Size([4, 7, 2])
    """

    def __init__(self, instances: Any) -> None:
        super().__init__()
        modules = _checked(instances)
        self.count = len(modules)
        # In a tuple, so that it is no submodule: its own parameters are never used.
        self._template = (copy.deepcopy(modules[0]).requires_grad_(False),)
        self._named = nn.Module()
        self._stacked: list[str] = []
        self._common: list[str] = []
        for name, first in modules[0].named_parameters():
            values = [dict(m.named_parameters())[name].detach() for m in modules]
            self._named.register_parameter(_flat(name), nn.Parameter(torch.stack(values), first.requires_grad))
        for name, buffer in modules[0].named_buffers():
            values = [dict(m.named_buffers())[name] for m in modules]
            same = all(torch.equal(value, buffer) for value in values)
            self._named.register_buffer(_flat(name), buffer.clone() if same else torch.stack(values))
            (self._common if same else self._stacked).append(name)
        self._stacked += [name for name, _ in modules[0].named_parameters()]

    @property
    def stacked(self) -> set[str]:
        """The keys of the ``state_dict`` whose leading axis is that of the instances."""
        return {f"_named.{_flat(name)}" for name in self._stacked}

    def each(self, function: Callable[..., Any], *batch: Any, shared: bool = True) -> Any:
        """``function(instance, *batch)`` for every instance, with the results stacked: ``[K, ...]``.

        Args:
            function: gets a callable that maps inputs as the instance does.
            batch: tensors, or nests of them.
            shared: whether all instances get the same batch; else its leading axis is that of the instances.
        """
        tensors = dict(self._named.named_parameters()) | dict(self._named.named_buffers())
        stacked = {name: tensors[_flat(name)] for name in self._stacked}
        common = {name: tensors[_flat(name)] for name in self._common}
        template = self._template[0].train(self.training)

        def one(own: dict[str, Tensor], *batch: Any) -> Any:
            def instance(*inputs: Any, **options: Any) -> Any:
                return torch.func.functional_call(template, own | common, inputs, options)

            return function(instance, *batch)

        axes = (0, *(None if shared else 0 for _ in batch))
        return torch.func.vmap(one, in_dims=axes, randomness="different")(stacked, *batch)

    def forward(self, *inputs: Any) -> Any:
        """The outputs of all instances, ``[K, ...]``."""
        return self.each(lambda instance, *x: instance(*x), *inputs)

    def instance(self, index: int) -> nn.Module:
        """A copy of one instance, as a module of its own."""
        module = copy.deepcopy(self._template[0])
        tensors = dict(self._named.named_parameters()) | dict(self._named.named_buffers())
        with torch.no_grad():
            for name, target in (*module.named_parameters(), *module.named_buffers()):
                source = tensors[_flat(name)]
                target.copy_(source if name in self._common else source[index])
        for name, parameter in module.named_parameters():
            parameter.requires_grad_(tensors[_flat(name)].requires_grad)
        return module.to(next(iter(tensors.values())).device) if tensors else module


def _flat(name: str) -> str:
    return name.replace(".", "/")


def _checked(instances: Any) -> list[nn.Module]:
    modules = list(instances) if isinstance(instances, Sequence) else []
    if not modules or not all(isinstance(module, nn.Module) for module in modules):
        raise InputError("instances", describe(instances), "a list of modules", "[make() for seed in range(5)]")
    shapes = [{name: p.shape for name, p in (*m.named_parameters(), *m.named_buffers())} for m in modules]
    for place, other in enumerate(shapes[1:], start=1):
        if other != shapes[0]:
            raise InputError("instances", f"number {place} of another shape", "modules of one architecture")
    return modules
