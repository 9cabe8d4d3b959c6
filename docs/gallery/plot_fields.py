"""Operators on fields

A network learns how a field changes from four examples. The true change commutes with shifts and rotations of the
plane. Three networks: one that does not know it, one that is encouraged to (**promote**), one that cannot do otherwise
(**enforce**).
"""

import math

import matplotlib.pyplot as plt
import torch

from symmetra import actions, discover, enforce, groups, library, nn, promote
from symmetra.lie_derivative import lie_terms

torch.manual_seed(0)
grid = actions.Grid((33, 33), low=-math.pi, high=math.pi)
plane = actions.AffineAction(groups.SE(2))
action = actions.sampled_field(plane, grid)

# %%
# **The operator**: diffusion, then a response that saturates. Fields are sums of a few bumps. Discovery looks for all
# generators of $SE(2)$ under which the operator commutes, and compares each defect with what a grid can show at all.
k = torch.fft.fftfreq(33, 1 / 33)
heat = torch.exp(-0.1 * (k[:, None] ** 2 + k**2))


def operator(u):
    return torch.tanh(2 * torch.fft.ifft2(heat.to(u.dtype) * torch.fft.fft2(u)).real)


def bumps(count):
    places, heights = 1.6 * torch.rand(count, 4, 1, 1, 2) - 0.8, 2 * torch.rand(count, 4, 1, 1) - 1
    u = (heights * torch.exp(-(grid.points.float() - places).square().sum(-1) / 0.32)).sum(1, keepdim=True)
    return u / u.abs().amax((-2, -1), keepdim=True)


u, test = bumps(4), bumps(32)
print(discover.operator(operator, bumps(24).double(), action).summary())

# %%
# **Kernels that commute.** Among the polynomials of degree four in two points $(y, x)$ of the plane there are 70; those
# that $SE(2)$ leaves alone are $1, |y-x|^2, |y-x|^4$. A smooth window makes them local.
radius = 0.8


def window(z):
    return (1 - (z[:2] - z[2:]).square().sum() / radius**2).clamp(min=0) ** 3


kernels = enforce.kernel_constraint(library.polynomial(4, 4), plane, plane, window=window)
print(kernels)

# %%
# **Three networks** of the same shape, each with a learning rate that suits it. The free ones are told where they are,
# as is common, and so have no symmetry.
position = torch.cat([grid.points.sin(), grid.points.cos()], dim=-1).movedim(-1, 0)


def network(free):
    torch.manual_seed(1)

    def layer(i, o):
        return nn.circular_convolution(i, o, 7) if free else nn.KernelOperator(kernels, grid, i, o, radius)

    where = position if free else None
    return nn.NeuralOperator((1, 8, 8, 1), layer, axes=2, activation=torch.tanh, positions=where)


def train(net, rate, promoted=False):
    target, penalty = operator(u), promote.NuclearNormPenalty(net, action, action, u) if promoted else None
    optimiser = torch.optim.Adam(net.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=120)
    for _ in range(120):
        loss = (net(u) - target).square().mean() / target.square().mean()
        loss = loss + 0.2 * penalty() if promoted else loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return net


networks = {
    "plain": train(network(free=True), 1e-2),
    "promoted": train(network(free=True), 1e-2, promoted=True),
    "enforced": train(network(free=False), 3e-2),
}

# %%
# **What they do to a field that lies elsewhere**, shifted and turned; and how far each is from commuting with the
# generators, $\|L_\xi F\|$ relative to its terms. Errors are drawn four times as strong as the field.
elsewhere = torch.rot90(test, 1, (-2, -1)).roll((5, -5), (-2, -1))
truth = operator(elsewhere)
figure, axes = plt.subplots(1, 5, figsize=(11, 2.5), width_ratios=[1, 1, 1, 1, 1.5], layout="constrained")
extent = [-math.pi, math.pi] * 2
shown = {"operator": truth[0, 0]}
bars = torch.arange(3.0)
with torch.no_grad():
    for place, (name, net) in enumerate(networks.items()):
        out = net(elsewhere)
        error = float((out - truth).norm() / truth.norm())
        changes, turned = lie_terms(net, action, action)(test)
        defects = [float((a - b).norm() / torch.stack([a, b]).norm()) for a, b in zip(changes, turned)]
        shown[f"{name}: error {100 * error:.0f} %"] = (out - truth)[0, 0]
        axes[4].bar((bars + 0.27 * (place - 1)).tolist(), defects, width=0.25, label=name, color=f"C{place}")
for ax, (title, field) in zip(axes, shown.items()):
    size = 0.8 if title == "operator" else 0.2
    ax.imshow(field.numpy().T, origin="lower", extent=extent, cmap="RdBu_r", vmin=-size, vmax=size)
    ax.set(title=title, xticks=[], yticks=[])
axes[4].set(title="relative defect of each generator", yscale="log", xticks=bars.tolist())
axes[4].set_xticklabels(["turn", "shift x", "shift y"])
axes[4].set_ylim(1e-3, 3)
axes[4].legend(fontsize=7, loc="upper center", ncols=3)
