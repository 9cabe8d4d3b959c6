"""Networks that keep the shifts of a lattice

Shift a field on a periodic lattice: its mean density is what it was. A convolutional network keeps that only if nothing
in it singles out a site. A stride does, and so does the flattening before the last layer. Two networks, one of each
sort, learn two observables of a charged scalar field; then they are asked for what they have not seen.
"""

import matplotlib.pyplot as plt
import torch

from symmetra import measure
from symmetra.actions import Rolls, Trivial
from symmetra.inputs import InputError
from symmetra.lattice import simulate
from symmetra.nn import TranslationNetwork
from symmetra.training import fit

# %%
# Worms draw configurations of the integer fluxes k and l on 8 × 8 sites, at one chemical potential. Each has its own
# density n and mean squared field φ². A chain never feeds two sets.
eta, lam = 4.01, 1.0
draws = simulate((8, 8), eta, lam, mu=1.05, samples=800, seed=1)
training, testing = (part.dataset().tensors for part in draws.split(2, 2))
print([tuple(t.shape) for t in (*training, *testing)])

# %%
# EQ ends in an average over all sites, FL in a linear layer that has a weight for each place and channel.
layers = ((16, 2), (8, 1))


def network(kind):
    torch.manual_seed(0)
    return TranslationNetwork(kind, 4, 2, convolutions=layers, extents=(8, 8) if kind == "FL" else None)


def loss(net, x, y):
    return (net(x) - y).square().mean()


def cosine(optimizer):
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 600)


counts = (25, 100, 400)
errors = {"EQ": [], "FL": []}
for kind in errors:
    for count in counts:
        net = network(kind)
        x, y = (t[:count] for t in training)
        fit(net, loss, (x, y), steps=600, batch=25, lr=1e-2, schedule=cosine)
        errors[kind].append(float(loss(net, *testing).detach()))
    shifts = Rolls((8, 8))
    found = measure.audit(net, testing[0][:50], shifts, Trivial(shifts.group))
    size = sum(p.numel() for p in net.parameters())
    print(f"{kind}, {size} parameters: {'; '.join(found.layers) or 'keeps every shift'}")
    if kind == "EQ":
        best = net

# %%
# The audit above shifted the data and named the layers that do not follow. FL fits one lattice and says so.
x, y = simulate((32, 16), eta, lam, mu=1.05, samples=8, seed=2).dataset().tensors
try:
    net(x)
except InputError as error:
    print(error)

# %%
# EQ runs on eight times as many sites, and at chemical potentials that it was never shown.
points = torch.linspace(0.7, 1.2, 6).tolist()
truth, predicted = [], []
for mu in points:
    x, y = simulate((32, 16), eta, lam, mu=mu, samples=50, seed=3).dataset().tensors
    truth.append(y.mean(0).tolist())
    predicted.append(best(x).detach().mean(0).tolist())

figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), constrained_layout=True)
for kind, colour in (("EQ", "C0"), ("FL", "C1")):
    panels[0].loglog(counts, errors[kind], "o-", ms=4, color=colour, label=f"{kind} on 8 × 8")
panels[0].set_xticks(counts, [str(count) for count in counts])
panels[0].set(xlabel="training samples", ylabel="mean square error")
panels[0].minorticks_off()
panels[0].legend()
for column, (label, mark) in enumerate((("density n", "o"), ("φ²", "s"))):
    panels[1].plot(points, [row[column] for row in truth], mark, ms=5, color="0.5", label=f"{label}, worms")
    panels[1].plot(points, [row[column] for row in predicted], color=f"C{2 * column}", label=f"{label}, EQ")
panels[1].axvline(1.05, color="0.8", zorder=0)
panels[1].annotate("trained here", (1.05, 0.0), xytext=(-4, 2), textcoords="offset points", ha="right", fontsize=8)
panels[1].set(xlabel="chemical potential μ", title="32 × 16 sites")
panels[1].legend()
