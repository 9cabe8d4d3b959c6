"""symmetra: which symmetries hold, how well, and models that respect them."""

__version__ = "0.1.0"
