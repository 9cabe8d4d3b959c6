"""Equivariant, strided and flattening networks on a lattice scalar field: arXiv:2103.14686, end to end."""
