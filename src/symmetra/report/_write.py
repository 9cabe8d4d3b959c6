"""Writing a file so that a reader never sees half of it: to a temporary name first, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from symmetra.inputs import InputError, describe


def checked_destination(path: str | os.PathLike[str], argument: str = "path") -> Path:
    """The path to be written, after the checks that can be made before long work has been done for it.

    Raises:
        InputError: the path is a folder, its folder does not exist or cannot be written to.
    """
    try:
        destination = Path(path)
        if "\0" in str(destination):
            raise InputError(argument, describe(path), "a file name", "'report.html'")
        if destination.is_dir():
            raise InputError(argument, f"the folder {destination}", "a file name", f"{destination / 'report.html'}")
        if not destination.parent.is_dir():
            raise InputError(
                argument, f"{destination}", "a file in an existing folder", f"mkdir -p {destination.parent}"
            )
    except (TypeError, ValueError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(argument, describe(path), "a file name", "'report.html'") from error
    if not os.access(destination.parent, os.W_OK):
        raise InputError(argument, f"{destination}, in a folder that cannot be written to", "a writable folder")
    return destination


def write_text(path: str | os.PathLike[str], text: str, argument: str = "path") -> Path:
    """Write UTF-8 text as `write_bytes` does."""
    return write_bytes(path, text.encode(), argument)


def write_bytes(path: str | os.PathLike[str], content: bytes, argument: str = "path") -> Path:
    """Write under a temporary name in the same folder, then rename into place.

    ``os.replace`` is atomic within one file system, so whoever opens ``path`` finds the old file or the whole new one.
    """
    destination = checked_destination(path, argument)
    handle, temporary = tempfile.mkstemp(prefix=f".{destination.name[:80]}.", suffix=".tmp", dir=destination.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files private; a report is as readable as any file the user writes.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, destination)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return destination
