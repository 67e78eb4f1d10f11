"""JSON that is still being written."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core.errors import ConfigurationError
from openrouter.replies.partial_json import PartialJSON
from tests.growth import FLAT, NEARLY_FLAT, TWO_THOUSAND, allocations, calls, growth


def grown(*pieces: str) -> list[Any]:
    growing = PartialJSON()
    return [value for piece in pieces if (value := growing.add(piece)) is not None]


@pytest.mark.parametrize(
    ("pieces", "values"),
    [
        (['{"na', 'me": "A', "achen", '"}'], [{"name": "A"}, {"name": "Aachen"}]),
        (["{", "}"], []),
        (['{"a": 1', '2, "b', '": [1', "]}"], [{"a": 12}, {"a": 12, "b": []}, {"a": 12, "b": [1]}]),
        (['{"a": -1', ".5", "e", "3}"], [{"a": -1500.0}]),
        (['{"a": t', "rue", "}"], [{"a": True}]),
        (['{"a": nul', "l}"], [{"a": None}]),
        (["Sure: {na", "me} is ", '{"name": "', 'A"', "} {nothing}"], [{"name": ""}, {"name": "A"}]),
        (['```json\n{"a": "b"}\n```'], [{"a": "b"}]),
        (['{"a": "b"', "}", "\n```\n", '{"c": "d"}'], [{"a": "b"}]),
        (['{"a": "b", oops', ', "c": {"d": 1}}', '{"e": 1}'], []),
        (['{"a": "b", ', "oops", '{"e": 1}'], [{"a": "b"}]),
        (['{"a": "\\ud83c', '\\udf0a"}'], [{"a": ""}, {"a": "🌊"}]),
        (['{"a": "\ud83c', '"}'], [{"a": "?"}]),
        (['{"a": "', "", '"}', ""], [{"a": ""}]),
        (["{x" * 99, '{"a": 1}'], [{"a": 1}]),
        (["{x" * 100, '{"a": 1}'], []),
        (["no object", "[1, 2]"], []),
        (['{"a": "at: ', "1", '2:30"}'], [{"a": "at: "}, {"a": "at: 1"}, {"a": "at: 12:30"}]),
        (['{"a": "\\": ', '5", "b": 1', "2}"], [{"a": '": '}, {"a": '": 5'}, {"a": '": 5', "b": 12}]),
        (['{"a": ["\\\\", 1', "2]}"], [{"a": ["\\"]}, {"a": ["\\", 12]}]),
        (
            ['\n<Think>{"a": 1}', ' {"b', '": 2}</think> <reasoning>{"c": 3}', '</reasoning>{"d": ', '"e"}'],
            [{"d": "e"}],
        ),
        (["<thi", 'nk>{"a": 1}'], []),
        (['<b>{"a": "<think>"}'], [{"a": "<think>"}]),
        (['{"a": "<think>', '"}'], [{"a": "<think>"}]),
    ],
)
def test_the_object_as_far_as_it_goes(pieces: list[str], values: list[Any]) -> None:
    assert grown(*pieces) == values


def is_more(value: Any, before: Any) -> bool:
    """Whether a value is the one before, or grew out of it."""
    if isinstance(before, str):
        return isinstance(value, str) and value.startswith(before)
    if isinstance(before, list):
        return isinstance(value, list) and len(value) >= len(before) and all(map(is_more, value, before))
    if isinstance(before, dict):
        return isinstance(value, dict) and all(key in value and is_more(value[key], before[key]) for key in before)
    return bool(value == before and type(value) is type(before))


WORDS = st.text(max_size=5) | st.text(alphabet=': ,[1."\\-', max_size=9)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(WORDS, PLAIN, min_size=1, max_size=3), st.integers(1, 9), st.booleans())
def test_it_only_grows(value: dict[str, Any], size: int, ascii_alone: bool) -> None:  # noqa: FBT001 - from hypothesis
    written = json.dumps(value, ensure_ascii=ascii_alone)
    values = grown(*(written[start : start + size] for start in range(0, len(written), size)))
    for before, behind in zip(values, [*values[1:], value], strict=True):
        assert is_more(behind, before)
        assert behind != before or behind is value
    assert grown(written) == [value]


def test_without_jiter_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jiter", None)
    with pytest.raises(ConfigurationError, match=r"pip install openrouter-duo\[partial\]"):
        PartialJSON()


@pytest.mark.thorough
@pytest.mark.parametrize("piece", ["word ", ": 1", "12, ", "{x", '{"a": ', "  "])
def test_each_piece_costs_the_same(piece: str) -> None:
    def read(count: int) -> int:
        growing = PartialJSON()
        with calls() as called:
            for text in ['{"a": "', *[piece] * count]:
                growing.add(text)
        return called.total

    assert growth({size: read(size) for size in TWO_THOUSAND}) < FLAT


def test_all_readings_together_are_in_proportion_to_the_text() -> None:
    def read(count: int) -> int:
        growing = PartialJSON()
        with allocations() as copied:
            for text in ['{"a": "', *["word " for _ in range(count)]]:
                growing.add(text)
                copied.done()
        return copied.total

    assert growth({size: read(size) for size in (1, 1_000, 2_000, 8_000)}) < NEARLY_FLAT
