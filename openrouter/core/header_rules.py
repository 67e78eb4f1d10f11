"""Which headers can be sent. Values may be secrets: what is said of them never shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_FRAMING: Final = ("content-length", "transfer-encoding")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


def flaw_of_headers(headers: Mapping[str, object]) -> str:
    """Say in a sentence what is wrong with the first header that cannot be sent; nothing where all can be."""
    return next((flaw for name in headers if (flaw := _flaw(name, headers[name]))), "")


def _flaw(name: object, value: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"header name={name!r} cannot be sent: it has to be letters, digits and hyphens."
    if name.lower() in _FRAMING:
        return f"header name={name!r} cannot be sent: the length of the body is known here."
    if found := flaw_of_value(value):
        return f"The header {name} cannot be sent: its value {found}."
    return ""


def flaw_of_value(value: object) -> str:
    """Say what keeps a value from being that of a header; nothing where it can be."""
    if not isinstance(value, str):
        return f"has to be a string, not {value!r}"
    if not _VALUE.fullmatch(value):
        return "has a control character, such as a line break"
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return "has a character outside Latin-1"
    return ""
