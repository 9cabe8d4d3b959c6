"""Circuits and molecules

Labels first: forces that do not belong to their energies are found before anything is trained on them. Then symmetry:
what a circuit is called is one thing, what happens when the molecule is turned is another.
"""

import math

import matplotlib.pyplot as plt
import torch

from symmetra import measure, molecules

# %%
# **Labels** from PySCF: lithium hydride along a line, energies in hartree, forces in hartree/ångström. The check fits a
# potential to the forces and compares it with the energies; it takes no derivative.
lithium = molecules.label(molecules.geometries("published", "LiH", 30), "LiH")
print(molecules.check_labels(lithium.positions, lithium.energies, lithium.forces))

# %%
# Those of [arXiv 2512.05475](https://arxiv.org/abs/2512.05475) have forces in eV/ångström beside energies in hartree.
energies, forces = molecules.published_labels(lithium, scaled=False)
found = molecules.check_labels(lithium.positions, energies, forces)
print(f"slope {found.slope:.2f}: {found.diagnosis}")

# %%
# **Symmetry** of models with random weights on ammonia whose bonds and angles are all different, turned at random, its
# hydrogens in any order: relative errors of the forces. The published "rotational" circuit does not turn with the
# molecule, and the published "permutational" one sees which hydrogen is which.
x = molecules.geometries("general", "NH3", 20, seed=1)
names = ("plain", "rotation", "rotation-permutation", "graph", "joint", "joint-o3", "replica-euler", "replica-graph")
for name in names:
    model = molecules.Forces(molecules.model(name, "NH3", seed=1))
    errors = []
    for group in ("SO(3)", "O(3)", "S"):
        action = molecules.symmetry("NH3", group)
        errors.append(f"{group} {float(measure.equivariance_error(model, x, action, action)):.0e}")
    print(f"{name:22}", "   ".join(errors))

# %%
# **One molecule turned** about an axis: the energy should not change.
angles = torch.linspace(0, 2 * math.pi, 121, dtype=torch.float64)
axis = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], dtype=torch.float64) / math.sqrt(3)
turned = x[:1] @ torch.matrix_exp(angles[:, None, None] * axis).mT
figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for name, line in (("plain", "-"), ("replica-euler", "--"), ("rotation", "-"), ("joint", ":")):
    model = molecules.model(name, "NH3", seed=1)
    with torch.no_grad():
        energies = model.signal(turned)
    axes.plot(angles.rad2deg(), energies - energies[0], line, label=name)
axes.set_xticks(range(0, 361, 60))
axes.set_xlabel("angle in degrees")
axes.set_ylabel("change of the signal")
axes.set_ylim(top=1.1)
axes.legend(ncols=4, loc="upper center")
