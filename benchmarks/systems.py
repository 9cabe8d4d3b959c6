"""The systems of the certificate benchmark: vector fields with known affine symmetry algebras, each with a broken twin.

Nine are acceptance cases of the project; five are added because their algebras are exact and of other kinds. A system
is polynomial, so its true defects are exact: no sampling and no fit enters them.

A twin adds ε h with a fixed polynomial field h. Where the system has symmetries, ε is such that the *least broken*
generator of the whole affine class has the defect ρ = 0.10 (uniform measure on the box): every generator is broken by
at least 10 %. Where it has none, ε h has 10 % of the size of F.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from symmetra.discover.samples import _powers as poly
from symmetra.discover.samples._bracket import Bracket
from symmetra.discover.samples._frame import Frame
from symmetra.functions import candidates

Array = NDArray[np.float64]
Field = Callable[[Array], Array]

BROKEN = 0.10


@dataclass(frozen=True)
class System:
    """A polynomial vector field on a box.

    Attributes:
        name: in tables.
        field: F, columns ``[n, N]`` to a list of n rows.
        extra: h, the same, which breaks all symmetries.
        n: dimension.
        degree: of F + ε h with ε ≠ 0.
        plain_degree: of F.
        half_width: of the box.
        dimension: of the affine symmetry algebra of F, as theory has it.
        epsilon: ε.
    """

    name: str
    field: Callable[..., list[Array]]
    extra: Callable[..., list[Array]]
    n: int
    plain_degree: int
    degree: int
    half_width: float
    dimension: int
    epsilon: float = 0.0

    def rates(self, x: Array) -> Array:
        """F(x) for ``[N, n]``."""
        columns = x.T
        plain = np.stack([np.broadcast_to(r, x.shape[:1]) for r in self.field(*columns)], 1).astype(float)
        if self.epsilon == 0.0:
            return plain
        return plain + self.epsilon * np.stack([np.broadcast_to(r, x.shape[:1]) for r in self.extra(*columns)], 1)

    @property
    def box(self) -> Array:
        """``[n, 2]``."""
        return np.tile([-self.half_width, self.half_width], (self.n, 1))

    @property
    def model_degree(self) -> int:
        """The degree a model needs."""
        return self.degree if self.epsilon else self.plain_degree

    def sample(self, rows: int, rng: np.random.Generator) -> Array:
        """States uniform on the box."""
        return rng.uniform(-self.half_width, self.half_width, (rows, self.n))

    def with_epsilon(self, epsilon: float) -> System:
        """The same with another ε."""
        return replace(self, epsilon=epsilon)

    @cached_property
    def truth(self) -> Truth:
        """Its exact defects."""
        return Truth.of(self)

    def twin(self, broken: float = BROKEN) -> System:
        """The broken twin, see above."""
        if self.dimension == 0:
            x = self.sample(4000, np.random.default_rng(0))
            size = np.sqrt((self.rates(x) ** 2).mean())
            added = self.with_epsilon(1.0).rates(x) - self.rates(x)
            return self.with_epsilon(broken * size / np.sqrt((added**2).mean()))

        def excess(log_epsilon: float) -> float:
            return self.with_epsilon(10.0**log_epsilon).truth.smallest - broken

        return self.with_epsilon(10.0 ** brentq(excess, -3.0, _first_above(excess), xtol=1e-12))


def _first_above(excess: Callable[[float], float]) -> float:
    for value in np.arange(-2.5, 1.5, 0.1):
        if excess(value) > 0:
            return float(value)
    raise ValueError("this perturbation cannot break every generator as much as asked")


@dataclass(frozen=True)
class Truth:
    """The coefficients of L_θ F, of its two terms and of |DF| |ξ| for the true field, as matrices over θ.

    Attributes:
        numerator: ``[K, P]``.
        size: ``[K', P]``.
        extent: ``[K'', P]``.
        dimension: of the symmetry algebra, from their null spaces.
        smallest: the smallest of all defects: of relative ones, and of |size| / |extent| where both terms may vanish.
    """

    numerator: Array
    size: Array
    extent: Array
    dimension: int
    smallest: float

    @classmethod
    def of(cls, system: System, x: Array | None = None) -> Truth:
        """Over the box, or over samples ``[N, n]``."""
        frame, beta = exact_coefficients(system, x)
        degree, points = system.model_degree, None if x is None else frame.states(x)
        question = Bracket(candidates.affine(system.n))
        l, m, extent = question.forms(degree, frame, points, beta)
        silent = _singular(m, extent)
        null = int((np.linalg.svd(l, compute_uv=False) < 1e-9 * np.linalg.norm(l)).sum()) + max(
            l.shape[1] - l.shape[0], 0
        )
        vanishing = int((silent < 1e-9).sum())
        relative = [] if vanishing else [_singular(l, m)[-1]]
        return cls(l, m, extent, null, float(min([silent[-1], *relative])))

    def worst(self, space: Array, relative: bool) -> float:
        """The largest true defect in a space of generators ``[P, d]``, of the two kinds."""
        above, below = (self.numerator, self.size) if relative else (self.size, self.extent)
        return float(_singular(above @ space, below @ space)[0])


def exact_coefficients(system: System, x: Array | None = None) -> tuple[Frame, Array]:
    """The frame of the box or of samples, and the coefficients of F in it, from noise-free values."""
    degree = system.model_degree
    points = system.sample(6 * poly.count(system.n, degree), np.random.default_rng(0))
    y = system.rates(points)
    frame = Frame.of(points, y, system.box) if x is None else Frame.of(x, system.rates(x))
    beta, residual = np.linalg.lstsq(poly.values(frame.states(points), degree), y / frame.scale, rcond=None)[:2]
    if residual.max() > 1e-20:
        raise ValueError(f"{system.name} is not a polynomial of degree {degree}")
    return frame, beta.T.reshape(-1)


def worst_defect(system: System, x: Array, box: Array | None, space: Array, relative: bool) -> float:
    """The largest true defect in a space of generators, over the samples or over the box."""
    symmetric = system.dimension and not system.epsilon  # the defects are 0, whatever the measure
    truth = system.truth if box is not None or symmetric else Truth.of(system, x)
    return truth.worst(space, relative)


def _singular(above: Array, below: Array) -> Array:
    """Singular values of ``above`` against ``below``, descending."""
    _, r = np.linalg.qr(below)
    return np.linalg.svd(np.linalg.solve(r.T, above.T).T, compute_uv=False)


def _linear(matrix: list[list[float]]) -> Callable[..., list[Array]]:
    return lambda *x: [sum(a * v for a, v in zip(row, x, strict=True)) for row in matrix]


def _quadratic2(x: Array, y: Array) -> list[Array]:
    return [x**2 + 0.4 * x * y, 0.7 * x * y - 0.5 * y**2 + 0.3 * x**2]


def _quadratic3(x: Array, y: Array, z: Array) -> list[Array]:
    return [x**2 - 0.6 * y * z, 0.8 * x * y + 0.5 * z**2, 0.9 * x * z - 0.4 * y**2 + 0.3 * x**2]


def _quadratic4(x: Array, y: Array, u: Array, v: Array) -> list[Array]:
    return [x**2 - 0.6 * y * v, 0.8 * x * u + 0.5 * v**2, 0.9 * y**2 - 0.7 * u * v, u**2 - 0.4 * x * y + 0.6 * v * x]


def _cubic3(x: Array, y: Array, z: Array) -> list[Array]:
    return [y**2 * z + 0.5 * x**2, x * z + 0.6 * y**3, x**2 * y - 0.7 * z**2]


SYSTEMS = [
    System("planar rotation", _linear([[0, -1], [1, 0]]), _quadratic2, 2, 1, 2, 1.0, 2),
    System("Jordan block", _linear([[-1, 1], [0, -1]]), _quadratic2, 2, 1, 2, 1.0, 2),
    System("generic linear 3×3", _linear([[-1, 2, 0], [0, -3, 1], [1, 0, -2]]), _quadratic3, 3, 1, 2, 1.0, 3),
    System("−I on R³", _linear([[-1, 0, 0], [0, -1, 0], [0, 0, -1]]), _quadratic3, 3, 1, 2, 1.0, 9),
    System(
        "Hopf",
        lambda x, y: [x - y - x * (x**2 + y**2), x + y - y * (x**2 + y**2)],
        lambda x, y: [x**2, 0 * x],
        2,
        3,
        3,
        1.0,
        1,
    ),
    System("van der Pol", lambda x, y: [y, -x + y - x**2 * y], _quadratic2, 2, 3, 3, 1.0, 0),
    System(
        "Lorenz", lambda x, y, z: [10 * (y - x), x * (28 - z) - y, x * y - 8 * z / 3], _quadratic3, 3, 2, 2, 20.0, 0
    ),
    System("asymmetric rigid body", lambda x, y, z: [-y * z, x * z, -x * y / 3], _quadratic3, 3, 2, 2, 1.0, 0),
    System(
        "radial sphere flow",
        lambda x, y, z: [v * (1 - x**2 - y**2 - z**2) for v in (x, y, z)],
        _cubic3,
        3,
        3,
        3,
        1.0,
        3,
    ),
    System("node with rates 1, 2", _linear([[-1, 0], [0, -2]]), _quadratic2, 2, 1, 2, 1.0, 2),
    System("symmetric rigid body", lambda x, y, z: [-y * z, x * z, 0 * x], _quadratic3, 3, 2, 2, 1.0, 2),
    System(
        "isotropic oscillator on R⁴",
        _linear([[0, 0, 1, 0], [0, 0, 0, 1], [-1, 0, 0, 0], [0, -1, 0, 0]]),
        _quadratic4,
        4,
        1,
        2,
        1.0,
        8,
    ),
    System("helical flow", lambda x, y, z: [-y, x, 1 - x**2 - y**2], _quadratic3, 3, 2, 2, 1.0, 2),
    System(
        "Hopf on a moving line",
        lambda x, y, z: [x - y - x * (x**2 + y**2), x + y - y * (x**2 + y**2), 1 + 0 * z],
        _cubic3,
        3,
        3,
        3,
        1.0,
        2,
    ),
]
