"""Where a command starts and ends: exit codes, and one line on standard error for whatever was wrong with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

BAD_INPUT, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0 done, 2 wrong input, 130 interrupted.

    Args:
        arguments: the words after ``symmetra``; those of the process if left out.
    """
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """The same, returning the exit code."""
    try:
        from symmetra.cli._app import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        return _tell(f"{error.name} is needed here and is not installed; write: pip install 'symmetra[cli]'")
    try:
        code = app(list(arguments), prog_name="symmetra", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone (`symmetra … | head`): not worth a word, nor a second error at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        message = _words(error)
        if message is None:
            raise
        return _tell(message)


def _words(error: Exception) -> str | None:
    """The message of an error that is the user's to mend, or None for one that is ours."""
    if type(error).__name__ == "Abort":
        return "interrupted"
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # what typer raises for wrong usage
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "symmetra"
        return f"{error.format_message()} Write: {path} --help"
    from symmetra.inputs import InputError, MissingExtra

    return str(error) if isinstance(error, InputError | MissingExtra) else None


def _tell(message: str) -> int:
    print("symmetra: " + " ".join(message.split()), file=sys.stderr)
    return BAD_INPUT
