"""Fitting models: one loop for all studies, one model or an ensemble of instances at once."""

from symmetra.training._ensemble import Ensemble
from symmetra.training._fit import Fit, fit
from symmetra.training._instance_adam import InstanceAdam

__all__ = ["fit", "Fit", "Ensemble", "InstanceAdam"]
