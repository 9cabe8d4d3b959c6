"""The page of the study: every claim with its verdict, our numbers beside the published ones, and what is left open."""

from __future__ import annotations

from symmetra.report import Card, Cards, Document, Facts, Gallery, Listing, Picture, Prose, Section, Table, number
from symmetra.report._document import Block
from symmetra.studies.molecules import drawings, tables
from symmetra.studies.molecules.config import MoleculesConfig as Config
from symmetra.studies.molecules.verdicts import Results, curve, most, verdicts
from symmetra.studies.runner import FAILS, HOLDS, Claim

PAPER = (
    "Biswas and Oswal, PERM EQ × GRAPH EQ: Equivariant Neural Networks for Quantum Molecular Learning, arXiv:2512.05475"
)


def document(config: Config, results: Results, command: str) -> Document:
    """The page from the results that are there."""
    claims = verdicts(config, results)
    held, failed = (sum(claim.verdict == kind for claim in claims) for kind in (HOLDS, FAILS))
    parts = [_data(results), _audit(results), _published(results), _fair(config, results)]
    parts += [_generalising(config, results), _training(config, results)]
    return Document(
        title="Equivariant quantum circuits for molecules",
        summary=f"Energies and forces of LiH and NH₃ from circuits with and without symmetry. Of {len(claims)} claims, "
        f"{held} hold, {failed} do not, {len(claims) - held - failed} are not decidable.",
        sections=[_findings(claims), *(part for part in parts if part), _plan(claims), _open(config, results)],
        command=command,
        provenance=[
            ("Paper", PAPER),
            ("Settings", f"scale {config.scale}; error rate {config.alpha:g} an interval"),
            ("Labels", "RHF/STO-3G by PySCF, energies in hartree, analytic forces in hartree/bohr"),
        ],
    )


def _findings(claims: list[Claim]) -> Section:
    cards = [Card(c.verdict, c.plan.claim[0].upper() + c.plan.claim[1:] + ".", tuple(_numbers(c))) for c in claims]
    return Section("What was found", [Cards(cards)])


def _numbers(claim: Claim) -> list[tuple[str, str]]:
    return [(label, text) for label, text in (("measured", claim.value), ("certainty", claim.interval)) if text]


def _data(results: Results) -> Section | None:
    table = tables.ceilings(results)
    if not table.rows:
        return None
    words = (
        "The published forces are in eV/Å beside energies in hartree, and both are then scaled by themselves: no "
        "potential has both. A model whose forces are the derivative of its energies can only come so close, "
        "whatever it is made of, and the published R² of the better models is about what the best potential reaches."
    )
    return Section("Labels", [Prose(words), table])


def _audit(results: Results) -> Section | None:
    table = tables.audits(results)
    if not table.rows:
        return None
    words = (
        "Every model is asked for the energies of general geometries, turned, inverted, with their hydrogens "
        "exchanged. The published “rotational” circuit encodes a bond by three Euler angles and is invariant for "
        "molecules on the z axis only; the published “graph-permutation” circuit gives every qubit its own weights."
    )
    return Section("Which symmetry is there", [Prose(words), table])


def _published(results: Results) -> Section | None:
    if not any(key.startswith("replica/") for key in results):
        return None
    words = (
        "Circuits, labels, losses, learning rates, schedules and the correction after training as published; the sets "
        "are thinned evenly, the steps are full batches and as many as published."
    )
    pictures = [
        Picture(
            drawings.table(results, molecule),
            f"{molecule.replace('3', '₃')}: R² of five folds, ours above, published mean and deviation below.",
            f"R² of four models on {molecule} over five folds beside the published ones.",
        )
        for molecule in ("LiH", "NH3")
        if any(key.startswith(f"replica/folds/{molecule}") for key in results)
    ]
    shown = [Gallery(pictures)] if pictures else []
    return Section(
        "The published table", [Prose(words), *shown, *(tables.replicas(results, part) for part in ("energy", "force"))]
    )


