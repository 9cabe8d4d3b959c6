"""Results in the form that the units of the lattice study give, made up: what the proceedings say, with scatter."""

from __future__ import annotations

from typing import Any

import numpy as np

MUS = [round(0.91 + 0.005 * i, 3) for i in range(29)]
SIZES = ("50x2", "60x4", "100x5", "125x8", "200x10")
SQUARES, ETAS, WORM_MUS = ("8x8", "16x16", "32x32", "64x64"), ("4.01", "4.04", "4.25"), ("1", "1.25", "1.5")
TRAININGS = (100, 500, 2000, 20000)
# The error of a kind of network at the largest training set, and how it falls with the size of that set.
LEVELS = {
    "EQ": (2e-8, 1.5),
    "ST": (3e-5, 0.2),
    "FL": (1e-4, 0.1),
    "ST+aug": (2e-5, 0.2),
    "FL+aug": (5e-5, 0.2),
    "FL-large": (1e-6, 0.3),
}


def made_up(count: int = 5) -> dict[str, dict[str, Any]]:
    """All units of the study, with ``count`` instances of everything."""
    rng = np.random.default_rng(0)
    results: dict[str, dict[str, Any]] = {}
    truth = {"n": np.clip(np.array(MUS) - 0.93, 0, None) * 4.8, "phi2": 0.2585 + np.clip(np.array(MUS) - 0.93, 0, None)}
    results["regression/ensembles/200x10"] = {"mu": MUS}
    for name, values in truth.items():
        results["regression/ensembles/200x10"] |= {name: list(values), f"{name}_error": [2e-3] * len(MUS)}

    def scatter(level: float, size: int = count) -> list[float]:
        return [float(v) for v in level * np.exp(rng.normal(0, 0.4, size))]

    for kind, (level, slope) in LEVELS.items():
        if "+" not in kind and "-" not in kind:
            trials = [[{"channels": 8}, 2 * level], [{"channels": 16}, level]]
            results[f"regression/search/{kind}"] = {
                "best": trials[1][0],
                "value": level,
                "parameters": 900,
                "trials": trials,
            }
        for training in TRAININGS:
            own = level * (TRAININGS[-1] / training) ** slope
            boxes = SIZES if kind in ("EQ", "ST", "ST+aug") else ("200x10" if kind == "FL-large" else "60x4",)
            result: dict[str, Any] = {"parameters": 10**7 if kind == "FL-large" else 900, "train_seconds": 10.0}
            result |= {"test_mse": scatter(own), "by_size": {box: scatter(own) for box in boxes}}
            result["by_mu"] = {box: {f"{mu:g}": scatter(own) for mu in MUS} for box in boxes[:2]}
            if training == TRAININGS[-1] and "200x10" in boxes:
                result["curves"] = {"200x10": {"mu": MUS}}
                for name, values in truth.items():
                    rows = [[float(v + rng.normal(0, level**0.5)) for _ in range(count)] for v in values]
                    result["curves"]["200x10"][name] = rows
            results[f"regression/{kind}/n{training}/instances"] = result
    for task, labels in (("detection", ()), ("counting", range(11))):
        for kind, (level, _) in list(LEVELS.items())[:3]:
            boxes = SQUARES if kind != "FL" else SQUARES[:1]
            worst = (
                {"EQ": 0.0, "ST": 0.01, "FL": 0.1}[kind] if task == "detection" else {"EQ": 0, "ST": 0.4}.get(kind, 0.6)
            )
            result = {"parameters": 1234}
            accuracy = {
                f"{box}|{eta}|{mu}": 1 - worst * rng.random(count) for box in boxes for eta in ETAS for mu in WORM_MUS
            }
            if task == "detection":
                result |= {"accuracy": accuracy, "loss": {key: scatter(0.01 + worst) for key in accuracy}}
                result["reaction"] = [float(v) for v in np.where(rng.random(count) < 0.5, 0.99, 0.01)]
                field = np.zeros((2, 8, 8), dtype=int)
                field[0, 2:5, 3] = 1
                divergence = sum(field[d] - np.roll(field[d], 1, d) for d in range(2))
                response = np.where(divergence > 0, 1.0, 0.05)
                result["feature_maps"] = {"input": field.tolist(), "divergence": divergence.tolist()}
                result["feature_maps"]["map"] = response.tolist() if kind != "ST" else response[::2, ::2].tolist()
            else:
                result["accuracy_by_parameters"] = accuracy
                at = {f"{box}|{n}": 1 - worst * np.exp(-n / 3) * rng.random(count) for box in boxes for n in labels}
                result |= {"accuracy": at, "loss": {key: scatter(1e-6 + worst * 0.1) for key in at}}
            results[f"{task}/{kind}/instances"] = {
                k: {a: list(map(float, b)) for a, b in v.items()} if k.startswith(("acc", "loss")) else v
                for k, v in result.items()
            }
            results[f"{task}/search/{kind}"] = {
                "best": {"pool": "max"},
                "value": level,
                "parameters": 1234,
                "trials": [],
            }
    return results
