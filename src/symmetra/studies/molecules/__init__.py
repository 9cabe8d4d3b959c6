"""The study of equivariant quantum circuits for molecules (arXiv:2512.05475)."""
