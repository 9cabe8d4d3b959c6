"""The two worm tasks: what is trained, what is asked, and what counts as right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


@dataclass(frozen=True)
class Task:
    """One of the two tasks.

    Attributes:
        name: ``detection`` or ``counting``.
        trained: numbers of worms in the training.
        asked: numbers of worms in the tests.
        searched: numbers of worms in the configurations by which the search chooses.
        loss: of each output, ``loss(output, worms)``.
        right: whether an output is right, ``right(output, worms)``.
        bias: whether layers have biases.
    """

    name: str
    trained: tuple[int, ...]
    asked: tuple[int, ...]
    searched: tuple[int, ...]
    loss: Callable[[Tensor, Tensor], Tensor]
    right: Callable[[Tensor, Tensor], Tensor]
    bias: bool


def entropy(output: Tensor, worms: Tensor) -> Tensor:
    """Binary cross entropy of a logit."""
    return binary_cross_entropy_with_logits(output, worms, reduction="none")


def tells(output: Tensor, worms: Tensor) -> Tensor:
    """Whether the sign of a logit is right."""
    return (output > 0) == (worms > 0)


def squared(output: Tensor, worms: Tensor) -> Tensor:
    """(output − worms)²."""
    return (output - worms).square()


def rounds(output: Tensor, worms: Tensor) -> Tensor:
    """Whether an output rounds to the number of worms."""
    return output.round() == worms


DETECTION = Task("detection", (0, 1), (0, 1), (0, 1), entropy, tells, bias=True)

# Without biases, in all architectures: on one size, a constant at every site of a sum pool and one at the output can
# make up for each other, which loses every other size. The search chooses by configurations with any number of worms:
# on none and five alone, five times the maximum of |div| is as exact as half its sum.
NUMBERS = tuple(range(11))
COUNTING = Task("counting", (0, 5), NUMBERS, NUMBERS, squared, rounds, bias=False)

TASKS = {task.name: task for task in (DETECTION, COUNTING)}
