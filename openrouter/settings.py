"""What a client is made with: key, base URL, defaults for every request.

Arguments come first, then the environment. Nothing here touches the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack, cast
from urllib.parse import SplitResult, urlsplit

import attrs
from attrs import field, frozen

from .core.arguments import number, refuse, refuse_unknown, text, whole
from .core.errors import ConfigurationError, InvalidArgumentError
from .core.header_rules import flaw_of_headers, flaw_of_value
from .core.secret import Mistyped, Secret, SecretText, seal, sealed_key
from .core.variables import Variables
from .core.wire import UNSET, Unset
from .types.chat_options import CHAT_RULES
from .types.options import SECONDS

KeySource = str | Secret | Callable[[], str]

ENVIRONMENT: Final[Mapping[str, tuple[str, ...]]] = {
    "api_key": ("OPENROUTER_API_KEY",),
    "base_url": ("OPENROUTER_BASE_URL", "OPENROUTER_API_BASE"),
    "model": ("OPENROUTER_MODEL",),
    "app_url": ("OPENROUTER_APP_URL", "SITE_URL"),
    "app_title": ("OPENROUTER_APP_TITLE", "SITE_TITLE"),
    "max_tokens": ("OPENROUTER_MAX_TOKENS",),
    "temperature": ("OPENROUTER_TEMPERATURE",),
    "top_p": ("OPENROUTER_TOP_P",),
    "timeout": ("OPENROUTER_TIMEOUT",),
}
"""The variables of each setting; the first one that is set counts."""

_NUMBERS: Final[Mapping[str, Callable[[str], float]]] = {
    "max_tokens": int,
    "temperature": float,
    "top_p": float,
    "timeout": float,
    "deadline": float,
    "max_retries": int,
    "max_connections": int,
    "keepalive_expiry": float,
    "connect_timeout": float,
    "stall_timeout": float,
}
_SWITCHES: Final = ("http2", "trust_env", "log_bodies")
_PROXY_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_FLAGS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_ADDRESS: Final = re.compile(r"\w+://[^\s/]+[!-~]*")


class SettingsOptions(TypedDict, total=False):
    """The settings, as arguments of a client."""

    api_key: KeySource | None
    base_url: str
    model: str | None
    app_url: str | None
    app_title: str | None
    max_tokens: int | None
    temperature: float | None
    top_p: float | None
    timeout: float | None
    deadline: float | None
    max_retries: int | None
    connect_timeout: float
    stall_timeout: float
    headers: Mapping[str, str]
    max_connections: int
    keepalive_expiry: float
    proxy: str | None
    http2: bool
    trust_env: bool
    log_bodies: bool


def _flaw_of_key(key: Secret) -> str:
    text = key.reveal()
    if not text:
        return "The API key is empty. Set OPENROUTER_API_KEY, or give api_key=."
    if not text.isascii() or not text.isprintable() or " " in text:
        return "The API key (OPENROUTER_API_KEY or api_key=) has a character that no key has, such as a space."
    return ""


def _usable(key: Secret | Mistyped) -> Secret:
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


def _base_url(value: str) -> str:
    if isinstance(value, SecretText):
        message = "base_url is no address of the form https://host/path: it has no user name, no password and no query."
        raise ConfigurationError(message)
    parts = _parts(value)
    if parts is None or not _ADDRESS.fullmatch(value) or not parts.hostname or parts.query or parts.fragment:
        message = f"base_url={value!r} is no address of the form https://host/path."
        raise ConfigurationError(message)
    host = parts.hostname
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        message = f"base_url={value!r} would send the key unencrypted: use https (http is for loopback alone)."
        raise ConfigurationError(message)
    return value.rstrip("/")


def _checked(rule: Callable[[str, Any], None]) -> Any:
    def check(_: object, known: attrs.Attribute[Any], value: object) -> None:
        if value is not None and value is not UNSET:
            try:
                rule(known.name, value)
            except InvalidArgumentError as error:
                # most settings are never sent
                message = error.message.replace(" cannot be sent: it has", " cannot be used: it has")
                raise ConfigurationError(message) from None

    return check


def _flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        refuse(name, value, "True or False")


_SECONDS: Final = _checked(SECONDS)


def _check_key(_: object, __: object, value: Any) -> None:
    if isinstance(value, Secret | Mistyped):
        _usable(value)


def _check_headers(_: object, __: object, value: object) -> None:
    if not isinstance(value, Mapping):
        message = f"headers={value!r} cannot be used: it has to be a mapping, such as {{'X-Team': 'rivers'}}."
        raise ConfigurationError(message)
    if flaw := flaw_of_headers(cast("Mapping[str, object]", value)):
        message = f"headers= cannot be used. {flaw}"
        raise ConfigurationError(message)


def _check_header_text(_: object, known: attrs.Attribute[Any], value: object) -> None:
    if value is not None and (flaw := flaw_of_value(value)):
        shown = repr(value) if isinstance(value, str) else f"<{type(value).__name__}>"
        message = f"{known.name}={shown} cannot be used: it is sent as a header, and {flaw}."
        raise ConfigurationError(message)


def _check_proxy(_: object, __: object, value: Any) -> None:
    if isinstance(value, Mistyped):
        message = f"proxy={value!r} cannot be used: it has to be a string such as 'http://host:port', or None."
        raise ConfigurationError(message)
    if value and not is_proxy(str(value)):
        message = "proxy= is no address of a proxy: it has to be http://, https:// or socks5://host:port."
        raise ConfigurationError(message)


def is_proxy(address: str) -> bool:
    """Whether text can be the address of a proxy; without a scheme it is taken for one of `http`.

    A single word is none: `proxy.corp`, `localhost:8080` and `http://proxy` are.
    """
    has_scheme = "://" in address
    parts = _parts(address if has_scheme else f"http://{address}")
    if parts is None or parts.scheme not in _PROXY_SCHEMES or not parts.hostname or parts.port == 0:
        return False
    return has_scheme or parts.port is not None or any(mark in parts.hostname for mark in ".:")


@frozen(kw_only=True, init=False)
class Settings:
    """How a client talks to the service. Immutable, and can be pickled where the key can.

    Its repr shows neither the key nor headers nor the proxy; a pickle holds all of them in clear.
    """

    api_key: Secret | Callable[[], str] | None = field(default=None, validator=_check_key)
    """The key, or a function that gives it for each request, for rotation."""
    base_url: str = field(default="https://openrouter.ai/api/v1", converter=_base_url)
    model: str | None = field(default=None, validator=_checked(text()))
    """The model of requests that name none."""
    app_url: str | None = field(default=None, validator=_check_header_text)
    """Your application's address, sent as `HTTP-Referer`: its identity in the service's rankings."""
    app_title: str | None = field(default=None, validator=_check_header_text)
    """Your application's name, sent as `X-OpenRouter-Title`."""
    max_tokens: int | None = field(default=None, validator=_checked(CHAT_RULES["max_tokens"]))
    temperature: float | None = field(default=None, validator=_checked(CHAT_RULES["temperature"]))
    top_p: float | None = field(default=None, validator=_checked(CHAT_RULES["top_p"]))
    timeout: float | Unset | None = field(default=UNSET, validator=_SECONDS)
    """Seconds: for a whole reply in total (600 unless set), for a stream without any byte (120 unless set)."""
    deadline: float | None = field(default=None, validator=_SECONDS)
    """Seconds for everything: waiting, all attempts, and the last byte."""
    max_retries: int | None = field(default=None, validator=_checked(whole(0)))
    """How often a failed request is sent again; `None` leaves it to the policy."""
    connect_timeout: float = field(default=5.0, validator=_SECONDS)
    """Seconds for opening a connection."""
    stall_timeout: float = field(default=600.0, validator=_SECONDS)
    """Seconds that a stream may keep itself alive without an event."""
    headers: Mapping[str, str] = field(factory=dict[str, str], validator=_check_headers, repr=False)
    """Headers of every request."""
    max_connections: int = field(default=1000, validator=_checked(whole(1)))
    """Requests in flight at once; further ones wait in the order in which they came."""
    keepalive_expiry: float = field(default=30.0, validator=_checked(number(0)))
    """Seconds after which an idle connection is not used again."""
    proxy: str | None = field(default=None, validator=_check_proxy, repr=False)
    """Address of a proxy; without it the proxy variables of the environment count, if `trust_env`."""
    http2: bool = field(default=False, validator=_checked(_flag))
    trust_env: bool = field(default=True, validator=_checked(_flag))
    """Honour proxy variables and `SSL_CERT_FILE`."""
    log_bodies: bool = field(default=False, validator=_checked(_flag))
    """Log what is sent and received, at level DEBUG. It may be private."""

    if TYPE_CHECKING:

        def __attrs_init__(self, **options: Any) -> None: ...

    def __init__(self, **options: Unpack[SettingsOptions]) -> None:
        seal(options)
        refuse_unknown("setting", options, SettingsOptions.__annotations__)
        self.__attrs_init__(**cast("Any", options))

    def __repr__(self) -> str:
        # Tracebacks that show local variables show settings whose constructor failed, too.
        known = [each.name for each in attrs.fields(Settings) if each.repr and hasattr(self, each.name)]
        return f"Settings({', '.join(f'{name}={getattr(self, name)!r}' for name in known)})"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
        """Take what is not given as an argument from the environment; raise `ConfigurationError` naming a bad one."""
        seal(arguments)
        refuse_unknown("setting", arguments, SettingsOptions.__annotations__)
        known, environ = Variables(environ), None
        found: dict[str, Any] = {}
        for name, variables in ENVIRONMENT.items():
            is_given = name in arguments and (name != "api_key" or arguments[name] is not None)
            variable = None if is_given else next((each for each in variables if known.text(each)), None)
            if variable is not None:
                found[name] = known.text(variable)
                seal(found)
                found[name] = _from_text(name, found[name], variable)
                _check(name, found[name], variable)
        return cls(**{**arguments, **found})

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
        """Take settings from a mapping, such as a section of a configuration file.

        `${NAME}` in a string stands for that variable of the environment; a missing one, like an unknown setting,
        is a `ConfigurationError`.
        """
        mapping, variables, environ = dict(mapping), Variables(environ), None
        seal(mapping)
        try:
            refuse_unknown("setting", mapping, SettingsOptions.__annotations__)
        except TypeError as error:
            message = f"In the mapping, {error}"
            raise ConfigurationError(message) from None
        found = {name: _from_text(name, variables.expand(value), name) for name, value in mapping.items()}
        return cls(**found)

    def require_key(self) -> Secret | Callable[[], str]:
        """Give where the key comes from; raise `ConfigurationError` where there is none."""
        if self.api_key is None:
            message = (
                "There is no API key. Set OPENROUTER_API_KEY, or give api_key= to the client."
                " Without a key, openrouter.testing.FakeOpenRouter answers offline."
            )
            raise ConfigurationError(message)
        return self.api_key

    def key(self) -> Secret:
        """Give the key for one request; raise `ConfigurationError` where there is none."""
        source = self.require_key()
        return source if isinstance(source, Secret) else _usable(sealed_key(source()))

    def replace(self, **changes: Any) -> Settings:
        """Give settings with some of them changed; raise `TypeError` for one that does not exist."""
        seal(changes)
        refuse_unknown("setting", changes, SettingsOptions.__annotations__)
        return attrs.evolve(self, **changes)

    @property
    def body_defaults(self) -> dict[str, object]:
        """What is laid under the body of every request to a model."""
        defaults = {
            "model": self.model,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
        }
        return {name: value for name, value in defaults.items() if value is not None}


def _check(name: str, value: object, variable: str) -> None:
    """Name the variable that has what a setting cannot have."""
    try:
        Settings(**{name: cast("Any", value)})
    except ConfigurationError as error:
        message = f"{variable}: {error.message}"
        raise ConfigurationError(message) from None


def _from_text(name: str, value: Any, source: str) -> Any:
    """Make a number or a flag of text where the setting is one."""
    if type(value) is not str:
        return value
    try:
        if name in _NUMBERS:
            return _NUMBERS[name](value)
        if name in _SWITCHES:
            return _FLAGS[value.strip().lower()]
    except (ValueError, KeyError):
        wanted = "a number" if name in _NUMBERS else "true or false"
        message = f"{source}={value!r} cannot be used for {name}: it has to be {wanted}."
        raise ConfigurationError(message) from None
    return value.strip()
