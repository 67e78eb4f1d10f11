"""The default reply, held against what the real service sends: fields, their order, framing, money."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from openrouter.testing import Answer, FakeOpenRouter, RecordedRequest

PATH = "/api/v1/chat/completions"
AUTHORIZED = ((b"Authorization", b"Bearer sk-or-v1-secret"),)
HELLO = {"model": "acme/large", "messages": [{"role": "user", "content": "Hello there"}]}

USAGE = {
    "prompt_tokens": 2,
    "completion_tokens": 8,
    "total_tokens": 10,
    "cost": 0.000018,
    "is_byok": False,
    "prompt_tokens_details": {
        "cached_tokens": 0,
        "cache_write_tokens": 0,
        "audio_tokens": 0,
        "video_tokens": 0,
    },
    "cost_details": {
        "upstream_inference_cost": 0.000018,
        "upstream_inference_prompt_cost": 0.000002,
        "upstream_inference_completions_cost": 0.000016,
    },
    "completion_tokens_details": {"reasoning_tokens": 0, "image_tokens": 0, "audio_tokens": 0},
}


def ask(payload: Any, *, fake: FakeOpenRouter | None = None, method: str = "POST", path: str = PATH) -> Answer:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return (fake or FakeOpenRouter()).answer(RecordedRequest.received(method, path, AUTHORIZED, body))


def body_of(answer: Answer) -> Any:
    return json.loads(b"".join(answer.segments))


def chunks_of(answer: Answer) -> list[dict[str, Any]]:
    lines = b"".join(answer.segments).decode().split("\n\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def test_a_whole_reply_has_the_fields_of_a_real_one_in_their_order() -> None:
    answer = ask(HELLO)
    assert answer.status == 200
    assert dict(answer.headers) == {
        "content-type": "application/json",
        "x-generation-id": "gen-1767225601-Simulated00000000001",
        "x-openrouter-simulated": "true",
        "content-length": str(len(b"".join(answer.segments))),
    }
    expected = {
        "id": "gen-1767225601-Simulated00000000001",
        "object": "chat.completion",
        "created": 1767225601,
        "model": "acme/large",
        "provider": "Simulated",
        "system_fingerprint": None,
        "service_tier": None,
        "choices": [
            {
                "index": 0,
                "logprobs": None,
                "finish_reason": "stop",
                "native_finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": "This is a simulated reply to: Hello there",
                    "refusal": None,
                    "reasoning": None,
                },
            }
        ],
        "usage": USAGE,
    }
    assert b"".join(answer.segments).strip() == json.dumps(expected, separators=(",", ":")).encode()


def test_white_space_comes_before_a_whole_reply_as_the_service_sends_it_to_keep_alive() -> None:
    assert ask(HELLO).segments[0].isspace()


def test_a_stream_is_a_comment_then_words_then_the_finish_then_the_usage_then_done() -> None:
    answer = ask({**HELLO, "stream": True})
    assert dict(answer.headers) == {
        "content-type": "text/event-stream",
        "cache-control": "no-cache",
        "x-generation-id": "gen-1767225601-Simulated00000000001",
        "x-openrouter-simulated": "true",
        "transfer-encoding": "chunked",
    }
    assert answer.segments[0] == b": OPENROUTER PROCESSING\n\n"
    assert answer.segments[1] == (
        b'data: {"id":"gen-1767225601-Simulated00000000001","object":"chat.completion.chunk",'
        b'"created":1767225601,"model":"acme/large","provider":"Simulated","choices":[{"index":0,'
        b'"delta":{"content":"This","role":"assistant"},"finish_reason":null,"native_finish_reason":null}]}\n\n'
    )
    assert answer.segments[-1] == b"data: [DONE]\n\n"
    *deltas, finish, usage = chunks_of(answer)
    words = [delta["choices"][0]["delta"]["content"] for delta in deltas]
    assert words == ["This", " is", " a", " simulated", " reply", " to:", " Hello", " there"]
    assert finish["choices"] == [
        {
            "index": 0,
            "delta": {"content": "", "role": "assistant"},
            "finish_reason": "stop",
            "native_finish_reason": "stop",
        }
    ]
    assert list(usage)[-2:] == ["choices", "usage"]
    assert usage["choices"] == []
    assert usage["usage"] == USAGE
    assert len(answer.segments) == 12


def test_each_reply_has_an_id_and_a_second_of_its_own_and_two_fakes_agree() -> None:
    def ids(fake: FakeOpenRouter) -> list[tuple[str, int]]:
        return [(body["id"], body["created"]) for body in (body_of(ask(HELLO, fake=fake)) for _ in range(3))]

    first = ids(FakeOpenRouter())
    assert first == ids(FakeOpenRouter())
    assert len(set(first)) == 3
    assert [created for _, created in first] == [1767225601, 1767225602, 1767225603]


@pytest.mark.parametrize("words", [1, 3, 7, 997, 123_456])
def test_the_cost_is_exact_when_its_digits_are_read(words: int) -> None:
    usage = body_of(ask({"messages": [{"role": "user", "content": "word " * words}]}))["usage"]
    exact = words * Decimal("0.000001") + (words + 6) * Decimal("0.000002")
    assert usage["prompt_tokens"] == words
    assert usage["completion_tokens"] == words + 6
    assert Decimal(repr(usage["cost"])) == exact
    details = usage["cost_details"]
    assert Decimal(repr(details["upstream_inference_prompt_cost"])) == words * Decimal("0.000001")
    assert Decimal(repr(details["upstream_inference_completions_cost"])) == (words + 6) * Decimal("0.000002")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({"model": "acme/large:free"}, "acme/large:free"),
        ({"models": ["acme/first", "acme/second"]}, "acme/first"),
        ({"model": None, "models": []}, "openrouter/simulated"),
        ({}, "openrouter/simulated"),
    ],
)
def test_the_model_is_the_one_asked_for(asked: dict[str, Any], answered: str) -> None:
    assert body_of(ask({"messages": HELLO["messages"], **asked}))["model"] == answered


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"role": "user", "content": "Grüße, 世界"}, "Grüße, 世界"),
        ({"role": "user", "content": [{"type": "text", "text": "Look:"}, {"type": "image_url"}]}, "Look:"),
        ({"role": "user", "content": ["odd", {"type": "text", "text": 3}]}, ""),
        ({"role": "assistant", "content": None}, ""),
        ("odd", ""),
    ],
)
def test_the_last_message_is_echoed_whatever_its_shape(message: Any, text: str) -> None:
    payload = {"messages": [{"role": "system", "content": "Be brief."}, message]}
    body = body_of(ask(payload))
    assert body["choices"][0]["message"]["content"] == f"This is a simulated reply to: {text}"
    assert body["usage"]["prompt_tokens"] == 2 + len(text.split())


def test_text_that_is_not_ascii_goes_out_as_utf_8() -> None:
    payload = {"messages": [{"role": "user", "content": "世界"}], "stream": True}
    assert "世界".encode() in b"".join(ask(payload).segments)


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/chat/completions", "/some/proxy/api/v1/chat/completions"])
def test_what_is_no_path_of_the_api_gets_a_page_of_the_web_site(path: str) -> None:
    answer = ask(HELLO, path=path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b"<html>" in b"".join(answer.segments)


@pytest.mark.parametrize(
    ("method", "path", "payload", "status", "message"),
    [
        ("POST", "/api/v1/unknown", HELLO, 404, "Not Found"),
        ("GET", PATH, b"", 405, "Method Not Allowed"),
        ("POST", PATH, b"{not json", 400, "The request body is not valid JSON"),
        ("POST", PATH, b"\xff", 400, "The request body is not valid JSON"),
        ("POST", PATH, {"model": "x"}, 400, 'Input required: specify "prompt" or "messages"'),
        ("POST", PATH, {"messages": []}, 400, 'Input required: specify "prompt" or "messages"'),
        ("POST", PATH, {"messages": "Hello"}, 400, 'Input required: specify "prompt" or "messages"'),
        ("POST", PATH, [HELLO], 400, 'Input required: specify "prompt" or "messages"'),
    ],
)
def test_what_the_service_does_not_understand_gets_its_envelope(
    method: str, path: str, payload: Any, status: int, message: str
) -> None:
    answer = ask(payload, method=method, path=path)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-openrouter-simulated"] == "true"
    assert body_of(answer) == {"error": {"message": message, "code": status}}


@pytest.mark.parametrize("value", [None, b"", b"Bearer", b"Bearer ", b"Basic dXNlcjpwYXNz", b"sk-or-v1-x"])
def test_a_request_without_a_key_gets_401(value: bytes | None) -> None:
    headers = [] if value is None else [(b"authorization", value)]
    request = RecordedRequest.received("POST", PATH, headers, json.dumps(HELLO).encode())
    answer = FakeOpenRouter().answer(request)
    assert answer.status == 401
    assert body_of(answer) == {"error": {"message": "Missing Authentication header", "code": 401}}
