"""Streamed replies: every good end is good, and every other raises with what had arrived."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from itertools import chain, pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core import errors
from openrouter.core.wire import HTTPInfo
from openrouter.replies.reading import ChatReader
from openrouter.streams import Stream, StreamState
from openrouter.types.chat import Completion
from openrouter.types.chunks import Chunk
from tests.replies.arriving import DONE, MODEL, delta, end, events, read, reader

USAGE = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7, "cost": 0.000018}}
STREAM = b": OPENROUTER PROCESSING\n\n" + events(delta(content="4"), delta(content="2"), end(), USAGE) + DONE
REPLY: dict[str, Any] = {
    "id": "gen-1",
    "model": "acme/large-2",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "42", "aura": 1}}],
    "usage": USAGE["usage"],
}


def deferred(function: Callable[[], Iterator[Chunk]]) -> Iterator[Chunk]:
    """Call `function` when the first of its chunks is wanted."""
    yield from function()


def refused(body: bytes, content_type: str = "text/event-stream") -> tuple[list[Chunk], errors.OpenRouterError]:
    """Give the chunks that came before the error, and the error."""
    reading, came = reader(content_type), list[Chunk]()
    with pytest.raises(errors.OpenRouterError) as caught:
        came.extend(chain(reading.feed(body), deferred(reading.finish)))
    return came, caught.value


def test_a_good_stream() -> None:
    chunks, completion = read(STREAM)
    assert [chunk.text for chunk in chunks] == ["4", "2", "", ""]
    assert completion
    assert (completion.text, completion.finish_reason, completion.id) == ("42", "stop", "gen-1")
    assert completion.usage
    assert completion.usage.total_tokens == 7
    assert completion.http
    assert completion.http.generation_id == "gen-header"


@given(st.lists(st.integers(min_value=0, max_value=len(STREAM)), max_size=20))
def test_any_segmentation_gives_the_same(places: list[int]) -> None:
    edges = sorted({0, len(STREAM), *places})
    reading = reader()
    chunks = [chunk for start, end_ in pairwise(edges) for chunk in reading.feed(STREAM[start:end_])]
    assert ([*chunks, *reading.finish()], reading.completion) == read(STREAM)
    assert (reading.done, reading.keepalives, reading.events) == (True, 1, 4)


def test_the_partial_completion_grows_with_the_chunks() -> None:
    reading = reader()
    assert reading.completion is None
    assert list(reading.feed(b": OPENROUTER PROCESSING\n\n")) == []
    assert (reading.completion, reading.keepalives, reading.events) == (None, 1, 0)
    texts: list[str] = []
    for _ in reading.feed(STREAM):
        completion = reading.completion
        assert completion is reading.completion, "looking twice folds once"
        texts.append(completion.text if completion else "?")
    assert texts == ["4", "42", "42", "42"]
    assert reading.done


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(events(delta(content="4"), end()), id="no [DONE]"),
        pytest.param(events(delta(content="4"), end(), USAGE), id="no [DONE] after the usage"),
        pytest.param(events(delta(content="4")) + DONE, id="no finish reason"),
        pytest.param(events(delta(content="4"), end(), end()) + DONE, id="a repeated finish reason"),
        pytest.param(b"retry: 3000\n\nevent: x\n\n" + events(delta(content="4"), end()) + DONE, id="other events"),
        pytest.param(events({"choices": [], "debug": {}}, delta(content="4"), end()) + DONE, id="a debug chunk first"),
        pytest.param(events({**delta(content="4"), "error": None}, end()) + DONE, id="an error that is null"),
        pytest.param(events(delta(content="4"), end()) + DONE + b"data: {broken\n\n", id="rubbish after the end"),
        pytest.param(events({"choices": None, "id": "gen-1"}, delta(content="4"), end()) + DONE, id="choices null"),
        pytest.param(events(delta(content="4"), end()) + b"data: [DONE] \n\n" + events([]), id="a space after [DONE]"),
        pytest.param(
            events(delta(content="4"), end()) + b"data:  [DONE]\t\n\n" + events([]), id="spaces around [DONE]"
        ),
        pytest.param(b"\n \n" + events(delta(content="4"), end()).replace(b"\n", b"\r\n"), id="CR LF"),
    ],
)
def test_good_ends(body: bytes) -> None:
    _, completion = read(body)
    assert completion
    assert completion.text == "4"


@pytest.mark.parametrize("content_type", ["application/json", "text/html; charset=utf-8", "Application/JSON"])
@pytest.mark.parametrize(
    "first", [b"", b": hello\n\n", b"event: x\n", b"id: 7\n", b"retry: 30\n", b"\xef\xbb\xbf", b"\n \n"]
)
def test_a_stream_is_a_stream_whatever_the_header_says(content_type: str, first: bytes) -> None:
    expected, body = read(STREAM), first + STREAM.removeprefix(b": OPENROUTER PROCESSING\n\n")
    reading = reader(content_type)
    chunks = [chunk for byte in body for chunk in reading.feed(bytes([byte]))]
    assert ([*chunks, *reading.finish()], reading.done) == (expected[0], True)
    assert reading.completion
    assert reading.completion.raw == (expected[1] and expected[1].raw)
    assert read(body, content_type)[0] == expected[0]


@pytest.mark.parametrize("body", [b"database is gone", b'"data: x"', b"dat", b" r", b"17", b"idle", b"\n \n"])
def test_what_is_said_to_be_json_and_is_neither_that_nor_a_stream(body: bytes) -> None:
    for segments in ([body], [bytes([byte]) for byte in body]):
        reading = reader("application/json")
        assert [chunk for segment in segments for chunk in reading.feed(segment)] == []
        with pytest.raises(errors.ResponseError) as caught:
            list(reading.finish())
        assert (type(caught.value), caught.value.partial) == (errors.ResponseError, None)


def test_after_the_end_nothing_is_read() -> None:
    reading = reader()
    assert len(list(reading.feed(STREAM))) == 4
    assert list(reading.feed(events(delta(content="more")) + DONE)) == []
    assert reading.completion
    assert reading.completion.text == "42"


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (502, 502, errors.ServerError),
        ("server_error", 500, errors.ServerError),
        ("429", 429, errors.RateLimitError),
        (400, 400, errors.BadRequestError),
        (None, 500, errors.ServerError),
    ],
)
@pytest.mark.parametrize("choices", [None, [], [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]])
@pytest.mark.parametrize("usage", [None, USAGE["usage"]])
def test_an_error_in_the_middle(
    code: object, status: int, kind: type[errors.OpenRouterError], choices: object, usage: object
) -> None:
    failing = {**delta(), "error": {"code": code, "message": "Broke."}, "choices": choices, "usage": usage}
    call = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{"}}
    came, error = refused(events(delta(content="half", tool_calls=[call]), failing) + DONE)
    assert [chunk.text for chunk in came] == ["half"]
    assert type(error) is kind
    assert (error.status_code, error.provider, error.model) == (status, "Acme", "acme/large-2")
    assert (error.generation_id, error.body) == ("gen-1", failing)
    assert error.partial
    assert (error.partial.text, error.partial.tool_calls[0].function.arguments) == ("half", "{")
    assert (error.partial.usage is None) == (usage is None)
    assert "Broke." in str(error)


def test_an_error_as_the_first_event() -> None:
    body = {"error": {"code": 503, "message": "Full.", "metadata": {"error_type": "provider_overloaded"}}}
    came, error = refused(events(body))
    assert (came, type(error), error.error_type) == ([], errors.ProviderError, "provider_overloaded")
    assert (error.model, error.partial, error.generation_id) == (MODEL, None, "gen-header")


@pytest.mark.parametrize(
    "choice",
    [
        {"delta": {"content": "…"}, "finish_reason": "error", "native_finish_reason": "OTHER"},
        {"delta": {"content": "…"}, "finish_reason": None, "error": {"code": 500, "message": "OTHER"}},
    ],
)
def test_an_error_in_a_choice(choice: dict[str, Any]) -> None:
    came, error = refused(events(delta(content="half"), {"id": "gen-1", "choices": [choice]}) + DONE)
    assert ([chunk.text for chunk in came], type(error)) == (["half"], errors.ServerError)
    assert "OTHER" in str(error)
    assert error.partial
    assert error.partial.text == "half…"


@pytest.mark.parametrize("cut", [b"", b"data: {", b"data: [DONE]"[:-1]])
def test_a_stream_that_stops_before_its_end(cut: bytes) -> None:
    came, error = refused(events(delta(content="half")) + cut)
    assert len(came) == 1
    assert isinstance(error, errors.StreamInterruptedError)
    assert "neither a finish reason nor [DONE]" in str(error)
    assert (error.model, error.provider, error.generation_id, error.status_code) == (MODEL, "Acme", "gen-header", 200)
    assert error.headers
    assert error.partial
    assert error.partial.text == "half"


@pytest.mark.parametrize("body", [b"", b"\n\n", b": OPENROUTER PROCESSING\n\n" * 3])
def test_a_stream_of_nothing(body: bytes) -> None:
    came, error = refused(body)
    assert (came, type(error), error.partial) == ([], errors.StreamInterruptedError, None)


def test_the_generation_is_known_from_the_chunks_where_the_headers_lack_it() -> None:
    reading = ChatReader(HTTPInfo(200), MODEL)
    list(reading.feed(events(delta(content="a"))))
    with pytest.raises(errors.StreamInterruptedError) as caught:
        list(reading.finish())
    assert caught.value.generation_id == "gen-1"


def test_the_id_of_the_generation_is_told_without_the_rest() -> None:
    reading = reader()
    assert reading.id is None
    list(reading.feed(events({"choices": [], "id": 5})))
    assert reading.id is None
    list(reading.feed(events(delta(content="a"), end())))
    assert reading.id == "gen-1"
    whole = reader("application/json")
    list(whole.feed(json.dumps(REPLY).encode()))
    assert whole.id is None
    list(whole.finish())
    assert whole.id == "gen-1"


class Known(ChatReader):
    """A reader that must not be asked for everything."""

    @property
    def completion(self) -> Any:
        raise AssertionError


class Foreign:
    """A reader that knows no more than the protocol asks for."""

    done, keepalives, events, completion = True, 0, 1, Completion(id="gen-2")

    def feed(self, data: bytes) -> Iterator[Chunk]:
        raise NotImplementedError

    def finish(self) -> Iterator[Chunk]:
        raise NotImplementedError


def test_a_stream_asks_its_reader_for_the_id_alone() -> None:
    known, states = Known(HTTPInfo(200)), list[StreamState]()

    def run(state: StreamState) -> Generator[None, None, None]:
        states.append(state)
        return (None for _ in ())

    stream = Stream(run)
    assert stream.generation_id is None
    states[0].reader = known
    assert stream.generation_id is None
    list(known.feed(events(delta(content="a"))))
    assert stream.generation_id == "gen-1"
    states[0].reader = Foreign()
    assert stream.generation_id == "gen-2"


def test_one_of_two_choices_that_stops_before_its_end() -> None:
    _, error = refused(events(delta(0, content="a"), delta(1, content="b"), delta(0, "stop")))
    assert isinstance(error, errors.StreamInterruptedError)


@pytest.mark.parametrize("chunks", [(), ({"choices": []},), (USAGE,), ({"choices": None, "id": "gen-1"},)])
def test_an_end_without_an_answer(chunks: tuple[Any, ...]) -> None:
    _, error = refused(events(*chunks) + DONE)
    assert isinstance(error, errors.ResponseError)
    assert "ended without an answer" in str(error)


def test_an_answer_of_nothing_that_cost_nothing() -> None:
    _, error = refused(events(delta(role="assistant", content=""), end()) + DONE)
    assert isinstance(error, errors.ResponseError)
    assert ("answered with nothing" in str(error), error.ambiguous) == (True, False)
    _, completion = read(events(end(), USAGE) + DONE)
    assert completion
    assert completion.text == "", "what was billed is an answer"


@pytest.mark.parametrize(
    ("event", "words"),
    [(b"{broken", "not JSON"), (b"", "empty"), (b"[1]", "no object"), (b"5", "no object"), (b"\xff", "not JSON")],
)
def test_an_event_that_cannot_be_read(event: bytes, words: str) -> None:
    came, error = refused(events(delta(content="half")) + b"data: " + event + b"\n\n")
    assert (len(came), type(error)) == (1, errors.ResponseError)
    assert words in str(error)
    assert error.partial
    assert error.partial.text == "half"


def test_a_body_that_says_it_was_no_success() -> None:
    _, error = refused(events({"success": False, "choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}]}))
    assert isinstance(error, errors.ServerError)


def test_what_is_named_a_stream_may_begin_with_any_field() -> None:
    assert read(b"x-served-by: somebody\n" + STREAM)[0] == read(STREAM)[0]


# --- whole replies to a request for a stream ----------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "text/event-stream"])
@pytest.mark.parametrize("before", [b"", b"\n  \n"])
def test_a_whole_reply_is_one_chunk(content_type: str, before: bytes) -> None:
    reading, data = reader(content_type), before + json.dumps(REPLY).encode()
    assert [chunk for byte in data for chunk in reading.feed(bytes([byte]))] == []
    assert (reading.completion, reading.done) == (None, False)
    (chunk,) = reading.finish()
    assert (chunk.text, chunk.finish_reason, chunk.id) == ("42", "stop", "gen-1")
    assert (reading.done, reading.events) == (True, 1)
    assert reading.completion
    assert reading.completion.raw == REPLY
    assert chunk.usage == reading.completion.usage


@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream"])
def test_a_whole_error_is_an_error(content_type: str) -> None:
    _, error = refused(b'\n {"error": {"code": 429, "message": "Slow down"}}', content_type)
    assert (type(error), error.status_code, error.model) == (errors.RateLimitError, 429, MODEL)


@pytest.mark.parametrize("content_type", ["text/html", "text/event-stream"])
def test_a_page_of_html_is_an_error(content_type: str) -> None:
    _, error = refused(b"\n<html><h1>Welcome</h1>", content_type)
    assert isinstance(error, errors.ResponseError)
    assert "a page of HTML" in str(error)


def test_a_text_that_is_named_a_page_is_an_error_too() -> None:
    _, error = refused(b"Bad gateway", "text/html")
    assert (type(error), "not JSON" in str(error)) == (errors.ResponseError, True)


def test_an_empty_reply_of_json_is_an_error() -> None:
    _, error = refused(b"", "application/json")
    assert (type(error), "empty" in str(error)) == (errors.ResponseError, True)
