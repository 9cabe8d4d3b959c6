"""Enforce, discover and promote on one operator: the framework of arXiv:2311.00212, end to end."""
