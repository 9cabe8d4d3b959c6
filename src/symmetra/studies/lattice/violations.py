"""What a network sees of a violation: the feature maps in front of its global pool, and its reaction to each sign.

The reaction to a violation of one sign is measured on the maps of an open configuration and of its closed twin. Within
reach of the violation, at the places whose values depend on one of the links at its site, the maps of the open one are
put into those of the closed one. The rise of the output by that, through the pool and all that follows, mean over
configurations and not less than 0, is the reaction to a lone violation. A share of 1 means that only div = +1 is seen,
0 that only div = −1 is, one half that both are seen alike. Configurations in which the reaches overlap are left out.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.lattice import OpenWorms
from symmetra.nn import GlobalPool, TranslationNetwork


def halves(net: TranslationNetwork) -> tuple[nn.Sequential, nn.Sequential]:
    """The layers that make the feature maps, and the pool (of FL: the flattening) with all that follows."""
    place = next(i for i, layer in enumerate(net) if isinstance(layer, GlobalPool | nn.Flatten))
    return net[:place], net[place:]


def reach(maps: nn.Module, divergence: Tensor, sign: int) -> Tensor:
    """The places of the maps that depend on a link at a site with this divergence, ``[batch, *map]``.

    They are those where a NaN that is put on these links of an empty field comes out.

    Args:
        maps: layers up to the feature maps.
        divergence: of the configurations, ``[batch, N_t, N_x]``.
        sign: +1 or −1.
    """
    here = divergence == sign
    marked = torch.zeros(len(here), 4, *here.shape[1:])
    for axis in (0, 1):
        marked[:, axis][here | here.roll(-1, axis + 1)] = torch.nan  # k_ν(x) and k_ν(x − ν)
    return maps(marked).isnan().any(1)


@torch.no_grad()
def reaction(net: TranslationNetwork, made: OpenWorms) -> float | None:
    """The share of the reaction to div = +1 in that to both signs; None if there is none at all."""
    maps, rest = halves(net)
    parts = _maps(maps, made)
    if not len(parts[0]):
        return None
    closed, opened, *reaches = parts
    before = rest(closed)
    rises = [rest(torch.where(r[:, None], opened, closed)) - before for r in reaches]
    plus, minus = (max(float(rise.double().mean()), 0.0) for rise in rises)
    return plus / (plus + minus) if plus + minus > 0 else None


@torch.no_grad()
def feature_map(net: TranslationNetwork, made: OpenWorms) -> dict[str, Any]:
    """The map that an open worm changes most, for a figure.

    Args:
        net: a detector.
        made: configurations with one worm; the first whose violations have separate reaches is taken.

    Returns:
        ``input``, the fluxes k ``[2, N_t, N_x]``; their ``divergence``; ``map``, the channel that differs most from
        the closed twin's within reach of a violation.
    """
    maps, _ = halves(net)
    kept = _apart(maps, made)
    index = int(kept.nonzero()[0]) if kept.any() else 0
    opened, closed = (
        maps(torch.as_tensor(values[index : index + 1]).float())[0] for values in (made.configurations, made.closed)
    )
    divergence = torch.as_tensor(made.divergence()[index : index + 1])
    near = reach(maps, divergence, 1)[0] | reach(maps, divergence, -1)[0]
    channel = int(((opened - closed).abs() * near).flatten(1).amax(1).argmax())
    return {
        "input": made.configurations[index, :2].tolist(),
        "divergence": divergence[0].tolist(),
        "map": [[round(value, 4) for value in row] for row in opened[channel].tolist()],
    }


def _apart(maps: nn.Module, made: OpenWorms) -> Tensor:
    """The configurations in which no place is within reach of both violations."""
    divergence = torch.as_tensor(made.divergence())
    return ~(reach(maps, divergence, 1) & reach(maps, divergence, -1)).flatten(1).any(1)


def _maps(maps: nn.Module, made: OpenWorms) -> tuple[Tensor, ...]:
    """Maps of the closed and of the open configurations, and the reaches of +1 and −1, where these are apart."""
    kept = _apart(maps, made)
    divergence = torch.as_tensor(made.divergence())[kept]
    fields = (torch.as_tensor(values)[kept].float() for values in (made.closed, made.configurations))
    return (*(maps(x) for x in fields), reach(maps, divergence, 1), reach(maps, divergence, -1))
