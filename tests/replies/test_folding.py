"""Chunks folded into the completion that the whole reply would have been."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, strategies as st

from openrouter.replies.folding import Folding
from tests.replies.arriving import delta, end, folded

TEXT = st.text(max_size=20)


def usage_chunk(choices: list[Any], cost: float = 0.000018) -> dict[str, Any]:
    return {"id": "gen-1", "choices": choices, "usage": {"prompt_tokens": 5, "total_tokens": 7, "cost": cost}}


def chopped(draw: st.DrawFn, text: str) -> list[str]:
    """Cut a text in pieces, some of them empty."""
    pieces: list[str] = []
    while text:
        size = draw(st.integers(min_value=0, max_value=len(text)))
        pieces.append(text[:size])
        text = text[size:] if size else text
        if not size and len(pieces) > 5:
            break
    return [*pieces, text]


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """A whole message as the service sends it."""
    message: dict[str, Any] = {"role": "assistant", "content": draw(TEXT)}
    if reasoning := draw(TEXT):
        message["reasoning"] = reasoning
    if calls := draw(st.lists(st.tuples(st.sampled_from(["f", "get_weather"]), TEXT), max_size=3)):
        message["tool_calls"] = [
            {"id": f"c{at}", "type": "function", "index": at, "function": {"name": name, "arguments": arguments}}
            for at, (name, arguments) in enumerate(calls)
        ]
        message["content"] = message["content"] or None
    if texts := draw(st.lists(TEXT, max_size=3)):
        message["reasoning_details"] = [
            {"type": "reasoning.text", "text": text, "signature": f"sig{at}", "format": None, "index": at}
            for at, text in enumerate(texts)
        ]
    if draw(st.booleans()):
        message["annotations"] = [{"type": "url_citation", "url_citation": {"url": "https://example.org"}}]
    return message


@st.composite
def streams(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A whole message, and deltas that make it."""
    message = draw(messages())
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if "reasoning" in message:
        deltas += [{"reasoning": piece} for piece in chopped(draw, message["reasoning"])]
    for detail in message.get("reasoning_details", ()):
        rest = {name: value for name, value in detail.items() if name not in {"text", "signature"}}
        deltas += [{"reasoning_details": [{**rest, "text": piece}]} for piece in chopped(draw, detail["text"])]
        # Signatures come late, and on their own.
        deltas.append({"content": "", "reasoning_details": [{**rest, "signature": detail["signature"]}]})
    deltas += [{"content": piece} for piece in chopped(draw, message["content"] or "")]
    for call in message.get("tool_calls", ()):
        function = call["function"]
        first, *pieces = chopped(draw, function["arguments"])
        deltas.append({"tool_calls": [{**call, "function": {"name": function["name"], "arguments": first}}]})
        again = draw(st.sampled_from([{}, {"id": None}, {"id": call["id"]}, {"id": call["id"], "type": "function"}]))
        name = draw(st.sampled_from([{}, {"name": None}, {"name": ""}]))
        deltas += [
            {"tool_calls": [{"index": call["index"], **again, "function": {**name, "arguments": piece}}]}
            for piece in pieces
        ]
    if "annotations" in message:
        deltas.append({"annotations": message["annotations"]})
    return message, deltas


