"""The operator against closed formulas: brackets, Killing fields, symplectic forms, densities, finite elements."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from symmetra import actions, groups
from symmetra.actions import AffineAction, Density, Flow, Pushforward, Pytree
from symmetra.functions import candidates
from symmetra.inputs import InputError
from symmetra.lie_derivative import as_batched, group_difference, jacobian, lie_derivative
from symmetra.representations import Pseudoscalar, V


def samples(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


X2, X3 = samples(20, 2), samples(20, 3)


@pytest.mark.parametrize("group", [groups.SO(3), groups.GL(3), groups.SL(3), groups.Scaling(3)])
def test_the_identity_has_no_lie_derivative(group) -> None:
    out = lie_derivative(lambda x: x, V(group), V(group))(X3)
    assert out.shape == (len(group.generators), 20, 3) and float(out.abs().max()) < 1e-15
    assert float(group_difference(lambda x: x, V(group), V(group))(X3, group.sample(4, seed=0)).abs().max()) < 1e-13


def test_affine_outputs_carry_their_translation() -> None:
    # a predicted position: the mean of two points, under the whole of SE(2)
    G = groups.SE(2)
    action, out = actions.Diagonal(AffineAction(G), 2), AffineAction(G)
    x = samples(20, 4)
    mean = lambda x: (x[:2] + x[2:]) / 2  # noqa: E731
    assert float(lie_derivative(mean, action, out)(x).abs().max()) < 1e-14
    assert float(group_difference(mean, action, out)(x, G.sample(5, seed=0)).abs().max()) < 1e-13
    assert float(lie_derivative(lambda x: x[:2] + x[2:], action, out)(x).abs().max()) > 0.5


def test_invariants_and_their_breaking() -> None:
    G = groups.O(3)
    x = X3
    assert lie_derivative(lambda x: x.square().sum(), V(G))(x).shape == (3, 20)
    assert float(lie_derivative(lambda x: x.square().sum(), V(G))(x).abs().max()) < 1e-14
    # L_A of a linear function c·x is c·Ax
    c = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    exact = torch.einsum("i,qij,nj->qn", c, G.generators, x)
    torch.testing.assert_close(lie_derivative(lambda x: c @ x, V(G))(x), exact)
    torch.testing.assert_close(lie_derivative(lambda x: c @ x, V(G))(x, G.generators[1]), exact[1])
    combined = 2 * G.generators[0] - G.generators[2]
    torch.testing.assert_close(lie_derivative(lambda x: c @ x, V(G))(x, combined), 2 * exact[0] - exact[2])


def test_a_triple_product_is_a_pseudoscalar() -> None:
    G = groups.O(3)
    x, g = samples(20, 9), G.sample(10, seed=1)
    assert float(torch.linalg.det(g).min()) < 0
    triple = lambda x: torch.linalg.det(x.reshape(3, 3))  # noqa: E731
    action = actions.Diagonal(V(G), 3)
    assert float(group_difference(triple, action, Pseudoscalar(G))(x, g).abs().max()) < 1e-12
    assert float(group_difference(triple, action, None)(x, g).abs().max()) > 0.1
    assert lie_derivative(triple, action, Pseudoscalar(G))(x).shape == (3, 20)


def test_pushforward_gives_the_bracket() -> None:
    fields = candidates.polynomial(2, 2)
    action = Flow(fields)
    a, b = samples(2, fields.size, seed=4)
    F = fields.vector_field(b)
    bracket = fields.vector_field(fields_bracket(fields, a, b)) if hasattr(fields, "bracket") else None
    xi = fields.vector_field(a)

    # [ξ, F] = DF ξ − Dξ F, both Jacobians by reverse mode
    def jac(f, x):
        return torch.func.vmap(torch.func.jacrev(lambda p: f(p[None])[0]))(x)

    exact = (jac(F, X2) @ xi(X2)[..., None] - jac(xi, X2) @ F(X2)[..., None])[..., 0]
    found = lie_derivative(lambda x: F(x[None])[0], action, Pushforward(action))(X2, a)
    torch.testing.assert_close(found, exact, rtol=1e-12, atol=1e-12)
    assert bracket is None or torch.allclose(bracket(X2), exact)
    # F commutes with itself
    assert float(lie_derivative(lambda x: F(x[None])[0], action, Pushforward(action))(X2, b).abs().max()) < 1e-12


def fields_bracket(fields, a, b):
    return fields.bracket(a, b)


def test_rotation_invariant_metric_has_killing_fields() -> None:
    # the round sphere in stereographic coordinates: 4 / (1 + r²)² δ. Its Killing fields are the rotation and the
    # quadratic fields (1 + x² − y²)/2 ∂x + xy ∂y and its mirror image; the flat metric keeps only the rotation of these
    round_metric = lambda x: 4 * torch.eye(2, dtype=x.dtype) / (1 + x.square().sum()) ** 2  # noqa: E731
    killing = candidates.fields(
        [
            lambda x: torch.stack([-x[1], x[0]]),
            lambda x: torch.stack([(1 + x[0] ** 2 - x[1] ** 2) / 2, x[0] * x[1]]),
            lambda x: torch.stack([x[0] * x[1], (1 - x[0] ** 2 + x[1] ** 2) / 2]),
        ],
        2,
    )
    action = Flow(killing)
    out = lie_derivative(round_metric, action, actions.Tensor(action, 0, 2))(X2)
    assert out.shape == (3, 20, 2, 2) and float(out.abs().max()) < 1e-14
    flat = lie_derivative(lambda x: torch.eye(2, dtype=x.dtype), action, actions.Tensor(action, 0, 2))(X2)
    sizes = flat.flatten(1).abs().amax(1)
    assert sizes[0] < 1e-15 and sizes[1] > 0.5 and sizes[2] > 0.5
    # and the finite isometries: g pulled back by a flow is g
    isometry = action.group.sample(3, seed=0)
    moved = group_difference(round_metric, action, actions.Tensor(action, 0, 2))(X2, isometry)
    assert float(moved.abs().max()) < 1e-10


def test_hamiltonian_flows_keep_the_symplectic_form() -> None:
    energy = lambda x: x[1] ** 2 / 2 + x[0] ** 4 - x[0] * x[1]  # noqa: E731
    rotate = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    hamiltonian = lambda x: rotate @ torch.func.grad(energy)(x)  # noqa: E731
    action = Flow(candidates.fields([hamiltonian, lambda x: x], 2))
    out = lie_derivative(lambda x: rotate.clone(), action, actions.Tensor(action, 0, 2))(X2)
    assert float(out[0].abs().max()) < 1e-13
    torch.testing.assert_close(out[1], 2 * rotate.expand(20, 2, 2))  # L_x∂x ω = 2 ω
    # Liouville: the density 1 is kept, and exp(−H) as well, since H is
    for density, scale in ((lambda x: torch.ones((), dtype=x.dtype), 1.0), (lambda x: torch.exp(-energy(x)), None)):
        change = lie_derivative(density, action, Density(action))(X2)
        assert float(change[0].abs().max()) < 1e-13
        if scale:
            torch.testing.assert_close(change[1], torch.full((20,), 2.0, dtype=torch.float64))


def test_density_adds_the_divergence() -> None:
    G = groups.Affine(2)
    action = AffineAction(G)
    rho = lambda x: torch.exp(-x.square().sum())  # noqa: E731
    for weight in (1, 0.5):
        found = lie_derivative(rho, action, Density(action, weight))(X2)
        A, b = G.generators[:, :2, :2], G.generators[:, :2, 2]
        xi = torch.einsum("qij,nj->qni", A, X2) + b[:, None]
        value = torch.exp(-X2.square().sum(1))
        exact = -2 * (xi * X2).sum(-1) * value + weight * A.diagonal(dim1=1, dim2=2).sum(1)[:, None] * value
        torch.testing.assert_close(found, exact)
    # a Gaussian is moved by the linear group to the Gaussian of the moved covariance
    g = G.sample(1, seed=0)[0]
    difference = group_difference(rho, action, Density(action))(X2, g)
    moved = action.transform(g, X2)
    factor = torch.linalg.det(g[:2, :2]).abs()
    torch.testing.assert_close(difference, torch.exp(-moved.square().sum(1)) * factor - torch.exp(-X2.square().sum(1)))


def test_derivative_of_the_difference_is_the_lie_derivative() -> None:
    G = groups.GL(2)
    F = lambda x: torch.stack([x[0] * x[1], torch.sin(x[0]), x[1] ** 3, x[0]])  # noqa: E731
    zero = torch.zeros((), dtype=torch.float64)
    for xi in G.generators:
        move = lambda t, xi=xi: group_difference(F, V(G), V(G) ** 2)(X2, G.exp(t * xi))  # noqa: E731
        rate = torch.func.jvp(move, (zero,), (zero + 1,))[1]
        torch.testing.assert_close(lie_derivative(F, V(G), V(G) ** 2)(X2, xi), rate)


def test_pytrees_in_and_out() -> None:
    G = groups.SO(3)
    action = Pytree({"a": V(G), "b": V(G)})
    x = {"a": X3, "b": samples(20, 3, seed=1)}
    cross = lambda x: {"cross": torch.linalg.cross(x["a"], x["b"]), "dot": x["a"] @ x["b"]}  # noqa: E731
    out = Pytree({"cross": V(G), "dot": actions.Trivial(G)})
    found = lie_derivative(cross, action, out)(x)
    assert found["cross"].shape == (3, 20, 3) and found["dot"].shape == (3, 20)
    assert max(float(v.abs().max()) for v in found.values()) < 1e-14
    moved = group_difference(cross, action, out)(x, G.sample(2, seed=0))
    assert moved["cross"].shape == (2, 20, 3) and max(float(v.abs().max()) for v in moved.values()) < 1e-13


class Net(nn.Module):
    """Layers whose fused kernels have no forward derivative, and one that a vmap over tangents cannot batch."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.TransformerEncoderLayer(4, 2, batch_first=True)
        self.recurrent = nn.LSTM(4, 3, batch_first=True)
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x):
        return self.norm(self.recurrent(self.attention(x.reshape(-1, 2, 4)))[0][:, -1])


