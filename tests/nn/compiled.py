"""Run by test_compile.py without the checks of annotations, which no graph compiler can follow: prints what failed."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch
from torch.export import Dim, export

sys.path.insert(0, str(Path(__file__).parent))
from cases import LAYERS, made, vectors

from symmetra.groups import D
from symmetra.nn import FNO, EquivariantConv, TranslationNetwork, UNet
from symmetra.representations import Scalar, Vector


def compiles(net: torch.nn.Module, x: torch.Tensor, backend: str = "eager") -> None:
    torch._dynamo.reset()
    compiled = torch.compile(net, fullgraph=True, backend=backend)
    torch.testing.assert_close(compiled(x), net(x), rtol=1e-6, atol=1e-12)


def exports(net: torch.nn.Module, x: torch.Tensor) -> None:
    exported = export(net, (x,), dynamic_shapes=({0: Dim("batch", min=2, max=1000)},))
    more = torch.cat([x, x[1:]])
    torch.testing.assert_close(exported.module()(more), net(more), rtol=1e-6, atol=1e-12)


def same_gradients(net: torch.nn.Module, x: torch.Tensor) -> None:
    gradients = []
    for function in (net, torch.compile(net, fullgraph=True, backend="aot_eager")):
        net.zero_grad()
        function(x).square().sum().backward()
        gradients.append([parameter.grad.clone() for parameter in net.parameters()])
    torch.testing.assert_close(*gradients)


def checks():
    for layer in LAYERS:
        for name in ("rotations", *(["permutations", "Euclidean", "one large part"] if layer == "linear" else [])):
            net, V, _ = made(layer, name)
            yield f"compile {layer}, {name}", lambda net=net, V=V: compiles(net, vectors(V))
            if layer != "bilinear":  # the perceptron has one
                yield f"export {layer}, {name}", lambda net=net, V=V: exports(net, vectors(V))
    field, x = EquivariantConv(2 * Scalar(D(4)) + Vector(D(4)), Vector(D(4))), torch.randn(2, 4, 6, 6)
    yield "compile convolution", lambda: compiles(field, x)
    yield "export convolution", lambda: exports(field, x)
    x = torch.randn(3, 4, 6, 4)
    for kind in ("EQ", "ST", "FL"):
        for convolutions in (((16, 2), (16, 1)), ((40, 2), (8, 2))):  # by a product of matrices, and by torch's own
            net = TranslationNetwork(kind, 4, 2, convolutions=convolutions, extents=(6, 4))
            yield f"compile {kind} {convolutions}", lambda net=net: compiles(net, x)
            yield f"export {kind} {convolutions}", lambda net=net: exports(net, x)
    for net in (UNet(4, 3, width=4), FNO(4, 3, modes=3, width=4, padding="zeros"), FNO(4, 3, modes=3, width=4)):
        x = torch.randn(3, 4, 9, 10)
        yield f"compile {net}"[:30], lambda net=net, x=x: compiles(net, x)
        yield f"export {net}"[:30], lambda net=net, x=x: exports(net, x)
    net, V, _ = made("norm", "rotations")
    yield "gradients", lambda: same_gradients(net, vectors(V))
    if "inductor" in sys.argv:  # half a minute
        yield "inductor", lambda: compiles(net, vectors(V), "inductor")


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    failed, done = {}, 0
    for label, check in checks():
        done += 1
        try:
            check()
        except Exception as error:
            failed[label] = f"{type(error).__name__}: {error}"[:500]
    print(json.dumps({"done": done, "failed": failed}))
