"""emlp on the CPU: what is compared does not depend on the device, and every machine has one."""

from __future__ import annotations

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
