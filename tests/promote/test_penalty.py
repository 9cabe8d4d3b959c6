"""The training penalty against dense Jacobians and singular values, which know nothing of its construction."""

import math
import subprocess
import sys

import pytest
import torch
from torch import nn

import symmetra
from symmetra import promote
from symmetra.actions import AffineAction, Pushforward
from symmetra.functions import library
from symmetra.groups import SE, SO, Translation
from symmetra.inputs import InputError

G = SO(3)
V, SCALAR = symmetra.Vector(G), symmetra.Scalar(G)


def points(n, m, seed=0):
    return torch.randn(n, m, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def net(n, m, seed=0, hidden=9):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(n, hidden), nn.Tanh(), nn.Linear(hidden, m)).double()


class Norm(nn.Module):
    """x ↦ a |x|² x, or a |x|² for a scalar."""

    def __init__(self, scalar=False):
        super().__init__()
        self.a, self.scalar = nn.Parameter(torch.tensor(1.5, dtype=torch.float64)), scalar

    def forward(self, x):
        square = self.a * x.square().sum(-1, keepdim=True)
        return square if self.scalar else square * x


CASES = {
    "vector": (3, 3, V, V),
    "invariant": (3, 1, V, None),
    "tensor": (3, 9, V, V * V),
    "two vectors": (6, 4, 2 * V, V + SCALAR),
    "moved points": (3, 3, AffineAction(SE(3)), AffineAction(SE(3))),
    "translations": (4, 2, AffineAction(Translation(4)), None),
    "dynamics": (2, 2, AffineAction(SE(2)), Pushforward(AffineAction(SE(2)))),
}


@torch.no_grad()
def dense(f, x, action_in, action_out, inner=None):
    """(columns L_j ``[q, N m]``, D) in generators that are orthonormal over the points, from Jacobians."""
    generators = action_in.group.generators
    jacobians = torch.stack([torch.func.jacrev(lambda s: f(s[None])[0])(row) for row in x])
    velocities = torch.stack([action_in.generate(xi, x) for xi in generators])
    form = torch.einsum("ikn,jkn->ij", velocities, velocities) / len(x) if inner is None else inner
    mixing = torch.linalg.inv(torch.linalg.cholesky(form))  # another orthonormal basis: the norm is the same
    velocities = torch.einsum("aj,jkn->akn", mixing, velocities)
    changes = torch.einsum("kmn,akn->akm", jacobians, velocities)
    y = f(x)
    turned = torch.zeros_like(changes)
    if action_out is not None:
        fibre = symmetra.actions.as_fibre_action(action_out, action_in)
        turned = torch.einsum("aj,jkm->akm", mixing, torch.stack([fibre.generate(xi, x, y) for xi in generators]))
    onward = x.roll(1, 0) - x
    onward = onward * velocities.square().sum().div(len(mixing)).sqrt() / onward.norm()
    size = torch.einsum("kmn,kn->km", jacobians, onward).square().sum() + turned.square().sum() / len(mixing)
    return (changes - turned).flatten(1), size.sqrt()


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name):
    """The sum of exact singular values, and finite differences of it at fixed D."""
    n, m, action_in, action_out = CASES[name]
    model, x = net(n, m), points(11, n)
    penalty = promote.NuclearNormPenalty(model, action_in, action_out, x, smooth=1e-9)
    columns, size = dense(model, x, action_in, action_out)
    exact = torch.linalg.svdvals(columns) / size
    assert torch.allclose(penalty.spectrum(), exact.flip(0), rtol=1e-9)
    assert math.isclose(penalty().item(), float(exact.sum()), rel_tol=1e-6)
    penalty().backward()
    weight, step = model[0].weight, 1e-5
    change = torch.randn(weight.shape, dtype=weight.dtype, generator=torch.Generator().manual_seed(5))
    slope = float((weight.grad * change).sum())
    with torch.no_grad():
        values = []
        for sign in (1, -1):
            weight += sign * step * change
            values.append(torch.linalg.svdvals(dense(model, x, action_in, action_out)[0]).sum() / size)
            weight -= sign * step * change
    assert math.isclose(slope, float(values[0] - values[1]) / (2 * step), rel_tol=1e-6, abs_tol=1e-8)


