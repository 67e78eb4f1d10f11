"""Requests, replies and calls are values."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from openrouter.core.errors import ResponseError
from openrouter.core.wire import UNSET, Call, Headers, HTTPInfo, Reply, Request, StreamCall, Unset, describe_body

ASK = Request("POST", "/ask")


def test_headers_are_found_in_any_case_and_repeated_ones_are_joined() -> None:
    headers = Headers([(b"X-Generation-Id", b"gen-1"), (b"Vary", b"a"), (b"vary", b"b"), (b"X-Name", b"\xe9")])
    assert headers["x-generation-id"] == headers["X-GENERATION-ID"] == "gen-1"
    assert headers.get("vary") == "a, b"
    assert headers.get("x-name") == "é"
    assert headers.get("retry-after") is None
    assert ("VARY" in headers, "etag" in headers) == (True, False)
    assert list(headers) == ["x-generation-id", "vary", "x-name"]
    assert len(headers) == 3
    assert repr(Headers([(b"A", b"b")])) == "Headers({'a': 'b'})"


def test_headers_can_be_pickled_and_compared() -> None:
    headers = Headers([(b"A", b"\xe9"), (b"b", b"2")])
    again = pickle.loads(pickle.dumps(headers))  # noqa: S301 - our own
    assert again == headers == {"a": "é", "b": "2"}


def test_there_is_one_unset() -> None:
    assert copy.deepcopy(UNSET) is UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET  # noqa: S301 - our own
    assert repr(UNSET) == "UNSET"
    assert isinstance(UNSET, Unset)


def test_the_generation_is_known_from_the_headers() -> None:
    assert HTTPInfo(200, Headers([(b"X-Generation-Id", b"gen-1")])).generation_id == "gen-1"
    assert HTTPInfo(200).generation_id is None


def test_a_reply_is_decoded() -> None:
    assert Reply(HTTPInfo(200), b'\n \n{"a": 1}').json() == {"a": 1}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The reply is empty."),
        (b" \n" * 825, "The reply is empty (1650 bytes of white space)."),
        (b"\n <!DOCTYPE html><p>502", "a page of HTML, not JSON"),
        (b'{"id": "gen-1", "cho', """not all of it: it begins with '{"id": "gen-1", "cho'"""),
        (b"upstream connect error \xff", "it begins with 'upstream connect error \ufffd'"),
    ],
)
def test_a_reply_that_is_no_json_is_described(body: bytes, words: str) -> None:
    assert words in describe_body(body)
    http = HTTPInfo(200, Headers([(b"X-Generation-Id", b"gen-1")]))
    with pytest.raises(ResponseError) as caught:
        Reply(http, body, model="acme/large").json()
    error = caught.value
    assert words in str(error)
    assert error.body == body.decode(errors="replace")
    assert (error.status_code, error.generation_id, error.model) == (200, "gen-1", "acme/large")
    assert error.headers is http.headers
    assert isinstance(error.__cause__, ValueError)


def test_a_call_maps_its_result_one_function_after_the_other() -> None:
    call = Call(ASK, Reply.json)
    assert call.derive is None
    mapped = call.map(len).map(str)
    assert mapped.derive is not None
    assert mapped.derive([1, 2, 3]) == "3"
    assert (mapped.request, mapped.parse) == (ASK, Reply.json)
    assert call.derive is None, "the call itself stays as it was"


def test_a_call_gives_itself_to_who_runs_it_and_takes_the_result() -> None:
    call = Call(ASK, Reply.json)

    def flow() -> Iterator[Any]:
        reply = yield from call
        yield ["got", reply]

    running: Any = flow()
    assert next(running) is call
    assert running.send(7) == ["got", 7]


def test_a_stream_maps_its_pieces_and_passes_over_what_gives_none() -> None:
    def made_nowhere(*_: object) -> Any:
        raise AssertionError

    def alive() -> None:
        """Be told of signs of life."""

    call = StreamCall[str](ASK, made_nowhere, on_event=print, on_keepalive=alive)
    shouted = call.map(lambda piece: piece.upper() or None)
    counted = shouted.map(len)
    assert shouted.derive is not None
    assert counted.derive is not None
    assert [shouted.derive(piece) for piece in ("a", "")] == ["A", None]
    assert [counted.derive(piece) for piece in ("ab", "")] == [2, None]
    assert counted.request is ASK
    assert counted.on_keepalive is alive
    assert counted.on_event is None, "it was written for other pieces"


def test_a_request_says_nothing_that_it_was_not_told() -> None:
    assert (ASK.body, ASK.extra_body, ASK.query, ASK.headers, ASK.max_retries, ASK.stream) == (*[None] * 5, False)
    assert ASK.timeout is UNSET
    assert ASK.deadline is UNSET
