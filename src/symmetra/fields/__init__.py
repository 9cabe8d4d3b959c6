"""Physical fields on grids: their channels, their files, the symmetries they admit, and systems that make them."""

from symmetra.fields._acoustics import Acoustics
from symmetra.fields._active_nematic import ActiveNematic
from symmetra.fields._allowed import AllowedGroup, allowed_group
from symmetra.fields._buoyancy import BuoyantFlow
from symmetra.fields._compare import Comparison, compare
from symmetra.fields._curl import curl
from symmetra.fields._diagnose import Diagnosis, SubgroupTest, diagnose
from symmetra.fields._electromagnetism import Electromagnetism
from symmetra.fields._generate import SYSTEMS, generate
from symmetra.fields._gray_scott import GrayScott
from symmetra.fields._header import read_metadata
from symmetra.fields._layout import Field, FieldLayout
from symmetra.fields._metadata import Metadata
from symmetra.fields._navier_stokes import NavierStokes
from symmetra.fields._read import read
from symmetra.fields._statistics import Statistics, read_statistics, statistics
from symmetra.fields._system import System
from symmetra.fields._trajectories import Trajectories
from symmetra.fields._vrmse import median_vrmse, vrmse
from symmetra.fields._write import write

__all__ = [
    "Field",
    "FieldLayout",
    "Metadata",
    "Trajectories",
    "read",
    "read_metadata",
    "write",
    "allowed_group",
    "AllowedGroup",
    "Statistics",
    "statistics",
    "read_statistics",
    "vrmse",
    "median_vrmse",
    "compare",
    "Comparison",
    "diagnose",
    "Diagnosis",
    "SubgroupTest",
    "curl",
    "generate",
    "SYSTEMS",
    "System",
    "GrayScott",
    "NavierStokes",
    "ActiveNematic",
    "Acoustics",
    "BuoyantFlow",
    "Electromagnetism",
]
