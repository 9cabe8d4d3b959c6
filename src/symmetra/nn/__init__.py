"""Equivariant layers and small networks; buffers are baked when a layer is made, so that it compiles and exports."""

from symmetra.nn._allocation import uniform_allocation
from symmetra.nn._bilinear import EquivariantBilinear
from symmetra.nn._circular import CircularConv, CircularPool
from symmetra.nn._conv import EquivariantConv
from symmetra.nn._egnn import EGNN, PlainGNN
from symmetra.nn._emlp import EMLP
from symmetra.nn._fno import FNO
from symmetra.nn._fourier import FourierOperator
from symmetra.nn._gated import Gated
from symmetra.nn._global_pool import GlobalPool
from symmetra.nn._kernel_network import NeuralOperator, circular_convolution
from symmetra.nn._kernel_operator import KernelOperator
from symmetra.nn._kernel_samples import kernel_symbols
from symmetra.nn._linear import EquivariantLinear
from symmetra.nn._norm import EquivariantNorm
from symmetra.nn._point_classifier import PointClassifier
from symmetra.nn._quadratic_gated import QuadraticGated
from symmetra.nn._relaxed_conv import RelaxedGroupConv
from symmetra.nn._residual_pathway import ResidualPathway
from symmetra.nn._translation_network import TranslationNetwork
from symmetra.nn._unet import UNet
from symmetra.nn._vector_neurons import (
    PlainVectorLinear,
    VectorInvariant,
    VectorLinear,
    VectorMaxPool,
    VectorNorm,
    VectorReLU,
)

__all__ = [
    "EquivariantLinear",
    "EquivariantBilinear",
    "EquivariantConv",
    "EquivariantNorm",
    "Gated",
    "EMLP",
    "QuadraticGated",
    "FourierOperator",
    "KernelOperator",
    "NeuralOperator",
    "CircularConv",
    "CircularPool",
    "GlobalPool",
    "TranslationNetwork",
    "UNet",
    "FNO",
    "EGNN",
    "PlainGNN",
    "VectorLinear",
    "VectorReLU",
    "VectorNorm",
    "VectorMaxPool",
    "VectorInvariant",
    "PlainVectorLinear",
    "PointClassifier",
    "RelaxedGroupConv",
    "ResidualPathway",
    "circular_convolution",
    "kernel_symbols",
    "uniform_allocation",
]
