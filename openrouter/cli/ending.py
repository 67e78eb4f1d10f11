"""How a command ends: its exit code, and what is said where it fails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum

from ..core.errors import ConfigurationError, InvalidArgumentError, OpenRouterError
from .screen import Screen


class ExitCode(IntEnum):
    """What the process tells the shell."""

    ANSWERED = 0
    FAILED = 1
    UNUSABLE = 2
    """Nothing was sent: arguments or settings cannot work."""
    INTERRUPTED = 130
    """As the shell has it for SIGINT."""
    UNREAD = 141
    """As the shell has it for SIGPIPE: nobody reads the output any more."""


def run(action: Callable[[], None], screen: Screen) -> ExitCode:
    """Run a command to its end, whatever that is, and never let a traceback out for what a user can cause."""
    try:
        return _told(action, screen)
    except BrokenPipeError:
        code = ExitCode.UNREAD
    except OSError as error:
        code = ExitCode.FAILED
        with suppress(OSError):
            screen.fail(str(error))
    # what is still buffered would fail once more when the interpreter ends
    screen.silence()
    return code


def _told(action: Callable[[], None], screen: Screen) -> ExitCode:
    try:
        action()
    except KeyboardInterrupt:
        screen.end_line()
        return ExitCode.INTERRUPTED
    except OpenRouterError as error:
        screen.end_line()
        screen.fail(str(error))
        unusable = isinstance(error, ConfigurationError | InvalidArgumentError)
        return ExitCode.UNUSABLE if unusable else ExitCode.FAILED
    return ExitCode.ANSWERED
