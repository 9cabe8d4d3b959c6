"""The planets

The main example, on real data: 2,700 states of the eight planets from JPL's ephemeris DE421. Nothing below knows any
mechanics: positions, velocities and accelerations go in, and the question is what the data support.
"""

import matplotlib.pyplot as plt

from symmetra import discover, library, nbody, report

# %%
# Three hundred years of states, relative to the Sun. The frame is not inertial, the planets disturb each other, and
# Mercury feels relativity; all of that is in the data.
states = nbody.planets()
figure, (inner, outer) = plt.subplots(1, 2, figsize=(8, 4))
for axes, bodies in ((inner, states.bodies[:4]), (outer, states.bodies[4:])):
    for body in bodies:
        x = states.only(body).x
        axes.plot(x[:, 0], x[:, 1], ".", markersize=2, label=body)
    axes.plot(0, 0, "o", color="#c4500c", markersize=4)
    axes.set(aspect="equal", xlabel="x / au", ylabel="y / au")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncol=4, fontsize=8, markerscale=3, handletextpad=0)

# %%
# **What is conserved?** All monomials of degree up to two in $(x, v)$, and $1/r$: 29 terms. A conserved quantity is the
# same all along a planet's path, but not the same number for everybody. Mercury to Jupiter first.
terms = library.polynomial(6, 2) + library.named("1/r", lambda s: 1 / (s[:3] ** 2).sum().sqrt())


def conserved(bodies):
    chosen = states.only(bodies)
    return discover.conserved(chosen.state, chosen.rate, terms, trajectories=chosen.body)


five = conserved(states.bodies[:5])
print(five.summary())

# %%
# Four quantities: the three components of angular momentum, and $v^2/2 - GM/r$, the energy. The next candidate is far
# away: the gap.
report.figure(five)

# %%
# The coefficient of $1/r$ is the strength of the Sun's attraction. It was not given.
inverse = five.terms.index("1/r")
energy = max(five.coefficients[list(five.certified)], key=lambda row: abs(row[inverse]))
kinetic = energy[[five.terms.index(name) for name in ("x₄²", "x₅²", "x₆²")]].mean()
strength = -energy[inverse] / (2 * kinetic)
print(f"GM found {strength:.6e} au³/day², of the ephemeris {nbody.DE421_GM_SUN:.6e}: "
      f"relative difference {strength / nbody.DE421_GM_SUN - 1:.1e}")  # fmt: skip

# %%
# **What can the data not decide?** All eight planets: the outer ones are disturbed, the defects grow, and the result
# says by how much.
print(conserved(states.bodies).summary())

# %%
# With four planets, four quantities cannot be separated from what is merely constant on each orbit.
print(conserved(states.bodies[:4]).summary())

# %%
# One planet alone cannot tell at all.
print(conserved("Mars").summary())
