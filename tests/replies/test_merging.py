"""Tool calls, reasoning details and audio out of pieces, as providers really send them."""

from __future__ import annotations

from typing import Any

import pytest

from openrouter.replies.merging import Audio, Details, ToolCalls


def calls(*pieces: Any) -> list[tuple[str, str, str]]:
    """Give id, name and arguments of the calls that deltas of one piece each make."""
    merged = ToolCalls()
    for piece in pieces:
        merged.add([piece])
    return [(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in merged.result()]


def call(index: int | None = None, id_: Any = ..., name: Any = ..., arguments: Any = ...) -> dict[str, Any]:
    """Make a piece of a call that says only what it is given."""
    told = {"index": index, "id": id_, "type": "function"}
    function = {"name": name, "arguments": arguments}
    piece: dict[str, Any] = {key: value for key, value in told.items() if value is not ... and key != "index"}
    if index is not None:
        piece["index"] = index
    return {**piece, "function": {key: value for key, value in function.items() if value is not ...}}


class Compared(int):
    """An index that counts how often it is compared with others."""

    times = 0

    def __gt__(self, other: int) -> bool:
        Compared.times += 1
        return int(self) > int(other)

    def __lt__(self, other: int) -> bool:
        Compared.times += 1
        return int(self) < int(other)


def test_a_piece_without_index_costs_the_same_however_many_calls_there_are() -> None:
    numbered = [call(Compared(index), f"c{index}") for index in range(100)]
    Compared.times = 0
    made = calls(*numbered, *[call(None, arguments="x")] * 100)
    assert (len(made), made[-1]) == (100, ("c99", "", "x" * 100))
    assert Compared.times <= 200


ONE = [("c1", "f", '{"a":1}')]
TWO = [("c1", "f", "{1}"), ("c2", "g", "{2}")]


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([call(0, "c1", "f", '{"a"'), call(0, arguments=":1}")], id="id once"),
        pytest.param([call(0, "c1", "f", '{"a"'), call(0, None, None, ":1}")], id="nulls afterwards"),
        pytest.param([call(0, "c1", "f", '{"a"'), call(0, "c1", "", ":1}")], id="the id again, an empty name"),
        pytest.param([call(0, "c1", "f", '{"a"'), call(0, "", "f", ":1}")], id="an empty id, the name again"),
        pytest.param([call(1, "c1", "f", '{"a"'), call(1, arguments=":1}")], id="the first index is 1"),
        pytest.param([call(0, "c1", "f"), call(0, arguments='{"a":1}')], id="no arguments at first"),
        pytest.param([call(0, "c1", "f", ""), call(0), call(0, arguments='{"a":1}')], id="an empty piece"),
        pytest.param([call(0, name="f", arguments='{"a"'), call(0, "c1", arguments=":1}")], id="a late id"),
        pytest.param([call(0, "c1", None, '{"a"'), call(0, None, "f", ":1}")], id="a late name"),
        pytest.param([call(None, "c1", "f", '{"a"'), call(None, arguments=":1}")], id="no index"),
        pytest.param([call(None, "c1", "f", '{"a"'), call(None, "c1", arguments=":1}")], id="no index, the id again"),
        pytest.param([call(0, "c1", "f", '{"a"'), {"index": 0, "function": None}, call(0, arguments=":1}")], id="null"),
        pytest.param([call(0, "c1", "f", '{"a":1}'), None, "x", {}], id="odd pieces"),
    ],
)
def test_one_call_in_every_spelling(pieces: list[Any]) -> None:
    assert calls(*pieces) == ONE


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([call(0, "c1", "f", "{1}"), call(1, "c2", "g", "{2}")], id="one after the other"),
        pytest.param(
            [call(0, "c1", "f"), call(1, "c2", "g"), call(0, arguments="{1}"), call(1, arguments="{2}")], id="mixed"
        ),
        pytest.param([call(0, "c1", "f", "{1}"), call(7, "c2", "g", "{2}")], id="a gap"),
        pytest.param([call(0, "c1", "f", "{1}"), call(0, "c2", "g", "{"), call(0, None, "", "2}")], id="one index"),
        pytest.param([call(None, "c1", "f", "{1}"), call(None, "c2", "g", "{2}")], id="no index"),
        pytest.param(
            [call(None, "c1", "f"), call(None, "c2", "g", "{2}"), call(None, "c1", arguments="{1}")],
            id="no index, mixed by id",
        ),
        pytest.param([call(1, "c1", "f", "{1}"), call(None, "c2", "g", "{2}")], id="an index that stops coming"),
        pytest.param(
            [call(-2, "c1", "f", "{1}"), call(None, "c2", "g", "{"), call(None, arguments="2}")], id="below 0"
        ),
    ],
)
def test_two_calls_in_every_spelling(pieces: list[Any]) -> None:
    assert calls(*pieces) == TWO


def test_calls_with_the_same_id_under_different_indexes_are_different() -> None:
    pieces = [call(0, "f", "f", "{1}"), call(1, "f", "f", "{2}")]
    assert calls(*pieces) == [("f", "f", "{1}"), ("f", "f", "{2}")]


def test_two_calls_in_one_delta() -> None:
    merged = ToolCalls()
    merged.add([call(0, "c1", "f", "{1}"), call(1, "c2", "g", "{2}")])
    assert [found["id"] for found in merged.result()] == ["c1", "c2"]


def test_a_call_without_arguments_has_empty_ones() -> None:
    assert calls(call(0, "c1", "f")) == [("c1", "f", "")]
    assert calls(call(0, "c1", "f", "")) == [("c1", "f", "")]


