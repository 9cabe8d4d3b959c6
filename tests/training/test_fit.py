"""One loop: an ensemble is its instances, a resumed fit is an uninterrupted one, the best parameters are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from symmetra import InputError
from symmetra.training import Ensemble, InstanceAdam, fit

DOUBLE = torch.float64


class Scale(nn.Module):
    """One number to learn: a parameter without axes."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(1.5))

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


def net(seed: int, hidden: int = 8) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, hidden), nn.Tanh(), nn.Linear(hidden, 1), Scale()).to(DOUBLE)


def data(count: int = 64, seed: int = 0) -> tuple[Tensor, Tensor]:
    x = torch.randn(count, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))
    return x, (x[:, :1] * x[:, 1:2]).sin()


def squared(model: Any, x: Tensor, y: Tensor) -> Tensor:
    return (model(x) - y).square().mean()


HELD_OUT = data(32, 9)


def score(model: Any) -> Tensor:
    return squared(model, *HELD_OUT)


OPTIONS: dict[str, dict[str, Any]] = {
    "full batch": {},
    "mini-batches": {"batch": 10},
    "clipped": {"clip": 0.05},
    "validated": {"validate": score, "every": 7},
    "scheduled": {"schedule": lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_an_ensemble_trains_each_instance_as_if_alone(options: dict[str, Any]) -> None:
    rates = [1e-2, 3e-3, 1e-3]
    together = Ensemble([net(seed) for seed in range(3)])
    found = fit(together, squared, data(), steps=40, lr=rates, **options)
    for index, rate in enumerate(rates):
        alone = net(index)
        single = fit(alone, squared, data(), steps=40, lr=rate, **options)
        torch.testing.assert_close(found.best[index], single.best, rtol=1e-9, atol=0)
        torch.testing.assert_close(together.instance(index)(HELD_OUT[0]), alone(HELD_OUT[0]), rtol=1e-7, atol=1e-9)


def test_instances_may_have_samples_of_their_own() -> None:
    sets = [data(20, seed) for seed in range(2)]
    together = Ensemble([net(0), net(0)])
    stacked = tuple(torch.stack(parts) for parts in zip(*sets))
    fit(together, squared, stacked, steps=20, batch=6, shared=False)
    for index, own in enumerate(sets):
        alone = net(0)
        fit(alone, squared, own, steps=20, batch=6)
        torch.testing.assert_close(together.instance(index)(HELD_OUT[0]), alone(HELD_OUT[0]), rtol=1e-8, atol=1e-10)


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("moment", [1, 9, 10, 23])
def test_a_resumed_fit_gives_the_same_numbers(tmp_path: Path, moment: int) -> None:
    class Dropping(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.calls = net(0), 0

        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.dropout(self.inner(x), 0.1, self.training)

    def train(stop: int | None, path: Path) -> Any:
        calls = 0

        def loss(model: Any, x: Tensor, y: Tensor) -> Tensor:
            nonlocal calls
            calls += 1
            if calls == stop:
                raise Interrupted
            return squared(model, x, y)

        torch.manual_seed(5)
        model = Dropping()
        options = {"batch": 10, "every": 5, "validate": score, "checkpoint": path}
        schedule = lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 11)  # noqa: E731
        return model, fit(model, loss, data(), steps=30, schedule=schedule, **options)

    whole, plain = train(None, tmp_path / "whole.safetensors")
    with pytest.raises(Interrupted):
        train(moment, tmp_path / "part.safetensors")
    resumed, found = train(None, tmp_path / "part.safetensors")
    assert found.history == plain.history and torch.equal(found.best, plain.best)
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters()))


def test_the_best_parameters_are_kept_and_patience_ends_it() -> None:
    model, calls = net(0), iter(range(100))
    kept: list[Tensor] = []

    def worse_after_three(model: Any) -> Tensor:
        call = next(calls)
        if call == 2:
            kept.extend(p.detach().clone() for p in model.parameters())
        return torch.tensor(float(abs(call - 2)))

    found = fit(model, squared, data(), steps=100, every=2, validate=worse_after_three, patience=4)
    assert found.stopped and found.steps == 14 and int(found.best_step) == 6 and float(found.best) == 0.0
    assert all(torch.equal(p, k) for p, k in zip(model.parameters(), kept))


def test_equal_buffers_are_kept_once() -> None:
    nets = [nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).eval() for _ in range(3)]
    together = Ensemble(nets)
    assert sum(buffer.numel() for buffer in together.buffers()) == 2 + 2 + 1
    x = torch.randn(5, 2)
    torch.testing.assert_close(together.eval()(x), torch.stack([net(x) for net in nets]))


def test_compiled_objective() -> None:
    torch._dynamo.reset()
    plain, compiled = net(0), net(0)
    fit(plain, squared, data(), steps=5)
    fit(compiled, squared, data(), steps=5, compile="aot_eager")
    torch.testing.assert_close(plain(HELD_OUT[0]), compiled(HELD_OUT[0]))


BAD = {
    "no parameters": (nn.Tanh(), {}, "model"),
    "steps": (net(0), {"steps": 0}, "steps"),
    "lr": (net(0), {"lr": [1e-3, 1e-3]}, "lr"),
    "batch": (net(0), {"batch": 0}, "batch"),
}


@pytest.mark.parametrize(("model", "options", "argument"), BAD.values(), ids=BAD)
def test_bad_arguments(model: nn.Module, options: dict[str, Any], argument: str) -> None:
    with pytest.raises(InputError, match=argument):
        fit(model, squared, data(), **{"steps": 1, **options})


def test_bad_data_checkpoints_and_instances(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="as many samples"):
        fit(net(0), squared, (torch.zeros(3, 3), torch.zeros(4, 1)), steps=1)
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"nothing")
    with pytest.raises(InputError, match="no checkpoint"):
        fit(net(0), squared, data(), steps=1, checkpoint=other)
    other.unlink()
    fit(net(0), squared, data(), steps=1, checkpoint=other)
    with pytest.raises(InputError, match="another model"):
        fit(net(0, hidden=5), squared, data(), steps=1, checkpoint=other)
    with pytest.raises(InputError, match="one architecture"):
        Ensemble([net(0), net(0, hidden=5)])
    with pytest.raises(InputError, match="instances"):
        Ensemble([])


def test_rates_scale_with_the_schedule() -> None:
    parameter = nn.Parameter(torch.zeros(2, 3))
    optimizer = InstanceAdam([parameter], [0.1, 0.2])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5**step)
    for _ in range(2):
        parameter.grad = torch.ones(2, 3)
        optimizer.step()
        schedule.step()
    torch.testing.assert_close(parameter.detach()[:, 0], torch.tensor([-0.15, -0.3]))
