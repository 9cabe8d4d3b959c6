"""JAX on the CPU, in double precision; pennylane's own folder of tests, which it installs as `tests`, stays out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
sys.path.insert(0, str(Path(__file__).parent))
