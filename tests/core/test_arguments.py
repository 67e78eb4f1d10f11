"""What arguments have to be: each range at its limits and beyond them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from openrouter.api.chat import Chat
from openrouter.client import Client
from openrouter.core.arguments import Rule, items, number, refuse, refuse_unknown, text, whole
from openrouter.core.errors import InvalidArgumentError
from openrouter.settings import SettingsOptions
from openrouter.types.chat_options import CHAT_OPTIONS
from openrouter.types.options import PARAMETERS, SETTINGS

NAN = float("nan")
INFINITY = float("inf")


def is_taken(rule: Rule, value: Any) -> bool:
    try:
        rule("option", value)
    except InvalidArgumentError:
        return False
    return True


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (number(0, 2), [0, 0.0, 1, 2, 2.0], [-0.001, 2.001, True, "1", None, NAN, INFINITY, -INFINITY, [1], 10**400]),
        (number(-2, 2), [-2, 0, 2], [-2.1, 2.1, False]),
        (number(0, 2, above=True), [0.0001, 2], [0, -1, 2.1, NAN]),
        (number(0), [0, 5, 1e300], [-1, NAN, "0"]),
        (whole(1), [1, 10**400], [0, -1, 1.0, True, "1", None, NAN]),
        (whole(0, 20), [0, 20], [-1, 21, 0.5]),
        (whole(), [-5, 0, 5], [0.5, "1", False]),
        (text(), ["a", " a "], ["", "  \n", None, 5, b"a", ["a"]]),
        (text(3), ["a", "abc"], ["abcd", ""]),
        (items(), [[], [1], (), {1}, range(3)], ["abc", b"abc", {"a": 1}, None, 5, iter([1])]),
        (items(2), [[], [1, 2]], [[1, 2, 3], "ab"]),
        (items(shortest=1), [[1], (1,)], [[], "", None]),
    ],
)
def test_ranges(rule: Rule, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if not is_taken(rule, value)] == []
    assert [value for value in bad if is_taken(rule, value)] == []


@pytest.mark.parametrize(
    ("rule", "value", "message"),
    [
        (number(0, 2), 3, "option=3 cannot be sent: it has to be a number at least 0 and at most 2."),
        (number(0, above=True), 0, "option=0 cannot be sent: it has to be a number above 0."),
        (number(-2, 2), "x", "option='x' cannot be sent: it has to be a number at least -2 and at most 2."),
        (whole(1), 0, "option=0 cannot be sent: it has to be a whole number at least 1."),
        (whole(0, 20), 21, "option=21 cannot be sent: it has to be a whole number at least 0 and at most 20."),
        (whole(), 1.5, "option=1.5 cannot be sent: it has to be a whole number."),
        (text(), "", "option='' cannot be sent: it has to be a string that is not blank."),
        (text(2), "abc", "it has to be a string that is not blank, of at most 2 characters."),
        (items(4), "a", "option='a' cannot be sent: it has to be a list of at most 4 items."),
        (items(shortest=1), [], "option=[] cannot be sent: it has to be a list of at least 1 item."),
        (text(), {"a": "b" * 1000}, f"option={{'a': '{'b' * 73}… cannot be sent"),
    ],
)
def test_the_message_names_field_value_and_range(rule: Rule, value: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        rule("option", value)
    assert message in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_a_value_that_cannot_be_shown_is_refused_all_the_same() -> None:
    deep: list[Any] = []
    for _ in range(200_000):
        deep = [deep]
    with pytest.raises(InvalidArgumentError, match=r"option=<list> cannot be sent: it has to be flat"):
        refuse("option", deep, "flat")
    with pytest.raises(InvalidArgumentError, match=r"option=<int> cannot be sent"):
        refuse("option", 10**5000, "short")


def test_an_unknown_option_is_refused_with_the_one_that_was_meant() -> None:
    known = {"temperature", "top_p", "max_tokens"}
    refuse_unknown("option", ["top_p", "max_tokens"], known)
    with pytest.raises(TypeError, match=r"no option 'temprature'. Did you mean 'temperature'\? Else nowhere.$"):
        refuse_unknown("option", ["top_p", "temprature"], known, "Else nowhere.")
    with pytest.raises(TypeError, match=r"^there is no setting 'zzz'.$"):
        refuse_unknown("setting", ["zzz"], known)


def test_a_name_that_others_take_is_suggested_with_them() -> None:
    known, elsewhere = {"stream_options", "top_p"}, {"system_prompt": "generate_text()"}
    with pytest.raises(
        TypeError, match=r"Did you mean 'system_prompt', which generate_text\(\) takes\? Else nowhere.$"
    ):
        refuse_unknown("option", ["sytem_prompt"], known, "Else nowhere.", elsewhere=elsewhere)
    with pytest.raises(TypeError, match=r"^there is no option 'system_prompt' here: generate_text\(\) takes it.$"):
        refuse_unknown("option", ["system_prompt"], known, "Else nowhere.", elsewhere=elsewhere)
    with pytest.raises(TypeError, match=r"Did you mean 'top_p'\?$"):
        refuse_unknown("option", ["topp"], known, elsewhere=elsewhere)
    refuse_unknown("option", ["top_p"], known, elsewhere={"top_p": "another()"})


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("sytem_prompt", "system_prompt"),
        ("contxt", "context"),
        ("temprature", "temperature"),
        ("max_token", "max_tokens"),
    ],
)
def test_what_a_user_misspells_is_found(misspelt: str, meant: str) -> None:
    options: Any = {misspelt: "x"}
    with pytest.raises(TypeError, match=f"Did you mean '{meant}'"):
        Chat.generate_text("Hello", **options)


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_is_one_of_the_operation_that_is_named(name: str) -> None:
    operation = getattr(Client, PARAMETERS[name].removesuffix("()"))
    assert name in inspect.signature(operation).parameters


def test_what_belongs_to_the_client_is_not_sent() -> None:
    assert SettingsOptions.__optional_keys__ - CHAT_OPTIONS | {"policy", "http", "settings"} == {*SETTINGS}
    options: Any = {"api_key": "sk-or-v1-secret"}
    with pytest.raises(TypeError, match="no option 'api_key' here: the constructor of a client takes it") as refused:
        Chat.generate_text("Hello", **options)
    assert "extra_body" not in str(refused.value)


def test_a_conversation_is_for_another_operation() -> None:
    conversation: Any = [{"role": "user", "content": "Hi"}]
    with pytest.raises(InvalidArgumentError, match=r"prompt=.* conversations are for complete\(\) and stream\(\)"):
        Chat.generate_text(conversation)
