"""Training through freedom: what γ and λ do

Three layers of maps of signals on four places, each $f_{\\text{eq}} + \\gamma f_{\\text{neq}}$. One set of data
commutes with cyclic shifts; of the other, the middle layer of the truth does not. Multipliers pull every γ to zero.
Without damping they swing; damped, they say what the data think of the symmetry.
"""

import matplotlib.pyplot as plt

from symmetra import measure, relax
from symmetra.studies.relax import toy

# %%
# Each run takes a new net. `textbook` is the published update; `equality` adds the augmented-Lagrangian term and lets λ
# see the new γ.
STEPS = 900
data = {"symmetric": toy.task(0), "broken": toy.task(0, broken=1)}
runs = {}
for name, method in [
    ("symmetric", "textbook"),
    ("symmetric", "equality"),
    ("broken", "equality"),
    ("broken", "resilient"),
]:
    net = toy.network(0)
    control = toy.controlled(method, net, STEPS)
    runs[name, method] = toy.train(net, control, data[name], steps=STEPS)

# %%
# The columns: γ above, λ below, one line a layer; in the last one the slack $u$ is dashed. Mid-swing the first run is
# as far from equivariant as it was at the start; the second is there after some hundred steps. On broken data the same
# damped pull needs a lasting force, and the resilient run leaves the layers their freedom.
figure, axes = plt.subplots(2, 4, figsize=(11, 4.6), sharex=True, sharey="row", constrained_layout=True)
colours = ("#1f5fa8", "#c4500c", "#3d8b57")
for (name, method), (above, below) in zip(runs, axes.T, strict=True):
    control = runs[name, method].control
    steps, values = control.history.numbers, control.history.values
    for layer, colour in enumerate(colours):
        above.plot(steps, values[:, 0, layer], color=colour, label=f"layer {layer}")
        below.plot(steps, values[:, 1, layer], color=colour)
        if method == "resilient":
            above.plot(steps, values[:, 2, layer], color=colour, ls="--", lw=0.9)
    for place in (above, below):
        place.axhline(0, color="#68707b", lw=0.6)
    above.set_title(f"{name} data\n{'undamped' if method == 'textbook' else method}")
    below.set_xlabel("step")
axes[0, 0].set_ylabel("γ")
axes[1, 0].set_ylabel("λ")
axes[0, 1].legend(loc="upper right", fontsize=8)

# %%
# What is left after projection, relative to the mean square of the targets:
action_in, action_out = toy.actions()
for (name, method), outcome in runs.items():
    bare = relax.project(outcome.net, tolerance=10).net
    error = measure.equivariance_error(bare, data[name].x_test, action_in, action_out)
    words = ", ".join(sorted(set(outcome.control.words())))
    numbers = f"full {outcome.full:.3f}  projected {outcome.projected:.3f}  equivariance error {float(error):.0e}"
    print(f"{name:9}  {method:9}  {numbers}  {words}")
