"""Spaces of vector fields: what every verb asks of a candidate space, for polynomial fields and for a user's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import jvp, vmap

from symmetra.functions._monomials import monomial_gradients, monomial_name, monomials, variable_names
from symmetra.inputs import InputError, describe


class CandidateSpace(ABC):
    """P vector fields on Rⁿ, linear combinations of which are candidates.

    Attributes:
        n: dimension of the space they act on.
        size: P, how many there are.
        names: one readable name a field.
    """

    n: int
    size: int
    names: list[str]

    @abstractmethod
    def values(self, x: Float[Tensor, "N n"]) -> Float[Tensor, "N P n"]:
        """ζ_p(x): x ``[N, n]`` to ``[N, P, n]``."""

    @abstractmethod
    def jacobian_vector(self, x: Float[Tensor, "N n"], v: Float[Tensor, "N n"]) -> Float[Tensor, "N P n"]:
        """Dζ_p(x) v: x, v ``[N, n]`` to ``[N, P, n]``."""

    def pair(self, x: Float[Tensor, "N n"], covectors: Float[Tensor, "N m n"]) -> Float[Tensor, "N m P"]:
        """⟨w_a, ζ_p(x)⟩: covectors ``[N, m, n]`` to ``[N, m, P]``."""
        return torch.einsum("kan,kpn->kap", covectors, self.values(x))

    def norm_features(self, x: Float[Tensor, "N n"]) -> Float[Tensor, "N S"]:
        """Features ``[N, S]`` that carry the sizes of all fields: a factor R of theirs is enough for every norm."""
        return self.values(x).transpose(1, 2).reshape(x.shape[0], -1)

    def norm_factor(self, factor: Float[Tensor, "r S"]) -> Float[Tensor, "r n P"]:
        """From a factor R ``[r, S]`` of the features to ``[r, n, P]``: components of every field in r directions."""
        return factor.reshape(factor.shape[0], self.n, self.size)

    def vector_field(self, coefficients: Tensor) -> Callable[[Tensor], Tensor]:
        """The field Σ_p θ_p ζ_p as a function of x ``[..., n]``."""
        theta = self._coefficients(coefficients)

        def field(x: Tensor) -> Tensor:
            flat = x.reshape(-1, self.n)
            return torch.einsum("p,kpn->kn", theta.to(flat), self.values(flat)).reshape(x.shape)

        return field

    def matrices(self, coefficients: Tensor) -> Tensor | None:
        """``[k, n, n+1]`` (linear part, then translation) where all candidates are affine, else None."""
        return None

    def _coefficients(self, coefficients: Tensor) -> Tensor:
        if coefficients.shape[-1] != self.size:
            raise InputError("coefficients", describe(coefficients), f"shape [..., {self.size}], one a candidate")
        return coefficients


class PolynomialFields(CandidateSpace):
    """Fields ζ_p(x) = Θ_p ψ(x) with monomials ψ; without ``tensor`` all of them, p = i·M + m for ψ_m ∂_i.

    Args:
        n: dimension.
        powers: exponents of ψ, ``[M, n]``.
        tensor: Θ, ``[P, n, M]``.
    """

    def __init__(self, n: int, powers: Tensor, tensor: Tensor | None = None) -> None:
        self.n, self.exponents = n, powers
        self._theta = None if tensor is None else tensor.to(torch.float64)
        self.size = n * powers.shape[0] if tensor is None else tensor.shape[0]

    @property
    def is_full(self) -> bool:
        """Whether every monomial may stand in every component."""
        return self._theta is None

    @property
    def tensor(self) -> Tensor:
        """Θ, ``[P, n, M]``."""
        if self._theta is not None:
            return self._theta
        return torch.eye(self.size, dtype=torch.float64).reshape(self.size, self.n, -1)

    @property
    def names(self) -> list[str]:  # type: ignore[override]
        """``y·∂x`` for single monomials; generators of a group are numbered."""
        if not self.is_full:
            return [f"ξ{p + 1}" for p in range(self.size)]
        variables = variable_names(self.n)
        words = [monomial_name(a, variables) for a in self.exponents]
        return [f"∂{v}" if w == "1" else f"{w} ∂{v}" for v in variables for w in words]

    def values(self, x: Float[Tensor, "N n"]) -> Float[Tensor, "N P n"]:
        return torch.einsum("pnm,km->kpn", self.tensor.to(x), monomials(x, self.exponents))

    def jacobian_vector(self, x: Float[Tensor, "N n"], v: Float[Tensor, "N n"]) -> Float[Tensor, "N P n"]:
        slopes = torch.einsum("kmn,kn->km", monomial_gradients(x, self.exponents), v)
        if self.is_full:
            eye = torch.eye(self.n, dtype=x.dtype, device=x.device)
            return torch.einsum("km,ij->kimj", slopes, eye).reshape(x.shape[0], self.size, self.n)
        return torch.einsum("pnm,km->kpn", self.tensor.to(x), slopes)

    def pair(self, x: Float[Tensor, "N n"], covectors: Float[Tensor, "N m n"]) -> Float[Tensor, "N m P"]:
        psi = monomials(x, self.exponents)
        if self.is_full:
            products = covectors.unsqueeze(-1) * psi[:, None, None, :]
            return products.reshape(*covectors.shape[:2], self.size)
        return torch.einsum("kan,pnm,km->kap", covectors, self.tensor.to(x), psi)

    def norm_features(self, x: Float[Tensor, "N n"]) -> Float[Tensor, "N S"]:
        return monomials(x, self.exponents)

    def norm_factor(self, factor: Float[Tensor, "r S"]) -> Float[Tensor, "r n P"]:
        return torch.einsum("rm,pnm->rnp", factor, self.tensor.to(factor))

    def matrices(self, coefficients: Tensor) -> Tensor | None:
        if int(self.exponents.sum(1).max()) > 1:
            return None
        theta = torch.einsum("...p,pnm->...nm", self._coefficients(coefficients), self.tensor.to(coefficients))
        out = theta.new_zeros(*theta.shape[:-1], self.n + 1)
        for m, power in enumerate(self.exponents):
            out[..., int(power.argmax()) if power.sum() else self.n] = theta[..., m]
        return out


class CallableFields(CandidateSpace):
    """A user's own fields, each written for one sample; derivatives by forward mode."""

    def __init__(self, n: int, functions: list[Callable[[Tensor], Tensor]], names: list[str]) -> None:
        if len(names) != len(functions):
            raise InputError("names", f"{len(names)} names", f"one a field, {len(functions)}")
        self.n, self.size, self.names = n, len(functions), names
        self._functions = functions

    def _one(self, x: Tensor) -> Tensor:
        values = [f(x) for f in self._functions]
        for name, value in zip(self.names, values, strict=True):
            if value.shape != x.shape:
                raise InputError(f"field {name}", f"a result of shape {tuple(value.shape)}", f"shape {tuple(x.shape)}")
        return torch.stack(values)

    def values(self, x: Float[Tensor, "N n"]) -> Float[Tensor, "N P n"]:
        return vmap(self._one)(x)

    def jacobian_vector(self, x: Float[Tensor, "N n"], v: Float[Tensor, "N n"]) -> Float[Tensor, "N P n"]:
        return vmap(lambda a, b: jvp(self._one, (a,), (b,))[1])(x, v)
