"""Training through models that need not be equivariant towards ones that are: F = F_eq + γ F_neq, under constraints."""

__all__: list[str] = []
