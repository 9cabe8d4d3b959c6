"""Averaging trained surrogates of evolution equations over the symmetries of their grid (arXiv:2511.09573)."""
