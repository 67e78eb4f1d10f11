"""Chat operations as pure functions: what they would send, and what they make of the reply."""

from __future__ import annotations

from typing import Any

import pytest

from openrouter.api.chat import Chat
from openrouter.core.errors import InvalidArgumentError, OutputError
from openrouter.core.json import encode_json
from openrouter.core.structuring import structurer
from openrouter.core.wire import HTTPInfo, Reply, Request, StreamCall
from openrouter.types.chat import Completion
from openrouter.types.chat_options import CHAT_OPTIONS, UNSENT_OPTIONS, ChatOptions
from openrouter.types.chunks import Chunk
from openrouter.types.options import REQUEST_OPTIONS

HI = [{"role": "user", "content": "Hi"}]

VALUES: dict[str, Any] = {
    "model": "anthropic/claude-sonnet-4.5:nitro",
    "models": ["acme/large", "acme/small"],
    "provider": {"order": ["acme"], "max_price": {"prompt": "1"}, "new": {"deep": [None]}},
    "plugins": [{"id": "web", "max_results": 3}],
    "preset": "brief",
    "route": "fallback",
    "stream_options": {"include_usage": True},
    "max_completion_tokens": 100,
    "max_tokens": 100,
    "temperature": 0.2,
    "top_p": 0.9,
    "top_k": 40,
    "min_p": 0.1,
    "top_a": 0.1,
    "frequency_penalty": -0.5,
    "presence_penalty": 0.5,
    "repetition_penalty": 1.1,
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "top_logprobs": 5,
    "seed": 7,
    "stop": ["\n"],
    "tools": [{"type": "function", "function": {"name": "f"}, "cache_control": {"type": "ephemeral"}}],
    "tool_choice": {"type": "openrouter:web_search"},
    "parallel_tool_calls": False,
    "max_tool_calls": 5,
    "stop_server_tools_when": [{"type": "step_count_is", "step_count": 3}],
    "deferred_tools": {"protocol": "portable"},
    "response_format": {"type": "json_object"},
    "structured_outputs": True,
    "reasoning": {"effort": "high", "exclude": False},
    "reasoning_effort": "high",
    "include_reasoning": True,
    "verbosity": "low",
    "modalities": ["text", "image"],
    "image_config": {"aspect_ratio": "1:1"},
    "audio": {"voice": "alloy", "format": "wav"},
    "prediction": {"type": "content", "content": "a"},
    "service_tier": "flex",
    "web_search_options": {"search_context_size": "low"},
    "x_search_filter": {"from_date": "2026-01-01"},
    "cache_control": {"type": "ephemeral", "ttl": "1h"},
    "prompt_cache_key": "key",
    "prompt_cache_options": {"mode": "explicit"},
    "session_id": "s1",
    "user": "ann",
    "metadata": {"team": "red"},
    "trace": {"trace_id": "t1", "anything": {"else": 1}},
    "debug": {"echo_upstream_body": True},
}


def sent(request: Request) -> dict[str, Any]:
    return dict(request.body or {})


def completion(**message: Any) -> Completion:
    body = {"id": "gen-1", "model": "acme/large", "provider": "Acme", "choices": [{"message": message}]}
    made = structurer(Completion)(body)
    made.http = HTTPInfo(200, request_id="req-1")
    return made


# --- complete and stream ----------------------------------------------------------------------------------------------


def test_every_option_is_tried_here() -> None:
    assert VALUES.keys() == CHAT_OPTIONS - REQUEST_OPTIONS - UNSENT_OPTIONS


@pytest.mark.parametrize("name", VALUES)
def test_every_option_lands_in_the_body_unchanged(name: str) -> None:
    option = ChatOptions(**{name: VALUES[name]})  # type: ignore[typeddict-item]  # any name
    assert sent(Chat.complete("Hi", **option).request) == {"messages": HI, name: VALUES[name]}
    assert sent(Chat.stream("Hi", **option).request) == {"messages": HI, name: VALUES[name], "stream": True}


def test_the_order_of_the_body_does_not_depend_on_that_of_the_options() -> None:
    there = ChatOptions(**VALUES)
    back = ChatOptions(**dict(reversed(VALUES.items())))  # type: ignore[typeddict-item]  # any order
    assert encode_json(Chat.complete("Hi", **there).request.body) == encode_json(
        Chat.complete("Hi", **back).request.body
    )
    assert list(sent(Chat.complete("Hi", **there).request))[:2] == ["model", "messages"]


def test_the_request() -> None:
    request = Chat.complete("Hi", timeout=5, deadline=9, max_retries=0, extra_headers={"X-A": "b"}).request
    assert (request.method, request.path, request.stream) == ("POST", "/chat/completions", False)
    assert (request.timeout, request.deadline, request.max_retries) == (5, 9, 0)
    assert (request.headers, sent(request)) == ({"X-A": "b"}, {"messages": HI})
    assert Chat.stream(HI).request.stream


def test_unknown_options_are_refused_with_the_one_that_was_meant() -> None:
    for build in (Chat.complete, Chat.stream, Chat.generate_text, Chat.stream_text):
        with pytest.raises(TypeError, match=r"'temprature'. Did you mean 'temperature'\?.*extra_body"):
            build("Hi", temprature=1)  # type: ignore[call-arg]  # what is tested


def test_callbacks_belong_to_the_stream_of_chunks() -> None:
    call = Chat.stream("Hi", on_chunk=print, on_keepalive=breakpoint)
    assert (call.on_event, call.on_keepalive) == (print, breakpoint)
    with pytest.raises(TypeError, match="there is no option 'on_chunk'"):
        Chat.stream_text("Hi", on_chunk=print)  # type: ignore[call-arg]  # what is tested


