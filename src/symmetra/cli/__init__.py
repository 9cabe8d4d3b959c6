"""The command line: ``symmetra discover``, ``measure``, ``demo``, ``version``.

Nothing but typer and rich is imported before a command runs, so that ``--help`` answers at once.
"""

from symmetra.cli._main import main

__all__ = ["main"]
