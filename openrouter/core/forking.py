"""Forks while other threads import something.

Much of the package is imported when it is first needed, in whatever thread that is. A child that is forked off at that
moment would have half a module, and a lock that nobody in it will ever open.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Final

LATE: Final = frozenset(
    {
        *("openrouter", "anyio", "asyncio", "attr", "attrs", "cattrs", "certifi", "h11", "httpcore", "httpx", "jiter"),
        *("ssl", "datetime", "difflib", "email", "encodings", "fractions", "hashlib", "inspect", "random"),
        *("stringprep", "tempfile", "urllib"),
    }
)
"""Packages of which something is imported late, by ours or by Python itself, as for names of hosts."""


def wait_for_imports() -> None:
    """Wait until no other thread is in the middle of an import of ours."""
    for name in list(sys.modules):
        if name.partition(".")[0] in LATE:
            # It is there, or nearly so, or will not come.
            with suppress(ImportError):
                import_module(name)


def make_forks_safe() -> None:
    """Have every fork of this process wait so."""
    if hasattr(os, "register_at_fork"):  # not on Windows, which has no forks
        os.register_at_fork(before=wait_for_imports)
