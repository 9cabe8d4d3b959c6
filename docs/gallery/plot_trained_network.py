"""A trained network, audited

A network was trained on data that do not change under rotations. Did it learn the symmetry? Measuring gives one number
for a symmetry that one names; discovering asks the network what it has.
"""

import torch
from torch import nn

from symmetra import candidates, discover, measure, report
from symmetra.groups import O
from symmetra.representations import Vector

# %%
# The task: from two vectors in space, predict $\sin|a| - |b|^2/4 + a\cdot b/2$, which no rotation or reflection
# changes. One multilayer perceptron sees the six coordinates, another one the three inner products.
torch.manual_seed(0)


def target(x):
    a, b = x[:, :3], x[:, 3:]
    return (a.norm(dim=1).sin() - (b * b).sum(1) / 4 + (a * b).sum(1) / 2)[:, None]


class Products(nn.Module):
    """The inner products of two vectors: all that is left of them when rotations do not matter."""

    def forward(self, x):
        a, b = x[:, :3], x[:, 3:]
        return torch.stack([(a * a).sum(1), (a * b).sum(1), (b * b).sum(1)], dim=1)


def perceptron(inputs):
    return nn.Sequential(nn.Linear(inputs, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))


def train(model, steps=300):
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimiser.step()
        schedule.step()
    return loss.item()


x = torch.randn(2000, 6)
y = target(x)
plain = perceptron(6)
invariant = nn.Sequential(Products(), perceptron(3))
print(f"variance of the target {y.var():.2f}")
print(f"mean squared error: plain {train(plain):.4f}, invariant {train(invariant):.4f}")

# %%
# **Measure.** Both vectors turn together: the input is two copies of the defining representation of $O(3)$. The output
# is given no action, so it should not change. The audit tries generators, reflections and random elements one by one,
# and compares each error with what rounding explains.
two_vectors = 2 * Vector(O(3))
test = torch.randn(500, 6)
print(measure.audit(plain, test, two_vectors))

# %%
print(measure.audit(invariant, test, two_vectors))

# %%
# **Discover.** Nothing is named now: all 36 linear fields on $\mathbb R^6$ are candidates. The plain network has no
# symmetry at all, only directions along which it changes less than along others, with no gap in the spectrum.
print(discover.function(plain, test, candidates=candidates.linear(6)).summary())

# %%
# The other one has exactly the simultaneous rotations of both vectors.
found = discover.function(invariant, test, candidates=candidates.linear(6))
print(found.summary())
report.figure(found)

# %%
# **Where is it lost?** Plant a typical mistake, a slice that forgets a coordinate, and ask layer by layer.


class Wrong(Products):
    def forward(self, x):
        products = super().forward(x)
        return torch.cat([products[:, :2], (x[:, 3:5] ** 2).sum(1, keepdim=True)], dim=1)


broken = nn.Sequential(Wrong(), invariant[1])
layers = measure.layerwise(broken, test, two_vectors, actions={"0": None, "1": None})
print("first broken layer:", layers.first_broken)
print(discover.function(broken, test, candidates=candidates.linear(6)).summary())
