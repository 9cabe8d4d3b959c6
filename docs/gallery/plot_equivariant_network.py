"""A network that turns with its data

Five masses at five places have a moment of inertia. Turn the places and the matrix turns with them: no network has to
learn that, it can be built in. An equivariant perceptron beside a plain one, with the same data and the same training.
"""

import matplotlib.pyplot as plt
import torch

from symmetra import measure, nn
from symmetra.groups import O
from symmetra.representations import Scalar, Vector

# %%
# The task, from the paper on EMLP (arXiv 2104.09459): $I = \sum_i m_i (|x_i|^2\, 1 - x_i x_i^\top)$. The input is five
# scalars and five vectors of $O(3)$, the output a matrix, that is $V\otimes V$.
one, V = Scalar(O(3)), Vector(O(3))
V_in, V_out = 5 * one + 5 * V, V**2


def inertia(x):
    m, q = x[:, :5], x[:, 5:].reshape(-1, 5, 3)
    square = (q * q).sum(-1)[..., None, None] * torch.eye(3)
    return (m[..., None, None] * (square - q[..., :, None] * q[..., None, :])).sum(1).flatten(1)


def draw(count):
    return torch.cat([torch.rand(count, 5), torch.randn(count, 15)], dim=1)


torch.manual_seed(0)
test = draw(1000)
scale = inertia(test).std()

# %%
# An `EMLP` has linear, bilinear and gated layers; its hidden representation is a size that it shares among scalars,
# vectors and tensors. Each linear layer has as many parameters as there are equivariant maps, and no more.


def equivariant():
    return nn.EMLP(V_in, V_out, hidden=50, layers=2)


def plain():
    layers = [torch.nn.Linear(20, 128), torch.nn.SiLU(), torch.nn.Linear(128, 128), torch.nn.SiLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(128, 9))


print(equivariant().hidden)
print({make.__name__: sum(p.numel() for p in make().parameters()) for make in (plain, equivariant)})


def error(model, x):
    return float(((model(x) - inertia(x)) / scale).square().mean().detach().sqrt())


def train(model, x, steps=250):
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    y = inertia(x)
    for _ in range(steps):
        optimiser.zero_grad()
        ((model(x) - y) / scale).square().mean().backward()
        optimiser.step()
        schedule.step()
    return model


# %%
# **Fewer data.** The error on unseen data, relative to the spread of the target.
sizes, errors, nets = [30, 100, 300], {}, {}
figure, axes = plt.subplots(figsize=(5, 3.2))
for make, colour in ((plain, "#68707b"), (equivariant, "#3f51b5")):
    trained = [train(make(), draw(n)) for n in sizes]
    name, nets[make] = make.__name__, trained[-1]
    errors[name] = [error(net, test) for net in trained]
    axes.loglog(sizes, errors[name], "o-", color=colour)
    axes.annotate(name, (sizes[-1], errors[name][-1]), (-6, -3), textcoords="offset points", ha="right", va="top")
axes.set(xlabel="training samples", ylabel="relative error on unseen data", ylim=(0.08, 1.0))
axes.set_xticks(sizes, sizes)
axes.set_yticks([0.1, 0.2, 0.5, 1.0], [0.1, 0.2, 0.5, 1.0])
axes.minorticks_off()
print({name: [round(value, 2) for value in found] for name, found in errors.items()})

# %%
# **Measured, not believed.** The audit moves the input by generators, reflections and random elements, and compares
# each error with what rounding explains. Equivariance holds before training and after it, on data and far from them.
print(measure.audit(nets[equivariant], test[:200], V_in, V_out))

# %%
# The plain network has learned the symmetry only as well as it has learned the task.
print(measure.audit(nets[plain], test[:200], V_in, V_out))
