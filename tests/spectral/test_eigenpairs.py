"""Eigenpairs: against LAPACK and known spectra, the same bits every time, eigenspaces that permutations carry along."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from symmetra.spectral import Eigenpairs, eigenpairs
from symmetra.spectral import _graphs as graphs_module

from .graphs import GRAPHS, apart, complete, path, random, ring

NORMALIZATIONS = ["sym", "rw", "combinatorial", "signless", "operator"]


def laplacian(A: Tensor, normalization: str, isolated: float = 0.0) -> Tensor:
    """The definition: 1 or the degree on the diagonal, and the edges."""
    degree = A.sum(1)
    divisor = {"sym": (degree[:, None] * degree).sqrt(), "rw": degree[:, None].expand_as(A)}.get(normalization)
    if divisor is not None:
        return torch.where(degree > 0, 1.0, isolated).diag() - torch.where(A > 0, A / divisor, 0.0)
    return A if normalization == "operator" else degree.diag() + (A if normalization == "signless" else -A)


def projectors(found: Eigenpairs, weight: Tensor | None = None) -> list[Tensor]:
    parts = found.vectors[:, found.columns].split(list(found.multiplicities), dim=1)
    parts = parts[:-1] if found.cut else parts
    return [V @ V.mT if weight is None else V @ V.mT * weight for V in parts]


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("name", GRAPHS)
def test_pairs_solve_the_problem(name: str, normalization: str) -> None:
    A = GRAPHS[name]
    found = eigenpairs(A, 6, normalization)
    L, degree, k = laplacian(A, normalization), A.sum(1), min(6, len(A))
    V, values = found.vectors[:, :k], found.values[:k]
    assert float((L @ V - V * values).abs().max()) < 1e-12 * max(1.0, float(L.abs().sum(1).max()))
    weight = torch.where(degree > 0, degree, 1.0) if normalization == "rw" else torch.ones_like(degree)
    assert float((V.mT @ (weight[:, None] * V) - torch.eye(k)).abs().max()) < 1e-12
    every = torch.linalg.eigvals(L).real.sort().values
    assert torch.allclose(values, every[:k], atol=1e-9)
    gaps = torch.cat([every, torch.tensor([torch.inf]).double()]).diff()[:k]
    assert torch.allclose(found.gaps[:k], gaps, atol=1e-9)
    assert sum(found.multiplicities) == k
    assert found.cut == bool(found.gaps[k - 1] <= 1e-8 * float(L.abs().sum(1).max()))


@pytest.mark.parametrize(
    ("graph", "k", "sizes", "cut"),
    [
        (ring(12), 6, (1, 2, 2, 1), True),
        (complete(9), 4, (1, 3), True),
        (complete(9), 9, (1, 8), False),
        (apart(path(3), path(3), path(4)), 3, (3,), False),
        (path(5), 5, (1,) * 5, False),
    ],
    ids=["ring", "complete, cut", "complete, whole", "three components", "path"],
)
def test_multiplicities_are_those_known(graph: Tensor, k: int, sizes: tuple[int, ...], cut: bool) -> None:
    found = eigenpairs(graph, k)
    assert (found.multiplicities, found.cut) == (sizes, cut)
    assert found.groups.tolist() == [i for i, m in enumerate(sizes) for _ in range(m)]


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("name", GRAPHS)
def test_permuted_graphs_have_the_same_eigenspaces(name: str, normalization: str) -> None:
    A = GRAPHS[name]
    order = torch.randperm(len(A))
    one, two = eigenpairs(A, 7, normalization), eigenpairs(A[order][:, order], 7, normalization)
    assert one.multiplicities == two.multiplicities and one.cut == two.cut
    assert torch.allclose(one.values, two.values, atol=1e-11)
    for P, Q in zip(projectors(one), projectors(two), strict=True):
        assert float((P[order][:, order] - Q).abs().max()) < 1e-8


def test_another_basis_of_the_same_space_gives_the_same_vectors() -> None:
    """What is returned does not depend on the rounding of who computed it."""
    for A in (ring(12), complete(9), apart(ring(5), ring(5), path(4))):
        L = laplacian(A, "sym") + 1e-14 * random(len(A), 3, 7)
        one, two = eigenpairs(A, 5), eigenpairs(L, 5, "operator")
        for V, W in zip(*(x.vectors.split(list(x.multiplicities), 1) for x in (one, two)), strict=True):
            if V.shape[1] == 1 or one.values[0] > 1e-9:
                assert float(torch.minimum((V - W).abs().max(), (V + W).abs().max())) < 1e-10
    line = eigenpairs(path(6), 4).vectors
    assert bool((line[line.abs().argmax(0), torch.arange(4)] > 0).all())


def test_first_column_of_a_laplacian_is_the_one_known() -> None:
    A = apart(random(20, 6, 5), ring(6))
    assert torch.allclose(eigenpairs(A, 3, None).vectors[:, 0], torch.full((26,), 26**-0.5).double())
    root = A.sum(1).sqrt()
    assert torch.allclose(eigenpairs(A, 3).vectors[:, 0], root / root.norm())
    rest = eigenpairs(A, 3).without_first()
    assert rest.multiplicities[0] == eigenpairs(A, 3).multiplicities[0] - 1
    assert float((rest.vectors.mT @ root).abs().max()) < 1e-12


BITS = """
import hashlib, torch
from symmetra.spectral import eigenpairs
torch.set_num_threads(1)
found = hashlib.sha256()
for n in (40, 180, 2100):
    i = torch.arange(n)
    edges = torch.cat([torch.stack([i, (i + 1) % n]), torch.stack([i, (i * i + 3 * i + 1) % n])[:, :40]], 1)
    pairs = eigenpairs({"edge_index": torch.cat([edges, edges.flip(0)], 1), "num_nodes": n}, 8)
    found.update(pairs.vectors.numpy().tobytes() + pairs.values.numpy().tobytes())
