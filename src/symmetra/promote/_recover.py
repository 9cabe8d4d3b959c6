"""Symmetry as a convex prior: the polynomial with as much of a candidate algebra as the data allow."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from symmetra.functions import CandidateSpace, Library, PolynomialFields
from symmetra.functions._orthonormal import FAMILIES, OrthonormalBasis
from symmetra.inputs import InputError, as_samples, as_tensor, describe
from symmetra.promote._domain import domain_of
from symmetra.promote._evidence import Evidence, evidence_of
from symmetra.promote._library import LibraryMap, PolynomialModel, monomial_exponents
from symmetra.promote._noise import fit
from symmetra.promote._operator import lie_operator
from symmetra.promote._output import turns_of
from symmetra.promote._problem import reduced
from symmetra.promote._result import Promotion


def recover(
    library: Library,
    x: Any,
    y: Any,
    candidates: CandidateSpace,
    output: Any = None,
    *,
    noise: float = 0.0,
    basis: str = "legendre",
    domain: Any = None,
    gap: float = 1e-5,
    tolerance: float = 1e-4,
    iterations: int = 3000,
) -> Promotion:
    """The polynomial F of a library with the least ‖L_F‖_* that fits the data; L_F: ξ ↦ dF[ξ] − B_ξ F.

    Few samples are enough where F has many symmetries, unknown ones: the nuclear norm finds the algebra and the
    function together (Otto, Zolman, Kutz and Brunton, arXiv:2311.00212). The norm is that of L² of a measure around
    the data, computed in an orthonormal basis without samples, and the generators are orthonormal in its coordinates:
    the result does not depend on the units of x and y nor on the basis of the library or of the candidates.

    Args:
        library: monomials, such as ``symmetra.library.polynomial(n, degree)``.
        x: samples ``[N, n]``.
        y: values ``[N]``, or ``[N, c]`` for c functions with a common algebra.
        candidates: affine fields on Rⁿ, such as ``symmetra.candidates.from_group(SE(n))``.
        output: how outputs move: None, not at all; ``pushforward``, as velocities (y is a vector field on Rⁿ); matrices
            B ``[candidates, c, c]``; or a representation of the group that the candidates came from, in its order.
        noise: standard deviation of y, in its unit; 0 means exact interpolation. Otherwise the weight λ of
            ‖F(x) − y‖²/(2λ) is such that the residual is ``noise`` in the root mean square.
        basis: ``legendre`` (uniform measure on a box), ``hermite`` (normal law), or ``monomial`` (coefficients).
        domain: (low, high), or one such row a coordinate, of the box (for ``hermite`` mean ∓ standard deviation); from
            the samples if not given.
        gap: relative duality gap to stop at.
        tolerance: relative singular values of L_F tried as zero.
        iterations: of the solver at most; ``duality_gap`` says what was reached.

    Returns:
        Both models, the algebra, and whether the data determine it.

    Raises:
        InputError: terms that are not monomials, candidates that are not affine or dependent, wrong shapes, exact data
            that contradict each other or are rank-deficient.

    Example:
        >>> import torch
        >>> from symmetra import candidates, groups, library, promote
        >>> x = torch.rand(16, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
        >>> y = (x[:, 0] + 2 * x[:, 3]) ** 2 + 1
        >>> found = promote.recover(library.polynomial(5, 2), x, y, candidates.from_group(groups.Translation(5)))
        >>> found.determined, found.name, found.rank
        (True, 'abelian R⁴', 1)
    """
    powers = monomial_exponents(library)
    n = powers.shape[1]
    points = as_samples(x, "x", n, minimum=2).to(torch.float64)
    targets = _values(y, points)
    if not isinstance(candidates, PolynomialFields):
        raise InputError("candidates", describe(candidates), "affine fields", f"symmetra.candidates.affine({n})")
    if candidates.n != n:
        raise InputError("candidates", f"fields on R^{candidates.n}", f"fields on R^{n}, as the library")
    if basis not in FAMILIES:
        raise InputError("basis", describe(basis), f"one of {', '.join(FAMILIES)}")
    for value, argument, least in ((noise, "noise", 0.0), (gap, "gap", 1e-12), (tolerance, "tolerance", 1e-12)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value < math.inf:
            raise InputError(argument, describe(value), f"a number of at least {least:g}")
    if isinstance(iterations, bool) or not isinstance(iterations, int) or iterations < 1:
        raise InputError("iterations", describe(iterations), "a whole number of at least 1")
    if not int(powers.sum(1).max()):
        raise InputError("library", "the constant alone", "terms that vary", f"symmetra.library.polynomial({n}, 2)")

    turns = turns_of(output, candidates, targets.shape[1])
    outputs = 1 if turns is None else targets.shape[1]
    functions = OrthonormalBasis(basis, n, int(powers.sum(1).max()))
    centre, width = domain_of(points, domain, basis, candidates)
    place, size = (torch.as_tensor(part, device=points.device) for part in (centre, width))
    operator = lie_operator(functions, candidates, centre, width, points.device, turns)
    terms = LibraryMap(powers, functions, centre, width)
    values = targets.reshape(-1, targets.shape[1] // outputs)
    problem = reduced(operator, terms, functions, (points - place) / size, values, noise == 0.0, outputs)
    solution, penalty = fit(problem, float(noise), gap, iterations)
    proof: Evidence = evidence_of(problem, solution, penalty, float(noise), tolerance)

    def model(w: Tensor) -> PolynomialModel:
        w = w.reshape(functions.size, -1)
        coefficients = terms.to_library(w)
        w, coefficients = (w[:, 0], coefficients[:, 0]) if y_is_flat else (w, coefficients)
        return PolynomialModel(library, coefficients, lambda s: functions.values((s - place) / size) @ w)

    y_is_flat = torch.as_tensor(y).ndim == 1
    stopped = f"; the solver stopped at a duality gap of {solution.gap:.1e}" if solution.gap > gap else ""
    spectrum = proof.spectrum.flip(0)
    return Promotion(
        model=model(problem.complete(solution.v)),
        refit=model(proof.refit),
        candidates=candidates,
        generators=proof.directions @ operator.mixing,
        objective=solution.upper,
        lower_bound=solution.lower,
        duality_gap=solution.gap,
        spectrum=spectrum,
        tolerance=tolerance,
        rank=proof.rank,
        gap=proof.gap,
        determined=proof.determined,
        reason=proof.reason + stopped,
        freedom=proof.freedom,
        equations=problem.equations * values.shape[1],
        residual=proof.residual,
        iterations=solution.iterations,
        penalty=penalty,
        centre=place,
        half_width=size,
        basis=basis,
        samples=points.shape[0],
    )


def _values(y: Any, x: Tensor) -> Tensor:
    """The values as ``[N, c]`` in float64 on the device of x."""
    values = as_tensor(y, "y")
    if values.is_complex() or values.ndim not in (1, 2) or values.shape[0] != x.shape[0] or not values.numel():
        expected = f"real values of shape [{x.shape[0]}] or [{x.shape[0]}, c], one row a sample of x"
        raise InputError("y", describe(values), expected)
    return values.to(x.device, torch.float64).reshape(x.shape[0], -1)
