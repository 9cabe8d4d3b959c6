"""The search for hyper-parameters: Optuna's sampler, the same trials on any number of workers and after any kill."""

from symmetra.studies.search._search import Search, search

__all__ = ["search", "Search"]
