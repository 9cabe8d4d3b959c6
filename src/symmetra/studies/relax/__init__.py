"""Relaxed equivariance by constrained optimisation: the claims of arXiv:2505.13631, end to end."""
