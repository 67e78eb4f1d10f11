"""Scripted replies: their order, and what each kind sends."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from openrouter.testing import (
    Answer,
    ErrorReply,
    FakeOpenRouter,
    MidStreamError,
    RawReply,
    RecordedRequest,
    Reply,
    ScriptedToolCall,
    TextReply,
)

PATH = "/api/v1/chat/completions"


def request(content: str = "Hello", *, stream: bool = False) -> RecordedRequest:
    body = json.dumps({"messages": [{"role": "user", "content": content}], "stream": stream}).encode()
    return RecordedRequest.received("POST", PATH, [(b"Authorization", b"Bearer sk-or-v1-secret")], body)


def whole(reply: Reply) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(b"".join(FakeOpenRouter([reply]).answer(request()).segments))
    return body


def events(reply: Reply) -> list[bytes]:
    return list(FakeOpenRouter([reply]).answer(request(stream=True)).segments)


def chunks(reply: Reply) -> list[dict[str, Any]]:
    return [json.loads(event[6:]) for event in events(reply) if event.startswith(b"data: {")]


def deltas(reply: Reply, key: str) -> list[Any]:
    found = [choice["delta"].get(key) for chunk in chunks(reply) for choice in chunk["choices"]]
    return [value for value in found if value]


def text(answer: Answer) -> str:
    content: str = json.loads(b"".join(answer.segments))["choices"][0]["message"]["content"]
    return content


def test_replies_come_in_order_then_the_default() -> None:
    fake = FakeOpenRouter([TextReply("one")])
    fake.add(TextReply("two"), TextReply("three"))
    assert [text(fake.answer(request("Hi"))) for _ in range(4)] == [
        "one",
        "two",
        "three",
        "This is a simulated reply to: Hi",
    ]


def test_a_refused_request_uses_up_no_reply() -> None:
    fake = FakeOpenRouter([TextReply("one")])
    assert fake.answer(RecordedRequest.received("POST", PATH, [], b"{}")).status == 401
    assert text(fake.answer(request())) == "one"


def test_respond_makes_the_reply_from_the_request_when_the_script_is_used_up() -> None:
    fake = FakeOpenRouter([TextReply("first")], respond=lambda request: TextReply(request.path, model="acme/small"))
    assert text(fake.answer(request())) == "first"
    assert text(fake.answer(request())) == PATH


def test_text_is_sent_whole_or_word_by_word_without_losing_a_space() -> None:
    spaced = "  Two\n\nparagraphs,\tone tab.  "
    assert whole(TextReply(spaced))["choices"][0]["message"]["content"] == spaced
    assert "".join(deltas(TextReply(spaced), "content")) == spaced
    assert deltas(TextReply("Two words"), "content") == ["Two", " words"]


def test_a_reply_may_be_empty() -> None:
    body = whole(TextReply())
    assert body["choices"][0]["message"]["content"] == ""
    assert body["usage"]["completion_tokens"] == 0
    assert [bool(chunk["choices"]) for chunk in chunks(TextReply())] == [True, False]


def test_a_reply_says_what_it_was_told_to_say() -> None:
    reply = TextReply(
        "Cut",
        model="acme/other",
        provider="Acme",
        finish_reason="length",
        native_finish_reason="MAX_TOKENS",
        usage={"cost": None, "is_byok": True},
    )
    body = whole(reply)
    assert body["model"] == "acme/other"
    assert body["provider"] == "Acme"
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["choices"][0]["native_finish_reason"] == "MAX_TOKENS"
    assert (body["usage"]["cost"], body["usage"]["is_byok"], body["usage"]["prompt_tokens"]) == (
        None,
        True,
        1,
    )
    *_, finish, usage = chunks(reply)
    assert finish["choices"][0]["native_finish_reason"] == "MAX_TOKENS"
    assert usage["usage"] == body["usage"]


def test_reasoning_comes_before_the_text_and_counts_as_completion() -> None:
    reply = TextReply("Four.", reasoning="Two and two.")
    body = whole(reply)
    message = body["choices"][0]["message"]
    assert message["reasoning"] == "Two and two."
    assert message["reasoning_details"] == [
        {"type": "reasoning.text", "text": "Two and two.", "format": "unknown", "index": 0}
    ]
    assert body["usage"]["completion_tokens"] == 4
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 3
    assert deltas(reply, "reasoning") == ["Two", " and", " two."]
    assert [details[0]["text"] for details in deltas(reply, "reasoning_details")] == ["Two", " and", " two."]
    assert chunks(reply)[0]["choices"][0]["delta"]["content"] == ""


def test_tool_calls_are_sent_whole_or_in_pieces() -> None:
    reply = TextReply(
        tool_calls=[
            ScriptedToolCall("weather", {"city": "Ulm"}),
            ScriptedToolCall("broken", '{"half', id="call_own"),
            ScriptedToolCall("silent", ""),
        ]
    )
    body = whole(reply)
    choice = body["choices"][0]
    calls = choice["message"]["tool_calls"]
    assert choice["finish_reason"] == choice["native_finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert calls[0] == {
        "type": "function",
        "index": 0,
        "id": "call_00000000001_0",
        "function": {"name": "weather", "arguments": '{"city": "Ulm"}'},
    }
    assert calls[1]["id"] == "call_own"
    assert body["usage"]["completion_tokens"] == 3 + 2 + 1
    pieces = [piece for pieces in deltas(reply, "tool_calls") for piece in pieces]
    joined = dict.fromkeys(range(3), "")
    for piece in pieces:
        joined[piece["index"]] += piece["function"]["arguments"]
    assert list(joined.values()) == [call["function"]["arguments"] for call in calls]
    assert [piece["id"] for piece in pieces if "id" in piece] == [call["id"] for call in calls]
    assert [piece["function"]["name"] for piece in pieces if "id" in piece] == ["weather", "broken", "silent"]


def test_text_beside_tool_calls_is_kept() -> None:
    message = whole(TextReply("Let me look.", tool_calls=[ScriptedToolCall("look")]))["choices"][0]["message"]
    assert message["content"] == "Let me look."
    assert message["tool_calls"][0]["function"]["arguments"] == "{}"


@pytest.mark.parametrize("stream", [False, True])
def test_an_error_is_the_envelope_with_its_status_for_streams_too(stream: bool) -> None:  # noqa: FBT001 - a parameter of the test
    fake = FakeOpenRouter(
        [
            ErrorReply(
                429,
                "Slow down",
                error_type="rate_limit_exceeded",
                metadata={"provider_name": "Acme"},
                headers={"Retry-After": "3"},
            )
        ]
    )
    answer = fake.answer(request(stream=stream))
    assert answer.status == 429
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-openrouter-simulated"] == "true"
    assert answer.headers["x-generation-id"].startswith("gen-")
    assert json.loads(b"".join(answer.segments)) == {
        "error": {
            "message": "Slow down",
            "code": 429,
            "metadata": {"provider_name": "Acme", "error_type": "rate_limit_exceeded"},
        },
        "user_id": "user_simulated",
    }


def test_an_error_without_details_has_no_metadata() -> None:
    assert whole(ErrorReply(500, "Oops"))["error"] == {"message": "Oops", "code": 500}


def test_a_stream_breaks_off_with_an_error_chunk_and_nothing_after_it() -> None:
    reply = MidStreamError(2, text="One two three", message="Gone", metadata={"provider_code": "x"})
    *words, last = chunks(reply)
    assert [chunk["choices"][0]["delta"]["content"] for chunk in words] == ["One", " two"]
    assert last["error"] == {
        "message": "Gone",
        "code": 502,
        "metadata": {"provider_code": "x", "error_type": "provider_unavailable"},
    }
    assert last["choices"] == [
        {
            "index": 0,
            "delta": {"content": "", "role": "assistant"},
            "finish_reason": "error",
            "native_finish_reason": "error",
        }
    ]
    assert "usage" not in last
    assert not events(reply)[-1].startswith(b"data: [DONE]")


def test_a_whole_reply_carries_the_error_in_its_choice() -> None:
    body = whole(MidStreamError(code="server_error", error_type=None, model="acme/m", provider="Acme"))
    choice = body["choices"][0]
    assert (body["model"], body["provider"]) == ("acme/m", "Acme")
    assert choice["message"]["content"] == "This is a"
    assert choice["finish_reason"] == "error"
    assert choice["error"] == {"message": "Provider disconnected unexpectedly", "code": "server_error"}
    assert "error" not in body


def test_a_raw_reply_is_sent_as_it_is_but_marked() -> None:
    segments = [b"<html>", b"", b"\xff\x00"]
    answer = FakeOpenRouter([RawReply(418, {"Content-Type": "text/html"}, segments)]).answer(request())
    assert answer.status == 418
    assert answer.segments == tuple(segments)
    assert dict(answer.headers) == {
        "content-type": "text/html",
        "x-openrouter-simulated": "true",
        "content-length": "8",
    }


@pytest.mark.parametrize("framing", [{"Content-Length": "100"}, {"Transfer-Encoding": "chunked"}])
def test_a_raw_reply_may_frame_its_body_itself(framing: dict[str, str]) -> None:
    answer = FakeOpenRouter([RawReply(200, framing, [b"short"])]).answer(request())
    assert {"content-length", "transfer-encoding"} & set(answer.headers) == {name.lower() for name in framing}


def test_a_reply_carries_its_own_pace() -> None:
    paced: list[Reply] = [
        TextReply("Slow", delay=1, pause=2),
        MidStreamError(delay=1, pause=2),
        ErrorReply(500, "Slow", delay=1, pause=2),
        RawReply(delay=1, pause=2),
    ]
    fake = FakeOpenRouter(paced)
    assert [(answer.delay, answer.pause) for answer in (fake.answer(request()) for _ in paced)] == [(1, 2)] * 4


def test_threads_share_one_script_and_lose_nothing() -> None:
    fake = FakeOpenRouter([TextReply(str(number)) for number in range(200)])

    def body(_: int) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(b"".join(fake.answer(request()).segments))
        return parsed

    with ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(body, range(200)))
    texts = {body["choices"][0]["message"]["content"] for body in bodies}
    assert texts == {str(number) for number in range(200)}
    assert len({body["id"] for body in bodies}) == 200
    assert len(fake.requests) == 200


def test_half_a_surrogate_pair_is_answered_as_it_came() -> None:
    """Models send such text, and so do users who cut a string in the wrong place."""
    with FakeOpenRouter().sync_client() as client:
        assert client.complete("\ud83d").text.endswith("\ud83d")


RESPONSES = "/api/v1/responses"


@pytest.mark.parametrize("path", [PATH, RESPONSES])
@pytest.mark.parametrize("stream", [False, True])
def test_a_reply_without_usage_costs_nothing(path: str, stream: bool) -> None:  # noqa: FBT001 - a parameter of the test
    body = json.dumps({"messages": [{"role": "user", "content": "Hi"}], "input": "Hi", "stream": stream}).encode()
    asked = RecordedRequest.received("POST", path, [(b"Authorization", b"Bearer key")], body)
    answer = FakeOpenRouter([TextReply("Hello", usage=None)]).answer(asked)
    sent = b"".join(answer.segments)
    assert answer.cost == 0
    assert b"Hello" in sent
    assert b"input_tokens" not in sent
    assert b"prompt_tokens" not in sent


def test_our_client_takes_a_reply_without_usage() -> None:
    fake = FakeOpenRouter([TextReply("Hello", usage=None)], generation_delay=0)
    with fake.sync_client() as client:
        reply = client.complete("Hi")
        assert (reply.text, reply.usage) == ("Hello", None)
        record = fake.http().get(f"/generation?id={reply.id}", headers={"Authorization": "Bearer key"})
    assert record.json()["data"]["tokens_prompt"] is None


def test_fallbacks_that_are_no_list_name_no_model() -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "Hi"}], "models": 5}).encode()
    answer = FakeOpenRouter().answer(RecordedRequest.received("POST", PATH, [(b"Authorization", b"Bearer k")], body))
    assert json.loads(b"".join(answer.segments))["model"] == "openrouter/simulated"
