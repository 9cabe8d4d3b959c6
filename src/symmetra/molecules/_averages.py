"""The symmetry from outside: a model averaged over a group, and one that is trained on moved geometries."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.enforce import average
from symmetra.groups import SO, FiniteGroup, Hyperoctahedral, S
from symmetra.molecules._energy import EnergyModel
from symmetra.molecules._symmetry import Atoms


class GroupAverage(EnergyModel):
    """The mean of a model over the 24 rotations of a cube and all exchanges of the hydrogens.

    Exactly invariant under that finite group, of 144 elements for ammonia, and so many times as dear; under other
    rotations only nearly, and no finite mean does better without frames (:func:`symmetra.enforce.frame_average`), which
    pay with forces that jump.

    Args:
        model: any.
    """

    def __init__(self, model: EnergyModel) -> None:
        super().__init__(model.molecule)
        self.model = model
        cube = Hyperoctahedral(3)
        turns = FiniteGroup([g for g in cube.elements if float(torch.linalg.det(g)) > 0], name="rotations of the cube")
        action = Atoms(turns * S(model.molecule.hydrogens))
        self.average = average(model.signal, action, fold=24, batched=True)

    def signal(self, positions: Tensor) -> Tensor:
        """The mean."""
        return self.average(positions)


class Augmented(EnergyModel):
    """A model that sees every geometry of a batch turned and its hydrogens exchanged at random while it is trained.

    In evaluation mode, in which :func:`symmetra.molecules.model` returns it, it is the model as it stands. The random
    numbers are those of torch, as for dropout.

    Args:
        model: any.
    """

    def __init__(self, model: EnergyModel) -> None:
        super().__init__(model.molecule)
        self.model = model

    def signal(self, positions: Tensor) -> Tensor:
        """The signal of the moved positions in training, of the positions else."""
        if not self.training:
            return self.model.signal(positions)
        count, h = len(positions), self.molecule.hydrogens
        order = torch.rand(count, h).argsort(1).to(positions.device)
        bonds = (positions[:, 1:] - positions[:, :1]).gather(1, order[..., None].expand(-1, -1, 3))
        moved = torch.cat([torch.zeros_like(bonds[:, :1]), bonds], 1)
        return self.model.signal(moved @ SO(3).sample(count).to(positions).mT)