def test_modules_are_called_on_the_batch() -> None:
    net = Net().double().eval()
    x = samples(6, 8)
    G = groups.SO(8)

    found = lie_derivative(net, V(G))(x)
    values, jac = jacobian(net, x)
    exact = torch.stack([torch.autograd.functional.jacobian(lambda p: net(p[None])[0], row) for row in x])
    torch.testing.assert_close(jac, exact)
    torch.testing.assert_close(values, net(x).detach())
    torch.testing.assert_close(found, torch.einsum("nmi,qij,nj->qnm", exact, G.generators, x))

    with pytest.raises(InputError, match=r"model\.eval"):
        lie_derivative(net.train(), V(G))(x)


def test_gradients_reach_the_parameters() -> None:
    net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 3)).double()
    lie_derivative(net, V(groups.SO(3)), V(groups.SO(3)))(X3).square().mean().backward()
    assert all(p.grad is not None and float(p.grad.abs().max()) > 0 for p in net[0].parameters())


@pytest.mark.parametrize("m", [None, 1, 2, 3, 7])
def test_jacobian(m: int | None) -> None:
    W = samples(m or 1, 3, seed=2)
    f = (lambda x: torch.sin(W @ x)) if m else (lambda x: torch.sin(W[0] @ x))
    values, jac = jacobian(as_batched(f), X3)
    assert values.shape == ((20,) if m is None else (20, m)) and not jac.requires_grad
    torch.testing.assert_close(jac, torch.cos(X3 @ W.mT)[:, :, None] * W)
    parts = jacobian(as_batched(f), X3, chunk=7)
    torch.testing.assert_close(parts[1], jac)
    torch.testing.assert_close(parts[0], values)