@pytest.mark.parametrize("name", ["temperature", "messages", "model"])
def test_a_field_in_two_places_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{name} is given twice"):
        Chat.complete("Hi", model="m", temperature=1, extra_body={name: None})


@pytest.mark.parametrize("value", [True, False, None])
def test_whether_it_streams_is_no_field_of_the_callers(value: object) -> None:
    with pytest.raises(InvalidArgumentError, match=r"complete\(\) gives whole replies, stream\(\) streams"):
        Chat.complete("Hi", extra_body={"stream": value})
    with pytest.raises(InvalidArgumentError, match="stream"):
        Chat.stream("Hi", extra_body={"stream": value})


def test_what_cannot_be_right_is_refused_before_anything_is_sent() -> None:
    bad: list[dict[str, Any]] = [{"temperature": 3}, {"max_tokens": 0}, {"extra_body": [1]}, {"extra_body": 5}]
    for options in bad:
        with pytest.raises(InvalidArgumentError, match=next(iter(options))):
            Chat.complete("Hi", **options)
    with pytest.raises(InvalidArgumentError, match="at least one message"):
        Chat.complete()


def test_the_old_form_of_input() -> None:
    assert sent(Chat.complete(prompt="Once upon", model="m").request) == {"model": "m", "prompt": "Once upon"}
    assert sent(Chat.stream(prompt="Once upon").request) == {"prompt": "Once upon", "stream": True}
    with pytest.raises(InvalidArgumentError, match="prompt=' ' cannot be sent"):
        Chat.complete(prompt=" ")
    with pytest.raises(InvalidArgumentError, match="left out where messages are given"):
        Chat.complete("Hi", prompt="Once upon")


def test_a_reply_is_read() -> None:
    body = b'{"choices": [{"message": {"content": "4"}}]}'
    reply = Chat.complete("2+2?").parse(Reply(HTTPInfo(200), body, 1.5))
    assert (reply.text, reply.latency) == ("4", 1.5)


# --- text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "system"),
    [
        ({}, []),
        ({"system_prompt": "Be brief."}, ["Be brief."]),
        ({"context": "It rains."}, ["It rains."]),
        ({"context": ["It rains.", "It pours."]}, ["It rains.\n\nIt pours."]),
        ({"system_prompt": "Be brief.", "context": ["It rains."]}, ["Be brief.", "It rains."]),
        ({"system_prompt": "", "context": []}, []),
    ],
)
def test_prompts_and_context_become_messages(arguments: dict[str, Any], system: list[str]) -> None:
    messages = [*({"role": "system", "content": told} for told in system), *HI]
    assert sent(Chat.generate_text("Hi", **arguments, seed=1).request) == {"messages": messages, "seed": 1}
    assert sent(Chat.stream_text("Hi", **arguments).request) == {"messages": messages, "stream": True}


def test_a_blank_prompt_is_refused() -> None:
    for build in (Chat.generate_text, Chat.stream_text):
        for prompt in ("", " \n", None, ["Hi"]):
            with pytest.raises(InvalidArgumentError, match="prompt="):
                build(prompt)  # type: ignore[arg-type]  # what is tested


def text_of(reply: Completion) -> str:
    derive = Chat.generate_text("Hi").derive
    assert derive is not None
    return str(derive(reply))


def test_text_is_what_the_model_said() -> None:
    assert text_of(completion(content="4")) == "4"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"content": ""}, "The reply has no text (finish_reason None, native None)."),
        ({"content": None, "tool_calls": [{"id": "c1"}, {"id": "c2"}]}, "It wants 2 tools called."),
        ({"content": None, "refusal": "Not that."}, "It refused: Not that."),
    ],
)
def test_a_reply_without_text_is_an_error_that_has_it(message: dict[str, Any], words: str) -> None:
    reply = completion(**message)
    with pytest.raises(OutputError) as caught:
        text_of(reply)
    error = caught.value
    assert words in str(error)
    assert error.partial is reply
    assert (error.model, error.provider, error.generation_id, error.request_id) == (
        "acme/large",
        "Acme",
        "gen-1",
        "req-1",
    )


def test_a_reply_that_came_over_no_network_has_no_id_of_a_request() -> None:
    reply = completion(content="")
    reply.http = None
    with pytest.raises(OutputError) as caught:
        text_of(reply)
    assert caught.value.request_id is None


def test_a_stream_of_text_has_no_empty_pieces() -> None:
    call: StreamCall[str] = Chat.stream_text("Hi")
    assert call.derive is not None
    chunks = [structurer(Chunk)({"choices": [{"delta": {"content": text}}]}) for text in ("a", "", None, "b")]
    assert [call.derive(chunk) for chunk in chunks] == ["a", None, None, "b"]


def test_asking_complete_for_a_stream_names_the_operation_that_streams() -> None:
    with pytest.raises(TypeError, match=r"no option 'stream'.*stream\(\) streams"):
        Chat.complete("hi", stream=True)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ["message", "mesages"])
def test_misspelt_messages_are_recognised(name: str) -> None:
    with pytest.raises(TypeError, match=f"'{name}'.*'messages'"):
        Chat.complete(**{name: "Hi"})  # type: ignore[misc] # what is refused


@pytest.mark.parametrize("context", [5, [1], ["a", None], {"a": "b"}])
def test_a_context_that_is_no_text_is_refused(context: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"context=.* has to be a string, or a list of strings"):
        Chat.generate_text("Hi", context=context)
