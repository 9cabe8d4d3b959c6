"""An audit: every generator, every component and random elements, each with a verdict in words."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from symmetra.actions import as_fibre_action
from symmetra.lie_derivative import as_batched
from symmetra.measure._breaking import breaking_layers
from symmetra.measure._discretisation import Discretisation
from symmetra.measure._equivariance import chosen_elements, compared
from symmetra.measure._evaluate import as_inputs, evaluating, squares
from symmetra.measure._lie_error import lie_parts, relative
from symmetra.measure._rounding import Rounding
from symmetra.measure._words import element_words, generator_label

VERDICTS = ("holds to rounding", "holds to the discretisation", "holds approximately", "broken")
UNDEFINED = "undefined"
_MARGIN = 10.0
_RESOLVED = 0.05  # a grid that explains a larger error than this cannot tell a symmetry from its absence


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing tried.

    Attributes:
        kind: "generator", "component" or "elements".
        label: What was tried, in words.
        error: The relative error: of the Lie derivative, or of the worst of the finite elements.
        rounding: The error that rounding explains.
        verdict: "holds to rounding", "holds to the discretisation", "holds approximately", "broken" or "undefined".
        sentence: The verdict with its numbers.
        element: The generator, the component, or the worst of the random elements.
    """

    kind: str
    label: str
    error: float
    rounding: float
    verdict: str
    sentence: str
    element: Tensor


@dataclass(frozen=True, eq=False)
class Audit:
    """What holds and what does not.

    Attributes:
        group: The group's name.
        findings: Generators, then components, then shifts by one cell (of fields on periodic grids), then random
            elements.
        samples: How many samples were used.
        layers: Which layers of a module break what, where the action tells how hidden features move
            (:class:`symmetra.actions.Rolls`) and something is broken.
    """

    group: str
    findings: tuple[Finding, ...]
    samples: int
    layers: tuple[str, ...] = ()

    @property
    def worst(self) -> Finding:
        """The finding with the gravest verdict, and among those the largest error.

        A generator or component that the samples leave undefined weighs nothing, since the elements are tried anyway.
        """

        def weight(finding: Finding) -> tuple[int, float]:
            if finding.verdict == UNDEFINED:
                return (-1 if finding.kind != "elements" else 2), 0.0
            return VERDICTS.index(finding.verdict), finding.error

        return max(self.findings, key=weight)

    @property
    def verdict(self) -> str:
        """The gravest verdict, that of :attr:`worst`."""
        return self.worst.verdict

    @property
    def holds(self) -> bool:
        """Whether nothing exceeds what rounding, or the floor given, explains."""
        return self.verdict in VERDICTS[:2]

    @property
    def sentence(self) -> str:
        """The whole audit in one sentence, with the generators, components and layers at fault."""
        worst = self.worst
        at_fault = [
            f.label for f in self.findings if f.verdict == worst.verdict and f is not worst and f.kind != "elements"
        ]
        traced = f"; traced to {', '.join(at_fault)}" if at_fault and not self.holds else ""
        return "; ".join([f"{self.group}: {worst.sentence}{traced}", *self.layers])

    def rows(self) -> list[dict[str, Any]]:
        """One row a finding, as plain data."""
        return [{"label": f.label, "value": f.error, "note": f.sentence} for f in self.findings]

    def __str__(self) -> str:
        return "\n".join([self.sentence, *(f"  {f.sentence}" for f in self.findings)])


def _judge(
    kind: str,
    label: str,
    error: float,
    rounding: float,
    element: Tensor,
    worst: str,
    floor: float | None,
    near: float,
    grid: float | None,
) -> Finding:
    """The verdict and its sentence."""
    ratio = f"{error:.1e}, {error / rounding:.1e} times what rounding explains ({rounding:.1e})"
    if math.isnan(error):
        verdict, words = UNDEFINED, "undefined: these samples give 0/0, neither the inputs nor the outputs move"
    elif error <= _MARGIN * rounding:
        verdict, words = VERDICTS[0], f"holds to rounding (error {error:.1e}, rounding {rounding:.1e})"
    elif grid is not None and error <= grid and grid > _RESOLVED and (floor is None or error > floor):
        verdict, words = UNDEFINED, f"undefined: the grid alone explains an error of {grid:.1e} (error {error:.1e})"
    elif (floor := max((v for v in (floor, grid) if v is not None), default=None)) is not None and error <= floor:
        verdict, words = VERDICTS[1], f"holds to the discretisation (error {error:.1e}, floor {floor:.1e})"
    elif error <= near:
        verdict, words = VERDICTS[2], f"holds approximately (error {ratio}){worst}"
    else:
        verdict, words = VERDICTS[3], f"broken (error {ratio}){worst}"
    return Finding(kind, label, error, rounding, verdict, f"{label}: {words}", element)