def test_unknown_fields_of_a_call_are_kept() -> None:
    merged = ToolCalls()
    merged.add([{"index": 0, "id": "c1", "type": "custom", "aura": 1, "function": {"name": "f", "strict": True}}])
    merged.add([{"index": 0, "aura": None, "function": {"arguments": "{}", "strict": None}}])
    function = {"name": "f", "arguments": "{}", "strict": True}
    assert merged.result() == [{"id": "c1", "type": "custom", "index": 0, "aura": 1, "function": function}]


def test_arguments_that_are_no_string_stay_as_they_came() -> None:
    merged = ToolCalls()
    merged.add([{"index": 0, "id": "c1", "function": {"name": "f", "arguments": {"a": 1}}}])
    assert merged.result()[0]["function"]["arguments"] == {"a": 1}


# --- reasoning details ------------------------------------------------------------------------------------------------


def details(*pieces: Any) -> list[dict[str, Any]]:
    merged = Details()
    for piece in pieces:
        merged.add([piece])
    return merged.result()


def text(words: str | None = None, index: int | None = 0, **fields: Any) -> dict[str, Any]:
    words_of_it = {} if words is None else {"text": words}
    return {"type": "reasoning.text", **words_of_it, "format": "anthropic-claude-v1", "index": index, **fields}


def test_pieces_of_the_same_type_and_index_are_one_detail() -> None:
    assert details(text("Let "), text("me "), text("see.")) == [text("Let me see.")]
    assert details(text("a"), text("b", 1), text("A"), text("B", 1)) == [text("aA"), text("bB", 1)]


def test_a_late_signature_is_kept() -> None:
    pieces = [text("", signature=""), text("Hm."), text(signature="sig"), text(signature=None), text(signature="")]
    assert details(*pieces) == [text("Hm.", signature="sig")]


def test_an_id_and_a_format_that_come_late_are_kept() -> None:
    assert details(text("a", id=None, format=None), text("b", id="rs_1")) == [text("ab", id="rs_1")]
    assert details(text("a", id="rs_1"), text("b", id=None)) == [text("ab", id="rs_1")]


def test_another_id_begins_another_detail() -> None:
    assert details(text("a", id="r1"), text("b", id="r1"), text("c", id="r2")) == [
        text("ab", id="r1"),
        text("c", id="r2"),
    ]


def test_texts_without_an_index_are_one() -> None:
    assert details(text("a", None), text("b", None)) == [text("ab", None)]
    summary = {"type": "reasoning.summary", "format": "openai-responses-v1"}
    assert details({**summary, "summary": "a"}, {**summary, "summary": "b"}) == [{**summary, "summary": "ab"}]


def test_a_summary_and_an_encrypted_part_under_one_index_are_two() -> None:
    summary = {"type": "reasoning.summary", "summary": "a", "index": 0}
    encrypted = {"type": "reasoning.encrypted", "data": "b64==", "id": "rs_1", "index": 0}
    assert details(summary, encrypted) == [summary, encrypted]


@pytest.mark.parametrize("index", [0, None])
def test_encrypted_parts_with_ids_of_their_own_are_never_joined(index: int | None) -> None:
    parts = [{"type": "reasoning.encrypted", "data": d, "id": d, "index": index} for d in ("a", "b")]
    assert details(*parts) == parts


def test_parts_without_an_index_that_are_no_text_are_whole() -> None:
    encrypted = {"type": "reasoning.encrypted", "data": "a", "format": "google-gemini-v1"}
    ran = [{"type": "reasoning.server_tool_call", "tool_call_id": id_, "result": id_} for id_ in ("t1", "t2")]
    new = [{"type": "reasoning.new", "mood": mood} for mood in (1, 2)]
    assert details(encrypted, encrypted, *ran, *new) == [encrypted, encrypted, *ran, *new]


def test_an_encrypted_part_in_pieces_is_joined() -> None:
    part = {"type": "reasoning.encrypted", "id": "rs_1", "index": 0}
    assert details({**part, "data": "ab"}, {**part, "data": "c="}) == [{**part, "data": "abc="}]


def test_unknown_fields_and_odd_values_are_kept() -> None:
    assert details(text("a", mood=5, text=None), text("b", mood=None)) == [text("b", mood=5)]
    assert details(None, "x", {}, {"aura": 1}) == [{"aura": 1}]


def test_the_order_is_that_of_the_beginnings() -> None:
    assert [detail["index"] for detail in details(text("b", 1), text("a", 0), text("B", 1))] == [1, 0]


def test_audio_is_joined() -> None:
    audio = Audio()
    assert audio.result() == {}
    for piece in (
        {"id": "a1", "data": "aa", "transcript": "He"},
        {"data": "bb", "transcript": "llo"},
        {"expires_at": 5},
    ):
        audio.add(piece)
    assert audio.result() == {"id": "a1", "data": "aabb", "transcript": "Hello", "expires_at": 5}


def test_calls_that_take_turns_under_one_index_are_told_apart_by_their_ids() -> None:
    calls = ToolCalls()
    for id_, piece in (("a", "1"), ("b", "2"), ("a", "3"), (None, "4"), ("b", "5")):
        calls.add([{"index": 0, "id": id_, "function": {"arguments": piece}}])
    assert [(call["id"], call["function"]["arguments"]) for call in calls.result()] == [("a", "134"), ("b", "25")]


def test_calls_with_ids_need_no_index() -> None:
    calls = ToolCalls()
    for id_, piece in (("a", "1"), ("b", "2"), ("a", "3")):
        calls.add([{"id": id_, "function": {"arguments": piece}}])
    assert [(call["id"], call["function"]["arguments"]) for call in calls.result()] == [("a", "13"), ("b", "2")]
