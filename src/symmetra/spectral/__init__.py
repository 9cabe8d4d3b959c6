"""Eigenvectors one can trust, and networks that respect their signs and bases."""

__all__: list[str] = []