digest = found.hexdigest()
"""


def test_same_bits_twice_and_in_another_process() -> None:
    """Small and dense, larger and dense, sparse."""
    first: dict[str, object] = {}
    again: dict[str, object] = {}
    exec(BITS, first)
    exec(BITS, again)
    other = subprocess.run([sys.executable, "-c", BITS + "print(digest)"], capture_output=True, text=True, check=True)
    assert first["digest"] == again["digest"] == other.stdout.strip()


@pytest.mark.parametrize("name", ["grid", "star", "components", "ring"])
def test_lanczos_agrees_with_lapack(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Multiple eigenvalues are what Lanczos loses; none is lost."""
    line = torch.diag(torch.ones(13), 1).double()
    line = line + line.mT
    eye = torch.eye(14).double()
    A = {
        "grid": torch.kron(line, eye) + torch.kron(eye, line),
        "star": torch.zeros(120, 120).double().index_fill_(0, torch.tensor([0]), 1.0),
        "components": apart(*(ring(20) for _ in range(9)), random(60, 4)),
        "ring": ring(301),
    }[name]
    A = torch.triu(A + A.mT, 1).clamp(max=1)
    A = A + A.mT
    direct = eigenpairs(A, 12, "combinatorial")
    monkeypatch.setattr(graphs_module, "DENSE", 30)
    from symmetra.spectral import _lanczos

    calls, inner = [], _lanczos.smallest
    monkeypatch.setattr("symmetra.spectral._eigenpairs.smallest", lambda *a: calls.append(a) or inner(*a))
    found = eigenpairs(A.to_sparse_coo(), 12, "combinatorial")
    assert calls
    assert found.multiplicities == direct.multiplicities and found.cut == direct.cut
    assert float((found.values - direct.values).abs().max()) < 1e-11
    assert float((found.gaps - direct.gaps).abs().max()) < 1e-11
    for P, Q in zip(projectors(found), projectors(direct), strict=True):
        assert float((P - Q).abs().max()) < 1e-8


