"""JSON in any text."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core.errors import InvalidArgumentError, InvalidOutputError, TruncatedOutputError
from openrouter.replies.jsontext import BrokenJSON, FoundJSON, extract_json, find_json, whole_json
from tests.growth import FLAT, TWO_THOUSAND, calls_of, growth
from tests.replies.nasty_texts import NASTY, is_error


@pytest.mark.parametrize("name", NASTY)
def test_the_first_json_in_any_text(name: str) -> None:
    text, expected = NASTY[name]
    if is_error(expected):
        with pytest.raises(expected) as raised:
            extract_json(text)
        assert type(raised.value) is expected
        assert raised.value.text == text
    else:
        found = extract_json(text)
        assert (found, type(found)) == (expected, type(expected))


WORDS = st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
CONTAINERS = st.lists(JSON, max_size=3) | st.dictionaries(WORDS, JSON, max_size=3)


@given(CONTAINERS, st.text(alphabet=st.characters(exclude_characters="{[")), st.text(), st.sampled_from([None, 2]))
def test_any_json_between_any_texts(value: Any, before: str, behind: str, indent: int | None) -> None:
    written = json.dumps(value, ensure_ascii=indent is None, indent=indent)
    assert extract_json(before + written + behind) == value
    assert next(find_json(before + written)) == FoundJSON(value, len(before), len(before + written))


@given(CONTAINERS, st.data(), st.booleans())
def test_any_beginning_of_json_is_cut_off(value: Any, data: st.DataObject, is_behind_prose: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    written = json.dumps(value, ensure_ascii=False)
    cut = written[: data.draw(st.integers(1, len(written) - 1))]
    # Behind a bracket of prose the decoder is not asked first.
    with pytest.raises(TruncatedOutputError):
        extract_json(f"[see] {cut}" if is_behind_prose else cut)
    assert extract_json(f"[see] {written}") == value


@given(st.text(alphabet='[]{}",:\\ax1 '))
def test_what_is_found_is_what_a_decoder_finds(text: str) -> None:
    """What stands at the place where it is found is JSON, and no JSON that contains it stands around it."""
    found = list(find_json(text))
    for each in found:
        if isinstance(each, FoundJSON):
            assert json.loads(text[each.start : each.end]) == each.value
        else:
            with pytest.raises(ValueError, match=r"\w"):
                json.loads(text[each.start : each.end])
    assert all(before.end <= behind.start for before, behind in pairwise(found))
    assert not any(isinstance(each, BrokenJSON) and each.is_cut for each in found[:-1])


def test_all_of_them_in_order() -> None:
    first, second, broken, cut = find_json('First [1, [2]], then {"a": [3]}, {"a": b} and [4')
    assert (first, second) == (FoundJSON([1, [2]], 6, 14), FoundJSON({"a": [3]}, 21, 31))
    why = "The JSON that begins with '{\"a\": b} and [4' at character 34 breaks with 'b} and [4' at character 40"
    assert broken == BrokenJSON(why, 33, 41, is_cut=False)
    assert cut == BrokenJSON("The text ends inside the JSON that begins with '[4' at character 47", 46, 48, is_cut=True)
    assert list(find_json("[1] [2]", 1)) == [FoundJSON([2], 4, 7)]


def test_many_of_them_behind_prose() -> None:
    assert [each.value for each in find_json("[see] " + "[1] {} " * 3) if isinstance(each, FoundJSON)] == [[1], {}] * 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no", "There is no JSON object and no array in the text."),
        (
            'Here: {"a": oops, "b": 1}',
            """that begins with '{"a": oops, "b": 1}' at character 7 breaks with 'oops, "b": 1}' at character 13.""",
        ),
        ("[" * 50_000 + "]" * 50_000, "is nested too deeply, or a number is too long."),
        ("[" + "1" * 5_000 + "]", "is nested too deeply, or a number is too long."),
        ("Here: [1, 2", "The text ends inside the JSON that begins with '[1, 2' at character 7."),
    ],
)
def test_the_message_says_where(text: str, message: str) -> None:
    with pytest.raises((InvalidOutputError, TruncatedOutputError)) as raised:
        extract_json(text)
    assert message in str(raised.value)


@pytest.mark.parametrize("text", [None, b"{}", {}, 1])
def test_only_text_is_taken(text: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"text=.* it has to be a string"):
        extract_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), (' "a" ', "a"), ("```\n[1]```", [1]), ("```json null ```", None), ('"a\nb"', "a\nb")],
)
def test_json_of_any_kind_alone(text: str, value: Any) -> None:
    found = whole_json(text)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("text", ["", "a", "3 4", "[1] and", "NaN", "```", "``````", "``` 1 ``` 2 ```", "1" * 5_000])
def test_what_is_not_json_alone(text: str) -> None:
    assert whole_json(text) is None


# --- It takes time in proportion to the length ------------------------------------------------------------------------

STORMS = {
    "opening brackets": ("[", ""),
    "opening brackets and prose": ("[", "!"),
    "opening braces": ("{", "!"),
    "deep JSON": ("[", "1"),
    "deep objects": ('{"a":', "!"),
    "deep objects, cut": ('{"a":', ""),
    "quotes": ('"', "!"),
    "braces and quotes": ('{"', "!"),
    "brackets and quotes": ('["', "!"),
    "strings in brackets": ('["x",', "!"),
    "brackets in strings": ('["[",', "!"),
    "brackets and escapes": ('["\\"', "!"),
    "brackets and backslashes": ('["\\', "!"),
    "numbers": ("[1,", "!"),
    "prose in brackets": ("[x] ", "!"),
    "prose in opening brackets": ("[x ", "!"),
    "closed arrays": ("[] ", "!"),
    "broken objects": ('{"a":x} ', "!"),
    "broken objects that do not end": ('{"a":x ', "!"),
    "broken objects with quotes": ('{"a":x" ', "!"),
    "escaped quotes behind a broken object": ('\\"', "!"),
    "keys without values": ('{"a" ', "!"),
    "mixed": ('{["', "!"),
    "mixed otherwise": ('[{"a', "!"),
}


@pytest.mark.thorough
@pytest.mark.parametrize("kind", STORMS)
def test_each_character_costs_the_same(kind: str) -> None:
    piece, end = STORMS[kind]

    def read(count: int) -> int:
        text = f'[see] {{"b":x"{piece * count}{end}' if kind.startswith("escaped") else f"[see] {piece * count}{end}"

        def find() -> None:
            for _ in find_json(text):
                pass

        return calls_of(find)

    assert growth({size: read(size) for size in TWO_THOUSAND}) < FLAT


class Looked(str):
    """A text that counts how often somebody looks through it for ends of lines, as errors of the decoder do."""

    __slots__ = ("looks",)

    def count(self, *arguments: Any) -> int:
        self.looks = getattr(self, "looks", 0) + 1
        return super().count(*arguments)


def test_the_decoder_refuses_once_at_most() -> None:
    text = Looked("[1 x] " * 100 + "{} " * 100)
    assert [each.value for each in find_json(text) if isinstance(each, FoundJSON)] == [{}] * 100
    assert text.looks == 1
