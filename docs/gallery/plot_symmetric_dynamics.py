"""A symmetric dynamical system from noisy data

SINDy writes the rates of a system as combinations of terms and fits the coefficients. If the system has a symmetry,
most of them are not free. Here: a limit cycle, and few, noisy measurements of the rates around it.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

from symmetra import Vector, actions, enforce, groups, library

# %%
# The system is $r' = r - r^3$ with a frequency that grows with the radius, the normal form of a Hopf bifurcation. It
# commutes with the rotations of the plane.


def rates(x):
    r2 = x.square().sum(1, keepdim=True)
    turn = torch.stack([-x[:, 1], x[:, 0]], dim=1)
    return x * (1 - r2) + turn * (1 + r2)


# %%
# Of the 42 coefficients of a quintic field in the plane six are left. They stand for whole equivariant fields: no term
# of one can be dropped alone.
terms, action = library.polynomial(2, 5), Vector(groups.SO(2))
constraint = enforce.library_constraint(terms, action, actions.Pushforward(action))
model = enforce.SymmetricDynamics(constraint, method="stlsq", threshold=0.3)
print(constraint)
print(*constraint.expressions(), sep="\n")

# %%
# 60 states with rates that are wrong by 20 % of their size. The plain model has the same terms and no symmetry; it
# is thresholded term by term, as SINDy does.
generator = torch.Generator().manual_seed(3)


def measure(count, noise):
    x = 0.8 * torch.randn(count, 2, dtype=torch.float64, generator=generator)
    exact = rates(x)
    return x, exact + noise * exact.std() * torch.randn(x.shape, dtype=torch.float64, generator=generator)


nothing = Vector(groups.FiniteGroup(torch.eye(2, dtype=torch.float64)[None]))
free = enforce.library_constraint(terms, nothing, actions.Pushforward(nothing))
plain = enforce.SymmetricDynamics(free, method="stlsq", threshold=0.3)
x, measured = measure(60, 0.2)
print(*model.fit(x, measured).equations(digits=3), sep="\n")
print(*plain.fit(x, measured).equations(digits=3), sep="\n")
truth = enforce.SymmetricDynamics(constraint).fit(x, rates(x))
t = np.linspace(0, 12, 1500)
paths = [one.simulate(np.array([0.15, 0.0]), t) for one in (plain, model, truth)]

# %%
# The error of all coefficients together, over noise: medians of 30 draws, the bands from the 16th to the 84th
# percentile.
exact = truth.coef_
levels = np.geomspace(0.01, 0.5, 7)
errors = {"terms on their own": [], "equivariant functions": []}
for noise in levels:
    draws = {label: [] for label in errors}
    for _ in range(30):
        data = measure(60, noise)
        for label, one in zip(errors, (plain, model)):
            draws[label].append(float((one.fit(*data).coef_ - exact).norm() / exact.norm()))
    for label in errors:
        errors[label].append(np.percentile(draws[label], [16, 50, 84]))

# %%
# Left: fitted to these data the plain model runs off to a closed curve of another shape; that of the symmetric one has
# to be a circle, since every solution turned is a solution. Right: the symmetry is worth many more data.
figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.2), width_ratios=[1, 1.25])
left.quiver(*x.T, *measured.T, color="#b9bec6", width=0.003, scale=45, zorder=0, label="60 measured rates")
for path, colour, label in zip(paths, ("#2b6cb0", "#c4500c", "black"), (*errors, "truth")):
    left.plot(*path.T, color=colour, linewidth=1.1, linestyle=":" if label == "truth" else "-", label=label)
left.set(aspect="equal", xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), xlabel="x", ylabel="y", title="one trajectory, 20 % noise")
left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, fontsize=8)
for (label, values), colour in zip(errors.items(), ("#2b6cb0", "#c4500c")):
    low, middle, high = np.array(values).T
    right.fill_between(levels, low, high, color=colour, alpha=0.18, linewidth=0)
    right.plot(levels, middle, "o-", color=colour, markersize=4, label=label)
right.set(
    xscale="log", yscale="log", xlabel="noise of the rates, relative", ylabel="relative error of the coefficients"
)
right.set_title("60 states, 42 coefficients, 6 of them free")
right.legend()
figure.tight_layout()
