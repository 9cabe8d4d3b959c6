"""Loops of one's own and of others: clipping, mixed precision, two devices, Lightning; none moves the result."""

from __future__ import annotations

import copy
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from symmetra.groups import SO, Z
from symmetra.inputs import InputError
from symmetra.relax import (
    ConstraintController,
    RelaxedModule,
    lightning_callback,
    method,
    parameter_groups,
    project,
)
from symmetra.representations import Vector


def regression(seed: int = 0) -> tuple[nn.Module, Tensor, Tensor]:
    torch.manual_seed(seed)
    x = torch.randn(64, 4)
    return nn.Sequential(RelaxedModule(nn.Linear(4, 4), nn.Linear(4, 4)), nn.Linear(4, 1)), x, x.sum(1, keepdim=True)


def test_clipping_the_whole_gradient_does_not_move_the_end() -> None:
    net, x, y = regression()
    control = ConstraintController(net, penalty=2.0, dual_lr=5e-2)
    optimizer = torch.optim.SGD(net.parameters(), 5e-2)
    for _ in range(600):
        optimizer.zero_grad()
        (nn.functional.mse_loss(net(x), y) + control.lagrangian()).backward()
        assert nn.utils.clip_grad_norm_(net.parameters(), 0.5).isfinite()
        optimizer.step()
        control.step()
    assert control.gammas.abs().max() < 1e-3 and control.words() == ["settled"]


def test_mixed_precision_and_a_step_that_is_skipped() -> None:
    net, x, y = regression()
    control = ConstraintController(net, "resilient", penalty=1.0)
    optimizer, scaler = torch.optim.SGD(parameter_groups(net), 1e-2), torch.amp.GradScaler("cpu", init_scale=2.0**8)
    for step in range(5):
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            loss = nn.functional.mse_loss(net(x), y) + control.lagrangian()
            norm = net[0].norm(net[0].f_neq, False)
        assert control.lagrangian().dtype == torch.float64 and norm.dtype == torch.float32  # never in half precision
        scaler.scale(loss * (float("inf") if step == 2 else 1.0)).backward()
        before = control.gammas
        scaler.step(optimizer)
        scaler.update()
        control.step()
        assert torch.equal(before, control.gammas) == (step == 2)
    assert torch.isfinite(control.multipliers).all() and float(control.multipliers) > 0
    assert control.deviations.isfinite().all()


DEVICES = """
    import sys, torch
    from torch import nn
    import torch.distributed as dist
    from symmetra.relax import ConstraintController, RelaxedModule
    rank, folder = int(sys.argv[1]), sys.argv[2]
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    torch.manual_seed(0)
    net = nn.Sequential(RelaxedModule(nn.Linear(4, 4), nn.Linear(4, 4)), nn.Linear(4, 1)).double()
    x = torch.randn(64, 4, dtype=torch.float64)
    mine, wrapped = x[rank::2], nn.parallel.DistributedDataParallel(net)
    control = ConstraintController(wrapped, penalty=0.5)
    optimizer = torch.optim.SGD(net.parameters(), 1e-2)
    for _ in range(20):
        optimizer.zero_grad()
        loss = (wrapped(mine) - mine.sum(1, keepdim=True)).square().mean()
        (loss + control.lagrangian()).backward()
        optimizer.step()
        control.step()
    torch.save((control.gammas, control.multipliers), f"{folder}/{rank}.pt")
    dist.destroy_process_group()
"""


def test_two_devices_are_one(tmp_path: Path) -> None:
    code = textwrap.dedent(DEVICES)
    both = [subprocess.Popen([sys.executable, "-c", code, str(rank), str(tmp_path)]) for rank in range(2)]
    torch.manual_seed(0)
    net = nn.Sequential(RelaxedModule(nn.Linear(4, 4), nn.Linear(4, 4)), nn.Linear(4, 1)).double()
    x = torch.randn(64, 4, dtype=torch.float64)
    control, optimizer = ConstraintController(net, penalty=0.5), torch.optim.SGD(net.parameters(), 1e-2)
    for _ in range(20):
        optimizer.zero_grad()
        (nn.functional.mse_loss(net(x), x.sum(1, keepdim=True)) + control.lagrangian()).backward()
        optimizer.step()
        control.step()
    assert [process.wait(120) for process in both] == [0, 0]
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    for one, other, alone in zip(first, second, (control.gammas, control.multipliers)):
        assert torch.equal(one, other)
        assert torch.allclose(one, alone, rtol=0, atol=1e-12)


