"""Answers among other text: what is taken for the object."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from attrs import define

from openrouter import InvalidOutputError, TruncatedOutputError
from openrouter.testing import ScriptedToolCall, TextReply
from tests.api.objects_asked import AACHEN, CITY, WRONG, City, Lake, Point, failed, get, whole_reply
from tests.replies.nasty_texts import NASTY, is_error


@pytest.mark.parametrize("behind", ["", " Note: [1", ' {"name": "B'])
def test_a_whole_answer_at_the_limit_is_an_answer(behind: str) -> None:
    assert get(TextReply(CITY + behind, finish_reason="length"), reasks=0) == AACHEN


@pytest.mark.parametrize("behind", [' {"value": [1, 2', ' {"val'])
def test_what_prose_has_as_well_is_no_answer_before_one_that_is_cut_off(behind: str) -> None:
    error = failed(TextReply(f"As in [1]: {behind}", finish_reason="length"), into=list[int])
    assert type(error) is TruncatedOutputError


def test_no_arguments_are_none() -> None:
    @define
    class Nothing:
        pass

    assert get(TextReply(tool_calls=[ScriptedToolCall("Nothing", "")]), into=Nothing, mode="tool") == Nothing()


@define
class Wish:
    name: str | None = None
    price: float | None = None


@pytest.mark.parametrize(
    ("text", "into", "made"),
    [
        (f'As in [1] and {{"name": 5}}: {CITY}, not {{"name": "Bonn", "rivers": []}}', City, AACHEN),
        (f'In the form {{"name": "...", "rivers": []}}: {CITY}', City, AACHEN),
        ('First {"name": "Bonn"}, or rather {"name": "Köln"}', Lake, {"name": "Köln"}),
        ('According to [1] they are: {"value": [10, 20]}', list[int], [10, 20]),
        ('They are {"value": [10]}, says [123456789].', list[int], [10]),
        ('TODO: []\n{"value": ["a"]}', list[str], ["a"]),
        ("As [1] says: [10, 20]", list[int], [10, 20]),
        ('Of {} make {"name": "Bonn"}', Wish, Wish("Bonn")),
        ('{"a": 1} is it, not {}', dict[str, int], {"a": 1}),
        ("Nothing: {}", Wish, Wish()),
        (f'{{"value": "is no city here"}}, but {CITY}', City | Point, AACHEN),
        ('["a", 5] would be wrong: {"value": ["a"]}', list[str], ["a"]),
    ],
)
def test_of_several_the_one_is_taken_that_is_meant(text: str, into: Any, made: Any) -> None:
    assert get(text, into=into, reasks=0) == made


@pytest.mark.parametrize(
    ("text", "into", "paths"),
    [
        ('See [1]: {"value": [10, "x"]}', list[int], ["$.value[1]"]),
        ('See [1]: {"value": [10, oops]}', list[int], ["$"]),
        ('See [1]: [10, "x"]', list[int], ["$[1]"]),
        ('Of {} make {"name": 5}', Wish, ["$.name"]),
    ],
)
def test_what_prose_has_as_well_is_no_answer_where_another_is_meant(text: str, into: Any, paths: list[str]) -> None:
    assert [flaw.path for flaw in failed(text, into=into, reasks=0).flaws] == paths


@pytest.mark.parametrize("tag", ["think", "thinking", "reasoning", "Think"])
def test_thoughts_before_the_answer_are_passed_over(tag: str) -> None:
    draft = '{"name": "Draft", "rivers": ["a", "b", "c", "d", "e"]}'
    thoughts = f"\n<{tag}>Perhaps {draft}, or</{tag}>\n"
    assert get(f"{thoughts}{thoughts}{CITY}", reasks=0) == AACHEN
    assert get(f"{thoughts}```json\n3\n```", into=int, reasks=0) == 3
    error = failed(f"<{tag}>Perhaps {CITY}", reasks=0)
    assert [str(flaw) for flaw in error.flaws] == ["$ is not JSON: There is no JSON object and no array in the text"]
    assert "at character 23." in str(failed('<think>.</think>Well: {"name":', reasks=0))


@pytest.mark.parametrize(
    ("text", "into", "made"),
    [
        (json.dumps(CITY), City, AACHEN),
        (f"<think>Hm.</think> {json.dumps(CITY)}\n", City, AACHEN),
        (json.dumps('{"a": {}}'), dict[str, Any], {"a": {}}),
        (json.dumps("[1, 2]"), list[int], [1, 2]),
        (json.dumps(CITY), str, CITY),
        (f'"Aachen" it is: {CITY}', City, AACHEN),
    ],
)
def test_json_that_was_encoded_twice(text: str, into: Any, made: Any) -> None:
    assert get(text, into=into, reasks=0) == made
    by_call = TextReply(tool_calls=[ScriptedToolCall("City", text)])
    assert get(by_call, into=into, mode="tool", reasks=0) == made


def test_what_was_encoded_twice_is_judged_as_strictly() -> None:
    assert [flaw.path for flaw in failed(json.dumps(WRONG), reasks=0).flaws] == ["$.name", "$.rivers[1]"]


def test_tags_in_the_answer_are_no_thoughts() -> None:
    assert get('{"name": "<think>", "rivers": []}', reasks=0) == City("<think>", [])


@pytest.mark.parametrize(
    ("text", "into", "made"),
    [
        ("3", int, 3),
        (' "a"\n', Literal["a", "b"], "a"),
        ("true", bool, True),
        ("null", City | None, None),
        ("```json\n2.5\n```", float, 2.5),
        ('"See {\\"value\\": \\"no\\"}, [1]"', str, 'See {"value": "no"}, [1]'),
        (CITY, City | None, AACHEN),
    ],
)
def test_what_is_no_object_may_stand_alone(text: str, into: Any, made: Any) -> None:
    assert get(text, into=into, reasks=0) == made


@pytest.mark.parametrize(
    ("text", "into", "flaw"),
    [
        ('"3"', int, '$ has to be a whole number, not "3"'),
        ("3 or 4", int, "$ is not JSON: There is no JSON object and no array in the text"),
        ("NaN", float, "$ is not JSON: There is no JSON object and no array in the text"),
        ("plain", str, "$ is not JSON: There is no JSON object and no array in the text"),
        ("3", City, "$ is not JSON: There is no JSON object and no array in the text"),
    ],
)
def test_what_stands_alone_is_judged_as_strictly(text: str, into: Any, flaw: str) -> None:
    assert [str(each) for each in failed(text, into=into, reasks=0).flaws] == [flaw]


ANY = dict[str, Any] | list[Any]
CUT: dict[str, Any] = {"finish_reason": "length"}


@pytest.mark.parametrize("name", NASTY)
def test_the_answer_in_any_text(name: str) -> None:
    text, expected = NASTY[name]
    # Of equals the last is meant, and not the first.
    expected = {"a": 3} if name == "the first of many lines" else expected
    if is_error(expected):
        # A model that stopped by itself did not write what it should.
        assert type(failed(whole_reply(content=text), into=ANY, reasks=0)) is InvalidOutputError
        error = failed(TextReply(text, **CUT), into=ANY, reasks=0)
        assert (type(error), error.text) == (TruncatedOutputError, text)
    else:
        assert get(whole_reply(content=text), into=ANY, reasks=0) == expected
