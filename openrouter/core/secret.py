"""What nobody is to see by accident: keys, headers, and addresses with passwords.

Tracebacks that show local variables are why secrets are sealed in the very dict in which arguments arrive, before
anything is looked at that could be refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping
from inspect import iscoroutine
from typing import Any, Final, Generic, Self, SupportsIndex, TypeVar, cast, final

T = TypeVar("T")


class Sealed(Generic[T]):
    """A value that no repr, log record, or traceback shows; only `reveal` gives it out."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """Give the value itself."""
        return self._value

    def __repr__(self) -> str:
        return f"<hidden {type(self._value).__name__}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and bool(self._value == cast("Sealed[object]", other)._value)

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[type[Self], tuple[T]]:
        return type(self), (self._value,)


@final
class Secret(Sealed[str]):
    """A key. Pickles hold it in clear, since whoever unpickles settings wants to use them."""

    __slots__ = ("fingerprint",)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        from hashlib import sha256  # noqa: PLC0415 - who only imports the package has no key yet

        self.fingerprint = sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]
        """Tells keys apart without telling what they are."""

    def __repr__(self) -> str:
        return f"Secret({self.fingerprint})"


@final
class SecretText(str):
    """Text to be used like any other, that shows nothing of itself within the repr of what holds it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<hidden>"

    def __getitem__(self, key: SupportsIndex | slice, /) -> SecretText:
        """Hide parts too: tools shorten long texts before they show them."""
        return SecretText(super().__getitem__(key))


@final
class Mistyped:
    """Stands where something was given that no secret can be: its type is all that may be told of it."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"<{self.kind}>"


def sealed_key(value: object) -> Secret | Mistyped:
    """Take a key, without the white space around it, out of sight."""
    if isinstance(value, str):
        return Secret(value.strip())
    if iscoroutine(value):
        value.close()  # nobody is going to await it
    return Mistyped(type(value).__name__)


def _sealed_source(value: object) -> object:
    if value is None or isinstance(value, Secret | KeyFunction | Mistyped):
        return value
    return KeyFunction(value) if callable(value) else sealed_key(value)


def _sealed_text(value: object) -> object:
    if value is None or isinstance(value, SecretText | Mistyped):
        return value
    return SecretText(value) if isinstance(value, str) else Mistyped(type(value).__name__)


def sealed_headers(value: object) -> Any:
    """Copy headers, with their values out of sight."""
    if isinstance(value, Mapping):
        given = cast("Mapping[Any, object]", value)
        return {name: Mistyped("None") if text is None else _sealed_text(text) for name, text in given.items()}
    return value if value is None or isinstance(value, Mistyped) else Mistyped(type(value).__name__)


@final
class KeyFunction(Sealed[Any]):
    """A function that gives the key; what it is made of may hold the key, and is not shown."""

    __slots__ = ()

    def __call__(self) -> Any:
        """Ask for the key."""
        return self._value()

    def __repr__(self) -> str:
        return "<callable>"


def _sealed_address(value: object) -> object:
    """Take an address out of sight that has, or may have, a password or a key."""
    if isinstance(value, bytes | bytearray):
        return Mistyped(type(value).__name__)
    return SecretText(value) if isinstance(value, str) and _TELLING.search(value) else value


_TELLING: Final = re.compile(r"[@?#]|^\s*sk-")
_KEY: Final = re.compile(r"\s*(Bearer\s+)?sk-")
_SECRETIVE: Final = re.compile(r"header|prox(y|ies)|auth|api_?key|token$|secret|password", re.IGNORECASE)
"""Names that somebody may take for those of secrets."""

_SEALS: Final[Mapping[str, Callable[[object], object]]] = {
    "base_url": _sealed_address,
    "api_key": _sealed_source,
    "proxy": _sealed_text,
    "headers": sealed_headers,
    "extra_headers": sealed_headers,
}


def seal(arguments: object) -> None:
    """Seal the secrets among arguments, in the very dict in which they came. It raises nothing.

    What begins like a key is one, under whatever name, and so is what stands under a name like those of secrets: a
    misspelt one is to be refused, not shown.
    """
    given = cast("MutableMapping[str, object]", arguments)
    for name, value in given.items():
        if (hide := _SEALS.get(name)) is not None:
            given[name] = hide(value)
        elif type(value) is str:
            if _KEY.match(value) or _SECRETIVE.search(name):
                given[name] = SecretText(value)
        elif isinstance(value, Mapping | bytes) and _SECRETIVE.search(name):
            given[name] = sealed_headers(cast("object", value))
