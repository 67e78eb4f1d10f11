"""Recorded replies of the real service: each comes out as a completion, a stream, or the right exception."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from openrouter.core import errors
from openrouter.core.envelope import error_from
from openrouter.core.json import decode_json
from openrouter.core.sse import EventDecoder
from openrouter.core.wire import Call, Headers, HTTPInfo, Reply, Request
from openrouter.replies.reading import ChatReader
from openrouter.replies.whole import read_completion
from openrouter.types.chat import Completion
from tests.replies.damage import understood
from tests.wire.recordings import NEEDED, WIRE, body_of, recording

pytestmark = NEEDED

EXPECTED: dict[str, Any] = {
    "001e0b9d31c4": errors.BadRequestError,
    "090ae9b1c1e2": errors.RateLimitError,
    "0ae7a5c06d4d": errors.RateLimitError,
    "0ec91d778b90": errors.ResponseError,
    "10edb1264c07": "tool_calls",
    "20706b453043": "tool_calls",
    "20f3c0cded6b": "stop",
    "2486064aeb88": "stop",
    "264050a7282c": "tool_calls",
    "286a8b6e0f9e": "stop",
    "2dc05b1c3c03": errors.RateLimitError,
    "2f60e66bd18d": "stop",
    "33c26d7f70f7": "stop",
    "4272713f2896": "stop",
    "4776f0dabe6e": "stop",
    "480605a47332": "stop",
    "49af6be46536": "stop",
    "4c7aed9c7291": dict,
    "52f44bfff693": "stop",
    "540bad5f43bb": "tool_calls",
    "5b08352b11f3": "stop",
    "5e6f7b86e2c9": "stop",
    "6114e280eeb8": "stop",
    "623a9f7840a4": "stop",
    "68fb52460d63": "stop",
    "6b3cba38e323": errors.BadRequestError,
    "850011f2838e": "stop",
    "85ca9a9d2947": "stop",
    "9e47e39975af": "tool_calls",
    "9e8dff4e30d5": "stop",
    "abd5524a07ad": "stop",
    "b10b436754ac": "stop",
    "b998ddf4c6d1": "tool_calls",
    "bc86bafdf664": "stop",
    "c788ef41f98a": "stop",
    "cabb8126fc39": "stop",
    "d465f1a0958e": "stop",
    "d6826cf5ff73": dict,
    "d69da69deecf": "stop",
    "de46acd04338": "stop",
    "e148e31b6e5b": "stop",
    "e22b78ad0b32": "stop",
    "e42ca5aa5c9e": "stop",
    "e76f9729cd14": "tool_calls",
    "eda9f7a64606": errors.ModelUnavailableError,
    "ee2a27406cf8": "stop",
    "f0298174f583": list,
    "f85edb2907ef": "stop",
    "fc7e150c59e0": list,
}
"""What each recording is: a reply with this finish reason, an error, or a reply of another endpoint."""

COMPLETIONS = [name for name, found in EXPECTED.items() if isinstance(found, str)]
FAILURES = [name for name, found in EXPECTED.items() if not isinstance(found, str) and found not in {dict, list}]
OTHERS = [name for name, found in EXPECTED.items() if found in {dict, list}]


def http_of(name: str) -> HTTPInfo:
    response = recording(name)["response"]
    raw = [(key.encode(), value.encode("latin-1")) for key, value in response["headers"]]
    return HTTPInfo(response["status"], Headers(raw), received_at=1_800_000_000.0)


def read(name: str, size: int | None = None) -> Completion:
    """Read a recording as a client does, a stream in segments of `size` bytes."""
    http, body = http_of(name), body_of(name)
    if http.status_code != 200:
        try:
            content = decode_json(body)
        except ValueError:
            content = body.decode()
        raise error_from(content, status=http.status_code, headers=http.headers, utc=http.received_at)
    if not recording(name)["is_stream"]:
        return read_completion(Reply(http, body))
    reading, size = ChatReader(http), size or len(body)
    for start in range(0, len(body), size):
        list(reading.feed(body[start : start + size]))
    list(reading.finish())
    assert reading.completion is not None
    return reading.completion


def recorded(name: str) -> list[Any]:
    """Give the JSON documents of a recording, with the numbers as they were written."""
    body = body_of(name).decode()
    lines = [line.removeprefix("data: ") for line in body.split("\n") if line.startswith("data: {")]
    return [json.loads(document, parse_float=Decimal) for document in lines or [body]]


def test_every_recording_is_expected() -> None:
    assert {path.stem for path in WIRE.glob("*.json")} == EXPECTED.keys()


@pytest.mark.parametrize("name", COMPLETIONS)
def test_a_good_reply_is_a_completion_with_its_exact_cost(name: str) -> None:
    reply = read(name)
    usages = [document["usage"] for document in recorded(name) if document.get("usage")]
    assert (reply.finish_reason, len(reply.choices)) == (EXPECTED[name], 1)
    assert reply.usage
    assert reply.usage.cost == usages[-1].get("cost")
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (
        usages[-1]["prompt_tokens"],
        usages[-1]["completion_tokens"],
        usages[-1]["total_tokens"],
    )
    last = recorded(name)[-1]
    assert (reply.id, reply.model, reply.provider) == (last["id"], last["model"], last["provider"])
    assert bool(reply.tool_calls) == (reply.finish_reason == "tool_calls")
    assert all(isinstance(json.loads(call.function.arguments or "{}"), dict) for call in reply.tool_calls)
    assert reply.text or reply.tool_calls


def outcome(name: str, size: int | None = None) -> Completion | type[Exception]:
    try:
        return read(name, size)
    except errors.OpenRouterError as error:
        return type(error)


@pytest.mark.parametrize("name", [name for name in EXPECTED if name not in OTHERS])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_segments_change_nothing(name: str, size: int) -> None:
    assert outcome(name, size) == outcome(name)


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_the_right_exception(name: str) -> None:
    with pytest.raises(EXPECTED[name]) as caught:
        read(name)
    assert type(caught.value) is EXPECTED[name]
    understood(caught.value)


@pytest.mark.parametrize(
    ("name", "words", "provider"),
    [
        ("001e0b9d31c4", "Provider returned error: Unsupported value: 'none' is not supported", "OpenAI"),
        ("090ae9b1c1e2", "is temporarily rate-limited upstream; please retry shortly.", "Google"),
        ("0ae7a5c06d4d", "429 Too Many Requests.", None),
        ("0ec91d778b90", "The reply is empty.", None),
        ("2dc05b1c3c03", "is temporarily rate-limited upstream; please retry shortly.", "Google"),
        ("6b3cba38e323", "400 Bad Request: Token limit reached", "Minimax"),
        ("eda9f7a64606", "No endpoints found for google/gemini-2.5-flash:free.", None),
    ],
)
def test_a_failure_says_what_it_was(name: str, words: str, provider: str | None) -> None:
    with pytest.raises(errors.OpenRouterError) as caught:
        read(name)
    assert words in str(caught.value)
    assert caught.value.provider == provider


def test_a_failure_in_the_middle_of_a_stream_has_what_had_arrived() -> None:
    with pytest.raises(errors.BadRequestError) as caught:
        read("6b3cba38e323")
    partial = caught.value.partial
    assert partial is not None
    assert (partial.reasoning, partial.finish_reason) == ("We need to respond to a greeting. The user", "length")
    assert partial.usage
    assert (partial.usage.total_tokens, partial.usage.cost) == (53, Decimal(0))


@pytest.mark.parametrize("name", OTHERS)
def test_replies_of_other_endpoints_are_read_as_they_are(name: str) -> None:
    if EXPECTED[name] is dict:
        call = Call(Request("POST", "/responses"), Reply.json)
        assert call.parse(Reply(http_of(name), body_of(name))) == json.loads(body_of(name))
        return
    decoder, body = EventDecoder(), body_of(name)
    events = [decode_json(event) for event in decoder.feed(body) if event != b"[DONE]"]
    assert [event["type"] for event in events] == [event["type"] for event in recorded(name)] if body else not events
    assert decoder.comments == body.count(b": OPENROUTER PROCESSING")