def lightning_module(net: nn.Module) -> Any:
    from lightning.pytorch import LightningModule

    class Plain(LightningModule):
        """As its author wrote it: no word of any constraint."""

        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def training_step(self, batch: Any, batch_idx: int) -> Tensor:
            return nn.functional.mse_loss(self.net(batch[0]), batch[1])

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.net.parameters(), 1e-2)

    return Plain()


def trainer(callback: Any, folder: Path, steps: int, clip: float | None) -> Any:
    from lightning.pytorch import Trainer

    return Trainer(
        accelerator="cpu",
        max_steps=steps,
        callbacks=[callback],
        gradient_clip_val=clip,
        default_root_dir=folder,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
    )


@pytest.mark.filterwarnings("ignore")  # Lightning's own: few workers, few batches, its types
@pytest.mark.parametrize("clip", [None, 0.3])
def test_lightning_is_the_plain_loop(tmp_path: Path, clip: float | None) -> None:
    net, x, y = regression()
    control, optimizer = ConstraintController(net, penalty=0.5), torch.optim.SGD(net.parameters(), 1e-2)
    for _ in range(12):
        optimizer.zero_grad()
        (nn.functional.mse_loss(net(x), y) + control.lagrangian()).backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
        control.step()

    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=64)
    other, _, _ = regression()
    second = ConstraintController(other, penalty=0.5)
    first_part = trainer(lightning_callback(second), tmp_path, 8, clip)
    module = lightning_module(other)
    first_part.fit(module, loader)
    first_part.save_checkpoint(tmp_path / "part.ckpt")

    fresh, _, _ = regression(1)
    third = ConstraintController(fresh, penalty=0.5)
    trainer(lightning_callback(third), tmp_path, 12, clip).fit(
        lightning_module(fresh), loader, ckpt_path=tmp_path / "part.ckpt", weights_only=False
    )
    assert torch.allclose(control.gammas, third.gammas, rtol=0, atol=1e-6)
    assert torch.allclose(control.multipliers, third.multipliers, rtol=0, atol=1e-7)
    assert third.history.steps == 12


SHIFT = Vector(Z(4))


@pytest.mark.parametrize(
    "name, settings",
    [
        ("strict", {}),
        ("free", {}),
        ("equality", {"penalty": 1.0}),
        ("resilient", {"rho": 0.1}),
        ("ridge", {"weight": 0.1}),
        ("schedule", {"steps": 10, "action_in": SHIFT}),
        ("schedule", {"steps": 10, "action_in": Vector(SO(4))}),
        ("penalty", {"action_in": SHIFT, "weight": 0.1}),
    ],
)
def test_every_method_has_the_same_three_lines(name: str, settings: dict[str, Any]) -> None:
    net, x, y = regression()
    control = method(name, net, **settings)
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], 1e-2)
    course = [control.gammas.item()]
    for _ in range(10):
        optimizer.zero_grad()
        (nn.functional.mse_loss(net(x), y) + control.lagrangian(x)).backward()
        optimizer.step()
        control.step()
        course.append(control.gammas.item())
    if name in ("strict", "schedule"):
        assert course[-1] == 0.0
    if name == "schedule":
        assert course == pytest.approx([0.2 * min(t, 10 - t) for t in range(1, 10)] + [0.0] * 2)
    assert len(control.rows()) == 1 and control.state_dict().keys() >= {"course"}
    copied = copy.deepcopy(net)  # with whatever hooks the method has put there
    assert torch.equal(copied(x), net(x)) and torch.equal(
        project(net, tolerance=10).net(x), project(copied, tolerance=10).net(x)
    )


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: lightning_callback("equality"), "control: got str"),
        (lambda: method("penalty", regression()[0], action_in=Vector(Z(4))).lagrangian(), "the inputs of the batch"),
        (lambda: method("schedule", regression()[0], steps=1, action_in=Vector(Z(4))), "at least 2"),
        (lambda: method("ridge", regression()[0], weight=-1.0), "weight: got"),
        (lambda: method("penalty", regression()[0], action_in="C4"), "action_in"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
