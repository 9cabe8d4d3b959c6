"""Every group of the catalogue × every way of building a representation: the laws, and the trace."""

from __future__ import annotations

import pytest
import torch

from symmetra import groups
from symmetra.representations import Determinant, Pseudoscalar, Scalar, V

GROUPS = {
    "SO(3)": lambda: groups.SO(3),
    "O(2)": lambda: groups.O(2),
    "SE(2)": lambda: groups.SE(2),
    "E(2)": lambda: groups.E(2),
    "SL(2)": lambda: groups.SL(2),
    "GL(2)": lambda: groups.GL(2),
    "Sp(4)": lambda: groups.Sp(4),
    "U(2)": lambda: groups.U(2),
    "SU(2)": lambda: groups.SU(2),
    "Lorentz": groups.Lorentz,
    "O(1,2)": lambda: groups.O(1, 2),
    "Scaling(2)": lambda: groups.Scaling(2),
    "Translation(2)": lambda: groups.Translation(2),
    "C(5)": lambda: groups.C(5),
    "D(4)": lambda: groups.D(4),
    "S(4)": lambda: groups.S(4),
    "Hyperoctahedral(3)": lambda: groups.Hyperoctahedral(3),
    "Signs(3)": lambda: groups.Signs(3),
    "S(3) × SO(2)": lambda: groups.S(3) * groups.SO(2),
}
SHAPES = {
    "V": V,
    "V*": lambda G: V(G).dual,
    "V⊗V": lambda G: V(G) * V(G),
    "V⊗V*": lambda G: V(G) * V(G).dual,
    "mixed sum": lambda G: 2 * V(G) + Scalar(G) + V(G) ** 2 + 3 * Scalar(G) + Determinant(G),
    "product of sums": lambda G: (V(G) + Scalar(G)) * (V(G).dual + V(G)),
    "sgn": Pseudoscalar,
    "det^-2⊗V": lambda G: Determinant(G, -2) * V(G),
    "conjugate": lambda G: V(G).conjugate * V(G),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("group", GROUPS)
def test_laws(group: str, shape: str) -> None:
    G = GROUPS[group]()
    rep = SHAPES[shape](G)
    g, h = G.sample(6, seed=1), G.sample(6, seed=2)
    dense = rep.rho(g).dense()
    assert dense.shape == (6, rep.dimension, rep.dimension)
    assert rep.is_complex or not dense.is_complex()

    def close(a: torch.Tensor, b: torch.Tensor) -> None:
        scale = float(b.abs().max()) + 1.0
        assert float((a - b).abs().max()) <= 1e-10 * scale

    close(rep.rho(G.identity).dense(), torch.eye(rep.dimension, dtype=dense.dtype))
    close(rep.rho(G.multiply(g, h)).dense(), dense @ rep.rho(h).dense())
    # the derivative: by exponentials, and by forward mode through rho and exp
    for A in G.generators:
        d_rho = rep.drho(A).dense()
        close(rep.rho(G.exp(0.5 * A)).dense(), torch.linalg.matrix_exp(0.5 * d_rho))
        zero = torch.zeros((), dtype=torch.float64)
        forward = torch.func.jvp(lambda t, A=A: rep.rho(G.exp(t * A)).dense(), (zero,), (zero + 1,))[1]
        close(d_rho.to(forward.dtype), forward)
    # the trace, and the application to vectors, against the dense matrix
    close(rep.character(g).to(dense.dtype), dense.diagonal(dim1=-2, dim2=-1).sum(-1))
    x = torch.randn(6, rep.dimension, dtype=dense.dtype, generator=torch.Generator().manual_seed(0))
    close(rep.rho(g).apply(x), torch.einsum("bij,bj->bi", dense, x))
    close(rep.rho(g[0]).apply(x), x @ dense[0].mT)
    close(rep.rho(g[:, None]).apply(x), torch.einsum("bij,cj->bci", dense, x))
    close(rep.rho(g[0]) @ x.mT, dense[0] @ x.mT)
    close(rep.rho(g[0]) @ x[0], dense[0] @ x[0])
    close(rep.rho(g).T.dense(), dense.mT)
    close(rep.transform(g[0], x), x @ dense[0].mT)


@pytest.mark.parametrize("group", GROUPS)
def test_duals_pair_invariantly(group: str) -> None:
    G = GROUPS[group]()
    rep = V(G) * V(G) + V(G)
    g = G.sample(8, seed=3)
    dtype = torch.complex128 if rep.is_complex else torch.float64
    u, v = torch.randn(2, 8, rep.dimension, dtype=dtype, generator=torch.Generator().manual_seed(1))
    before = (u * v).sum(-1)
    after = (rep.dual.transform(g, u) * rep.transform(g, v)).sum(-1)
    size = rep.dual.transform(g, u).norm(dim=-1) * rep.transform(g, v).norm(dim=-1)
    assert float(((after - before).abs() / size).max()) < 1e-12
    assert rep.dual.dual == rep
    assert (V(G) ** 2).dual == V(G).dual ** 2 == V(G) ** -2


def test_unitary_duals_are_conjugates() -> None:
    for G in (groups.U(3), groups.SU(2)):
        g = G.sample(5, seed=0)
        rep = V(G) * V(G)
        torch.testing.assert_close(rep.dual.rho(g).dense(), rep.conjugate.rho(g).dense())
        torch.testing.assert_close(rep.dual.drho(G.generators).dense(), rep.conjugate.drho(G.generators).dense())
        assert rep.is_complex and rep.conjugate.conjugate == rep
    assert V(groups.SO(3)).conjugate == V(groups.SO(3))
