"""Classical baselines: the published perceptron of invariant features, one of 80 parameters, and an EGNN."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from symmetra.molecules._energy import EnergyModel
from symmetra.molecules._features import at_minimum, cosines, distances
from symmetra.molecules._molecule import Molecule
from symmetra.nn import EGNN


class InvariantMLP(EnergyModel):
    """The classical baseline of arXiv 2512.05475: a perceptron of distances and angles, with its sizes.

    Lithium hydride: r/2, 1/r, exp(−2(r − r₀)), eight Gaussians. Ammonia: the same of six distances (over 1.5), three
    angles and their cosines, and a sum of eight Gaussians over all pairs beside the perceptron. Invariant under O(3);
    *not* under exchanges of the hydrogens of ammonia, which come in the order given. About 27,000 parameters.

    Args:
        molecule: which.
        seed: of the parameters.
    """

    _minimum: Tensor
    _centres: Tensor

    def __init__(self, molecule: Molecule, seed: int) -> None:
        super().__init__(molecule)
        alone = molecule.hydrogens == 1
        self.register_buffer("_minimum", at_minimum(molecule), persistent=False)
        low, high, self._width = (0.8, 3.0, 0.3) if alone else (0.8, 2.5, 0.2)
        self.register_buffer("_centres", torch.linspace(low, high, 8, dtype=torch.float64), persistent=False)
        size = len(self._features(molecule.minimum[None])[0])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.first = nn.Sequential(nn.Linear(size, 128), nn.SiLU(), nn.Linear(128, 128), nn.SiLU())
            self.second, self.skip = nn.Linear(128, 64), nn.Linear(size, 64, bias=False)
            self.last, self.pair = nn.Linear(64, 1), None if alone else nn.Linear(8, 1, bias=False)
        self.double()

    def _bells(self, lengths: Tensor) -> Tensor:
        return torch.exp(-(((lengths[..., None] - self._centres) / self._width) ** 2) / 2)

    def _features(self, positions: Tensor) -> Tensor:
        lengths = distances(positions)
        morse = torch.exp(-2 * (lengths - self._minimum))
        if self.molecule.hydrogens == 1:
            return torch.cat([lengths / 2, 1 / lengths, morse, self._bells(lengths).flatten(1)], 1)
        angles, cosine = cosines(positions)
        return torch.cat([lengths / 1.5, 1 / lengths, morse, angles / torch.pi, cosine], 1)

    def signal(self, positions: Tensor) -> Tensor:
        """The output of the perceptron."""
        features = self._features(positions)
        hidden = torch.nn.functional.silu(self.second(self.first(features)) + 0.1 * self.skip(features))
        energy = self.last(hidden)[:, 0]
        if self.pair is not None:
            energy = energy + self.pair(self._bells(distances(positions)).sum(1))[:, 0]
        return energy


class SmallMLP(EnergyModel):
    """A perceptron with the parameters of a circuit, 81: one hidden layer on inverse distances.

    Ten hidden units for ammonia; for lithium hydride sixteen, which see r/2 and the Morse variable as well. Invariant
    under O(3), not under exchanges.

    Args:
        molecule: which.
        seed: of the parameters.
    """

    _minimum: Tensor

    def __init__(self, molecule: Molecule, seed: int) -> None:
        super().__init__(molecule)
        self.register_buffer("_minimum", at_minimum(molecule), persistent=False)
        size, hidden = (3, 16) if molecule.hydrogens == 1 else (6, 10)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.net = nn.Sequential(nn.Linear(size, hidden), nn.SiLU(), nn.Linear(hidden, 1))
        self.double()

    def signal(self, positions: Tensor) -> Tensor:
        """The output of the perceptron, whose inputs are zero at the minimum."""
        lengths = distances(positions)
        features = [5 * (self._minimum / lengths - 1)]  # of size one over the geometries of interest
        if self.molecule.hydrogens == 1:
            features += [(lengths - self._minimum) / 2, torch.exp(-2 * (lengths - self._minimum)) - 1]
        return self.net(torch.cat(features, 1))[:, 0]


class GraphNetwork(EnergyModel):
    """:class:`symmetra.nn.EGNN` on the atoms, its invariant features summed: O(3) and all exchanges (2102.09844).

    Args:
        molecule: which.
        seed: of the parameters.
        hidden: channels.
        layers: rounds of messages.
    """

    _kinds: Tensor

    def __init__(self, molecule: Molecule, seed: int, hidden: int = 32, layers: int = 3) -> None:
        super().__init__(molecule)
        kinds = torch.tensor([[1.0, 0.0]] + [[0.0, 1.0]] * molecule.hydrogens, dtype=torch.float64)
        self.register_buffer("_kinds", kinds, persistent=False)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.net = EGNN(2, 1, hidden=hidden, layers=layers)
        self.double()

    def signal(self, positions: Tensor) -> Tensor:
        """The sum of what the network says of the atoms."""
        features, _ = self.net(self._kinds.expand(len(positions), -1, -1), positions - positions[:, :1])
        return features[..., 0].sum(1)
