"""From samples of states and outputs to certified generators: the path that rates and regression share.

One part of the rows chooses (degree, generators), the rest certifies. Nested spaces V₁ ⊂ V₂ ⊂ … of generators, fixed
by the first part, are tested in this order until the first failure: the first V_d that holds a generator with ρ > δ is
fixed too, so all claims together keep their error rate without any correction (fixed-sequence testing). For exact
states that rate is α/2; where something is left open, generators chosen from all rows are tried with the bounds that
hold for all generators at once, at the other α/2. Whichever certifies more is reported, and the two together err with
probability at most α.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symmetra.discover.samples import _powers as poly
from symmetra.discover.samples._bracket import Question
from symmetra.discover.samples._confidence import Fit, least_squares, with_known
from symmetra.discover.samples._degree import choose_degree, highest_degree
from symmetra.discover.samples._errors_in_states import (
    choose_degree_corrected,
    corrected_least_squares,
    lack_of_fit,
    suspected_error,
)
from symmetra.discover.samples._frame import Frame
from symmetra.discover.samples._gates import CLASS_LEVEL, Gates, check_assumptions
from symmetra.discover.samples._simultaneous_bound import simultaneous_upper
from symmetra.discover.samples._split_bound import split_upper

Array = NDArray[np.float64]


SPLIT = "chosen on one part of the rows, certified on the other"
SIMULTANEOUS = "simultaneous over all generators"


@dataclass(frozen=True)
class Settings:
    """What the user decides.

    Attributes:
        delta: tolerance δ.
        alpha: error rate α.
        degree: of the model, None to choose it.
        state_error: covariance of the error of the states ``[n, n]``, zeros if exact, None if unknown.
        share: part of the rows that chooses; more of them if there are few rows, up to half.
        box: ``[n, 2]`` bounds of a uniform target measure, None for the samples themselves.
    """

    delta: float = 0.05
    alpha: float = 0.01
    degree: int | None = None
    state_error: Array | None = None
    share: float = 0.3
    box: Array | None = None

    @property
    def silence(self) -> float:
        """Share of |DF| |ξ| up to which both terms may count as vanishing.

        It is smaller than δ, because a slow direction beside fast ones is not yet a symmetry.
        """
        return self.delta / 5


@dataclass(frozen=True)
class Nested:
    """Generators fixed by the first half, in the order in which the spaces they span were tested.

    Attributes:
        generators: ``[k, P]``.
        uppers: ``[k]``, U of the space of the first generators up to this one; infinite where not tested.
        certified: how many of them are certified.
        parted: whether the two terms were compared; else they vanish separately, measured against |DF| |ξ|.
        delta: the tolerance.
    """

    generators: Array
    uppers: Array
    certified: int
    parted: bool
    delta: float


@dataclass(frozen=True)
class Evidence:
    """What the data say.

    Attributes:
        degree: of the model.
        spectrum: ``[P]``, plug-in defects of the fit to all rows, ascending; 0 where both terms vanish.
        chains: the generators found, in one chain or two (see :class:`Nested`).
        method: how they were certified.
        reasons: why nothing may be certified; ``certified`` of the chains is 0 then.
        out_of_class: whether the model class is refuted.
        gates: the tests.
        fit: of all rows.
        frame: its coordinates.
        settings: what was asked.
        forms: L, M and S for the fit to all rows, as matrices over θ.
    """

    degree: int
    spectrum: Array
    chains: tuple[Nested, ...]
    method: str
    reasons: tuple[str, ...]
    out_of_class: bool
    gates: Gates
    fit: Fit
    frame: Frame
    settings: Settings
    forms: tuple[Array, Array, Array] | None = None

    def defect_of(self, theta: Array) -> float:
        """ρ of a generator in the fit to all rows; of its terms beside |DF| |ξ| where they (nearly) vanish."""
        if self.forms is None:
            return math.nan
        above, size, extent = (float(np.linalg.norm(form @ theta)) for form in self.forms)
        if size > self.settings.silence * extent:
            return above / size
        return size / extent if extent > 0 else math.inf

    @property
    def certified(self) -> Array:
        """Generators that span what is certified, ``[c, P]``."""
        parts = [chain.generators[: chain.certified] for chain in self.chains]
        return np.concatenate([*parts, np.zeros((0, self.spectrum.size))])


def gather(x: Array, y: Array, question: Question, settings: Settings, seed: int | np.random.Generator) -> Evidence:
    """The evidence in samples.

    Args:
        x: states ``[N, n]``.
        y: outputs ``[N, c]``, independent Gaussian errors of constant size in each column.
        question: whose tensors say what a symmetry is.
        settings: what is asked.
        seed: of the division into halves.
    """
    frame = Frame.of(x, y, settings.box, question.centred)
    z, y = frame.states(x), y / frame.scale
    rows = z.shape[0]
    order = np.random.default_rng(seed).permutation(rows)
    cut = max(round(settings.share * rows), min(rows // 2, 3 * poly.count(z.shape[1], 3)))  # enough to choose from
    first, second = np.sort(order[:cut]), np.sort(order[cut:])
    noise = settings.state_error
    error = None if noise is None or not noise.any() else frame.whiten @ noise @ frame.whiten.T
    if settings.degree is not None:
        degree = settings.degree
    elif error is None:
        degree = choose_degree(z[first], y[first])
    else:
        degree = choose_degree_corrected(z[first], y[first], error)

    def fit(index: NDArray[np.intp] | slice) -> Fit:
        if error is None:
            return least_squares(z[index], y[index], degree)
        return corrected_least_squares(z[index], y[index], degree, error)

    whole, chooser, certifier = fit(slice(None)), fit(first), fit(second)
    gates = check_assumptions(z, y, degree)
    if error is not None:
        gates = replace(gates, model_class=lack_of_fit(z, y, degree, error))
    reasons = gates.reasons(steep=error is None, declared=settings.degree is not None)
    refuted = noise is not None and gates.model_class < CLASS_LEVEL
    if noise is None:
        reasons = ("the error of the states is not known (state_error=None)", *reasons)
    points = None if settings.box is not None else z
    size = question.size
    if not (whole.determined and chooser.determined and certifier.determined):
        reasons = (
            f"{rows} samples do not determine a model of degree {degree}: the states lie on a set on which such a "
            "polynomial vanishes, or are too few",
            *reasons,
        )
        return Evidence(degree, np.full(size, np.nan), (), SPLIT, reasons, False, gates, whole, frame, settings)
    whole, chooser, certifier = (with_known(f, question.known) for f in (whole, chooser, certifier))

    def chains(source: Fit, upper: Upper, alpha: float) -> list[Nested]:
        """Certified with generators that a fit chose."""
        _, _, flat, space = _choose(question.forms(degree, frame, points, source.coefficients), settings)
        alpha /= 2 if flat.shape[1] and space.shape[1] else 1
        found = [Nested(space.T, np.zeros(0), 0, True, settings.delta)]
        if space.shape[1]:
            l, m = question.tensors(degree, frame, points, space)
            found = [_nested(l, m, space, upper, settings.delta, alpha, True)]
        if flat.shape[1]:
            _, size = question.tensors(degree, frame, points, flat)
            extent = question.extent(degree, frame, points, flat)
            found.append(_nested(size, extent, flat, upper, settings.silence, alpha, False))
        return found

    suspected = suspected_error(frame, whole, y.shape[1]) if error is None and degree == 1 else None
    seconds, wholes = [certifier], [whole]
    if suspected is not None:
        seconds.append(with_known(corrected_least_squares(z[second], y[second], degree, suspected), question.known))
        wholes.append(with_known(corrected_least_squares(z, y, degree, suspected), question.known))

    def by_parts(l: Array, m: Array, space: Array, alpha: float) -> float:
        return max(split_upper(l, m, chooser, f, space, alpha) for f in seconds)

    def at_once(l: Array, m: Array, space: Array, alpha: float) -> float:
        return max(simultaneous_upper(l, m, f, y.shape[1], space, alpha) for f in wholes)

    both = error is None  # the region that the second way needs is exact for exact states only
    found, method = chains(chooser, by_parts, (0.5 if both else 1.0) * settings.alpha), SPLIT
    complete = found[0].generators.size and all(c.certified == len(c.generators) for c in found)
    if both and not complete:
        # the degree was chosen on some of these rows: the region must hold for every degree that might have been
        tried = 1 if settings.degree is not None else highest_degree(z.shape[1], first.size) + 1
        other = chains(whole, at_once, 0.5 * settings.alpha / tried)
        if sum(c.certified for c in other) > sum(c.certified for c in found):
            found, method = other, SIMULTANEOUS
    if reasons:
        found = [replace(chain, certified=0) for chain in found]
    forms = question.forms(degree, frame, points, whole.coefficients)
    silent, ratios, _, _ = _choose(forms, settings)
    undecided = np.full(size - silent - ratios.size, np.nan)
    spectrum = np.concatenate([np.zeros(silent), ratios, undecided])
    return Evidence(degree, spectrum, tuple(found), method, reasons, refuted, gates, whole, frame, settings, forms)


def _choose(forms: tuple[Array, Array, Array], settings: Settings) -> tuple[int, Array, Array, Array]:
    """What a model suggests: how many silent generators, the defects of the rest, the silent ones, those below δ."""
    numerator, size, extent = forms
    flat, rest = _silent(extent, size, settings.silence)
    ratios, directions = relative_directions(numerator @ rest, size @ rest)
    return flat.shape[1], ratios, flat, rest @ directions[:, ratios <= settings.delta]


Upper = Callable[[Array, Array, Array, float], float]


def _nested(l: Array, m: Array, space: Array, upper: Upper, delta: float, alpha: float, parted: bool) -> Nested:
    """Tests the spaces of the first 1, 2, … generators of ``space [P, k]`` until one fails; l, m are in its basis."""
    k = space.shape[1]
    uppers, certified = np.full(k, math.inf), 0
    for d in range(1, k + 1):
        uppers[d - 1] = upper(l, m, np.eye(k)[:, :d], alpha)
        if not uppers[d - 1] <= delta:
            break
        certified = d
    return Nested(space.T, uppers, certified, parted, delta)


def _silent(extent: Array, size: Array, delta: float) -> tuple[Array, Array]:
    """Generators whose terms are all small beside |DF| |ξ|, and the rest: columns ``[P, a]`` and ``[P, b]``.

    Args:
        extent: S for a model, ``[K, P]``.
        size: M for the model, ``[K', P]``.
        delta: how small.
    """
    basis = _unit_basis(extent)
    _, ratio, wh = np.linalg.svd(size @ basis, full_matrices=False)
    directions = basis @ wh.T  # descending
    return directions[:, ratio <= delta][:, ::-1], directions[:, ratio > delta]


def relative_directions(numerator: Array, size: Array) -> tuple[Array, Array]:
    """All defects |A θ| / |B θ| of a model, ascending, and their generators as columns ``[P, P']``.

    Generators of no size (0/0) are left out: nothing can be said about them.

    Args:
        numerator: A, ``[K, P]``.
        size: B, ``[K', P]``.
    """
    if size.shape[1] == 0:
        return np.zeros(0), np.zeros((0, 0))
    basis = _unit_basis(size)
    _, ratios, turn = np.linalg.svd(numerator @ basis, full_matrices=False)
    if ratios.size < basis.shape[1]:  # fewer equations than candidates: the rest is null
        _, _, turn = np.linalg.svd(numerator @ basis, full_matrices=True)
        ratios = np.concatenate([ratios, np.zeros(basis.shape[1] - ratios.size)])
    return ratios[::-1], (basis @ turn.T)[:, ::-1]


def _unit_basis(size: Array) -> Array:
    """Columns θ that span all of size, with B θ orthonormal; the scale of single candidates does not matter."""
    scale = np.linalg.norm(size, axis=0)
    scale = np.where(scale > 1e-14 * scale.max(), scale, max(scale.max(), 1e-300))
    _, s, vh = np.linalg.svd(size / scale, full_matrices=False)
    seen = s > 1e-10 * s[0] if s.size and s[0] > 0 else s > 0
    return (vh[seen].T / s[seen]) / scale[:, None]
