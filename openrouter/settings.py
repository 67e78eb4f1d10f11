"""What a client is made with: key, base URL, defaults for every request.

Arguments come first, then the environment. Nothing here touches the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack, cast

import attrs
from attrs import field, frozen

from .core.arguments import number, refuse_unknown, text, whole
from .core.errors import ConfigurationError
from .core.secret import Mistyped, Secret, seal, sealed_key
from .core.variables import Variables
from .core.wire import UNSET, Unset
from .registry.shelf import Shelf
from .setting_rules import (
    Validation,
    check_file,
    check_header_text,
    check_headers,
    check_key,
    check_proxy,
    check_validate,
    checked,
    checked_base_url,
    checked_fallbacks,
    flag,
    seconds,
    usable_key,
)
from .types.chat_options import CHAT_RULES

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
    "registry_ttl": float,
}
_SWITCHES: Final = ("http2", "trust_env", "log_bodies")
_FLAGS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


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
    validate: Validation
    fallbacks: Mapping[str, Sequence[str]]
    registry_ttl: float
    registry_file: str | PathLike[str] | None


_ELSEWHERE: Final = {
    **dict.fromkeys(("policy", "http", "settings"), "the constructor of a client"),
    "http_client": "http=",
    "http_referer": "app_url=",
    "x_open_router_title": "app_title=",
    **{name: f"policy=Policy({name}=…)" for name in ("retry", "rate_limit", "circuit_breaker", "budget", "ledger")},
}
"""Names that are no settings, with who takes them; those of other clients too."""


@frozen(kw_only=True, init=False)
class Settings:
    """How a client talks to the service. Immutable, and can be pickled where the key can.

    Its repr shows neither the key nor headers nor the proxy; a pickle holds all of them in clear.
    """

    api_key: Secret | Callable[[], str] | None = field(default=None, validator=check_key)
    """The key, or a function that gives it for each request, for rotation."""
    base_url: str = field(default="https://openrouter.ai/api/v1", converter=checked_base_url)
    model: str | None = field(default=None, validator=checked(text()))
    """The model of requests that name none."""
    app_url: str | None = field(default=None, validator=check_header_text)
    """Your application's address, sent as `HTTP-Referer`: its identity in the service's rankings."""
    app_title: str | None = field(default=None, validator=check_header_text)
    """Your application's name, sent as `X-OpenRouter-Title`."""
    max_tokens: int | None = field(default=None, validator=checked(CHAT_RULES["max_tokens"]))
    temperature: float | None = field(default=None, validator=checked(CHAT_RULES["temperature"]))
    top_p: float | None = field(default=None, validator=checked(CHAT_RULES["top_p"]))
    timeout: float | Unset | None = field(default=UNSET, validator=seconds)
    """Seconds: for a whole reply in total (600 unless set), for a stream without any byte (120 unless set)."""
    deadline: float | None = field(default=None, validator=seconds)
    """Seconds for everything: waiting, all attempts, and the last byte."""
    max_retries: int | None = field(default=None, validator=checked(whole(0)))
    """How often a failed request is sent again; `None` leaves it to the policy."""
    connect_timeout: float = field(default=5.0, validator=seconds)
    """Seconds for opening a connection."""
    stall_timeout: float = field(default=600.0, validator=seconds)
    """Seconds that a stream may keep itself alive without an event."""
    headers: Mapping[str, str] = field(factory=dict[str, str], validator=check_headers, repr=False)
    """Headers of every request."""
    max_connections: int = field(default=1000, validator=checked(whole(1)))
    """Requests in flight at once; further ones wait in the order in which they came."""
    keepalive_expiry: float = field(default=30.0, validator=checked(number(0)))
    """Seconds after which an idle connection is not used again."""
    proxy: str | None = field(default=None, validator=check_proxy, repr=False)
    """Address of a proxy; without it the proxy variables of the environment count, if `trust_env`."""
    http2: bool = field(default=False, validator=checked(flag))
    trust_env: bool = field(default=True, validator=checked(flag))
    """Honour proxy variables and `SSL_CERT_FILE`."""
    log_bodies: bool = field(default=False, validator=checked(flag))
    """Log what is sent and received, at level DEBUG. It may be private."""
    validate: Validation = field(default="off", validator=check_validate)
    """Check each request against the list of models before it is sent: `"warn"` logs what is found, `"raise"` refuses
    the request."""
    fallbacks: Mapping[str, tuple[str, ...]] = field(factory=dict[str, "tuple[str, ...]"], converter=checked_fallbacks)
    """For a model, those that are asked instead while its circuit breaker is open."""
    registry_ttl: float = field(default=3600.0, validator=checked(number(0)))
    """Seconds after which the list of models in `client.registry` is loaded again."""
    registry_file: str | PathLike[str] | None = field(default=None, validator=check_file)
    """Where that list is kept between programs, so that short ones need not load it."""
    shelf: Shelf = field(init=False, factory=Shelf, eq=False, repr=False)
    """Where the clients of these settings keep the list of models."""

    if TYPE_CHECKING:

        def __attrs_init__(self, **options: Any) -> None: ...

    def __init__(self, **options: Unpack[SettingsOptions]) -> None:
        seal(options)
        refuse_unknown("setting", options, SettingsOptions.__annotations__, elsewhere=_ELSEWHERE)
        self.__attrs_init__(**cast("Any", options))

    def __repr__(self) -> str:
        # Tracebacks that show local variables show settings whose constructor failed, too.
        known = [each.name for each in attrs.fields(Settings) if each.repr and hasattr(self, each.name)]
        return f"Settings({', '.join(f'{name}={getattr(self, name)!r}' for name in known)})"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
        """Take what is not given as an argument from the environment; raise `ConfigurationError` naming a bad one."""
        seal(arguments)
        refuse_unknown("setting", arguments, SettingsOptions.__annotations__, elsewhere=_ELSEWHERE)
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
            refuse_unknown("setting", mapping, SettingsOptions.__annotations__, elsewhere=_ELSEWHERE)
        except TypeError as error:
            raise ConfigurationError(f"In the mapping, {error}") from None
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
        if isinstance(source, Secret):
            return source
        key = sealed_key(source())
        if isinstance(key, Mistyped):
            message = f"The function given as api_key= gave {key!r}: it has to be a plain function that gives a string."
            raise ConfigurationError(message)
        return usable_key(key)

    def replace(self, **changes: Any) -> Settings:
        """Give settings with some of them changed; raise `TypeError` for one that does not exist."""
        seal(changes)
        refuse_unknown("setting", changes, SettingsOptions.__annotations__, elsewhere=_ELSEWHERE)
        made = attrs.evolve(self, **changes)
        if made.base_url == self.base_url:
            object.__setattr__(made, "shelf", self.shelf)
        return made

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
        raise ConfigurationError(f"{variable}: {error.message}") from None


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
        raise ConfigurationError(f"{source}={value!r} cannot be used for {name}: it has to be {wanted}.") from None
    return value.strip()
