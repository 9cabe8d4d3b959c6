"""Points on a surface

Points alone, no function and no labels: which motions of space carry the surface into itself? A field is a symmetry
when it is tangent to the surface everywhere on it.
"""

import matplotlib.pyplot as plt
import torch

from symmetra import candidates, discover, report

# %%
# Two thousand points on each of three surfaces: a hyperboloid of one sheet, a torus, and a vase that is no algebraic
# surface of low degree. Each is tilted by the same random rotation, so that no axis is special.
torch.manual_seed(0)
angle = 2 * torch.pi * torch.rand(2000, dtype=torch.float64)
height = 2 * torch.rand(2000, dtype=torch.float64) - 1
profiles = {
    "hyperboloid": ((1 + height**2).sqrt(), height),
    "torus": (1.4 + 0.5 * torch.cos(torch.pi * height), 0.5 * torch.sin(torch.pi * height)),
    "vase": (1 + 0.3 * torch.sin(3 * height), height),
}
turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64)).Q
surfaces = {
    name: torch.stack([radius * angle.cos(), radius * angle.sin(), z], dim=1) @ turn.T
    for name, (radius, z) in profiles.items()
}
figure = plt.figure(figsize=(9, 3.2))
for i, (name, points) in enumerate(surfaces.items()):
    axes = figure.add_subplot(1, 3, i + 1, projection="3d")
    axes.scatter(*points.T, s=2, c=points @ turn[:, 2], cmap="viridis")
    axes.set(aspect="equal", title=name)
    axes.set_box_aspect(axes.get_box_aspect(), zoom=1.6)
    axes.set_axis_off()

# %%
# Where the points lie on an algebraic surface, their normals are known exactly, and so is the answer. For the others
# normals are estimated from neighbours; the tolerance is then what such normals can resolve, and the coverage says so.
found = {name: discover.manifold(points, candidates=candidates.affine(3)) for name, points in surfaces.items()}
for name, result in found.items():
    print(f"{name}: {result.name}, gap {result.gap:.0e}, tolerance {result.tolerance:.0e}")
    print(f"    {result.coverage.message}")

# %%
# The hyperboloid keeps the rotation about its axis and, less visibly, two "boosts": its algebra is that of the Lorentz
# group in three dimensions. The torus keeps the rotation alone.
report.figure(found["hyperboloid"])

# %%
# The axis of the discovered rotation of the torus is the vector that its matrix sends to zero.
matrix = found["torus"].matrices[0, :, :3]
axis = torch.linalg.svd(matrix).Vh[-1]
print(f"angle between the axis found and the true one: {torch.linalg.cross(axis, turn[:, 2]).norm().asin():.1e} rad")

# %%
# The vase, from estimated normals: the same axis, to the accuracy that two thousand points allow.
matrix = found["vase"].matrices[0, :, :3]
axis = torch.linalg.svd(matrix).Vh[-1]
print(f"angle between the axis found and the true one: {torch.linalg.cross(axis, turn[:, 2]).norm().asin():.1e} rad")
report.figure(found["vase"])