def test_every_form_of_a_graph_is_the_same_graph() -> None:
    import scipy.sparse

    A = random(30, 5, 8)
    edges = A.nonzero().mT
    forms = [A, A.numpy(), A.float(), A.long(), A.tolist(), A.to_sparse_coo(), scipy.sparse.csr_array(A.numpy())]
    forms += [SimpleNamespace(edge_index=edges, num_nodes=30), {"edge_index": edges, "num_nodes": 30}]
    first = eigenpairs(A, 5)
    for form in forms[1:]:
        assert torch.equal(first.vectors, eigenpairs(form, 5).vectors)


def test_a_batch_is_padded_and_an_executor_gives_the_same_bits() -> None:
    batch = [random(n, 4, n) for n in (3, 17, 60, 17, 140)]
    found = eigenpairs(batch, 5)
    assert found.vectors.shape == (5, 140, 5) and found.mask.sum(1).tolist() == [3, 17, 60, 17, 140]
    assert found.columns.sum(1).tolist() == [3, 5, 5, 5, 5]
    assert found.groups[0].tolist()[3:] == [-1, -1]
    assert not bool(found.vectors[~found.mask].any()) and not bool(found.vectors[0, :, 3:].any())
    for i, A in enumerate(batch):
        assert torch.equal(found.vectors[i, : len(A)], eigenpairs(A, 5).vectors)
    with ThreadPoolExecutor(2) as pool:
        shared = eigenpairs(batch, 5, executor=pool)
    assert torch.equal(found.vectors, shared.vectors) and found.multiplicities == shared.multiplicities
    assert torch.equal(eigenpairs(torch.stack(batch[1:4:2]), 5).vectors, found.vectors[[1, 3], :17])


@pytest.mark.parametrize("name", GRAPHS)
def test_single_precision_spans_the_same_spaces(name: str) -> None:
    A = GRAPHS[name]
    one, two = eigenpairs(A, 6, dtype=torch.float32), eigenpairs(A, 6, tolerance=1e-5)
    assert one.vectors.dtype == torch.float32 and one.tolerance == 1e-5
    assert one.multiplicities == two.multiplicities and one.cut == two.cut
    for P, Q, gap in zip(projectors(one), projectors(two), two.gaps, strict=False):
        assert float((P - Q).abs().max()) < 1e-4 and gap >= 0
    assert float((one.vectors - two.vectors).abs().max()) < 1e-3


def test_redrawn_bases_span_the_same_spaces() -> None:
    found = eigenpairs([ring(12), cube4 := GRAPHS["cube"], random(20, 4)], 5)
    drawn, again, other = found.redrawn(3), found.redrawn(3), found.redrawn(4)
    assert torch.equal(drawn.vectors, again.vectors) and not torch.equal(drawn.vectors, other.vectors)
    assert not torch.equal(drawn.vectors, found.vectors)
    for i, A in enumerate([ring(12), cube4, random(20, 4)]):
        one = found.vectors[i].split(list(found.multiplicities[i]), 1)
        two = drawn.vectors[i].split(list(found.multiplicities[i]), 1)
        for V, W in zip(one, two, strict=True):
            assert float((V @ V.mT - W @ W.mT).abs().max()) < 1e-13
        assert len(A) == int(found.mask[i].sum())


def test_isolated_nodes_count_as_components_or_as_in_geometric() -> None:
    A = GRAPHS["isolated nodes"]
    zero, one = eigenpairs(A, 8), eigenpairs(A, 8, isolated=1)
    assert int((zero.values.abs() < 1e-12).sum()) - int((one.values.abs() < 1e-12).sum()) == 4
    for isolated, found in ((0.0, zero), (1.0, one)):
        L = laplacian(A, "sym", isolated)
        assert float((L @ found.vectors - found.vectors * found.values).abs().max()) < 1e-13
    assert eigenpairs(GRAPHS["no edges"], 5).multiplicities == (5,)


def test_rows_tell_what_was_found() -> None:
    rows = eigenpairs([ring(12), path(5)], 4).rows()
    assert rows[1]["value"] == 1 and all(set(row) == {"label", "value", "note"} for row in rows)
    assert np.isclose(rows[2]["value"], 0, atol=1e-12)
