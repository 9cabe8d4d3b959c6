"""The Silver Blaze: a density that does not notice the chemical potential

At zero temperature nothing happens until the chemical potential reaches the mass of the lightest charged state: the
density stays at zero although every single weight depends on μ. On a lattice that is long in time the transition shows
as steps, one for each unit of charge. Two sites in space can be summed exactly, which is what the sampler is held to.
"""

import matplotlib.pyplot as plt
import numpy as np

from symmetra.lattice import exact, simulate

# %%
# The curve from the transfer matrix, and worms at eight values of μ; the errors come from the Γ-method, which knows
# how long the chains remember.
box, eta, lam = (50, 2), 4.01, 1.0
curve = np.linspace(0.8, 1.15, 71)
known = [exact.transfer_matrix(box, eta, lam, float(mu), states=5, angular=4) for mu in curve]
points = np.linspace(0.8, 1.15, 8)
runs = [simulate(box, eta, lam, float(mu), samples=400, seed=1) for mu in points]
found = {name: [run.estimate(name) for run in runs] for name in ("n", "phi2")}

figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), constrained_layout=True)
for panel, (name, label) in zip(panels, (("n", "density n"), ("phi2", "⟨|φ|²⟩"))):
    panel.plot(curve, [one[name] for one in known], color="0.6", label="transfer matrix")
    values, errors = np.array([(e.value, e.error) for e in found[name]]).T
    panel.errorbar(points, values, errors, fmt="o", ms=4, capsize=2, color="C0", label="worms")
    panel.set(xlabel="chemical potential μ", ylabel=label)
panels[0].legend(frameon=False)
figure.suptitle("50 × 2 sites, η = 4.01, λ = 1")

# %%
# Are the error bars what they say? In units of them, the distances from the exact curve should be about one.
for name in found:
    exactly = [exact.transfer_matrix(box, eta, lam, float(mu), states=5, angular=4)[name] for mu in points]
    pulls = [(e.value - value) / e.error for e, value in zip(found[name], exactly) if e.error > 0]
    print(f"{name}: root mean square distance {np.sqrt(np.mean(np.square(pulls))):.2f} standard deviations")
