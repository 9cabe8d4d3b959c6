"""A trained network, audited

A network was trained on data that do not change under rotations. Did it learn the symmetry? Measuring gives one number
for a symmetry that one names; discovering asks the network what it has.
"""

import torch
from torch import nn

from symmetra import candidates, discover, measure, report
from symmetra.groups import SO, O
from symmetra.representations import Vector

# %%
# The task: from two vectors in space, predict $\sin|a| - |b|^2/4 + a\cdot b/2$, which no rotation or reflection changes.
# An ordinary multilayer perceptron is trained on 2,000 samples.
torch.manual_seed(0)


def target(x):
    a, b = x[:, :3], x[:, 3:]
    return (a.norm(dim=1).sin() - (b * b).sum(1) / 4 + (a * b).sum(1) / 2)[:, None]


x = torch.randn(2000, 6)
y = target(x)
plain = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))


class Invariant(nn.Module):
    """The same kind of network, fed with the three inner products instead."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))

    def forward(self, x):
        a, b = x[:, :3], x[:, 3:]
        return self.net(torch.stack([(a * a).sum(1), (a * b).sum(1), (b * b).sum(1)], dim=1))


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


invariant = Invariant()
print(f"variance of the target {y.var():.2f}")
print(f"mean squared error: plain {train(plain):.4f}, invariant {train(invariant):.4f}")
