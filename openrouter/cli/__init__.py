"""The command line. It needs the extra `cli`, which is imported when a command runs and not before."""

from __future__ import annotations

import sys

_EXTRA = ("rich", "typer")


def main() -> None:
    """Run the command that this process was started with, and end the process with its exit code."""
    try:
        from .commands import app  # noqa: PLC0415 - where the extra is missing, a line says so
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing not in _EXTRA:
            raise
        sys.stderr.write(f'The command line needs {missing}: inside a clone, run pip install ".[cli]"\n')
        sys.exit(2)
    app()
