"""Promotion: a polynomial from fewer samples

A polynomial in eight variables that depends on one direction only, and nobody says which. Least squares needs as many
samples as there are coefficients, 45. Promotion asks for the polynomial that fits the samples and breaks as few
translations as possible, and needs half of them; and it says whether the samples were enough.
"""

import matplotlib.pyplot as plt
import torch

from symmetra import candidates, groups, library, promote

# %%
# $f(x) = 1 + t - t^2$ with $t = w\cdot x$ for a random unit vector $w$. Seven of the eight translations leave it
# as it is.
m = 8
terms, translations = library.polynomial(m, 2), candidates.from_group(groups.Translation(m))
source = torch.Generator().manual_seed(0)
w = torch.nn.functional.normalize(torch.randn(m, generator=source, dtype=torch.float64), dim=0)


def f(x):
    t = x @ w
    return 1 + t - t**2


x = 2 * torch.rand(60, m, generator=source, dtype=torch.float64) - 1
test = 2 * torch.rand(1000, m, generator=source, dtype=torch.float64) - 1

# %%
# More and more samples: the plain fit is the polynomial of least norm through the samples, the promoted one has the
# least nuclear norm of its Lie derivatives. Filled points are the ones that the result itself calls determined.
sizes = list(range(6, 51, 2))
plain, promoted, determined, results = [], [], [], {}
for n in sizes:
    rows = library.legendre(m, 2).values(x[:n])
    weights = torch.linalg.pinv(rows) @ f(x[:n])
    plain.append(float((library.legendre(m, 2).values(test) @ weights - f(test)).square().mean().sqrt()))
    results[n] = found = promote.recover(terms, x[:n], f(x[:n]), translations, domain=(-1, 1))
    promoted.append(float((found.refit(test) - f(test)).square().mean().sqrt()))
    determined.append(found.determined)
enough = sizes[determined.index(True)]
print(f"determined from {enough} samples on, of {terms.size} coefficients: {results[enough].name}")
print(results[enough].summary())

# %%
# On the left the test error; on the right the singular values of $\xi \mapsto L_\xi F$, before and after.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), constrained_layout=True)
floor = 1e-15
left.semilogy(sizes, [max(e, floor) for e in plain], "o-", color="#68707b", mfc="white", label="least squares")
left.semilogy(sizes, [max(e, floor) for e in promoted], "-", color="#c4500c", label="promoted")
for n, error, known in zip(sizes, promoted, determined, strict=True):
    left.semilogy(n, max(error, floor), "o", color="#c4500c", mfc="#c4500c" if known else "white")
left.axvline(terms.size, color="#68707b", lw=0.8, ls=":")
left.text(terms.size - 0.6, 1e-7, "coefficients", rotation=90, ha="right", va="center", color="#68707b")
left.set(xlabel="samples", ylabel="root-mean-square test error", title="filled: the result says it is determined")
left.legend(loc="center")
few = sizes[max(0, sizes.index(enough) - 4)]
for n, marker, colour in ((few, "s", "#68707b"), (enough, "o", "#c4500c")):
    spectrum = results[n].spectrum.clamp(min=1e-17)
    right.semilogy(range(1, m + 1), spectrum, marker, color=colour, mfc="white" if n == few else colour)
    right.text(1, 20 * float(spectrum[0]), f"{n} samples", color=colour)
right.set(xlabel="translation, in order of its size", ylabel="relative size of the Lie derivative", ylim=(1e-18, 10))
right.set_title("seven translations are kept")
