"""Characters count: invariants of tensor powers and irreducible parts, against closed formulas."""

from __future__ import annotations

import math

import pytest
import torch

from symmetra import groups
from symmetra.representations import Pseudoscalar, Scalar, V


def invariants(rep) -> float:
    """The dimension of the fixed vectors of a finite group: the mean of the character."""
    mean = complex(rep.character(rep.group.elements).mean())
    assert abs(mean.imag) < 1e-9
    return mean.real


def stirling(k: int, n: int) -> int:
    """Partitions of k things into n classes."""
    return sum((-1) ** j * math.comb(n, j) * (n - j) ** k for j in range(n + 1)) // math.factorial(n)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_permutations_count_set_partitions(n: int) -> None:
    counts = [invariants(V(groups.S(n)) ** k) for k in range(1, 5)]
    expected = [sum(stirling(k, j) for j in range(1, n + 1)) for k in range(1, 5)]
    assert counts == pytest.approx(expected, abs=1e-9)
    if n == 2:
        assert expected == [1, 2, 4, 8]
    if n == 4:
        assert expected == [1, 2, 5, 15]


def test_characters_of_irreducible_representations_are_orthonormal() -> None:
    G = groups.D(3)
    irreducible = [Scalar(G), Pseudoscalar(G), V(G)]
    characters = torch.stack([rep.character(G.elements) for rep in irreducible])
    gram = characters @ characters.mT / G.order
    torch.testing.assert_close(gram, torch.eye(3, dtype=torch.float64))
    assert sum(rep.dimension**2 for rep in irreducible) == G.order


def test_homomorphisms_of_cyclic_permutations() -> None:
    shift = torch.roll(torch.eye(5, dtype=torch.float64), 1, 0)
    rep = V(groups.FiniteGroup(shift[None]))
    assert invariants(rep * rep.dual) == pytest.approx(5)


def test_rotations_count_riordan_numbers() -> None:
    # Haar average over the class angle: (1/π) ∫ (1 − cos t) χ(t) dt, exact by the trapezoidal rule for these degrees
    G = groups.SO(3)
    angles = 2 * math.pi * torch.arange(64, dtype=torch.float64) / 64
    turns = G.exp(angles[:, None, None] * torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 0]], dtype=torch.float64))
    weight = (1 - torch.cos(angles)) / 64
    counts = [float((weight * (V(G) ** k).character(turns)).sum()) for k in range(1, 7)]
    assert counts == pytest.approx([0, 1, 1, 3, 6, 15], abs=1e-9)
    # O(3) = SO(3) × {1, −1}: odd powers lose theirs, even ones keep them
    O = groups.O(3)
    both = [
        float((weight * ((V(O) ** k).character(turns) + (V(O) ** k).character(-turns)) / 2).sum()) for k in range(1, 7)
    ]
    assert both == pytest.approx([0, 1, 0, 3, 0, 15], abs=1e-9)


def test_unitary_invariants_by_haar_samples() -> None:
    # V ⊗ V* ⊗ V ⊗ V* has 2 invariants under U(n >= 2); V ⊗ V has none. Monte Carlo: 5 standard errors of the mean.
    G = groups.U(2)
    g = G.sample(20_000, seed=0)
    for rep, expected in ((V(G) * V(G).dual, 1.0), ((V(G) * V(G).dual) ** 2, 2.0), (V(G) ** 2, 0.0)):
        values = rep.character(g)
        error = float(values.abs().square().mean().sqrt()) / len(g) ** 0.5
        assert abs(complex(values.mean()) - expected) < 5 * error
