"""An invariant polynomial and its algebra

A polynomial of degree six in four variables. Which affine fields leave it unchanged? Discovery answers with an algebra,
its name, and the evidence: twenty candidates, of which six are null to rounding and the seventh is not small at all.
"""

import matplotlib.pyplot as plt
import torch

from symmetra import candidates, discover, report

# %%
# The function is written for **one** sample. That it depends on $s = t^2 - x^2 - y^2 - z^2$ alone is what we pretend
# not to know.


def f(x):
    s = x[0] ** 2 - x[1] ** 2 - x[2] ** 2 - x[3] ** 2
    return s**3 - 2 * s


torch.manual_seed(0)
x = torch.randn(400, 4, dtype=torch.float64)
found = discover.function(f, x, candidates=candidates.affine(4))
print(found.summary())

# %%
# The spectrum is scale-free: each generator is measured against the size of its own action. The band is the gap.
report.figure(found)

# %%
# The algebra, recognised from its structure constants: the signature of its Killing form counts positive, negative and
# null directions, here three boosts and three rotations.
algebra = found.algebra
print("name             ", algebra.name)
print("Killing signature", algebra.signature)
print(f"closure defect    {found.closure_defect:.1e}")

# %%
# Null vectors are infinitesimal. What counts in the end is *finite* group elements: a hundred of them, at once.
action = found.action()
g = action.group.sample(100, seed=1)
values = torch.func.vmap(f)
error = max((values(action.transform(one, x)) - values(x)).abs().max() for one in g) / values(x).abs().max()
print(f"largest relative change of f under 100 finite elements: {error:.1e}")

# %%
# Break the symmetry a little and ask again. The term $0.1\,t\,z^2$ leaves rotations about the $z$ axis, and only them.
broken = discover.function(lambda x: f(x) + 0.1 * x[0] * x[3] ** 2, x, candidates=candidates.affine(4))
print(broken.summary())

# %%
# In the plane a generator can be drawn: the level sets of $(x-1)^2 + 4(y-1)^2$, and the one field along them.


def ellipse(x):
    return (x[0] - 1) ** 2 + 4 * (x[1] - 1) ** 2


rotation = discover.function(ellipse, torch.randn(200, 2, dtype=torch.float64), candidates=candidates.affine(2))
print(rotation.expressions())
field = rotation.vector_fields()[0]
u, v = torch.meshgrid(torch.linspace(-1, 3, 200), torch.linspace(-0.5, 2.5, 200), indexing="xy")
figure, axes = plt.subplots(figsize=(6, 4.2))
levels = torch.func.vmap(ellipse)(torch.stack([u, v], -1).reshape(-1, 2)).reshape(u.shape)
axes.contour(u, v, levels, levels=[0.1, 0.5, 1, 2, 4, 7], cmap="viridis", linewidths=1)
u, v = torch.meshgrid(torch.linspace(-0.8, 2.8, 13), torch.linspace(-0.3, 2.3, 10), indexing="xy")
arrows = field(torch.stack([u, v], -1).to(torch.float64))
axes.quiver(u, v, arrows[..., 0], arrows[..., 1], color="#c4500c", width=0.003)
axes.set(aspect="equal", xlabel="x", ylabel="y", title="level sets and the discovered generator")
