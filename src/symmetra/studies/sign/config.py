"""What is claimed, by which statistic and which test, and how large each scale is; written before the runs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symmetra.studies.runner import ClaimPlan


@dataclass(frozen=True)
class SignConfig:
    """The settings of one run.

    Attributes:
        scale: ``quick`` (for continuous integration), ``laptop`` (two processor cores), ``paper``.
        seeds: of the parts that are cheap: many graphs, automorphic nodes, regression, clusters.
        slow_seeds: of the links of one graph and of the N-body problem.
        copy: nodes of the graph that is copied; 1000 is the published protocol.
        epochs: of the link prediction on one graph.
        rounds: trainings of four epochs that are timed.
        many: training graphs of the inductive link prediction, each number a setting.
        many_others: graphs that validate there, and as many that test.
        many_steps: steps of its training.
        regression_steps: steps of the regression.
        dims: dimensions of the N-body problem in which models are trained.
        bodies: its training states; a quarter as many validate, half as many test.
        body_steps: steps of its training.
        clusters: training graphs with blocks; half as many validate, as many test.
        cluster_steps: steps of their training.
        cluster_widths: widths of the encoders that are tried there.
        alpha: error rate of each interval.
    """

    scale: str
    seeds: int
    slow_seeds: int
    copy: int
    epochs: int
    rounds: int
    many: tuple[int, ...]
    many_others: int
    many_steps: int
    regression_steps: int
    dims: tuple[int, ...]
    bodies: int
    body_steps: int
    clusters: int
    cluster_steps: int
    cluster_widths: tuple[int, ...]
    alpha: float = 0.05


_LAPTOP = SignConfig(
    scale="laptop",
    seeds=5,
    slow_seeds=3,
    copy=1000,
    epochs=100,
    rounds=3,
    many=(1, 4, 16),
    many_others=16,
    many_steps=100,
    regression_steps=1500,
    dims=(3, 6, 9),
    bodies=600,
    body_steps=300,
    clusters=40,
    cluster_steps=80,
    cluster_widths=(16, 64),
)
SCALES = {
    "quick": replace(
        _LAPTOP,
        scale="quick",
        seeds=1,
        slow_seeds=1,
        copy=100,
        epochs=10,
        rounds=1,
        many=(2,),
        many_others=2,
        many_steps=10,
        regression_steps=40,
        dims=(3,),
        bodies=60,
        body_steps=5,
        clusters=4,
        cluster_steps=5,
        cluster_widths=(16,),
    ),
    "laptop": _LAPTOP,
    "paper": replace(
        _LAPTOP,
        scale="paper",
        seeds=10,
        slow_seeds=10,
        many=(1, 4, 16, 64),
        many_others=64,
        many_steps=500,
        dims=tuple(range(3, 10)),
        bodies=3000,
        body_steps=20000,
        clusters=1000,
        cluster_steps=300,
    ),
}

CLAIMS = (
    ClaimPlan(
        "automorphic",
        "a sign-invariant encoding cannot tell apart two nodes that an automorphism exchanges, whatever its weights",
        "|z₀ − zₘ| / |z₀| of SignNet in float64, m the mirror image of node 0: three graphs with a mirror and simple"
        " eigenvalues, random weights of every seed",
        "at most 10⁻¹² in all of them",
    ),
    ClaimPlan(
        "position",
        "a sign-equivariant encoding can, and scores the neighbour of a node above the neighbour's mirror image",
        "of the untrained network, scores s(0, 1) and s(m, 1) of two neighbours and of the mirror image, every seed and"
        " graph; the same after random column flips",
        "|s(0, 1) − s(m, 1)| ≥ 0.5 |s(0, 1)| and s(0, 1) > s(m, 1) in all, the same bits after flips",
    ),
    ClaimPlan(
        "links",
        "link prediction on two copies of an Erdős–Rényi graph: sign-equivariant about 0.75, all that the copies give;"
        " GCN and SignNet are left at chance",
        "test AUC at the best validation AUC, every seed; beside it the AUC of the oracle that knows the two copies",
        "ours within 0.01 of the oracle for every seed; GCN and SignNet within 0.03 of 0.5 in the mean over seeds",
    ),
    ClaimPlan(
        "links ba",
        "the same on Barabási–Albert graphs: sign-equivariant above GCN and SignNet",
        "difference of the test AUC, paired over seeds, with its interval",
        "both intervals above 0.03",
    ),
    ClaimPlan(
        "epoch",
        "the sign-equivariant network costs a fraction of SignNet",
        "processor seconds of an epoch (a step of training and both evaluations), the least of three short trainings"
        " that are taken in turns, ratio of SignNet's to ours, paired over seeds; SignNet with its products in the"
        " order of the published code, and, beside it, in the cheaper order",
        "interval of the ratio above 4 on the Erdős–Rényi graphs, in the published order",
    ),
    ClaimPlan(
        "features",
        "with degrees as invariant features, it is no worse on Barabási–Albert graphs than the GCN of raw eigenvectors",
        "difference of the test AUC, ours with degrees less the GCN's, paired over seeds, with its interval",
        "the interval reaches 0 or lies above it",
    ),
    ClaimPlan(
        "one graph",
        "the published benchmark, one fixed graph, can tell a network that respects signs from one that does not",
        "Erdős–Rényi: test AUC of the GCN of raw eigenvectors less ours, and its loss when columns are flipped at the"
        " test",
        "ours is better by 0.01, or flips cost the GCN 0.01, in the mean over seeds",
    ),
    ClaimPlan(
        "many graphs",
        "on new graphs whose eigenvectors come with signs of their own, networks of raw eigenvectors lose and ours does"
        " not change",
        "chains of four blocks: test AUC over hidden links of new graphs with fresh signs, ours less a GCN and less a"
        " perceptron of raw eigenvectors, trained with the signs that each training graph came with, paired over seeds;"
        " whether scores of ours are the same bits under every draw of signs",
        "every interval above 0 for every number of training graphs, and the same bits",
    ),
    ClaimPlan(
        "redrawn",
        "redrawing the signs in every step of training does not make up for it",
        "the same difference to the GCN whose signs were redrawn",
        "every interval above 0",
    ),
    ClaimPlan(
        "expressive",
        "sign-equivariant networks fit a target that column-separable odd and sign-invariant ones cannot",
        "yᵢ = xᵢ xᵢ₊₁² on R⁴: mean square error over the variance of y on 100,000 new points, every seed; the"
        " exact floors are 2/3 and 1",
        "sign-equivariant ≤ 0.005, separable in [0.65, 0.70], invariant ≥ 0.98, in all seeds",
    ),
    ClaimPlan(
        "one call",
        "an O(d)-equivariant model takes one pass of its network where frame averaging takes 2ᵈ",
        "calls of the network in a forward pass, counted, d = 3 … 9; processor time of a pass for 100 clouds",
        "1 and 2ᵈ in every dimension",
    ),
    ClaimPlan(
        "bodies",
        "on the N-body problem such a model is as accurate as frame averaging",
        "test error of five charged bodies, in units of their departure from the straight line: ours over that of 2ᵈ"
        " frame averaging at equal steps, geometric mean over seeds with its interval, each dimension",
        "no interval above 1",
    ),
    ClaimPlan(
        "clusters",
        "node clustering: sign-equivariant above SignNet and above raw eigenvectors",
        "balanced accuracy on new graphs with fresh signs, ours less SignNet and less raw eigenvectors: of each the"
        " encoder with the best mean validation accuracy, signs redrawn in training included; paired over seeds, with"
        " its interval",
        "both intervals above 0",
    ),
)