def test_equivariant_models_score_zero_with_a_finite_gradient():
    for model, action_out in ((Norm(), V), (Norm(scalar=True), None)):
        penalty = promote.NuclearNormPenalty(model, V, action_out, points(20, 3))
        value = penalty()
        value.backward()
        assert value.item() < 1e-9 and abs(float(model.a.grad)) < 1e-9
        found = penalty.algebra(1e-6)
        assert found.dimension == 3 and found.group().algebra.name == "so(3)" and found.closure_defect < 1e-12


def test_constant_model():
    """0/0: no change along anything."""
    model = net(3, 2)
    with torch.no_grad():
        model[0].weight.zero_()
    penalty = promote.NuclearNormPenalty(model, V, None, points(10, 3))
    penalty().backward()
    assert penalty().item() == 0.0 and all(
        torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None
    )


def test_units_do_not_matter():
    """Of inputs, outputs, generators, and the number of samples."""
    x = points(40, 3)
    model = net(3, 3)
    value = promote.NuclearNormPenalty(model, V, V, x)().item()
    small = nn.Sequential(nn.Linear(3, 3, bias=False), model, nn.Linear(3, 3, bias=False)).double()
    with torch.no_grad():
        small[0].weight.copy_(1e3 * torch.eye(3))
        small[2].weight.copy_(1e-4 * torch.eye(3))
    assert math.isclose(promote.NuclearNormPenalty(small, V, V, x / 1e3)().item(), value, rel_tol=1e-9)
    mixed = symmetra.groups.LieGroup(torch.einsum("ij,jab->iab", points(3, 3, 8), G.generators))
    U = symmetra.Vector(mixed)
    assert math.isclose(promote.NuclearNormPenalty(model, U, U, x)().item(), value, rel_tol=1e-9)
    assert math.isclose(promote.NuclearNormPenalty(model, V, V, x.repeat_interleave(3, 0))().item(), value, rel_tol=0.2)
    assert 1.0 < value < 6.0  # about one for each generator


def test_metric():
    x, model = points(9, 3), net(3, 3)
    given = promote.NuclearNormPenalty(model, V, V, x, metric="generators")
    columns, size = dense(model, x, V, V, torch.eye(3).double())
    assert torch.allclose(given.spectrum(), torch.linalg.svdvals(columns).flip(0) / size, rtol=1e-9)
    form = torch.diag(torch.tensor([1.0, 4.0, 9.0], dtype=torch.float64))
    columns, size = dense(model, x, V, V, form)
    own = promote.NuclearNormPenalty(model, V, V, x, metric=form)
    assert torch.allclose(own.spectrum(), torch.linalg.svdvals(columns).flip(0) / size, rtol=1e-9)
    flat = x * torch.tensor([0.0, 0.0, 1.0]).double()  # on the axis: one rotation moves nothing
    assert len(promote.NuclearNormPenalty(model, V, V, flat).spectrum()) == 2


def test_layers_are_stacked():
    """The Gram matrices of the layers are averaged: one ξ for all; linear layers exactly from their weights."""
    model, hidden = net(3, 3), 2 * V + 3 * SCALAR
    x, h = points(30, 3), points(30, 9, 1)
    both = promote.NuclearNormPenalty(model, layers={"0": (V, hidden, x), "2": (hidden, V, h)}, smooth=1e-9)
    form = torch.stack([V.generate(a, x) for a in G.generators]).flatten(1)
    form = form @ form.mT / len(x)
    parts = [dense(model[0], x, V, hidden, form), dense(model[2], h, hidden, V, form)]
    stacked = torch.cat([columns / size for columns, size in parts], dim=1) / 2**0.5
    assert math.isclose(both().item(), float(torch.linalg.svdvals(stacked).sum()), rel_tol=1e-6)
    linear = nn.Linear(3, 3).double()
    exact = promote.NuclearNormPenalty(linear, V, V, None, metric="generators")
    rows = [a.double() for a in G.generators]
    with torch.no_grad():
        w, b = linear.weight, linear.bias
        columns = torch.stack([torch.cat([(w @ a - a @ w).flatten(), -a @ b]) for a in rows])
    ratio = exact.spectrum() / torch.linalg.svdvals(columns).flip(0)
    assert torch.allclose(ratio, ratio[:1].expand(3), rtol=1e-9)


