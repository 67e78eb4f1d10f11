"""Streamed replies of chat completions into chunks, completions and errors.

A good reply in any spelling is a good reply; a failed one raises, in whatever place its error stands, with all that
had arrived in `partial`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from attrs import define, field

from ..core import errors
from ..core.error_signs import has_error
from ..core.json import decode_json
from ..core.sse import EventDecoder
from ..core.structuring import structurer
from ..core.wire import HTTPInfo, Reply, describe_body
from ..types.chat import Completion
from ..types.chunks import Chunk
from .folding import Folding
from .whole import check, failed_choice, raise_told, read_completion, structured, unreadable

_NO_STREAM: Final = (b"{", b"[", b"<")
"""What no line of a stream begins with: a whole reply, or a page of HTML."""
_STREAM: Final = (b":", b"data:", b"event:", b"id:", b"retry:")
"""What no JSON and no page begins with."""
_LONGEST_START: Final = max(map(len, _STREAM))
_BLANK: Final = b" \t\r\n\v\f\xef\xbb\xbf"
"""White space, and the bytes of a byte order mark."""


@define
class ChatReader:
    """Reads a streamed reply: bytes in, chunks out; errors raise with what had arrived."""

    http: HTTPInfo
    model: str | None = None
    done: bool = False
    events: int = 0
    _decoder: EventDecoder = field(factory=EventDecoder)
    _folding: Folding = field(factory=Folding)
    _structure: Any = field(factory=lambda: structurer(Chunk))
    _is_stream: bool | None = None
    """`None` until the first bytes have told."""
    _start: bytes = b""
    _held: list[bytes] = field(factory=list[bytes], repr=False)
    """What came so far of a reply that is no stream, or may be none."""
    _folded: Completion | None = None
    _folded_events: int = 0

    @property
    def id(self) -> str | None:
        """The service's id of the generation, as far as chunks have told it; to ask for it costs nothing."""
        found = self._folding.fields.get("id")
        if found is None and self._folded is not None:
            found = self._folded.id
        return found if isinstance(found, str) else None

    @property
    def keepalives(self) -> int:
        """Comments so far."""
        return self._decoder.comments

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """Take the next bytes and give the chunks that they complete, as they are asked for."""
        if not self._is_stream:
            data = self._hold(data)
        return filter(None, map(self._read, self._decoder.feed(data)))

    def _hold(self, data: bytes) -> bytes:
        """Keep what came until it is known whether this is a stream; then give all of it, or none."""
        self._held.append(data)
        if self._is_stream is None:
            self._is_stream = self._told_by(data)
        if not self._is_stream:
            return b""
        held, self._held = self._held, []
        return b"".join(held)

    def _told_by(self, data: bytes) -> bool | None:
        """Find out from the first bytes whether this is a stream: some services give it a wrong type."""
        self._start += (data if self._start else data.lstrip(_BLANK))[:_LONGEST_START]
        if not self._start:
            return None
        if self._start.startswith(_NO_STREAM):
            return False
        if not self._is_named_otherwise or self._start.startswith(_STREAM):
            return True
        return None if any(field.startswith(self._start) for field in _STREAM) else False

    @property
    def _is_named_otherwise(self) -> bool:
        named = self.http.headers.get("content-type", "").lower()
        return "json" in named or "html" in named

    def _read(self, event: bytes) -> Chunk | None:
        """Read an event; there is nothing in the announcement of the end, and in what follows it."""
        if event[:1] != b"{" and event.strip() == b"[DONE]":
            self.done = True
        if self.done:
            return None
        self.events += 1
        try:
            decoded = decode_json(event)
        except ValueError as error:
            raise self._broken(describe_body(event), event.decode(errors="replace")) from error
        if type(decoded) is not dict:
            raise self._broken("An event of the stream is JSON, but no object.", decoded)
        raw = cast("dict[str, Any]", decoded)
        self._folding.add(raw)
        if "error" in raw and has_error(raw):
            raise_told(raw, self.http, self.model, self.completion)
        chunk: Chunk = self._structure(raw)
        for choice in chunk.choices:
            if choice.finish_reason == "error" or choice.raw.get("error"):
                raise_told(failed_choice(raw, choice), self.http, self.model, self.completion)
        return chunk

    def finish(self) -> Iterator[Chunk]:
        """Take the end of the body; raise where the reply had not come to its own end."""
        if self._is_stream is None:
            self._is_stream = not self._is_named_otherwise
        if not self._is_stream:
            held, self._held = self._held, []
            yield self._read_whole(b"".join(held))
            return
        completion = self.completion
        if not self.done and not self._folding.finished:
            message = "The stream ended with neither a finish reason nor [DONE]."
            raise errors.StreamInterruptedError(message).with_facts(
                model=self.model,
                partial=completion,
                generation_id=self.http.generation_id or (completion.id if completion else None),
                provider=completion.provider if completion else None,
                status_code=self.http.status_code,
                headers=self.http.headers,
            )
        if completion is None or not completion.choices:
            raise self._broken("The stream ended without an answer.", None)
        check(completion, self.http, self.model)

    def _read_whole(self, body: bytes) -> Chunk:
        """Read a reply that came in one piece although a stream was asked for."""
        completion = read_completion(Reply(self.http, body, model=self.model))
        self.done = True
        self.events = self._folded_events = 1
        self._folded = completion
        choices = [{**choice.raw, "delta": choice.raw.get("message")} for choice in completion.choices]
        chunk: Chunk = self._structure({**completion.raw, "choices": choices})
        return chunk

    def _broken(self, what: str, body: object) -> errors.ResponseError:
        return unreadable(what, body, self.http, self.model).with_facts(partial=self.completion)

    @property
    def completion(self) -> Completion | None:
        """What arrived, folded into one completion; `None` as long as nothing did."""
        if self._folded_events != self.events and not self._folding.is_empty:
            self._folded = structured(self._folding.result(), self.http)
            self._folded_events = self.events
        return self._folded
