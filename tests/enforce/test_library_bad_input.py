"""One line that says what came, what was expected and what to write."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from symmetra import library
from symmetra.actions import Action, AffineAction, Pushforward
from symmetra.enforce import SymmetricDynamics, SymmetricRegression, library_constraint
from symmetra.groups import SE, SO, D, LieGroup, U
from symmetra.inputs import InputError
from symmetra.representations import Vector

F64 = torch.float64
V, W, P2 = Vector(SO(3)), Vector(SO(2)), library.polynomial(2, 2)
X = torch.randn(50, 2, dtype=F64, generator=torch.Generator().manual_seed(0))
RATES = torch.stack([-X[:, 1], X[:, 0]], 1)
CUBES = X * X.square().sum(1, keepdim=True)
ANGLES = torch.linspace(0, 6, 50, dtype=F64)
CIRCLE = torch.stack([ANGLES.cos(), ANGLES.sin()], 1)


class Silent(Action):
    """An action that does not say on how many variables."""

    group = SO(2)

    def transform(self, g, x):
        return x @ g.mT


def noisy_generators() -> LieGroup:
    G = SO(3).generators
    return LieGroup(G + 1e-4 * torch.randn(G.shape, dtype=F64, generator=torch.Generator().manual_seed(0)))


def model(**options) -> SymmetricDynamics:
    return SymmetricDynamics(library.polynomial(2, 3), W, **options)


CASES = {
    "no library": (lambda: library_constraint(3, V), "library: got int 3; expected a library of functions"),
    "no action": (lambda: library_constraint(P2, SO(2)), "action_in: got LieGroup SO(2); expected an action"),
    "variables": (lambda: library_constraint(P2, V), "action_in: got 3 variables; expected 2"),
    "another group": (lambda: library_constraint(P2, W, V), "action_out: got the group SO(3)"),
    "complex": (lambda: library_constraint(P2, Vector(U(2))), "action_in: got an action that takes x to"),
    "leaves": (
        lambda: library_constraint(library.monomial([[2, 0]]), W),
        "got the term x², which generator 1 of SO(2) carries out of it, to terms in x·y; expected a library that SO(2) "
        "maps into itself; add: x·y, y²; write library + symmetra.library.monomial([[1, 1], [0, 2]])",
    ),
    "leaves, in its own names": (
        lambda: library_constraint(library.monomial([[2, 0], [1, 1]], ["u", "v"]), W),
        "got the term u·v, which generator 1 of SO(2) carries out of it, to terms in u², v²;",
    ),
    "leaves by a translation": (
        lambda: library_constraint(library.polynomial(2, 2, constant=False), AffineAction(SE(2))),
        "got the term x, which generator 2 of SE(2) carries out of it, to terms in 1;",
    ),
    "leaves by a finite element": (
        lambda: library_constraint(library.monomial([[2, 0]]), Vector(D(4))),
        "add: y²",
    ),
    "a named term leaves": (
        lambda: library_constraint(P2 + library.named("sin x", lambda s: s[0].sin()), W),
        "got the term sin x, which generator 1 of SO(2) carries out of its span",
    ),
    "dependent terms": (
        lambda: library_constraint(P2 + library.named("r²", lambda s: s @ s), W),
        "got terms that are linearly dependent as functions: x², y², r²",
    ),
    "a monomial twice": (lambda: library_constraint(P2 + P2, W), "linearly dependent"),
    "not in its domain": (
        lambda: library_constraint(P2 + library.named("log x", lambda s: s[0].log()), W, x=X),
        "x: got samples where the term log x is zero or not finite",
    ),
    "few samples": (lambda: library_constraint(P2, W, x=X[:5], partial=True), "x: got 5 samples"),
    "unknown size": (
        lambda: library_constraint(library.named("r²", lambda s: s @ s), Silent()),
        "x: got named terms and an action that do not say on how many variables",
    ),
    "translated outputs only": (
        lambda: library_constraint(library.polynomial(2, 1), Standing(), AffineAction(SE(2))),
        "action_out: got outputs that SE(2) translates, while no function of the library does",
    ),
    "noisy generators": (
        lambda: library_constraint(library.polynomial(3, 2), Vector(noisy_generators())),
        "action_in: got 3 generators of",
    ),
    "outputs": (lambda: library_constraint(P2, W, outputs=0), "outputs: got int 0"),
    "outputs that are said": (lambda: library_constraint(P2, W, W, outputs=3), "outputs: got int 3; expected 2"),
    "tolerance": (lambda: library_constraint(P2, W, rtol=2), "rtol: got int 2"),
    "too many unknowns": (
        lambda: library_constraint(library.polynomial(6, 5), Vector(SO(6)), outputs=9, partial=True),
        "library: got 4,158 coefficients",
    ),
    "powers": (lambda: library.monomial([[0.5, 1]]), "powers: got list"),
    "powers twice": (lambda: library.monomial([[1, 1], [1, 1]]), "different rows"),
    "domain": (lambda: library.legendre(2, 2, domain=(1, -1)), "domain: got tuple (1, -1)"),
    "deviation": (lambda: library.hermite(2, 2, deviation=[1, 0]), "deviation: got a tensor"),
    "product": (lambda: P2 * library.polynomial(3, 1), "factors for 2 and 3 variables"),
    "product with a number": (lambda: P2 * 2, "library: got int 2"),
    "method": (lambda: model(method="magic").fit(X, RATES), "method: got str 'magic'; expected one of least_squares"),
    "ridge without": (
        lambda: model(method="ridge").fit(X, RATES),
        "alpha: got float 0.0; expected a finite number",
    ),
    "threshold": (lambda: model(method="stlsq", threshold=math.nan).fit(X, RATES), "threshold: got float nan"),
    "rates": (lambda: model().fit(X), "rates: got neither rates nor times"),
    "targets": (lambda: SymmetricRegression(P2, W).fit(X, RATES), "y: got a tensor of shape (50, 2)"),
    "rank-deficient samples": (
        lambda: model().fit(CIRCLE, RATES),
        "x: got samples that leave 2 of 4 weights undetermined, such as that of (x³ + x·y², x²·y + y³)",
    ),
    "one sample": (lambda: model().fit(X[:1], RATES[:1]), "2 of 4 weights undetermined"),
    "not finite": (lambda: model().fit(X / 0, RATES), "x: got"),
    "nothing equivariant": (
        lambda: SymmetricRegression(library.polynomial(2, 1, constant=False), W).fit(X, X[:, 0]),
        "library: got a library in which no function is equivariant",
    ),
    "constraint and action": (
        lambda: SymmetricDynamics(library_constraint(P2, W, Pushforward(W)), W).fit(X, RATES),
        "action: got an action beside a constraint",
    ),
    "scalars as dynamics": (
        lambda: SymmetricDynamics(library_constraint(P2, W)).fit(X, RATES),
        "y: got a tensor of shape (50, 2)",
    ),
    "times": (lambda: model().fit(X, t=ANGLES.flip(0)), "t: got a tensor"),
    "short": (lambda: model().fit(X[:5], t=0.1), "x: got a trajectory of 5 states; expected at least 9"),
    "window": (lambda: model(window=4).fit(X, t=0.1), "window: got int 4"),
    "explodes": (lambda: model().fit(X, CUBES).simulate([1.0, 0.0], [0.0, 5.0]), "t: got a trajectory that ends at"),
    "weights": (lambda: library_constraint(P2, W).expand([1.0]), "weights: got"),
    "coefficients": (lambda: library_constraint(P2, W).project(np.zeros(3)), "coefficients: got"),
    "parameter": (lambda: model().set_params(beta=1), "beta: got int 1"),
}


class Standing(Action):
    """A group of motions whose points stand still."""

    group = SE(2)

    def transform(self, g, x):
        return x


@pytest.mark.parametrize("name", sorted(CASES))
def test_one_line(name: str) -> None:
    call, words = CASES[name]
    with pytest.raises(InputError) as caught:
        call()
    text = str(caught.value)
    assert words in text and "\n" not in text and "; expected " in text


def test_what_the_message_says_to_add_completes_the_library() -> None:
    start = library.monomial([[2, 0]])
    found = library_constraint(start + library.monomial([[1, 1], [0, 2]]), W)
    assert found.expressions() == ["x² + y²"]


def test_not_fitted() -> None:
    with pytest.raises(AttributeError, match="not fitted yet"):
        model().predict(X)
