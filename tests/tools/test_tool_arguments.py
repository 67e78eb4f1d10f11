"""What a model wrote as arguments becomes keyword arguments of the annotated types, or an error that it can mend."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

import attrs
import pytest

from openrouter.core.validating import Flaw
from openrouter.tools import Tool, ToolArgumentsError, tool


@attrs.frozen
class Place:
    name: str
    height: int = 0


class AtLeast(NamedTuple):
    ge: int


@tool
def plan(
    place: Place,
    day: date,
    days: Annotated[int, AtLeast(1)] = 1,
    *,
    by: Literal["car", "train"] | None = None,
) -> str:
    """Plan a journey."""
    return f"{place.name} {day} {days} {by}"


@tool
def now() -> str:
    """Tell the time."""
    return "now"


def flaws_of(made: Tool[..., Any], text: str) -> tuple[Flaw, ...]:
    with pytest.raises(ToolArgumentsError) as caught:
        made.read_arguments(text)
    return caught.value.flaws


def test_arguments_are_of_the_annotated_types() -> None:
    text = '{"place": {"name": "Oslo"}, "day": "2026-11-21", "by": "train"}'
    arguments = plan.read_arguments(text)
    assert arguments == {"place": Place("Oslo"), "day": date(2026, 11, 21), "days": 1, "by": "train"}
    assert plan(**arguments) == "Oslo 2026-11-21 1 train"


@pytest.mark.parametrize("text", ["", " \n", "{}", "null", ' {"anything": 1}'])
def test_no_text_means_no_arguments(text: str) -> None:
    """Models give a function without parameters something all the same; there is nothing that it could mean."""
    assert now.read_arguments(text) == {}


def test_all_that_does_not_fit_is_told_at_once() -> None:
    text = '{"place": {"name": 5}, "days": 0, "by": "foot", "speed": 3, "how fast": 4}'
    flaws = flaws_of(plan, text)
    assert [flaw.path for flaw in flaws] == ["$.place.name", "$.day", "$.days", "$.by", "$.speed", '$["how fast"]']
    message = str(ToolArgumentsError("plan", flaws))
    assert message.startswith("The arguments of plan do not fit: $.place.name ")
    assert "$.speed is no argument of it; there are only: place, day, days, by" in message
    assert message.endswith(" Call it again with ones that fit.")
    assert all(str(flaw) in message for flaw in flaws)
    assert "\n" not in message


def test_a_misspelt_argument_is_not_overlooked() -> None:
    """The call would else be made with the default, and nobody would know."""
    text = '{"place": {"name": "Oslo"}, "day": "2026-11-21", "dayz": 3}'
    assert flaws_of(plan, text) == (Flaw("$.dayz", "is no argument of it; there are only: place, day, days, by"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON: Expecting property name"),
        ('{"place": {"name": "Os', "is not JSON: Unterminated string"),
        ("{} {}", "is not JSON: Extra data"),
        ('{"days": NaN}', "is not JSON: NaN is no number in JSON"),
        ('{"days": -Infinity}', "is not JSON: -Infinity is no number in JSON"),
        ('{"days": 1' + "0" * 5000 + "}", "is not JSON: Exceeds the limit"),
        ("[" * 100_000, "is not JSON: nested too deeply"),
        ("get the weather", "is not JSON: Expecting value"),
        ("[1]", "has to be an object with the arguments by name"),
        ('"text"', "has to be an object with the arguments by name"),
        ("false", "has to be an object with the arguments by name"),
    ],
)
def test_what_is_no_object_of_json_is_told(text: str, message: str) -> None:
    for made in (plan, now):
        (flaw,) = flaws_of(made, text)
        assert flaw.path == "$"
        assert flaw.message.startswith(message)


def test_an_object_that_was_encoded_twice_is_taken() -> None:
    text = json.dumps('{"place": {"name": "Oslo"}, "day": "2026-11-21"}')
    assert plan.read_arguments(text) == plan.read_arguments(json.loads(text))
    (flaw,) = flaws_of(plan, json.dumps('{"place": '))
    assert flaw.message.startswith("is not JSON: ")


def test_line_breaks_within_strings_are_taken() -> None:
    """Models write programs into arguments, and do not always escape them."""

    @tool
    def run(code: str) -> None: ...

    assert run.read_arguments('{"code": "a\n\tb"}') == {"code": "a\n\tb"}


def test_half_a_character_is_taken() -> None:
    @tool
    def say(text: str) -> None: ...

    assert say.read_arguments('{"text": "\\ud83d"}') == {"text": "\ud83d"}


def test_null_for_an_argument_with_a_default_is_its_default() -> None:
    """It is what the strict mode makes of an argument that is left out."""

    @tool(strict=True)
    def find(key: str, most: int = 3) -> None: ...

    assert find.read_arguments('{"key": "a", "most": null}') == {"key": "a", "most": 3}


def test_a_tool_that_was_made_by_hand_gets_what_the_model_gave() -> None:
    """Its schema may be of any kind: nobody but its author knows what fits."""
    given: list[dict[str, Any]] = []
    parameters = {"type": "object", "properties": {"key": {"type": "string"}}}
    made = Tool(name="find", parameters=parameters, function=lambda **arguments: given.append(arguments))
    assert made.read_arguments("") == {}
    made(**made.read_arguments('{"key": 5, "other": null}'))
    assert given == [{"key": 5, "other": None}]
    assert made.definition() == {"type": "function", "function": {"name": "find", "parameters": parameters}}
    assert not made.is_async


def test_the_error_can_be_pickled_and_copied() -> None:
    error = ToolArgumentsError("plan", (Flaw("$.day", "is missing"),))
    for other in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):  # noqa: S301 - our own
        assert (str(other), other.tool, other.flaws) == (str(error), "plan", error.flaws)
    assert isinstance(error, ValueError)
