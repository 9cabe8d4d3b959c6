"""Points on a surface

Points alone, no function and no labels: which motions of space carry the surface into itself? A field is a symmetry when
it is tangent to the surface everywhere on it.
"""

import matplotlib.pyplot as plt
import torch

from symmetra import candidates, discover, report

# %%
# Three thousand points on a cylinder of radius one about an axis that is not a coordinate axis.
torch.manual_seed(0)
angle, height = 2 * torch.pi * torch.rand(3000), 2 * torch.rand(3000) - 1
cylinder = torch.stack([angle.cos(), angle.sin(), height], dim=1).to(torch.float64)
turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64)).Q
points = cylinder @ turn.T

figure = plt.figure(figsize=(4, 4))
axes = figure.add_subplot(projection="3d")
axes.scatter(*points[::4].T, s=2, color="#0b62a4")
axes.set_box_aspect((1, 1, 1));

# %%
# Normals are estimated from neighbours, so "tangent" holds up to the curvature that a neighbourhood sees.
found = discover.manifold(points, candidates=candidates.affine(3))
print(found.summary())
report.figure(found)
