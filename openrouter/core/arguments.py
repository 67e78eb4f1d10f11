"""What arguments have to be, checked before anything is sent.

Each rule takes the name and the value of an argument and raises `InvalidArgumentError` with name, value and range.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NoReturn

from .errors import InvalidArgumentError

Rule = Callable[[str, Any], None]

_LONGEST_VALUE = 80


def refuse(name: str, value: object, wanted: str) -> NoReturn:
    """Raise the error that names the argument, its value and what it has to be."""
    try:
        shown = repr(value)
    except (RecursionError, ValueError):
        # Nested too deeply, or a number of thousands of digits: the value is refused for just that.
        shown = f"<{type(value).__name__}>"
    if len(shown) > _LONGEST_VALUE:
        shown = f"{shown[:_LONGEST_VALUE]}…"
    raise InvalidArgumentError(f"{name}={shown} cannot be sent: it has to be {wanted}.")


def number(low: float, high: float = float("inf"), *, above: bool = False) -> Rule:
    """A number from `low` to `high`; `above` excludes `low` itself."""
    start = f"above {low:g}" if above else f"at least {low:g}"
    wanted = f"a number {start}" if high == float("inf") else f"a number {start} and at most {high:g}"

    def check(name: str, value: Any) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not (low < value <= high if above else low <= value <= high):
            refuse(name, value, wanted)

    return check


def whole(low: float = float("-inf"), high: float = float("inf")) -> Rule:
    """A whole number from `low` to `high`."""
    limits = [
        f"at least {low:g}" if low > float("-inf") else "",
        f"at most {high:g}" if high < float("inf") else "",
    ]
    wanted = " ".join(["a whole number", " and ".join(filter(None, limits))]).strip()

    def check(name: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            refuse(name, value, wanted)

    return check


def text(longest: int | None = None) -> Rule:
    """A string that is not blank, of at most `longest` characters."""
    wanted = "a string that is not blank" + (f", of at most {longest} characters" if longest else "")

    def check(name: str, value: Any) -> None:
        if not isinstance(value, str) or not value.strip() or (longest is not None and len(value) > longest):
            refuse(name, value, wanted)

    return check


def items(longest: int | None = None, shortest: int = 0) -> Rule:
    """A list (no string) of `shortest` to `longest` items."""
    wanted = "a list" + (f" of at least {shortest} item" if shortest else "")
    wanted += f" of at most {longest} items" if longest else ""

    def check(name: str, value: Any) -> None:
        given: Any = value
        is_list = isinstance(value, Collection) and not isinstance(value, str | bytes | dict)
        size = len(given) if is_list else -1
        if size < shortest or (longest is not None and size > longest):
            refuse(name, given, wanted)

    return check


def refuse_unknown(
    kind: str,
    given: Iterable[str],
    known: Collection[str],
    otherwise: str = "",
    *,
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Raise `TypeError` for the first name that does not exist, with the one that may have been meant.

    `kind` says what the names are of; `otherwise` is where else what was meant may go; `elsewhere` has further names,
    with who takes those.
    """
    for name in given:
        if name in elsewhere and name not in known:
            raise TypeError(f"there is no {kind} {name!r} here: {elsewhere[name]} takes it.")
        if name not in known:
            parts = [f"there is no {kind} {name!r}.", _hint(name, known, elsewhere), otherwise]
            raise TypeError(" ".join(part for part in parts if part))


def _hint(name: str, known: Collection[str], elsewhere: Mapping[str, str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - most programs misspell nothing

    # In order, so that of two equally close names the same one is named each time.
    for close in get_close_matches(name, sorted({*known, *elsewhere}), n=1):
        return f"Did you mean {close!r}{f', which {elsewhere[close]} takes' if close in elsewhere else ''}?"
    return ""