@given(streams())
def test_a_whole_message_chopped_and_folded_is_the_message(
    stream: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    message, deltas = stream
    folding = Folding()
    for fields in deltas:
        folding.add(delta(**fields))
    folding.add(end())
    result = folding.result()
    assert result["choices"][0]["message"] == message
    assert result["object"] == "chat.completion"


@given(streams(), st.integers(min_value=0, max_value=40))
def test_what_has_arrived_can_be_looked_at_at_any_point(
    stream: tuple[dict[str, Any], list[dict[str, Any]]], stop: int
) -> None:
    _, deltas = stream
    looked, plain = Folding(), Folding()
    for fields in deltas[:stop]:
        looked.add(delta(**fields))
        looked.result()
    for fields in deltas[:stop]:
        plain.add(delta(**fields))
    assert looked.result() == plain.result()
    assert not looked.finished


def test_usage_comes_with_and_without_choices() -> None:
    one = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    for choices in ([], [one], None):
        reply = folded(delta(content="4"), end(), {**usage_chunk([]), "choices": choices})
        assert reply.usage
        assert (reply.usage.total_tokens, reply.usage.cost) == (7, Decimal("0.000018"))
        assert (reply.text, reply.finish_reason) == ("4", "stop"), "a null takes nothing away"


def test_usage_on_every_chunk_counts_once() -> None:
    growing = [{**delta(content="a"), "usage": {"total_tokens": at, "cost": at / 10}} for at in (1, 2, 3)]
    reply = folded(*growing, {**end(), "usage": None})
    assert reply.usage
    assert (reply.usage.total_tokens, reply.usage.cost) == (3, Decimal("0.3"))


def test_a_repeated_finish_reason_is_one_and_a_null_takes_none_away() -> None:
    first = end("tool_calls")
    first["choices"][0]["native_finish_reason"] = "length"
    reply = folded(delta(content="a"), first, end("tool_calls"), delta(content=""))
    assert (reply.finish_reason, reply.native_finish_reason) == ("tool_calls", "length")


def test_a_reason_that_nobody_mapped_stays_as_it_came() -> None:
    assert folded(delta(content="a"), end("end_turn")).finish_reason == "end_turn"


def test_no_reason_is_invented() -> None:
    assert folded(delta(content="a")).finish_reason is None


def test_choices_that_come_mixed_are_kept_apart() -> None:
    pieces = [delta(1, content="b"), delta(0, content="a"), delta(1, content="B"), delta(0, content="A")]
    reply = folded(*pieces, delta(1, "length"), delta(0, "stop"))
    assert [(choice.index, choice.message.text, choice.finish_reason) for choice in reply.choices] == [
        (0, "aA", "stop"),
        (1, "bB", "length"),
    ]


def test_a_reply_is_finished_when_all_its_choices_are() -> None:
    folding = Folding()
    assert not folding.finished
    folding.add(delta(0, "stop", content="a"))
    assert folding.finished
    folding.add(delta(1, content="b"))
    assert not folding.finished


def test_audio_comes_in_pieces() -> None:
    pieces = ({"id": "a1"}, {"data": "QU", "transcript": "He"}, {"data": "JD", "transcript": "y"})
    reply = folded(*(delta(audio=piece) for piece in pieces), end())
    assert reply.raw["choices"][0]["message"]["audio"] == {"id": "a1", "data": "QUJD", "transcript": "Hey"}


def test_fields_of_the_reply_are_kept_whatever_they_are() -> None:
    reply = folded(
        {
            **delta(content="a"),
            "system_fingerprint": "fp",
            "aura": 1,
            "created": 5,
            "debug": {"echo_upstream_body": {}},
        },
        {**end(), "system_fingerprint": None, "service_tier": "flex", "openrouter_metadata": {"attempt": 1}},
    )
    assert (reply.system_fingerprint, reply.service_tier, reply.created) == ("fp", "flex", 5)
    assert (reply.id, reply.model, reply.provider) == ("gen-1", "acme/large-2", "Acme")
    assert reply.openrouter_metadata == {"attempt": 1}
    assert reply.raw["aura"] == 1
    assert "debug" not in reply.raw


def test_fields_of_the_message_are_kept_whatever_they_are() -> None:
    reply = folded(delta(role="assistant", aura=1, refusal="no"), delta(role=None, aura=None, refusal=" way"), end())
    assert reply.message.raw["aura"] == 1
    assert (reply.message.role, reply.message.refusal) == ("assistant", "no way")
    assert reply.message.content is None, "a refusal has no content"


def test_lists_grow_and_a_null_is_no_list() -> None:
    pieces = [delta(annotations=[{"a": 1}], images=None), delta(annotations=[{"a": 2}], citations=["x"])]
    reply = folded(*pieces, delta(images=[{"i": 1}], citations=["y"]), end())
    assert reply.message.annotations == [{"a": 1}, {"a": 2}]
    assert reply.message.images == [{"i": 1}]
    assert reply.message.raw["citations"] == ["x", "y"]
    assert folded(delta(content="a", images=None), end()).message.images is None


def test_content_in_parts_grows_too() -> None:
    reply = folded(delta(content=[{"text": "a"}]), delta(content=[{"text": "b"}]))
    assert reply.text == "ab"


def test_log_probabilities_grow() -> None:
    first, second, last = delta(content="a"), delta(content="b"), end()
    first["choices"][0]["logprobs"] = {"content": [{"token": "a"}], "refusal": None}
    second["choices"][0]["logprobs"] = {"content": [{"token": "b"}]}
    last["choices"][0]["logprobs"] = None
    reply = folded(first, second, last)
    assert reply.choices[0].logprobs == {"content": [{"token": "a"}, {"token": "b"}], "refusal": []}


def test_an_old_completion_has_text_and_no_message() -> None:
    pieces: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "text": "upon ", "logprobs": {"tokens": ["upon"]}}]},
        {"choices": [{"index": 0, "text": "a time", "finish_reason": "stop", "logprobs": {"tokens": ["a", "time"]}}]},
    ]
    reply = folded(*pieces)
    assert (reply.text, reply.finish_reason) == ("upon a time", "stop")
    assert "message" not in reply.raw["choices"][0]
    assert reply.choices[0].logprobs == {"tokens": ["upon", "a", "time"]}


def test_text_beside_a_delta_hides_nothing_of_it() -> None:
    both = delta(content="a")
    both["choices"][0]["text"] = ""
    assert folded(both, end()).text == "a"


def test_odd_shapes_are_passed_over() -> None:
    odd: list[dict[str, Any]] = [
        {"choices": None},
        {"choices": "none"},
        {"choices": [None, "x", {}]},
        {"choices": [{"index": "0", "delta": None}]},
        {"choices": [{"index": None, "delta": {"content": "a", "tool_calls": "x", "reasoning_details": {"a": 1}}}]},
        {"choices": [{"index": 0, "delta": {"audio": "x", "tool_calls": [None], "reasoning_details": [None, {}]}}]},
        {"choices": [{"index": 0, "delta": "b", "text": 5, "logprobs": "x"}]},
    ]
    reply = folded(*odd)
    assert (len(reply.choices), reply.text) == (1, "a")
    assert (reply.tool_calls, reply.message.reasoning_details) == ([], None)
