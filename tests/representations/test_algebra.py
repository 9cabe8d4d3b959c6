"""Equality, names, laziness, products of groups, and representations of one's own."""

from __future__ import annotations

import pytest
import torch

from symmetra import groups
from symmetra.inputs import InputError
from symmetra.representations import Determinant, LinearMap, Representation, Scalar, V, Vector


def test_names_equality_and_hash() -> None:
    G = groups.SO(3)
    rep = V(G) * V(G) + 2 * V(G).dual
    assert repr(rep) == "V⊗V ⊕ 2V*"
    assert repr(V(G) ** 5) == "V⊗⁵"
    assert repr(2 * (V(G) + Scalar(G)) + (V(G) + Scalar(G)) * V(G)) == "2(V ⊕ 1) ⊕ (V ⊕ 1)⊗V"
    assert rep == V(G) ** 2 + V(G).dual + V(G).dual
    assert hash(rep) == hash(V(G) ** 2 + V(G).dual + V(G).dual)
    assert V(G) != V(groups.O(3)) and V(G) + V(G) ** 2 != V(G) ** 2 + V(G)
    assert V(G) * (V(G) * V(G)) == (V(G) * V(G)) * V(G) == V(G) ** 3
    assert V(G) ** 0 == Scalar(G) and Scalar(G) * V(G) == V(G)
    assert 3 * V(G) == V(G) + V(G) + V(G) and 1 * V(G) == V(G)
    assert V is Vector and (V(G) + Scalar(G)).dimension == 4
    assert V(G) != "V" and Determinant(G).dual == Determinant(G, -1)


