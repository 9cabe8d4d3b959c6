"""Signs of eigenvectors

An eigenvector is known up to its sign. Networks that see no signs cannot tell mirror images apart; networks that
commute with signs can, and make models of point clouds that commute with every rotation, in one call.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

from symmetra.spectral import (
    OrthogonalModel,
    SignEquivariantGate,
    SignEquivariantNetwork,
    SignInvariantNet,
    eigenpairs,
)

# %%
# A comb: six nodes in a row, and two teeth. It is its own mirror image, so that every eigenvector is even or odd under
# the mirror; no eigenvalue is multiple.
edges = torch.tensor([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (1, 6), (4, 7), (6, 8), (7, 9)])
places = torch.tensor([(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (1, -1), (4, -1), (1, -2), (4, -2)])
graph = torch.zeros(10, 10, dtype=torch.float64)
graph[edges[:, 0], edges[:, 1]] = graph[edges[:, 1], edges[:, 0]] = 1
found = eigenpairs(graph, 4)
print(found.multiplicities, [round(gap, 2) for gap in found.gaps.tolist()])

# %%
# How alike is each node to the leftmost, by the inner product of its embedding with that node's? Two networks, neither
# trained. The one that sees no signs gives both ends the same embedding, whatever its weights.
torch.manual_seed(0)
networks = {
    "sign invariant": SignInvariantNet(4, 16).double(),
    "sign equivariant": SignEquivariantNetwork(4).double(),
}
figure, panels = plt.subplots(1, 2, figsize=(8, 2.6))
for axes, (name, net) in zip(panels, networks.items()):
    z = net(found.vectors, graph).detach()
    alike = z @ z[0] / (z.norm(dim=1) * z[0].norm())
    print(f"{name}: left end with itself {alike[0]:.3f}, right end {alike[5]:.3f}")
    for a, b in edges.tolist():
        axes.plot(*places[[a, b]].T, color="#b9c0c8", zorder=1)
    dots = axes.scatter(*places.T, c=alike, cmap="RdBu_r", vmin=-1, vmax=1, s=220, edgecolor="#68707b", zorder=2)
    axes.set(title=name, aspect="equal", xlim=(-0.5, 5.5), ylim=(-2.5, 0.5))
    axes.set_axis_off()
bar = figure.colorbar(dots, ax=panels, shrink=0.8)
bar.set_label("cosine with the left end")

# %%
# The equivariant network commutes with flips of signs to the last bit.
signs = torch.tensor([1.0, -1.0, -1.0, 1.0], dtype=torch.float64)
net = networks["sign equivariant"]
print(torch.equal(net(found.vectors * signs, graph), net(found.vectors, graph) * signs))


# %%
# What can be learnt? The target is y_i = x_i x_(i+1)², on normal x in four dimensions: equivariant, and it mixes
# columns. A function that is odd in each number by itself misses two thirds of it, one that sees no signs all of it.
class Separable(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))

    def forward(self, x):
        return (self.one(x[..., None]) - self.one(-x[..., None]))[..., 0]


class Even(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 64), nn.SiLU(), nn.Linear(64, 4))

    def forward(self, x):
        return self.net(x.abs())


def curve(net, steps=400):
    optimiser, errors = torch.optim.Adam(net.parameters(), 1e-2), []
    for _ in range(steps):
        x = torch.randn(512, 4)
        y = x * x.roll(-1, 1) ** 2
        loss = (net(x) - y).square().mean() / 3  # E y² = 3
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append(loss.item())
    return torch.tensor(errors)


figure, axes = plt.subplots(figsize=(6, 3))
for name, net, colour in (
    ("sign invariant", Even(), "#8a6fb3"),
    ("odd, each by itself", Separable(), "#d1843c"),
    ("sign-equivariant gate", SignEquivariantGate(4), "#2b6cb0"),
):
    errors = curve(net)
    axes.plot(errors.unfold(0, 20, 1).mean(1), color=colour, label=name)
    print(f"{name}: {errors[-50:].mean():.3f}")
for floor in (1, 2 / 3):
    axes.axhline(floor, color="#68707b", linewidth=0.8, linestyle=":")
axes.set(yscale="log", xlabel="step", ylabel="error / mean square")
axes.legend()

# %%
# Principal axes are eigenvectors, too. With them the same kind of network commutes with every rotation and reflection
# of a point cloud, in one call for any dimension; averaging over frames takes 2^d.
for d in (3, 9):
    f = OrthogonalModel(SignEquivariantNetwork(d, scaled=False).double())
    X = torch.randn(12, d, dtype=torch.float64)
    Q = torch.linalg.qr(torch.randn(d, d, dtype=torch.float64)).Q
    error = (f(X @ Q) - f(X) @ Q).abs().max().item()
    print(f"d = {d}: one call instead of {2**d}, error {error:.0e}")