def test_batches_and_points_of_ones_own():
    model, x = net(3, 9), points(50, 3)
    penalty = promote.NuclearNormPenalty(model, V, V * V, x)
    assert torch.equal(penalty(x), penalty()) and torch.equal(penalty(penalty.at(x)), penalty())
    first, second = penalty.batches(10, seed=1), penalty.batches(10, seed=1)
    values = [penalty(next(first)).item() for _ in range(4)]
    assert values == [penalty(next(second)).item() for _ in range(4)] and len(set(values)) == 4
    dynamics = promote.NuclearNormPenalty(net(2, 2), *CASES["dynamics"][2:], points(50, 2))
    assert abs(dynamics(next(dynamics.batches(40))).item() / dynamics().item() - 1) < 0.3


def test_float32_and_models_of_complex_values():
    x = points(16, 3).float()
    model = net(3, 3).float()
    single = promote.NuclearNormPenalty(model, V, V, x)
    double = promote.NuclearNormPenalty(net(3, 3), V, V, x.double())
    assert single().dtype == torch.float32 and math.isclose(single().item(), double().item(), rel_tol=1e-5)
    assert promote.NuclearNormPenalty(Norm().float(), V, V, x)().item() < 1e-5

    def phase(s):
        return torch.polar(s.norm(), s[0])

    assert promote.NuclearNormPenalty(phase, V, None, x)().item() > 0.1


def test_ensembles():
    """One vmapped call is the calls of the members, and so are its gradients."""
    models, x = [net(3, 3, seed) for seed in range(3)], points(12, 3)
    stacked, _ = torch.func.stack_module_state(models)
    for arguments in ({"points": x}, {"layers": {"0": (V, 3 * V, x), "2": (3 * V, V, points(12, 9))}}):
        given = {"action_in": V, "action_out": V} if "points" in arguments else {}
        penalty = promote.NuclearNormPenalty(models[0], **given, **arguments)
        values = torch.func.vmap(lambda p, penalty=penalty: penalty(parameters=p))(stacked)
        single = [promote.NuclearNormPenalty(model, **given, **arguments)() for model in models]
        assert torch.allclose(values, torch.stack(single))
        slopes = torch.func.vmap(torch.func.grad(lambda p, penalty=penalty: penalty(parameters=p)))(stacked)
        single[1].backward()
        assert torch.allclose(slopes["0.weight"][1], models[1][0].weight.grad)
        models[1].zero_grad()


COMPILED = """
import torch, symmetra
from symmetra import promote
from symmetra.actions import AffineAction, Pushforward
from symmetra.functions import library
from symmetra.groups import SE, SO
V, A = symmetra.Vector(SO(3)), AffineAction(SE(2))
for n, action_in, action_out in ((3, V, V), (2, A, Pushforward(A))):
    model = torch.nn.Sequential(torch.nn.Linear(n, 5), torch.nn.Tanh(), torch.nn.Linear(5, n))
    penalty = promote.NuclearNormPenalty(model, action_in, action_out, torch.randn(8, n))
    value = torch.compile(lambda: penalty(), fullgraph=True, backend="aot_eager")()
    compiled = torch.autograd.grad(value, model[0].weight)[0]
    slope = torch.autograd.grad(penalty(), model[0].weight)[0]
    assert torch.allclose(value, penalty()) and torch.allclose(slope, compiled, atol=1e-6)
"""


