"""Discovery from noisy samples: a model is fitted, and its error enters the certificate."""

from symmetra.discover.samples._named import certify_generator
from symmetra.discover.samples._rates import from_rates
from symmetra.discover.samples._regression import regression

__all__ = ["certify_generator", "from_rates", "regression"]
