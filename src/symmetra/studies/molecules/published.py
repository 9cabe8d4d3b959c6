"""Numbers of arXiv 2512.05475 as its result files have them: R² of energies and forces, single run and five folds."""

from __future__ import annotations

# (molecule, model): energy and force of the single run; mean and population deviation over five folds of each.
TABLE: dict[tuple[str, str], tuple[tuple[float, float], tuple[tuple[float, float], tuple[float, float]]]] = {
    ("LiH", "replica-euler"): ((0.9963, 0.9937), ((0.9960, 0.0010), (0.9908, 0.0085))),
    ("LiH", "replica-plain"): ((0.9979, 0.9584), ((0.9970, 0.0005), (0.8373, 0.0362))),
    ("LiH", "replica-graph"): ((0.9964, 0.9548), ((0.9968, 0.0005), (0.9811, 0.0119))),
    ("LiH", "mlp"): ((0.9978, 0.9930), ((0.9976, 0.0004), (0.9950, 0.0012))),
    ("NH3", "replica-euler"): ((0.9554, 0.9469), ((0.9020, 0.0740), (0.8495, 0.0364))),
    ("NH3", "replica-plain"): ((0.7182, 0.7116), ((0.1347, 0.0399), (0.1785, 0.0243))),
    ("NH3", "replica-graph"): ((0.9306, 0.9377), ((0.9300, 0.0088), (0.9410, 0.0077))),
    ("NH3", "mlp"): ((0.9701, 0.9495), ((0.9701, 0.0056), (0.9510, 0.0052))),
}

NAMES = {
    "replica-euler": "“rotational”",
    "replica-plain": "“non-equivariant”",
    "replica-graph": "“graph-permutation”",
    "mlp": "classical baseline",
}
