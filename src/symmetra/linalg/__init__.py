"""Plain numerics with no groups in them: streaming QR, null spaces, subspaces, proximal steps."""

from symmetra.linalg._anderson import Anderson
from symmetra.linalg._exponential import matrix_exponential
from symmetra.linalg._nuclear_norm import nuclear_norm, shrink_singular_values
from symmetra.linalg._spectrum import ROUNDING, NullSpace, null_space, relative_null_space
from symmetra.linalg._streaming_qr import StreamingQR
from symmetra.linalg._subspace import orthonormal_rows, outside, principal_angles

__all__ = [
    "ROUNDING",
    "Anderson",
    "NullSpace",
    "StreamingQR",
    "matrix_exponential",
    "nuclear_norm",
    "null_space",
    "orthonormal_rows",
    "outside",
    "principal_angles",
    "relative_null_space",
    "shrink_singular_values",
]
