"""How many tokens the prompt of a request is expected to have, by what is in it."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from openrouter import InvalidArgumentError
from openrouter.replies.counting import ApproximateCounter, PromptTokens, TokenCounter, count_prompt
from openrouter.replies.text_tokens import text_tokens
from tests.replies.odd_bodies import odd_bodies

Body = dict[str, Any]
AROUND = 7
"""Tokens around the text of a single message, where nothing is known of the model."""
HIDDEN = 64


def said(content: object, **more: Any) -> Body:
    return {"messages": [{"role": "user", "content": content}], **more}


def data_url(kind: str, size: int) -> str:
    return f"data:{kind};base64,{b64encode(bytes(size)).decode()}"


def of_parts(*parts: Body) -> PromptTokens:
    return count_prompt(said(list(parts)))


def beside_text(*parts: Body) -> tuple[int, int]:
    """Give what parts add to a message: as expected, and at most."""
    found, nothing = of_parts(*parts), of_parts()
    return found.expected - nothing.expected, found.most - nothing.most


class Letters:
    """A tokenizer that makes a token of each letter; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []

    def count(self, text: str, model: str | None) -> int:
        self.asked.append((text, model))
        return len(text)


def test_a_message_is_its_text_and_what_stands_around_it() -> None:
    assert count_prompt(said("Hello there, world")) == (round(3.8 + AROUND), 16 + HIDDEN - 1)
    assert count_prompt({}) == (3, 3 + HIDDEN)


def test_text_may_stand_in_parts() -> None:
    one, parts = "Count all of this.", [{"type": "text", "text": "Count all "}, {"type": "text", "text": "of this."}]
    assert abs(count_prompt(said(parts)).expected - count_prompt(said(one)).expected) <= 1
    assert count_prompt(said(tuple(parts))) == count_prompt(said(parts))
    assert count_prompt(said(["Count all of this."])) == count_prompt(said(one))


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "Some words to go on with."},
        {"input": "Some words to go on with."},
        {"input": [{"role": "user", "content": [{"type": "input_text", "text": "Some words to go on with."}]}]},
        {"instructions": "Some words to go on with."},
        {"system": [{"type": "text", "text": "Some words to go on with."}]},
        {"messages": [{"type": "function_call_output", "output": "Some words to go on with."}]},
        {"messages": ["Some words to go on with."]},
    ],
)
def test_other_forms_of_a_prompt_count_too(body: Body) -> None:
    assert 0 <= count_prompt(body).expected - round(text_tokens("Some words to go on with.").expected) <= AROUND


def test_all_that_a_turn_with_tools_says_counts() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "look_up", "arguments": '{"city": "Paris"}'}}
    asked: Body = {"role": "user", "content": "Weather?"}
    wanted: Body = {"role": "assistant", "content": None, "tool_calls": [call]}
    gave: Body = {"role": "tool", "tool_call_id": "c", "content": "Rain all day."}
    counts = [count_prompt({"messages": messages}).expected for messages in ([asked], [asked, wanted])]
    assert counts[1] - counts[0] > 10
    assert count_prompt({"messages": [asked, wanted, gave]}).expected - counts[1] > 4


def test_reasoning_that_goes_back_counts_once() -> None:
    thought = "First one thing, and then another thing."
    plain: Body = {"role": "assistant", "content": "Yes."}
    told = {**plain, "reasoning": thought}
    detailed = {**told, "reasoning_details": [{"type": "reasoning.text", "text": thought}]}
    counts = [count_prompt({"messages": [message]}).expected for message in (plain, told, detailed)]
    assert counts[1] == counts[2] == counts[0] + round(text_tokens(thought).expected)
    sealed = {**plain, "reasoning_details": [{"type": "reasoning.encrypted", "data": "x" * 800}]}
    assert count_prompt({"messages": [sealed]}).expected == counts[0] + 100