def _fair(config: Config, results: Results) -> Section | None:
    curves = [(m, tables.curves(config, results, m)) for m in config.fair.arms]
    curves = [(molecule, table) for molecule, table in curves if table.rows]
    if not curves:
        return None
    fair = config.fair
    words = (
        "One protocol for all: bond vectors or distances of the same positions, six qubits and about 80 parameters for "
        "every circuit, energies scaled by their mean and spread, forces as derivatives, one loss, "
        f"{fair.steps['NH3']} steps of Adam in batches of {fair.batch} with a cosine schedule, the learning rate "
        f"searched over the same {len(fair.rates)} values, the best of the validation set, {len(fair.seeds)} seeds. "
        "Bonds and angles of NH₃ are all drawn by themselves, molecules are turned, hydrogens in any order."
    )
    pictures = [
        Picture(
            drawings.learning(config, results, molecule),
            f"{molecule.replace('3', '₃')}: loss on unseen geometries, geometric mean and range over seeds.",
            f"Test loss of every model on {molecule} against the number of training geometries.",
        )
        for molecule, _ in curves
    ]
    blocks = [Prose(words), Facts(_facts(config, results)), Gallery(pictures), *(table for _, table in curves)]
    return Section("One protocol for all", blocks)


def _facts(config: Config, results: Results) -> list[tuple[str, str, str]]:
    size, found = most(config), []
    for arm, note in (
        ("plain", "no symmetry"),
        ("graph", "symmetry by distances"),
        ("mlp-small", "classical, 81 parameters"),
    ):
        losses = curve(results, arm, size)
        if losses:
            found.append((f"{arm}, loss", number(sum(losses) / len(losses), 2), f"{note}; {size:,} geometries"))
    return found


def _generalising(config: Config, results: Results) -> Section | None:
    table = tables.generalising(config, results)
    if not table.rows:
        return None
    words = (
        "A small gap alone says little: a model that has learned nothing has none. So the loss itself stands beside "
        "the gap, and so do longer bonds and sharper angles than any in the training set."
    )
    blocks: list[Block] = [Prose(words)]
    if any(curve(results, arm, most(config)) for arm in drawings.ARMS):
        caption = (
            f"Trained on {most(config):,} geometries: loss on unseen ones within and beyond the range, every seed."
        )
        blocks.append(Picture(drawings.beyond(config, results), caption, "Losses on three test sets for every model."))
    return Section("What generalises", [*blocks, table])


def _training(config: Config, results: Results) -> Section | None:
    table = tables.trainability(config, results)
    if not table.rows:
        return None
    blocks: list[Block] = []
    if any(curve(results, arm, most(config)) for arm in drawings.ARMS):
        caption = f"Validation loss while training on {most(config):,} geometries, median over seeds."
        words = "Validation loss of every model against steps."
        blocks.append(Picture(drawings.training(config, results), caption, words))
    return Section("What trains", [*blocks, table])


def _plan(claims: list[Claim]) -> Section:
    rows = [(c.plan.claim, c.plan.statistic, c.plan.test, c.verdict) for c in claims]
    note = Prose("Statistic and test of every claim were written down before the runs; the one change is told below.")
    return Section("How each claim is decided", [note, Table(("claim", "statistic", "test", "verdict"), rows)])


def _open(config: Config, results: Results) -> Section:
    fair = config.fair
    found = [value["best"] for key, value in results.items() if key.startswith("search/")]
    edge = sum(best == max(fair.rates) for best in found)
    items = [
        "Only the abstract, the code and the result files of the paper were known to us: circuits and training are "
        "made from their description; the published generator of the NH₃ geometries is not public, so that ours are "
        "drawn from the ranges of the published ones. All models are trained in float32 and scored in float64.",
        f"The replicas see {config.published} geometries of each set instead of 2,400, evenly spread, with as many "
        "full-batch steps as published; folds are of 80 and 20 % of these. The published fold runs of the circuit "
        "without symmetry are of another circuit, which we do not have in full, and the ramp of the classical "
        "baseline's loss is our reading.",
        f"Every arm has the same {fair.steps['NH3']} steps, which is fewer than it takes most of them to converge; "
        "what is compared is what a model reaches in equal steps. Classical models are cheaper a step, and were "
        f"trained longer as well ({fair.long_steps:,} steps).",
        f"The best learning rate is the largest that was tried, {max(fair.rates):g}, for {edge} of {len(found)} arms: "
        "higher ones might be better still.",
        "The average of the circuit without symmetry over 144 rotations and exchanges is taken after training with "
        "augmentation, not during it, where it would be 144 times as dear.",
        "Intervals over seeds are of five seeds, each with initial parameters and training geometries of its own; "
        "folds share training data, so that their spread is too small an error.",
        "The claim on rotated molecules was first tested on general geometries. These are not only turned, their "
        "hydrogens are exchanged as well, and the circuit with rotations alone failed there (27 times the loss). After "
        "that was seen, its test set was changed to the same upright geometries turned; no other test was changed.",
        "Circuits are simulated exactly: no noise of a device, no finite number of shots.",
    ]
    return Section("What could not be compared", [Listing(items)])