def test_compiles_in_one_graph():
    """In a process of its own, since the checks of annotations in tests cannot be traced."""
    subprocess.run([sys.executable, "-c", COMPILED], check=True, timeout=300)


class Polynomial(nn.Module):
    """All monomials of degree up to 3."""

    def __init__(self):
        super().__init__()
        self.terms = library.polynomial(3, 3)
        self.weights = nn.Linear(self.terms.size, 1, bias=False).double()

    def forward(self, x):
        return self.weights(self.terms.values(x))


def test_training_finds_the_symmetry_of_the_data():
    """Fewer samples of r² + z than coefficients: so(3) is offered, so(2) about z is kept, and the test error falls."""

    def truth(s):
        return (s[:, :2].square().sum(1) + s[:, 2])[:, None]

    x, far = points(14, 3), points(400, 3, 9)
    errors = {}
    for weight in (0.0, 1e-3):
        torch.manual_seed(0)
        model = Polynomial()
        penalty = promote.NuclearNormPenalty(model, V, None, points(100, 3, 3), scale=4.0)
        optimiser = torch.optim.LBFGS(
            model.parameters(), max_iter=400, max_eval=2000, history_size=30, line_search_fn="strong_wolfe"
        )

        def closure(model=model, weight=weight, penalty=penalty, optimiser=optimiser):
            optimiser.zero_grad()
            loss = (model(x) - truth(x)).square().mean() + weight * penalty()
            loss.backward()
            return loss

        optimiser.step(closure)
        errors[weight] = (model(far) - truth(far)).square().mean().item()
        found = penalty.algebra(0.2)
    assert errors[1e-3] < 0.2 * errors[0.0]
    assert found.dimension == 1 and found.group().dimension == 1
    about_z = G.generators[[float(a[2].abs().sum()) == 0 for a in G.generators]]
    assert found.angle(about_z) < 0.05 and "1 of 3 generators kept" in found.summary()
    assert found.angle(G.generators) == math.pi / 2 and found.gap > 3


def test_hand_over_to_enforcement():
    """What was found is a group with representations of its own."""
    model = nn.Linear(3, 3).double()
    with torch.no_grad():
        model.weight.copy_(torch.diag(torch.tensor([2.0, 2.0, 1.0])))
        model.bias.copy_(torch.tensor([0.0, 0.0, 1.0]))
    found = promote.NuclearNormPenalty(model, V, V, None).algebra(1e-6)
    W = symmetra.Vector(found.group())
    assert found.dimension == 1 and symmetra.enforce.linear_basis(W, W).rank == 5 - 2
    tensor = found.restrict(V * V)
    assert tensor.dimension == 9 and symmetra.enforce.linear_basis(tensor, W).rank == 7
    assert found.broken.shape == (2, 3, 3)


BAD = [
    ("points", {"points": torch.zeros(3)}),
    ("points", {"points": torch.zeros(1, 3)}),
    ("points", {"points": None}),
    ("action_in", {"action_in": 3}),
    ("action_in", {"action_in": symmetra.Vector(symmetra.groups.C(3)), "action_out": None}),
    ("action_out", {"action_out": symmetra.Vector(SO(2))}),
    ("metric", {"metric": torch.zeros(2, 2)}),
    ("metric", {"metric": -torch.eye(3)}),
    ("smooth", {"smooth": 0.0}),
    ("scale", {"scale": -1.0}),
    ("layers", {"layers": {"7": (V, V, None)}}),
    ("layers", {"layers": {"0": V}}),
    ("layers", {"layers": {}}),
    ("model", {"model": lambda s: s, "layers": {"0": (V, V, None)}}),
    ("model", {"model": nn.Flatten(0)}),
]


@pytest.mark.parametrize(("argument", "change"), BAD)
def test_bad_input(argument, change):
    given = {"model": net(3, 3), "action_in": V, "action_out": V, "points": points(5, 3)} | change
    with pytest.raises(InputError) as caught:
        promote.NuclearNormPenalty(**given)
    assert str(caught.value).startswith(f"{argument}: got ") and "\n" not in str(caught.value)
