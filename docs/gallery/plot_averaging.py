"""Averaging a trained model

A network learned to predict a flow. The flow has the eight symmetries of the square, the network has none. Averaged
over them (**enforce**) it is better, with no more training. In a second flow gravity points along y: there the same
average makes predictions worse, and the guard says so beforehand, from validation data.
"""

import matplotlib.pyplot as plt
import torch

from symmetra import enforce, fields, nn


# %%
# **Two trained models.** Small U-Nets of the change over a step, a few seconds of training each. Normalised inside, as
# is usual; averages are taken outside, in physical units.
def trained(data):
    torch.manual_seed(0)
    layout, stats = data.layout(), fields.statistics(data)
    net = nn.UNet(layout.channels, layout.output.channels, width=8, depth=2)
    change, scale = stats.units(net, layout, delta=True), stats.of("std_delta", layout.fields, 2)[:, None, None]
    x, y = data.windows()
    optimiser = torch.optim.Adam(net.parameters(), 4e-3)
    for _ in range(100):
        rows = torch.randint(len(x), (16,))
        loss = ((x[rows] + change(x[rows]) - y[rows, 0]) / scale).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return lambda x: x + change(x)


def made(name, seed):
    return fields.generate(name, 6, extents=32, steps=12, seed=seed, dt=0.05)


flow, buoyant = trained(made("navier_stokes", 0)), trained(made("buoyant_flow", 0))

# %%
# **The guard.** The grids of both data sets admit all of D4: a grid knows nothing of gravity. Every subgroup is tried
# on trajectories that training has not seen, all from the same calls of the model.
guards = {
    "Navier–Stokes": fields.diagnose(flow, made("navier_stokes", 1), stride=4),
    "buoyant flow": fields.diagnose(buoyant, made("buoyant_flow", 1), stride=4),
}
figure, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True, layout="constrained")
for ax, (name, guard) in zip(axes, guards.items()):
    tests = guard.tests
    places = list(range(len(tests)))[::-1]
    gains = [100 * test.gain for test in tests]
    reach = [100 * (test.interval[1] - test.gain) for test in tests]
    colours = ["C0" if test.verdict == "helps" else "C1" if test.verdict == "hurts" else "0.6" for test in tests]
    ax.barh(places, gains, xerr=reach, color=colours, ecolor="0.3", height=0.7)
    ax.axvline(0, color="0.3", linewidth=0.8)
    ax.set(title=name, xlabel="taken off the error, %", yticks=places)
    ax.set_yticklabels([str(test.group).replace("Hyperoctahedral(2)", "D4, all eight") for test in tests])

# %%
# **A rollout** of the first model on a third set, as it is and averaged over D4 at every step: the velocity along x.
# Before any truth is known, ``spread`` says how much averaging takes off the squared error of a step.
test = made("navier_stokes", 2)
action = test.layout().action("D4")
averaged = enforce.average(flow, action, action, batched=True)
x, truth = test.windows(horizon=6)
with torch.no_grad():
    plain = enforce.average(flow, action, action, elements=action.group.elements[:1], batched=True).rollout(x[:1], 6)
    better = averaged.rollout(x[:1], 6)
    before = (averaged.orbit(x) - truth[:, 0]).square().mean()
    off = before - (averaged(x) - truth[:, 0]).square().mean()
    print(f"spread {averaged.spread(x).mean():.3e}, taken off the squared error {off:.3e}")

figure, axes = plt.subplots(3, 5, figsize=(10, 6.2), layout="constrained")
for column, step in enumerate((0, 1, 2, 3, 5)):
    goal = truth[0, step, 2:3]
    for ax, (name, found) in zip(axes[:, column], {"truth": truth[:1], "plain": plain, "averaged": better}.items()):
        field = found[0, step, 2:3] if name == "truth" else found[step, 0, 2:3]
        ax.imshow(field[0].numpy().T, origin="lower", cmap="RdBu_r", vmin=-1.8, vmax=1.8)
        ax.set_title(f"after {step + 1}" if name == "truth" else f"error {float(fields.vrmse(field, goal)):.2f}")
        ax.set(xticks=[], yticks=[], ylabel=name if column == 0 else "")

# %%
# **By field and horizon**, as ``symmetra average`` tables it for models and files.
for row in fields.compare(averaged, test, horizons=((1, 1), (2, 6)), stride=3).rows():
    print("{field:9s} steps {steps:4s} {plain:.3f} → {averaged:.3f}, {worse:.0%} of windows worse".format(**row))
