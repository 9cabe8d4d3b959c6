"""Function spaces and operators as representations: the counts of arXiv 2311.00212's kinds of problem."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from symmetra.enforce import linear_basis
from symmetra.groups import SE, SO, Group, LieGroup, Translation
from symmetra.representations import Representation, Scalar, Vector


def symmetric_power(group: Group, matrix: Callable[[Tensor], Tensor], k: int, dual: bool = False) -> Representation:
    """Homogeneous polynomials of degree k as symmetric tensors, on an orthonormal basis; ``dual``: in the variables."""
    n = matrix(group.identity).shape[0]
    swaps = torch.eye(n**k, dtype=torch.float64).reshape([n] * k + [n**k])
    mean = sum(swaps.transpose(i, j) for i in range(k) for j in range(k)) / k**2 if k > 1 else swaps
    values, vectors = torch.linalg.eigh(mean.reshape(n**k, n**k))
    frame = vectors[:, values > 1 - 1e-9]

    def rho(g: Tensor) -> Tensor:
        M = torch.linalg.inv(matrix(g)).mT if dual else matrix(g)
        power = torch.ones(1, 1, dtype=M.dtype)
        for _ in range(k):
            power = torch.kron(power, M)
        return frame.mT @ power @ frame

    return Representation(group, rho, name=f"Sym^{k}")


def test_polynomial_vector_fields() -> None:
    """Of degree at most 1, 2, 3 on R³ under SO(3): 1, 1, 2; at most 1, 3 on R² under SO(2): 2, 4."""
    for n, expected in ((3, [1, 1, 2]), (2, [2, 2, 4])):
        V = Vector(SO(n))
        found = [linear_basis(symmetric_power(V.group, lambda g: g, k), V).rank for k in (1, 2, 3)]
        assert torch.tensor(found).cumsum(0).tolist() == expected


@pytest.mark.parametrize(("n", "expected"), [(9, 9), (8, 10), (7, 7)])
def test_what_commutes_with_the_spectral_derivative(n: int, expected: int) -> None:
    """Circulants; with the Nyquist mode zeroed on an even grid its kernel has dimension 2: four maps instead of two."""
    k = torch.fft.fftfreq(n, 1 / n).double()
    if n % 2 == 0:
        k[n // 2] = 0
    derivative = torch.fft.ifft(
        1j * k[:, None] * torch.fft.fft(torch.eye(n, dtype=torch.complex128), dim=0), dim=0
    ).real
    V = Vector(LieGroup(derivative[None]))
    for engine in ("isotypic", "projector"):
        assert linear_basis(V, V, engine=engine).rank == expected


def joint(g: Tensor) -> Tensor:
    """Two points of the plane moved at once, (x, y, 1)."""
    A, b = g[:2, :2], g[:2, 2]
    zero = torch.zeros(2, 2, dtype=g.dtype)
    rows = [torch.cat([A, zero, b[:, None]], 1), torch.cat([zero, A, b[:, None]], 1)]
    return torch.cat([*rows, torch.tensor([[0.0, 0.0, 0.0, 0.0, 1.0]], dtype=g.dtype)])


def test_polynomial_kernels() -> None:
    """K(x, y) of degree at most 2: functions of x − y under translations (6), of |x − y|² under SE(2) (2)."""
    for group, expected in ((Translation(2), 6), (SE(2), 2)):
        kernels = symmetric_power(group, joint, 2, dual=True)
        assert kernels.dimension == 15
        assert linear_basis(Scalar(group), kernels).rank == expected


def phase(g: Tensor) -> Tensor:
    """Two particles (q1, q2, p1, p2, 1): positions turn and shift, momenta turn."""
    A, b = g[:3, :3], g[:3, 3]
    result = torch.block_diag(A, A, A, A, torch.ones(1, 1, dtype=g.dtype))
    shift = torch.cat([b, b, torch.zeros(7, dtype=g.dtype)])
    return result + shift[:, None] * torch.eye(13, dtype=g.dtype)[12]


def test_two_particles_that_may_be_shifted() -> None:
    """Only q1 − q2, p1, p2 are left: 3 vectors in each of 4 outputs, 6 dot products and the constant."""
    group = SE(3)
    state, turned = Representation(group, phase), Representation(group, lambda g: g[:3, :3], name="R")
    assert linear_basis(state, 4 * turned).rank == 12
    assert linear_basis(symmetric_power(group, phase, 2), Scalar(group)).rank == 7
