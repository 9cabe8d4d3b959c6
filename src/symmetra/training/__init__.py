"""Fitting models: one loop for all studies, one model or an ensemble of instances at once."""

__all__: list[str] = []
