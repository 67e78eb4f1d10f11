"""A request on its way out: bytes, and what the transports and the policy have to know of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from attrs import define, field

from .core.errors import OpenRouterError
from .core.secret import Sealed, Secret
from .laying import amended, encoded
from .policy import Facts

RawHeaders = list[tuple[bytes, bytes]]

_CREDENTIAL: Final = rb"auth|cookie|key|secret|token"
"""What stands in the name of a header whose value is a secret."""


class Origin(NamedTuple):
    """Where requests go: scheme, host and port, taken apart once."""

    scheme: str
    host: str
    port: int
    path: str
    host_header: bytes
    """The value of the `Host` header."""


@lru_cache(maxsize=64)
def origin_of(base_url: str) -> Origin:
    """Take a base URL apart."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").encode("idna").decode("ascii")
    default = 443 if parts.scheme == "https" else 80
    port = parts.port or default
    shown = f"[{host}]" if ":" in host else host
    header = shown if port == default else f"{shown}:{port}"
    return Origin(parts.scheme, host, port, parts.path, header.encode("ascii"))


class Clocks(NamedTuple):
    """How long each part of an exchange may take, in seconds; `None` is for ever."""

    connect: float
    idle: float | None
    """Without a single byte."""
    stall: float
    """With signs of life, but no event."""
    total: float | None
    """From sending to the last byte, of one attempt."""
    deadline: float | None
    """The monotonic second at which everything ends: waiting, all attempts, and the last byte."""

    @property
    def writing(self) -> float:
        """Without the server taking another piece of the request: as long as it may be silent, or some connecting."""
        return self.idle or self.connect * 12

    def told(self, clock: str | None, began_at: float) -> str:
        """Say in brackets which clock ran out, where it stood, and which option moves it."""
        deadline = None if self.deadline is None else self.deadline - began_at
        seconds, option = {
            "connect": (self.connect, "connect_timeout"),
            "write": (self.writing, "timeout" if self.idle else "connect_timeout"),
            "idle": (self.idle, "timeout"),
            "stall": (self.stall, "stall_timeout"),
            "total": (self.total, "timeout"),
        }.get(clock or "", (deadline, "deadline"))
        return "" if seconds is None else f" (clock {clock}: {seconds:g} s, set by `{option}=`)"


@define(eq=False)
class Outgoing:
    """A request as bytes, with all that the transports and the policy have to know of it."""

    method: str
    origin: Origin
    target: str
    sealed_headers: Sealed[RawHeaders]
    body: Mapping[str, object] | None = field(repr=False)
    """What the JSON is made of; `None` where nothing is sent."""
    content: bytes = field(repr=False)
    clocks: Clocks
    facts: Facts
    stream: bool
    waited: float = 0.0
    """Seconds that the attempt that is under way waited for a place."""
    unsent: bool = False
    """A transport sets it as long as surely nothing of the attempt has gone out. One that does not know leaves it."""
    ends_at: float | None = None
    """The monotonic second at which it ends at the latest."""
    _is_amended: bool = field(default=False, init=False)
    fresh: bool = False
    """It may not go out on a connection that was used before: one of those had turned out to be dead."""

    @property
    def headers(self) -> RawHeaders:
        """The headers, the key among them."""
        return self.sealed_headers.reveal()

    def hide(self, text: str) -> str:
        """Take the secrets among the headers out of a text: the service may have repeated them.

        A key as short as those of tests is left: it may be a word of the text.
        """
        from .core.hiding import hide  # noqa: PLC0415 - for what failed, and for logs with bodies in them

        values = [value.decode("latin-1") for name, value in self.headers if re.search(_CREDENTIAL, name)]
        return hide(text, [value.rpartition(" ")[2] for value in values])

    def conceal(self, error: OpenRouterError) -> None:
        """Take the secrets among the headers out of an error."""
        from .core.hiding import conceal  # noqa: PLC0415 - for what failed

        conceal(error, self.hide)

    def amend(self, model: str | None, max_tokens: int | None) -> None:
        """Have the next attempt ask for another model first, or for a shorter answer; `None` is as the caller said."""
        if self.body is not None and (model is not None or max_tokens is not None or self._is_amended):
            self._is_amended = model is not None or max_tokens is not None
            self.content = encoded(amended(self.body, model, max_tokens))
            self._replace(b"content-length", str(len(self.content)).encode())

    def count_tokens(self) -> None:
        """Estimate the tokens of the request by what is in it, instead of by its length."""
        from .replies.counting import count_prompt  # noqa: PLC0415 - for those who limit tokens

        if self.body is not None:
            tokens = count_prompt(self.body).expected + (self.facts.output_tokens or 0)
            self.facts = self.facts._replace(tokens=tokens)

    def renew(self, key: Secret) -> None:
        """Have the next attempt use another key."""
        self._replace(b"authorization", bearer(key))

    def _replace(self, name: bytes, value: bytes) -> None:
        headers = [(known, value if known == name else old) for known, old in self.headers]
        self.sealed_headers = Sealed(headers)

    def begin(self, now: float) -> None:
        """Start the clocks of an attempt, which do not run while it waits for its turn."""
        limits = [self.clocks.deadline, None if self.clocks.total is None else now + self.clocks.total]
        self.ends_at = min((limit for limit in limits if limit is not None), default=None)


def bearer(key: Secret) -> bytes:
    """Give the header that authorizes a request."""
    return f"Bearer {key.reveal()}".encode()
