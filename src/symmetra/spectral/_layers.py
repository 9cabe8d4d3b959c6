"""Sign-equivariant layers: a gate on single numbers, and the general layer on whole columns."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from symmetra.spectral._columns import (
    ColumnLinear,
    EvenNetwork,
    check_shape,
    compressed,
    known_activation,
    odd_activation,
    size,
)

SMALL = 0.2  # the size at first of what a residual layer adds: twenty of them neither blow up nor die out


class SignEquivariantGate(nn.Module):
    """``x ⊙ (1 + net(e(x)))`` on R^k: every number scaled by a function of all numbers but their signs.

    e(x) = 4 log(1 + x²/4) is even, smooth, and slow to grow.

    Equivariant to the last bit: f(x S) = f(x) S for S a diagonal of signs. All sign-equivariant polynomials of R^k are
    of the form x ⊙ (even), and the net is universal for the even factor (arXiv 2312.02339). Numbers should be of order
    one: eigenvectors of length 1 over n nodes times √n.

    Args:
        k: the number of signs.
        width: of the hidden layer of the net.
        features: how many invariant features the net sees besides, such as degrees or charges.
        activation: an odd function, applied last; None for none.
        gate_activation: of the net, any: ``"silu"``, ``"relu"``, ``"gelu"``, ``"tanh"``, ``"softplus"``.

    Shape:
        ``x [..., k]`` and ``features [..., features]`` to ``[..., k]``.

    Raises:
        InputError: an activation that is not odd; when called, wrong shapes.

    Example:
        >>> import torch
        >>> gate, x = SignEquivariantGate(3), torch.randn(10, 3)
        >>> signs = torch.tensor([1.0, -1.0, -1.0])
        >>> torch.equal(gate(x * signs), gate(x) * signs)
        True
    """

    def __init__(
        self, k: Any, *, width: Any = 64, features: Any = 0, activation: Any = None, gate_activation: Any = "silu"
    ) -> None:
        super().__init__()
        self.k, self.activation = size(k, "k"), odd_activation(activation)
        kind = known_activation(gate_activation)
        self.net = EvenNetwork(self.k, size(features, "features", 0), size(width, "width"), self.k, kind)

    def forward(self, x: Tensor, features: Tensor | None = None) -> Tensor:
        """The numbers, scaled."""
        check_shape(x, (self.k,), "x")
        y = x + x * self.net(compressed(x), features)
        return y if self.activation is None else self.activation(y)


class SignEquivariantLayer(nn.Module):
    """``W₂((W₁V) ⊙ (1 + net(V)))`` on R^{rows × k}, with linear maps column by column and a net that no sign reaches.

    The net sees whole columns: of each the squares of linear forms, ``e(a·v_j)`` with e as for the gate. Twice as many
    forms as rows tell any two columns apart that differ by more than their sign (real phase retrieval), relative signs
    inside a column included; the entries ``|V|`` alone would lose these. The polynomials of this form are all that are
    sign equivariant (arXiv 2312.02339). Where rows_out is rows_in the result, small at first, is added to the input, so
    that stacks keep its size.

    Args:
        rows_in: rows of the input.
        rows_out: rows of the output.
        k: columns, one sign each.
        inner: rows in between; twice the larger of both by default.
        width: of the hidden layer of the net.
        features: how many invariant features the net sees besides.
        residual: add the input; only where the rows agree, and by default there.
        activation: an odd function, applied to ``W₁V ⊙ …``; None for none.
        gate_activation: of the net, any.

    Shape:
        ``V [..., rows_in, k]`` and ``features [..., features]`` to ``[..., rows_out, k]``.

    Raises:
        InputError: an activation that is not odd; when called, wrong shapes.
    """

    def __init__(
        self,
        rows_in: Any,
        rows_out: Any,
        k: Any,
        *,
        inner: Any = None,
        width: Any = 64,
        features: Any = 0,
        residual: Any = None,
        activation: Any = None,
        gate_activation: Any = "silu",
    ) -> None:
        super().__init__()
        self.rows_in, self.rows_out, self.k = size(rows_in, "rows_in"), size(rows_out, "rows_out"), size(k, "k")
        self.inner = 2 * max(rows_in, rows_out) if inner is None else size(inner, "inner")
        self.residual = rows_in == rows_out if residual is None else bool(residual) and rows_in == rows_out
        self.activation = odd_activation(activation)
        forms = 2 * rows_in if rows_in > 1 else 1
        self.forms = ColumnLinear(rows_in, forms, k)
        self.inward = ColumnLinear(rows_in, self.inner, k)
        self.outward = ColumnLinear(self.inner, rows_out, k, SMALL if self.residual else 1.0)
        kind = known_activation(gate_activation)
        self.net = EvenNetwork(forms * k, size(features, "features", 0), size(width, "width"), self.inner * k, kind)

    def forward(self, V: Tensor, features: Tensor | None = None) -> Tensor:
        """The columns, mapped and scaled."""
        check_shape(V, (self.rows_in, self.k), "V")
        factor = self.net(compressed(self.forms(V)).flatten(-2), features).unflatten(-1, (self.inner, self.k))
        middle = self.inward(V)
        middle = middle + middle * factor
        new = self.outward(middle if self.activation is None else self.activation(middle))
        return V + new if self.residual else new
