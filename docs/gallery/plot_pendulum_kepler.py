"""Pendulum and Kepler

Two dynamical systems, given as code. A **symmetry** is a field that commutes with the flow; a **conserved quantity** is
a function that the flow leaves alone. They are dual problems: the same operator, solved once for the field and once for
the function.
"""

import matplotlib.pyplot as plt
import torch

from symmetra import candidates, discover, library, report

torch.manual_seed(0)

# %%
# **Kepler in the plane**, with state $(x, y, v_x, v_y)$ and $GM = 1$.


def kepler(s):
    r = (s[:2] ** 2).sum().sqrt()
    return torch.cat([s[2:], -s[:2] / r**3])


states = torch.randn(2000, 4, dtype=torch.float64)
states = states[states[:, :2].norm(dim=1) > 0.5]

# %%
# Affine fields that commute with the flow: rotation of position and velocity together.
found = discover.dynamics(kepler, states, candidates=candidates.affine(4))
print(found.summary())

# %%
# Allow time to be rescaled as well, $DF\,\xi - D\xi\,F = \tau F$, and Kepler's third law appears: lengths grow by
# $e^{2t/3}$ and velocities by $e^{-t/3}$, so times grow by $e^{t}$, the power 3/2 of the lengths.
scaled = discover.dynamics(kepler, states, candidates=candidates.affine(4), time_scaling=True)
for expression, tau in zip(scaled.expressions(), scaled.outputs[:, 0].tolist()):
    print(f"{expression}    τ = {tau:+.4f}")

# %%
# Conserved quantities: all polynomials of degree at most two in the state, and $1/r$. The constant is found too, of
# course; it is counted as trivial.
terms = library.polynomial(4, 2) + library.named("1/r", lambda s: 1 / (s[:2] ** 2).sum().sqrt())
conserved = discover.conserved(states, kepler, terms)
print(conserved.summary())
report.figure(conserved)

# %%
# **The pendulum**, $θ'' = -\sin\theta$, with $\cos\theta$ among the terms.


def pendulum(s):
    return torch.stack([s[1], -torch.sin(s[0])])


states = 2 * torch.randn(1000, 2, dtype=torch.float64)
terms = library.polynomial(2, 2) + library.named("cos θ", lambda s: torch.cos(s[0]))
energy = discover.conserved(states, pendulum, terms)
print(energy.summary())

# %%
# The quantity as a function: its level sets are the orbits.
q, p = torch.meshgrid(torch.linspace(-7, 7, 300), torch.linspace(-3, 3, 200), indexing="xy")
grid = torch.stack([q, p], -1).reshape(-1, 2).to(torch.float64)
level = (terms.values(grid) @ energy.coefficients[0]).reshape(q.shape)
figure, axes = plt.subplots(figsize=(7, 3.2))
axes.contour(q, p, level, levels=24, cmap="viridis")
axes.set(xlabel="θ", ylabel="dθ/dt", title="level sets of the discovered quantity")

# %%
# Which affine fields commute with the pendulum's flow? None: an empty answer is an answer.
print(discover.dynamics(pendulum, states, candidates=candidates.affine(2)).summary())