def test_kronecker_is_row_major() -> None:
    G = groups.O(3)
    g, h = G.sample(2, seed=0)
    rep = V(G) * (V(G) + Scalar(G))
    block = torch.block_diag(g, torch.ones(1, 1, dtype=torch.float64))
    torch.testing.assert_close(rep.rho(g).dense(), torch.kron(g, block))
    A = torch.randn(3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    eye = torch.eye(3, dtype=torch.float64)
    torch.testing.assert_close((V(G) ** 2).drho(A).dense(), torch.kron(A, eye) + torch.kron(eye, A))
    # an outer product moves as the outer product of what moves
    x = torch.randn(5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    outer = (x[:, :, None] * x[:, None, :]).flatten(1)
    moved = x @ h.mT
    torch.testing.assert_close((V(G) ** 2).transform(h, outer), (moved[:, :, None] * moved[:, None, :]).flatten(1))


def test_a_tensor_power_is_never_multiplied_out(monkeypatch: pytest.MonkeyPatch) -> None:
    G = groups.SO(5)
    rep = V(G) ** 8  # 390,625 components: the matrix would have 1.5e11 entries, 1.2 TB
    g = G.sample(1, seed=0)[0]
    v = torch.randn(5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def refuse(self: LinearMap) -> torch.Tensor:
        raise AssertionError("made dense")

    for kind in ("_kronecker.Kronecker", "_kronecker.KroneckerSum", "_linear_map.DirectSum"):
        monkeypatch.setattr(f"symmetra.representations.{kind}.dense", refuse, raising=False)

    def power(u: torch.Tensor) -> torch.Tensor:
        x = u
        for _ in range(7):
            x = torch.outer(x, u).flatten()
        return x

    torch.testing.assert_close((rep + V(G)).transform(g, torch.cat([power(v), v])), torch.cat([power(g @ v), g @ v]))
    # L = Σ 1⊗…⊗A⊗…⊗1 on v⊗…⊗v is the derivative of (v + tAv)⊗…⊗(v + tAv)
    A = G.generators[0]
    exact = torch.func.jvp(
        lambda t: power(v + t * (A @ v)),
        (torch.tensor(0.0, dtype=torch.float64),),
        (torch.tensor(1.0, dtype=torch.float64),),
    )[1]
    torch.testing.assert_close(rep.generate(A, power(v)), exact)
    torch.testing.assert_close(rep.character(g), torch.trace(g) ** 8)


def test_maps_pass_for_tensors_and_compose() -> None:
    G = groups.SO(3)
    g, h = G.sample(2, seed=0)
    rep = V(G) ** 2
    assert torch.allclose(rep.rho(g), torch.kron(g, g))
    assert torch.allclose(rep.rho(g) @ rep.rho(h), rep.rho(g @ h))
    assert torch.allclose((rep.rho(g) @ rep.rho(h)).T, rep.rho(g @ h).T)
    assert float(torch.linalg.norm(rep.rho(g) - rep.rho(g).dense())) == 0.0
    assert rep.rho(G.sample(7, seed=0)).shape == (7, 9, 9)


def test_float32_vectors_are_moved_in_double_and_given_back() -> None:
    G = groups.SO(3)
    x = torch.randn(10, 9, generator=torch.Generator().manual_seed(0))
    g = G.sample(1, seed=0)[0]
    moved = (V(G) ** 2).transform(g, x)
    assert moved.dtype == torch.float32
    assert torch.equal(moved, (V(G) ** 2).transform(g, x.double()).float())
    assert V(groups.U(2)).transform(groups.U(2).sample(1, seed=0)[0], torch.ones(2)).dtype == torch.complex64


def test_products_of_groups() -> None:
    S, R, B = groups.S(3), groups.SO(2), groups.C(4)
    rep = V(S) * V(R)
    assert rep.group == S * R and rep.dimension == 6
    assert repr(rep) == f"V[{S}]⊗V[{R}]"
    g = rep.group.sample(5, seed=0)
    one, two = rep.group.split(g)
    torch.testing.assert_close(
        rep.rho(g).dense(), torch.stack([torch.kron(a, b) for a, b in zip(one, two, strict=True)])
    )
    # a factor's representation joins the product's, and lifting twice is lifting once
    assert (rep * V(S)).group == S * R and (V(R) + rep).group == S * R
    assert ((V(S) * V(R)) * V(B)) == (V(S) * (V(R) * V(B)))
    torch.testing.assert_close((V(S) + V(R)).rho(g).dense()[0], torch.block_diag(one[0], two[0]))
    assert (V(groups.U(2)) * V(S)).is_complex and not (V(groups.U(2)) + V(S)).runs[1][0].is_complex


def test_a_representation_of_ones_own() -> None:
    G = groups.SO(2)
    double = Representation(G, lambda g: g @ g, name="ℓ=2")
    A = G.generators[0]
    torch.testing.assert_close(double.drho(A).dense(), 2 * A)
    assert repr(double + V(G)) == "ℓ=2 ⊕ V" and double == double and double != Representation(G, lambda g: g @ g)
    g = G.sample(4, seed=0)
    torch.testing.assert_close((double * V(G)).character(g), double.character(g) * V(G).character(g))
    # by values: cannot be vmapped, is taken one by one
    by_angle = Representation(G, lambda g: g if float(g[0, 0]) > 0 else g.clone(), drho=lambda A: A)
    torch.testing.assert_close(by_angle.rho(g).dense(), g)
    # complex: exp(i m angle); and a permutation representation on pairs
    phase = Representation(G, lambda g: torch.complex(g[:1, :1], g[1:, :1]))
    assert phase.is_complex and phase.drho(A).dense().item() == pytest.approx(1j * float(A[1, 0]))
    pairs = Representation(groups.S(3), lambda g: torch.kron(g, g), name="pairs")
    assert float(pairs.character(pairs.group.elements).mean()) == pytest.approx(2)


@pytest.mark.parametrize(
    ("rho", "drho", "argument", "words"),
    [
        (lambda g: 2 * g, None, "rho", "rho(identity) = 1"),
        (lambda g: g.mT, None, "rho", "rho(gh) = rho(g) rho(h)"),
        (lambda g: g, lambda A: 2 * A, "drho", "exp(drho(A))"),
        (lambda g: g[0], None, "rho", "a square matrix"),
        (lambda g: torch.tensor(g.numpy()), None, "rho", "no derivative"),
    ],
)
def test_what_is_no_representation_is_refused(rho, drho, argument, words) -> None:
    with pytest.raises(InputError) as caught:
        Representation(groups.SO(3), rho, drho)
    assert str(caught.value).startswith(f"{argument}: ") and words in str(caught.value)


def test_bad_arguments() -> None:
    G = groups.SO(3)
    for act in (
        lambda: V(G).rho(torch.eye(2)),
        lambda: V(G).transform(torch.eye(3), torch.ones(4)),
        lambda: V(G) ** 1.5,
        lambda: 0 * V(G),
        lambda: V("SO(3)"),
        lambda: Determinant(G, 0.5),
        lambda: V(G).rho(torch.eye(3)) @ torch.ones(4),
    ):
        with pytest.raises(InputError) as caught:
            act()
        assert "expected" in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(TypeError):
        V(G) + 1