def audit(
    model: Any,
    x: Any,
    action_in: Any,
    action_out: Any = None,
    floor: float | None = None,
    seed: int = 0,
    n_elements: int = 16,
    approximate: float = 1e-2,
    batched: bool | None = None,
) -> Audit:
    """Try a symmetry piece by piece, and say of each piece whether it holds.

    Generators one by one (the error of :func:`lie_derivative_error`), representatives of the components one by one, and
    random finite elements (both the error of :func:`equivariance_error`). Each error is compared with what rounding
    explains, found by computing the same residual at another precision: up to ten times that it "holds to rounding".

    Args:
        model: A plain callable for one sample, or an ``nn.Module`` for the batch (``batched=`` overrides).
        x: Samples ``[N, ...]``, or a pytree of them.
        action_in: How inputs move.
        action_out: How outputs move; ``None`` for invariant outputs.
        floor: The relative error that a discretisation (a grid, a quadrature) explains. Actions on sampled fields
            bring their own estimate of it, which counts beside this one; where it is above 5 %, nothing is decided.
        seed: Of the random elements.
        n_elements: How many of them; a finite group of up to so many elements is tried in full.
        approximate: Up to this relative error a symmetry "holds approximately"; above, it is "broken".
        batched: Whether ``model`` takes a batch.
    """
    fibre, x, group = as_fibre_action(action_out, action_in), as_inputs(x), action_in.group
    findings: list[Finding] = []
    with evaluating(model):
        f = as_batched(model, batched)
        rounding, grid = Rounding(model, f, x, batched), Discretisation(f, x, action_in, action_out)

        def finite(kind: str, label: str, elements: Tensor) -> None:
            parts = [(float(squares(r).mean()), float(s.mean())) for r, s in compared(f, fibre, x, elements)]
            errors = [relative(top, size) for top, size in parts]
            k = max(range(len(errors)), key=lambda i: -1.0 if math.isnan(errors[i]) else errors[i])
            versions = rounding.both(lambda h, p: next(compared(h, fibre, p, elements[k : k + 1]))[0])
            level = rounding.level(versions, math.sqrt(parts[k][1]))
            worst = f"; worst element: {element_words(elements[k], action_in)}" if len(elements) > 1 else ""
            open_ = grid.element(elements[k], parts[k][1])
            findings.append(_judge(kind, label, errors[k], level, elements[k], worst, floor, approximate, open_))

        labels = [generator_label(action_in, i) for i in range(len(group.generators))]
        try:
            parts = lie_parts(f, x, action_in, action_out)
            versions = rounding.both(lambda h, p: [part.residual for part in lie_parts(h, p, action_in, action_out)])
        except (NotImplementedError, RuntimeError):  # no forward derivative: finite elements along the generators
            for label, xi in zip(labels, group.generators):
                finite("generator", f"exp of {label}", group.exp(xi)[None])
        else:
            opened = grid.generators([part.denominator for part in parts])
            for i, part in enumerate(parts):
                error = relative(part.numerator, part.denominator)
                level = rounding.level([version[i] for version in versions], math.sqrt(part.denominator))
                element = group.generators[i]
                findings.append(
                    _judge("generator", labels[i], error, level, element, "", floor, approximate, opened[i])
                )
        for j, component in enumerate(group.components):
            finite("component", f"component {j + 1} ({element_words(component, action_in)})", component[None])
        if len(shifts := grid.exact_elements()):
            finite("elements", "shifts by one cell", shifts)
        tried = chosen_elements(group, None, n_elements, seed)
        complete = group.is_finite and len(tried) == getattr(group, "order", -1)
        which = f"all {len(tried)} elements" if complete else f"{len(tried)} random elements"
        finite("elements", f"{which} of {group}", tried)
    result = Audit(str(group), tuple(findings), len(squares(x)))
    if result.holds or batched is False or not isinstance(model, nn.Module) or not hasattr(action_in, "inside"):
        return result
    return replace(result, layers=breaking_layers(model, x, action_in, _MARGIN * result.worst.rounding))
