"""Requests, replies and calls as plain values."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar, cast, final

from attrs import evolve, field, frozen

from .errors import ResponseError
from .json import decode_json
from .secret import sealed_headers

T = TypeVar("T")
U = TypeVar("U")
T_co = TypeVar("T_co", covariant=True)


@final
class Unset:
    """The type of `UNSET`: an option that nobody gave, where `None` means something else."""

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


class Moment(NamedTuple):
    """A point in time, handed in by whoever reads the clocks."""

    monotonic: float
    """Seconds of a clock that never jumps: for waiting."""
    utc: float
    """Seconds since 1970: for dates that the service names."""


class Headers(Mapping[str, str]):
    """Headers of a reply: any case finds them, repeated ones are joined by a comma."""

    __slots__ = ("_by_name", "_raw")

    def __init__(self, raw: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._raw = raw
        self._by_name: dict[str, str] | None = None

    def _names(self) -> dict[str, str]:
        if self._by_name is None:
            found: dict[str, str] = {}
            for key, value in self._raw:
                name, text = key.decode("latin-1").lower(), value.decode("latin-1")
                found[name] = f"{found[name]}, {text}" if name in found else text
            self._by_name, self._raw = found, ()
        return self._by_name

    def __getitem__(self, name: str) -> str:
        return self._names()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def __repr__(self) -> str:
        return f"Headers({self._names()!r})"

    def __reduce__(self) -> tuple[type[Headers], tuple[list[tuple[bytes, bytes]]]]:
        pairs = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in self.items()]
        return Headers, (pairs,)


@frozen
class HTTPInfo:
    """How a reply came over HTTP."""

    status_code: int
    headers: Headers = field(factory=Headers)
    attempts: int = 1
    """How many times the request was sent until this reply."""
    request_id: str = ""
    """Our own id of the request, the one in the log records."""
    received_at: float = 0.0
    """When the headers came, in seconds since 1970."""

    @property
    def generation_id(self) -> str | None:
        """The service's id of the generation, known before the body."""
        return self.headers.get("x-generation-id")


@frozen
class Reply:
    """A whole reply: what a parser gets."""

    http: HTTPInfo
    body: bytes = field(repr=False)
    latency: float = 0.0
    """Seconds from sending the request to the last byte, of the attempt that succeeded."""
    model: str | None = None
    """The model that was asked for."""

    def json(self) -> Any:
        """Decode the body; raise `ResponseError` where it is no JSON."""
        try:
            return decode_json(self.body)
        except ValueError as error:
            raise ResponseError(describe_body(self.body)).with_facts(
                body=self.body.decode(errors="replace"),
                status_code=self.http.status_code,
                headers=self.http.headers,
                generation_id=self.http.generation_id,
                model=self.model,
            ) from error


def describe_body(body: bytes) -> str:
    """Say in a line what is wrong with a body that was expected to be JSON."""
    start = body[:2048].lstrip()
    if not body.strip():
        return f"The reply is empty ({len(body)} bytes of white space)." if body else "The reply is empty."
    if start[:1] == b"<":
        return "The reply is a page of HTML, not JSON: something between here and the service answered."
    return f"The reply is not JSON, or not all of it: it begins with {start[:60].decode(errors='replace')!r}."


@frozen
class Request:
    """What to ask of the service, without anything that the settings add.

    In `body`, an option that is `None` is not sent, and keeps the setting's default from being sent.
    """

    method: str
    path: str
    body: Mapping[str, object] | None = None
    extra_body: Mapping[str, object] | None = None
    """Fields that are laid over `body` unchanged, at any depth; here `None` is sent as `null`."""
    query: Mapping[str, object] | None = None
    headers: Mapping[str, str] | None = field(default=None, converter=sealed_headers, repr=False)
    timeout: float | Unset | None = UNSET
    """Seconds: in total for a whole reply, without any byte for a stream; `None`: for ever."""
    deadline: float | Unset | None = UNSET
    """Seconds for everything: waiting, all attempts, and the last byte; `None`: none, whatever the settings say."""
    max_retries: int | None = None
    stream: bool = False
    variant: str | None = None
    """What the model is to end in, whether the caller or the settings name it: `nitro`, `free`, …"""


class Reader(Protocol[T_co]):
    """Reads one streamed reply: bytes in, events out; a pure state machine.

    `feed` and `finish` raise an `OpenRouterError` for an error in the stream, with what had arrived in `partial`. Where
    a reader has an attribute `id`, the stream asks it for the id of the generation, instead of for all of `completion`.
    """

    @property
    def done(self) -> bool:
        """The end was announced: what follows is drained."""
        ...

    @property
    def keepalives(self) -> int:
        """Comments so far."""
        ...

    @property
    def events(self) -> int:
        """Events so far, without the announced end."""
        ...

    def feed(self, data: bytes) -> Iterator[T_co]:
        """Take the next bytes and yield the events that they complete."""
        ...

    def finish(self) -> Iterator[T_co]:
        """Take the end of the body; raise if it came too early."""
        ...

    @property
    def completion(self) -> Any:
        """What arrived, folded into one reply, or `None` as long as nothing did."""
        ...


@frozen
class Call(Generic[T]):
    """One request, and how to read its reply. It does nothing until a client sends it."""

    request: Request
    parse: Callable[[Reply], T]
    """Turns the reply into the result; raises an `OpenRouterError` for an error in it."""
    derive: Callable[[Any], Any] | None = None
    """Turns the result into what the caller gets, after the policy has booked it."""

    def map(self, function: Callable[[T], U]) -> Call[U]:
        """Make a call that gives `function` of this one's result."""
        first = self.derive

        def chain(value: Any) -> U:
            return function(value if first is None else first(value))

        return cast("Call[U]", evolve(self, derive=chain))

    def __iter__(self) -> Generator[Any, Any, T]:
        """`reply = yield from call`, inside a flow."""
        result: T = yield self
        return result


@frozen
class StreamCall(Generic[T]):
    """One request, and how to read its reply piece by piece."""

    request: Request
    reader: Callable[[HTTPInfo, str | None], Reader[Any]]
    """Makes a reader for the reply to the given model."""
    derive: Callable[[Any], T | None] | None = None
    """Turns an event into what the caller gets; `None` passes it over."""
    on_event: Callable[[T], object] | None = None
    on_keepalive: Callable[[], object] | None = None

    def map(self, function: Callable[[T], U | None]) -> StreamCall[U]:
        """Make a call that gives `function` of this one's pieces, without those that give `None`.

        `on_event` stays behind: what it was written for are the pieces before.
        """
        first = self.derive

        def chain(event: Any) -> U | None:
            piece = event if first is None else first(event)
            return None if piece is None else function(piece)

        return StreamCall(self.request, self.reader, chain, None, self.on_keepalive)
