"""Studies: each a folder that runs end to end and answers a question on real data."""

from symmetra.studies import planets

__all__ = ["planets"]
