"""Plain JSON into objects and back: nothing raises, nothing is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from attrs import define, field
from cattrs import Converter
from hypothesis import given, strategies as st

from openrouter.core.structuring import as_dict, converter, structurer
from openrouter.types.chat import Choice, Completion, Function, Message, ToolCall, Usage

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@define
class Inner:
    name: str | None = None
    raw: dict[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)


@define
class Sample:
    text: str = "none"
    flag: bool | None = None
    count: int = 0
    seconds: float | None = None
    price: Decimal | None = None
    either: str | list[Any] | None = None
    anything: Any = None
    names: list[str] = field(factory=list[str])
    inner: Inner | None = None
    many: list[Inner] | None = None
    raw: dict[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)


def sample(**fields: Any) -> Sample:
    return structurer(Sample)(fields)


@pytest.mark.parametrize("name", ["text", "flag", "count", "seconds", "price", "either", "names", "inner", "many"])
@pytest.mark.parametrize("value", [None, {"a": 1}, "NaN", object(), b"x"], ids=lambda value: type(value).__name__)
def test_a_value_of_another_type_takes_the_default_and_stays_in_raw(name: str, value: Any) -> None:
    fits = {"text", "either"} if isinstance(value, str) else {"inner"} if isinstance(value, dict) else set[str]()
    made = sample(**{name: value})
    assert made.raw == {name: value}
    if name not in fits:
        assert made == Sample()


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("text", "None", "None"),
        ("text", 5, "none"),
        ("flag", True, True),
        ("flag", 1, None),
        ("count", 3, 3),
        ("count", 3.0, 3),
        ("count", 3.5, 0),
        ("count", True, 0),
        ("count", "3", 0),
        ("count", float("nan"), 0),
        ("count", float("inf"), 0),
        ("seconds", 1.5, 1.5),
        ("seconds", 2, 2.0),
        ("seconds", True, None),
        ("seconds", 10**400, None),
        ("price", 0.1, Decimal("0.1")),
        ("price", 0.000018, Decimal("0.000018")),
        ("price", 0.0076509169000000005, Decimal("0.0076509169000000005")),
        ("price", 1e-9, Decimal("1E-9")),
        ("price", 0, Decimal(0)),
        ("price", "0.00000015", Decimal("0.00000015")),
        ("price", "-1", Decimal(-1)),
        ("price", "free", None),
        ("price", "Infinity", None),
        ("price", float("nan"), None),
        ("price", True, None),
        ("either", ["x"], ["x"]),
        ("either", "x", "x"),
        ("either", 1, None),
        ("anything", {"a": [1]}, {"a": [1]}),
        ("names", ["a"], ["a"]),
        ("inner", {}, Inner()),
        ("inner", {"name": "a"}, Inner("a")),
        ("many", [{"name": "a"}, None, "b", {}], [Inner("a"), Inner()]),
        ("many", {"name": "a"}, None),
    ],
)
def test_values_are_taken_as_they_came(name: str, given: Any, taken: Any) -> None:
    value = getattr(sample(**{name: given}), name)
    assert value == taken
    assert type(value) is type(taken)


def test_what_is_missing_takes_a_default_of_its_own() -> None:
    first, second = sample(), sample()
    first.names.append("a")
    assert second == Sample()
    completion = structurer(Completion)({"choices": [{}]})
    assert completion.choices == [Choice()]
    assert completion.choices[0].message == Message()


def test_unknown_fields_and_values_stay_within_reach() -> None:
    came = {"finish_reason": "paused", "mood": {"deep": [1]}, "message": {"role": "oracle", "aura": 7}}
    choice = structurer(Choice)(came)
    assert choice.raw is came
    assert (choice.finish_reason, choice.message.role) == ("paused", "oracle")
    assert choice.message.raw["aura"] == 7


def test_raw_is_neither_shown_nor_compared() -> None:
    assert sample(extra=1) == sample(extra=2)
    assert "extra" not in repr(sample(extra=1))


def test_our_classes_work_inside_other_types_that_cattrs_knows() -> None:
    made = converter().structure({"a": [{"text": "x", "count": None}]}, dict[str, list[Sample]])
    assert made == {"a": [Sample(text="x")]}
    assert isinstance(converter(), Converter)


@given(ANY_JSON)
def test_no_json_in_any_field_raises(value: Any) -> None:
    made = sample(**dict.fromkeys(("text", "flag", "count", "seconds", "price", "either", "names", "inner"), value))
    many = sample(many=[value, {"name": value}])
    assert type(made.text) is str
    assert made.seconds is None or type(made.seconds) is float
    assert isinstance(many.many, list)
    assert many.many[-1].name is None or many.many[-1].name == value


# --- back to JSON ---------------------------------------------------------------------------------------------------


@given(st.dictionaries(st.text(max_size=5) | st.sampled_from(["role", "content", "tool_calls"]), ANY_JSON, max_size=6))
def test_what_was_received_goes_back_unchanged(came: dict[str, Any]) -> None:
    assert repr(as_dict(structurer(Message)(came)) if came else came) == repr(came)


def test_a_changed_field_wins_and_the_rest_stays() -> None:
    came = {"role": "assistant", "content": "a", "refusal": None, "aura": 7, "reasoning_details": [{"type": "new"}]}
    message = structurer(Message)(came)
    message.content = "b"
    message.name = "Ann"
    assert as_dict(message) == {**came, "content": "b", "name": "Ann"}
    assert came["content"] == "a", "what came is not touched"


def test_a_field_set_to_none_wins_too() -> None:
    message = structurer(Message)({"role": "assistant", "content": "a", "reasoning": "long"})
    message.reasoning = None
    assert as_dict(message) == {"role": "assistant", "content": "a", "reasoning": None}


def test_a_change_deep_within_keeps_what_is_unknown_around_it() -> None:
    call = {"id": "c1", "type": "function", "index": 0, "new": 1, "function": {"name": "f", "arguments": "{", "x": 2}}
    message = structurer(Message)({"role": "assistant", "content": None, "tool_calls": [call]})
    assert message.tool_calls
    message.tool_calls[0].function.arguments = "{}"
    fixed = {**call, "function": {"name": "f", "arguments": "{}", "x": 2}}
    assert as_dict(message) == {"role": "assistant", "content": None, "tool_calls": [fixed]}


def test_what_was_made_by_hand_sends_what_it_says() -> None:
    message = Message(tool_calls=[ToolCall("c1", function=Function("f", "{}"))], raw={})
    function = {"name": "f", "arguments": "{}"}
    assert as_dict(message) == {
        "role": "assistant",
        "tool_calls": [{"id": "c1", "type": "function", "function": function}],
    }
    assert as_dict(Inner("a")) == {"name": "a"}


def test_plain_values_stay_as_they_are_in_containers_of_their_own() -> None:
    given = {"a": [1, "x", None], "b": ({"c": 1.5},), "message": Message(content="hi")}
    made = as_dict(given)
    assert made == {"a": [1, "x", None], "b": [{"c": 1.5}], "message": {"role": "assistant", "content": "hi"}}
    made["a"].append(2)
    assert given["a"] == [1, "x", None]


def test_a_class_without_raw_goes_into_json_too() -> None:
    @define
    class Plain:
        a: int
        b: int | None = None

    assert as_dict(Plain(1)) == {"a": 1}


def test_money_is_exact_over_many_sums() -> None:
    costs = [structurer(Usage)({"cost": 0.000018}).cost for _ in range(1000)]
    assert sum(cost for cost in costs if cost is not None) == Decimal("0.018")


def test_a_value_that_json_does_not_know_is_left_to_whoever_encodes_it() -> None:
    assert as_dict({"a": [Decimal(1), None, True]}) == {"a": [Decimal(1), None, True]}