def test_jacobian_of_odd_outputs() -> None:
    # constants, matrices, complex numbers
    assert float(jacobian(lambda x: torch.ones(len(x), 2), X3)[1].abs().max()) == 0.0
    _, jac = jacobian(as_batched(lambda x: torch.outer(x, x)), X3)
    eye = torch.eye(3, dtype=torch.float64)
    exact = torch.einsum("ik,nj->nijk", eye, X3) + torch.einsum("jk,ni->nijk", eye, X3)
    torch.testing.assert_close(jac, exact.flatten(1, 2))
    _, jac = jacobian(as_batched(lambda x: torch.exp(1j * x[:1])), X3)
    torch.testing.assert_close(jac[:, 0, 0], 1j * torch.exp(1j * X3[:, 0]))
    frozen = nn.Linear(3, 1).double().requires_grad_(False)
    with torch.no_grad():
        torch.testing.assert_close(jacobian(frozen, X3)[1], frozen.weight.expand(20, 1, 3))


def test_bad_arguments() -> None:
    G = groups.SO(3)

    def branching(x):
        return x if x[0] > 0 else -x

    for act in (
        lambda: as_batched(3),
        lambda: as_batched(branching)(X3),
        lambda: lie_derivative(lambda x: x, G),
        lambda: lie_derivative(lambda x: x, V(G), V(groups.O(3))),
        lambda: jacobian(lambda x: x.sum(), X3),
        lambda: jacobian(lambda x: x, X3.to(torch.complex128)),
        lambda: lie_derivative(lambda x: x, V(G))(X2),
    ):
        with pytest.raises(InputError) as caught:
            act()
        assert "expected" in str(caught.value) and "\n" not in str(caught.value)
    torch.testing.assert_close(as_batched(lambda x: torch.where(x[0] > 0, x, -x))(X3)[:, 0], X3[:, 0].abs())
    assert as_batched(branching, batched=True) is branching


def test_discrete_groups_have_no_generators() -> None:
    out = lie_derivative(lambda x: x, V(groups.C(4)), V(groups.C(4)))(X2)
    assert out.shape == (0, 20, 2)
