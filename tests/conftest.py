"""Run the shape and type annotations as checks; one thread, one random stream and no clock in any test."""

from __future__ import annotations

import jaxtyping

# Before anything imports symmetra: from here on the annotations of every function are checked at each call.
_hook = jaxtyping.install_import_hook("symmetra", "beartype.beartype")

import hypothesis  # noqa: E402
import pytest  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(1)
# The same examples on every machine, and no deadline: the first call of anything in torch is slow.
hypothesis.settings.register_profile("symmetra", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("symmetra")


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)