TOOL: Body = {
    "type": "function",
    "function": {"name": "look_up", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
SCHEMA: Body = {"type": "json_schema", "json_schema": {"name": "town", "schema": {"type": "object"}}}


def test_tools_and_schemas_are_in_the_prompt() -> None:
    plain = count_prompt(said("Hi")).expected
    one, two = (count_prompt(said("Hi", tools=[TOOL] * number)).expected for number in (1, 2))
    declared = two - one
    assert declared > 20
    assert one - plain - declared == pytest.approx(60, abs=1)
    assert count_prompt(said("Hi", tools=[TOOL["function"]])).expected == one
    assert count_prompt(said("Hi", response_format=SCHEMA)).expected > plain + 5
    assert count_prompt(said("Hi", response_format={"type": "json_object"})).expected == plain


def test_what_has_no_json_counts_as_it_is_shown() -> None:
    odd = {"type": "function", "function": {"name": "look_up", "since": date(2026, 5, 1)}}
    assert count_prompt(said("Hi", tools=[odd])).expected > count_prompt(said("Hi")).expected + 60


def test_encoded_content_is_no_text() -> None:
    size = 3_000_000
    parts: list[Body] = [
        {"type": "image_url", "image_url": {"url": data_url("image/png", size)}},
        {"type": "input_audio", "input_audio": {"data": b64encode(bytes(size)).decode(), "format": "wav"}},
        {"type": "video_url", "video_url": {"url": data_url("video/mp4", size)}},
        {"type": "file", "file": {"file_data": data_url("application/pdf", size), "filename": "a.pdf"}},
        {"type": "hologram", "hologram": {"url": data_url("model/gltf-binary", size)}},
    ]
    for part in parts:
        expected, most = beside_text(part)
        # As text it would be more than a million.
        assert 0 < expected <= 62_000, part["type"]
        assert expected <= most <= 3_004_000, part["type"]


def test_images_are_reckoned_by_their_detail() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    low = {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low"}}
    assert beside_text(image) == (800, 6000)
    assert beside_text(low) == (85, 3000)
    assert beside_text({"type": "input_image", "image_url": "https://example.org/a.png", "detail": "low"}) == (85, 3000)
    message = {"role": "assistant", "content": "There.", "images": [image]}
    assert count_prompt({"messages": [message]}).expected >= 800


def test_sound_and_video_are_reckoned_by_their_size() -> None:
    def sound(size: int) -> Body:
        return {"type": "input_audio", "input_audio": {"data": b64encode(bytes(size)).decode(), "format": "mp3"}}

    def video(size: int) -> Body:
        return {"type": "video_url", "video_url": {"url": data_url("video/mp4", size)}}

    # A minute of sound at 16,000 bytes a second.
    assert beside_text(sound(960_000)) == (1500, pytest.approx(8727, abs=1))
    assert beside_text(video(240_000)) == (300, 1200)
    assert beside_text({"type": "video_url", "video_url": {"url": "https://example.org/v.mp4"}}) == (20_000, 300_000)
    assert beside_text({"type": "input_audio", "input_audio": {}}) == (0, 0)


def test_documents_are_reckoned_by_their_size() -> None:
    def document(kind: str, size: int) -> Body:
        return {"type": "file", "file": {"file_data": data_url(kind, size)}}

    assert beside_text(document("application/pdf", 60_000)) == (1210, 63_000)
    assert beside_text(document("text/plain", 60_000)) == (15_000, 63_000)
    assert beside_text({"type": "file", "file": {"file_id": "file-1"}}) == (5000, 200_000)
    assert beside_text({"type": "input_file", "file_data": data_url("text/plain", 60_000)}) == (15_000, 63_000)


def test_parts_of_a_new_kind_count_as_their_json() -> None:
    expected, most = beside_text({"type": "poem", "verses": ["Roses are red", "violets are blue"]})
    assert 15 <= expected <= 30
    assert most >= expected


def test_searches_fill_the_prompt() -> None:
    plain = count_prompt(said("News?"))
    searched = count_prompt(said("News?", plugins=[{"id": "web"}]))
    assert (searched.expected - plain.expected, searched.most - plain.most) == (1800, 10_000)
    assert count_prompt(said("News?", plugins=[{"id": "moderation"}, "odd"])) == plain
    online = count_prompt(said("News?", model="a/b:online@preset/p"))
    assert online.expected - plain.expected == 1800
    tool = {"type": "openrouter:web_search", "parameters": {"max_uses": 3}}
    offered = count_prompt(said("News?", tools=[tool]))
    assert (offered.expected, offered.most - plain.most) == (plain.expected, 32_000)
    shorthand = {"type": "web_search_preview", "max_uses": 2}
    assert count_prompt(said("News?", tools=[shorthand])).most - plain.most == 22_000
    once = {"type": "openrouter:web_search"}
    assert count_prompt(said("News?", tools=[once])).most - plain.most == 12_000


def test_what_other_server_tools_bring_is_in_the_most() -> None:
    plain = count_prompt(said("Hi")).most
    advisor = {"type": "openrouter:advisor", "parameters": {"max_completion_tokens": 1024}}
    assert count_prompt(said("Hi", tools=[advisor])).most - plain == 3024
    assert count_prompt(said("Hi", modalities=["text", "image"])).most - plain == 500


@pytest.mark.parametrize(
    ("model", "around"),
    [
        ("unknown/model", 7),
        (None, 7),
        ("openai/gpt-5-mini", 6),
        ("openai/gpt-oss-20b:nitro", 71),
        ("google/gemini-2.5-flash", 0),
        ("google/gemma-4-26b-a4b-it", 7),
        ("anthropic/claude-sonnet-4.5", 8),
        ("~anthropic/claude-opus-latest", 8),
    ],
)
def test_families_of_models_add_what_they_add(model: str | None, around: int) -> None:
    assert count_prompt(said("word", **({"model": model} if model else {}))).expected == 1 + around


def test_claude_is_told_how_to_reason() -> None:
    model = "anthropic/claude-sonnet-4.5"
    plain = count_prompt(said("Hi", model=model)).expected
    for options in ({"reasoning": {"effort": "low"}}, {"reasoning": {"enabled": True}}):
        assert count_prompt(said("Hi", model=model, **options)).expected == plain + 28
    for options in ({"reasoning": {"effort": "none"}}, {"reasoning": {"enabled": False}}, {"reasoning": None}):
        assert count_prompt(said("Hi", model=model, **options)).expected == plain
    assert count_prompt(said("Hi", model=f"{model}:thinking")).expected == plain + 28


def test_how_claude_is_told_of_tools_differs_from_model_to_model() -> None:
    plain, tooled = (
        count_prompt(said("Hi", model="anthropic/claude-haiku", **more)) for more in ({}, {"tools": [TOOL]})
    )
    declared = count_prompt(said("Hi", tools=[TOOL])).expected - count_prompt(said("Hi")).expected - 60
    assert tooled.expected - plain.expected == pytest.approx(490 + declared, abs=1)
    assert tooled.most - plain.most == pytest.approx(490 + 450 + 2.1 * declared, abs=3)


def test_the_most_is_for_all_models_that_are_named() -> None:
    one = count_prompt(said("Hi", model="a/b"))
    several = count_prompt(said("Hi", model="a/b", models=["x-ai/grok-4", "a/b", None]))
    assert several.expected == one.expected
    assert several.most == one.most - 64 + 1000
    assert count_prompt(said("Hi", models=("a/b",))) == one


def test_a_tokenizer_of_ones_own_counts_the_text_exactly() -> None:
    counter = Letters()
    tokenizer: TokenCounter = counter
    found = count_prompt(said("Hello there", model="a/b"), tokenizer)
    assert found == (11 + AROUND, 11 + AROUND + HIDDEN)
    assert counter.asked == [("Hello there", "a/b")]
    counter.asked.clear()
    count_prompt(said("Hello there", tools=[TOOL]), counter)
    assert [model for _, model in counter.asked] == [None, None]


def test_no_prompt_has_fewer_tokens_than_words() -> None:
    class Nothing:
        def count(self, text: str, model: str | None) -> int:  # noqa: ARG002 - as the protocol has it
            return 0

    assert count_prompt(said("a " * 500), Nothing()).most == 500


def test_the_approximate_counter_is_a_counter_too() -> None:
    counter: TokenCounter = ApproximateCounter()
    text = "A sentence of about a dozen words, which is long enough to count."
    body = said(text, model="openai/gpt-5-mini")
    assert count_prompt(body, counter).expected == count_prompt(body).expected
    assert ApproximateCounter().count("word " * 100) == 100
    assert counter.count("word " * 100, "anthropic/claude-sonnet-4.5") == 105


@given(odd_bodies())
def test_no_body_is_too_odd_to_count(body: Body) -> None:
    found = count_prompt(body)
    assert 0 <= found.expected <= found.most


def test_what_cannot_count_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"counter=.*a method count\(text, model\)"):
        count_prompt({"messages": "Hi"}, counter=len)  # type: ignore[arg-type]
