"""Our bases span the spaces that EMLP finds: two derivations, two languages, one answer to its single precision."""

from __future__ import annotations

import emlp.groups as theirs
import numpy as np
import pytest
from emlp.reps import Scalar as TheirScalar
from emlp.reps import V as THEIRS
from emlp.reps.linear_operators import densify

from symmetra import groups as ours
from symmetra.enforce import linear_basis
from symmetra.representations import Scalar, Vector

pytestmark = pytest.mark.interop

# (group, its name in emlp if another, input, output) with V a vector, D its dual, one a scalar
CASES = [
    ("SO(3)", "", "V*V", "V*V"),
    ("SO(3)", "", "V*V*V", "V*V"),
    ("SO(3)", "", "V + V*V", "V*V"),
    ("SO(3)", "", "one + V", "V*V + V"),
    ("SO(3)", "", "V*V*V", "V*V*V"),
    ("SO(2)", "", "V*V", "V*V"),
    ("O(3)", "", "V*V", "V*V"),
    ("O(3)", "", "V*V*V", "V"),
    ("SO(4)", "", "V*V", "V*V"),
    ("Lorentz()", "", "V*V", "V*V"),
    ("Lorentz()", "", "V*D", "V*V"),
    ("SO(1, 3).identity_component", "SO13p()", "V*V", "V*V"),
    ("Sp(4)", "Sp(2)", "V*V", "V*V"),
    ("SL(3)", "", "V*V", "D"),
    ("GL(2)", "", "V*D", "V*D"),
    ("S(3)", "", "V*V", "V*V"),
    ("S(4)", "", "V*V", "V*V"),
    ("S(5)", "", "V + V*V", "V"),
    ("Z(5)", "", "V*V", "V"),
    ("D(4)", "", "V*V*V", "V"),
    ("C(5)", "", "V*V*V", "V*V"),
]


def their_projector(name: str, source: str, target: str) -> np.ndarray:
    group = eval(name, vars(theirs))
    names = {"V": THEIRS, "D": THEIRS.T, "one": TheirScalar}
    rep_in, rep_out = eval(source, names), eval(target, names)
    Q = np.asarray(densify((rep_in >> rep_out)(group).equivariant_basis()), dtype=np.float64)
    return Q @ Q.T


@pytest.mark.parametrize(("group", "name", "source", "target"), CASES, ids=lambda value: str(value))
def test_spans_are_equal(group: str, name: str, source: str, target: str) -> None:
    G = eval(group, vars(ours))
    names = {"V": Vector(G), "D": Vector(G).dual, "one": Scalar(G)}
    Q = linear_basis(eval(source, names), eval(target, names)).vectors.numpy()
    P = their_projector(name or group, source, target)
    assert round(float(np.trace(P))) == Q.shape[1]
    assert float(np.abs(P - Q @ Q.T).max()) <= 1e-5
