"""Fitting models: one loop for all studies, one model or an ensemble of instances at once."""

from symmetra.training._checkpoint import load, save
from symmetra.training._ensemble import Ensemble
from symmetra.training._fit import Fit, fit
from symmetra.training._instance_adam import InstanceAdam
from symmetra.training._levenberg_marquardt import refine

__all__ = ["fit", "Fit", "Ensemble", "InstanceAdam", "refine", "save", "load"]
