"""What each setting has to be: told by a `ConfigurationError` that names it, what it is and what it could be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from urllib.parse import SplitResult, urlsplit

from .core.arguments import refuse
from .core.errors import ConfigurationError, InvalidArgumentError
from .core.header_rules import flaw_of_headers, flaw_of_value
from .core.secret import Mistyped, Secret, SecretText
from .core.wire import UNSET
from .types.options import SECONDS

if TYPE_CHECKING:
    from attrs import Attribute

Validation = Literal["off", "warn", "raise"]
"""What is done about requests that the list of models speaks against."""

_VALIDATIONS: Final = ("off", "warn", "raise")
_PROXY_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_ADDRESS: Final = re.compile(r"\w+://[^\s/]+[!-~]*")


def _flaw_of_key(key: Secret) -> str:
    text = key.reveal()
    if not text:
        return "The API key is empty. Set OPENROUTER_API_KEY, or give api_key=."
    if not text.isascii() or not text.isprintable() or " " in text:
        return "The API key (OPENROUTER_API_KEY or api_key=) has a character that no key has, such as a space."
    return ""


def usable_key(key: Secret | Mistyped) -> Secret:
    """Give a key that can be sent. Neither this frame nor those above it hold its text: a traceback may show them."""
    if isinstance(key, Mistyped):
        message = f"The API key is {key!r}: it has to be a string. Set OPENROUTER_API_KEY, or give api_key=."
        raise ConfigurationError(message)
    if flaw := _flaw_of_key(key):
        raise ConfigurationError(flaw)
    return key


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _parts(value: object) -> SplitResult | None:
    """Take an address apart, if it is one."""
    if not isinstance(value, str):
        return None
    try:
        parts = urlsplit(value)
        _ = parts.port, (parts.hostname or "").encode("idna")
    except ValueError:
        return None
    return parts


def checked_base_url(value: str) -> str:
    """Give the address without the slash at its end."""
    if isinstance(value, SecretText):
        message = "base_url is no address of the form https://host/path: it has no user name, no password and no query."
        raise ConfigurationError(message)
    parts = _parts(value)
    if parts is None or not _ADDRESS.fullmatch(value) or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(f"base_url={value!r} is no address of the form https://host/path.")
    host = parts.hostname
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        message = f"base_url={value!r} would send the key unencrypted: use https (http is for loopback alone)."
        raise ConfigurationError(message)
    return value.rstrip("/")


def checked(rule: Callable[[str, Any], None]) -> Any:
    """Make a validator of the rule for an option."""

    def check(_: object, known: Attribute[Any], value: object) -> None:
        if value is not None and value is not UNSET:
            try:
                rule(known.name, value)
            except InvalidArgumentError as error:
                # most settings are never sent
                message = error.message.replace(" cannot be sent: it has", " cannot be used: it has")
                raise ConfigurationError(message) from None

    return check


def flag(name: str, value: object) -> None:
    """Refuse what is neither true nor false."""
    if not isinstance(value, bool):
        refuse(name, value, "True or False")


seconds: Final = checked(SECONDS)


def check_key(_: object, __: object, value: Any) -> None:
    """Refuse a key that cannot be sent."""
    if isinstance(value, Secret | Mistyped):
        usable_key(value)


def check_headers(_: object, __: object, value: object) -> None:
    """Refuse headers that cannot be sent."""
    if not isinstance(value, Mapping):
        message = f"headers={value!r} cannot be used: it has to be a mapping, such as {{'X-Team': 'rivers'}}."
        raise ConfigurationError(message)
    if flaw := flaw_of_headers(cast("Mapping[str, object]", value)):
        raise ConfigurationError(f"headers= cannot be used. {flaw}")


def check_header_text(_: object, known: Attribute[Any], value: object) -> None:
    """Refuse what cannot stand in a header."""
    if value is not None and (flaw := flaw_of_value(value)):
        shown = repr(value) if isinstance(value, str) else f"<{type(value).__name__}>"
        raise ConfigurationError(f"{known.name}={shown} cannot be used: it is sent as a header, and {flaw}.")


def check_proxy(_: object, __: object, value: Any) -> None:
    """Refuse what is no address of a proxy."""
    if isinstance(value, Mistyped):
        message = f"proxy={value!r} cannot be used: it has to be a string such as 'http://host:port', or None."
        raise ConfigurationError(message)
    if value and not is_proxy(str(value)):
        message = "proxy= is no address of a proxy: it has to be http://, https:// or socks5://host:port."
        raise ConfigurationError(message)


def check_validate(_: object, __: object, value: object) -> None:
    """Refuse what is none of the three words."""
    if value not in _VALIDATIONS:
        raise ConfigurationError(f"validate={value!r} cannot be used: it has to be 'off', 'warn' or 'raise'.")


def check_file(_: object, __: object, value: Any) -> None:
    """Refuse what is no path."""
    if value is not None and (not isinstance(value, str | PathLike) or not str(cast("object", value))):
        raise ConfigurationError(f"registry_file={value!r} cannot be used: it has to be the path of a file, or None.")


def checked_fallbacks(value: Any) -> Mapping[str, tuple[str, ...]]:
    """Copy what models may be asked instead; a list is meant, and a string would be one of letters."""
    try:
        named = {model: tuple(others) for model, others in dict(value).items() if not isinstance(others, str)}
        if len(named) == len(value) and all(isinstance(name, str) for pair in named.items() for name in _flat(pair)):
            return named
    except (TypeError, ValueError):
        pass
    message = (
        f"fallbacks={value!r} cannot be used: it has to be a mapping of models to lists of models,"
        " such as {'openai/gpt-5': ['anthropic/claude-sonnet-4.5']}."
    )
    raise ConfigurationError(message)


def _flat(pair: tuple[str, tuple[str, ...]]) -> tuple[object, ...]:
    return (pair[0], *pair[1])


def is_proxy(address: str) -> bool:
    """Whether text can be the address of a proxy; without a scheme it is taken for one of `http`.

    A single word is none: `proxy.corp`, `localhost:8080` and `http://proxy` are.
    """
    has_scheme = "://" in address
    parts = _parts(address if has_scheme else f"http://{address}")
    if parts is None or parts.scheme not in _PROXY_SCHEMES or not parts.hostname or parts.port == 0:
        return False
    return has_scheme or parts.port is not None or any(mark in parts.hostname for mark in ".:")
