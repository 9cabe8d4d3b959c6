"""Arguments of a wrong type, as a user meets them: without the type checks of the test run, in one line each."""

import subprocess
import sys

CALLS = """
candidates.affine(2.0)
candidates.affine("3")
candidates.polynomial(2, True)
candidates.from_group("SO(3)")
candidates.fields(3, 2)
library.named("r", 3)
library.polynomial(None, 2)
discover.function(None, x, candidates.affine(3))
discover.function(lambda s: s @ s, "x", candidates.affine(3))
discover.function(lambda s: s @ s, None, candidates.affine(3))
discover.function(lambda s: s @ s, 3, candidates.affine(3))
discover.function(lambda s: s @ s, [[1, 2, "a"]], candidates.affine(3))
discover.function(lambda s: s @ s, x, None)
discover.function(lambda s: "value", x, candidates.affine(3))
discover.function(lambda s: s @ s, x, candidates.affine(3), output="vector")
discover.function(lambda s: s @ s, x, candidates.affine(3), alpha=2)
discover.dynamics(lambda s: s[:2], x, candidates.affine(3))
discover.dynamics("F", x, candidates.affine(3))
discover.dynamics(lambda s: s, x, 3)
discover.manifold("torus", candidates=candidates.affine(3))
discover.manifold(x, candidates=None)
discover.regression(x, "y", candidates.affine(3))
discover.regression(x, y[:5], candidates.affine(3))
discover.regression(x, y, "affine")
discover.conserved(x, "rate", library.polynomial(3, 2))
discover.conserved(x, x, "library")
discover.conserved(x, x[:5], library.polynomial(3, 2))
groups.SO("3")
groups.SO(0)
groups.LieGroup("so(3)")
groups.LieGroup(torch.zeros(3, 2, 3))
measure.equivariance_error(lambda s: s, x, "SO(3)")
"""


def test_wrong_types_are_told_in_one_line():
    code = f"""
import torch
from symmetra import candidates, discover, groups, library, measure
from symmetra.inputs import InputError
x = torch.randn(50, 3, dtype=torch.float64)
y = x.square().sum(1)
wrong = []
for call in {CALLS!r}.strip().splitlines():
    try:
        eval(call)
        wrong.append(f"{{call}} was accepted")
    except InputError as error:
        if chr(10) in str(error):
            wrong.append(f"{{call}} took more than a line")
    except Exception as error:
        wrong.append(f"{{call}} raised {{type(error).__name__}}: {{error}}")
print(chr(10).join(wrong))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
