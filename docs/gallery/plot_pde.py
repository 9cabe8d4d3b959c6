"""Symmetries of a wave equation

The Korteweg–de Vries equation $u_t = -u\\,u_x - u_{xxx}$, first as a formula, then as nothing but films of waves.
"""

import math

import matplotlib.pyplot as plt
import torch

from symmetra import candidates, discover

# %%
# **From the formula.** All vector fields on $(x, t, u)$ that take solutions to solutions, among those of degree two.


def kdv(x, t, u, ux, uxx, uxxx):
    return -u * ux - uxxx


found = discover.evolution_equation(kdv, 3, candidates.polynomial(3, 2))
print(found.summary())

# %%
# The second is the Galilean boost. Its flow turns a soliton into one that runs over raised water. Beside it, what a
# solver makes of the raised initial field: the same.
length, points = 8 * math.pi, 128
x = torch.arange(points, dtype=torch.float64) * length / points
wave = 2j * math.pi / length * torch.fft.fftfreq(points, 1 / points, dtype=torch.float64)
kept = wave.abs() < wave.abs().max() * 2 / 3


def carried(u, duration, frames=65, steps=10):
    """Runge–Kutta for the product, the third derivative exactly."""
    step = duration / (frames - 1) / steps
    half = torch.exp(-(wave**3) * step / 2)

    def product(h):
        return -wave * kept / 2 * torch.fft.fft(torch.fft.ifft(h).real ** 2)

    h, film = torch.fft.fft(u.to(torch.complex128)), [u]
    for _ in range(frames - 1):
        for _ in range(steps):
            a = product(h)
            b = product(half * (h + step / 2 * a))
            c = product(half * h + step / 2 * b)
            d = product(half * half * h + step * half * c)
            h = half * half * h + step / 6 * (half * half * a + 2 * half * (b + c) + d)
        film.append(torch.fft.ifft(h).real)
    return torch.linspace(0, duration, frames, dtype=torch.float64), torch.stack(film, dim=-2)


soliton = 4.5 / torch.cosh((x - 8) * 1.5**0.5 / 2) ** 2
boost = found.candidates.vector_field(found.generators[1])
times, film = carried(soliton, 3.0)
_, raised = carried(soliton + 1.0, 3.0)
graph = torch.stack([x, times[-1].expand_as(x), film[-1]], dim=1)
for _ in range(100):  # the flow for a unit of its parameter
    graph = graph + 0.01 * boost(graph)

# %%
# **From films of waves.** Four random initial fields, 65 frames each, with noise of 0.1 % added. The right-hand side is
# fitted, and how wrong it may be enters the certificates.
generator = torch.Generator().manual_seed(0)
number = torch.arange(1, 7, dtype=torch.float64)
size = torch.randn(4, 6, 2, generator=generator, dtype=torch.float64) / number[:, None]
angle = 2 * math.pi / length * number[:, None] * x
start = size[..., 0] @ angle.cos() + size[..., 1] @ angle.sin()
frames, films = carried(start / start.std(), 2.0)
films = films + 1e-3 * torch.randn(films.shape, generator=generator, dtype=torch.float64)
seen = discover.evolution_equation(films, 3, candidates.affine(3), grid=x, times=frames, periodic=True)
print(seen.summary())

# %%
# Left, the boosted soliton on the solved one; right, the relative defects of all directions, from the formula and from
# the films.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.3), gridspec_kw={"width_ratios": [1.4, 1]})
left.plot(x, soliton, color="#9aa3ad", label="soliton, t = 0")
left.plot(x, film[-1], color="#3b6ea5", label="t = 3")
left.plot(x, raised[-1], color="#c4500c", linewidth=3, alpha=0.45, label="solved on raised water")
inside = graph[:, 0] < length
left.plot(graph[inside, 0], graph[inside, 2], "k:", label="the boost of t = 3")
left.set(xlabel="x", ylabel="u", ylim=(-0.3, 7.8), title="a finite symmetry maps solutions to solutions")
left.legend(ncol=2, fontsize=8, loc="upper left")
exact = discover.evolution_equation(kdv, 3, candidates.affine(3))
for result, colour, label in ((exact, "#3b6ea5", "formula"), (seen, "#c4500c", "films, 0.1 % noise")):
    values = result.spectrum.clamp(min=1e-17)
    right.semilogy(range(1, len(values) + 1), values, "o", color=colour, markersize=5, label=label)
right.axvline(4.5, color="#9aa3ad", linewidth=0.8)
right.set(xlabel="direction among the affine candidates", ylabel="relative defect", title="four symmetries")
right.legend(fontsize=8, loc="lower right")
figure.tight_layout()
figure  # noqa: B018
