"""Answers that do not fit: what goes back to the model, and how often."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define

from openrouter import InvalidOutputError
from openrouter.api.objects import Objects
from openrouter.testing import ErrorReply, FakeOpenRouter, ScriptedToolCall, TextReply
from tests.api.objects_asked import AACHEN, CITY, FLAWS, WRONG, City, get, given, whole_reply


def results(calls: list[ScriptedToolCall], **options: Any) -> list[dict[str, Any]]:
    """Give what the model is told after these calls, of which none fits."""
    again = TextReply(tool_calls=[ScriptedToolCall("City", CITY)])
    made, bodies = given(TextReply(tool_calls=calls), again, **options)
    assert made == AACHEN
    _, answer, *told = bodies[1]["messages"]
    assert [call["id"] for call in answer["tool_calls"]] == [call.id for call in calls]
    return told


def test_each_call_gets_its_own_flaws() -> None:
    calls = [ScriptedToolCall("City", WRONG, id="a"), ScriptedToolCall("City", "", id="b")]
    first, second = results([*calls], mode="tool")
    assert [(each["role"], each["tool_call_id"]) for each in (first, second)] == [("tool", "a"), ("tool", "b")]
    assert FLAWS in first["content"]
    assert "\n- $.name is missing\n- $.rivers is missing\n" in second["content"]
    assert first["content"].endswith("Call the function again, with all of its arguments, corrected.")


def test_a_class_that_changes_its_mind_does_no_harm() -> None:
    seen: list[str] = []

    @define
    class Once:
        name: str

        def __attrs_post_init__(self) -> None:
            seen.append(self.name)
            if len(seen) == 1:
                raise ValueError("not yet")

    reply = TextReply(tool_calls=[ScriptedToolCall("Once", '{"name": "a"}')])
    made, bodies = given(reply, reply, into=Once, mode="tool")
    assert made == Once("a")
    assert bodies[1]["messages"][-1]["content"].startswith("That does not fit:\nCall the function again")


def test_a_call_of_another_function_is_told_so() -> None:
    (told,) = results([ScriptedToolCall("Town", WRONG, id="a")], mode="tool")
    assert told["content"].startswith("There is no function Town, only City. That does not fit:")
    assert FLAWS in told["content"]


def test_a_call_where_none_can_be_is_told_so() -> None:
    result, told = results([ScriptedToolCall("Town", WRONG, id="a")])
    assert (result["tool_call_id"], result["content"]) == ("a", "There is no function Town.")
    assert told["role"] == "user"
    assert FLAWS in told["content"]


def test_the_first_call_that_fits_is_taken() -> None:
    bonn = '{"name": "Bonn", "rivers": ["Rhine", "Sieg", "Ahr"]}'
    calls = [ScriptedToolCall("City", text) for text in (WRONG, CITY, bonn)]
    assert get(TextReply("No, {}", tool_calls=calls), mode="tool", reasks=0) == AACHEN


def test_beside_a_call_that_nobody_asked_for_the_text_is_the_answer() -> None:
    reply = TextReply(CITY, tool_calls=[ScriptedToolCall("search", '{"name": "Bonn", "rivers": []}')])
    assert get(reply, reasks=0) == AACHEN


def test_calls_without_ids_cannot_go_back() -> None:
    call = {"type": "function", "function": {"name": "City", "arguments": WRONG}}
    made, bodies = given(whole_reply(content=None, tool_calls=[call]), CITY, mode="tool")
    assert made == AACHEN
    assert [message["role"] for message in bodies[1]["messages"]] == ["user", "user"]


def test_an_empty_answer_does_not_go_back() -> None:
    made, bodies = given(whole_reply(content=""), CITY)
    assert made == AACHEN
    assert [message["role"] for message in bodies[1]["messages"]] == ["user", "user"]
    assert (
        "\n- $ is not JSON: There is no JSON object and no array in the text\n" in bodies[1]["messages"][1]["content"]
    )


def test_prose_is_asked_again_too() -> None:
    made, bodies = given("Aachen, on the Wurm.", '{"name": "Aachen", ', CITY, reasks=2)
    assert made == AACHEN
    assert [message["role"] for message in bodies[2]["messages"]] == ["user", "assistant"] * 2 + ["user"]
    assert "$ is not JSON: The text ends inside the JSON" in bodies[2]["messages"][-1]["content"]


def test_only_so_many_flaws_are_told() -> None:
    names = ", ".join(str(number) for number in range(25))
    _, bodies = given(f'{{"name": "Aachen", "rivers": [{names}]}}', CITY)
    lines = bodies[1]["messages"][-1]["content"].splitlines()
    assert [line for line in lines if line.startswith("- ")][19:] == [
        "- $.rivers[19] has to be a string, not 19",
        "- and 5 more",
    ]


@pytest.mark.parametrize("reasks", [0, 1, 3])
def test_it_is_asked_again_so_many_times(reasks: int) -> None:
    fake = FakeOpenRouter([*[TextReply(WRONG)] * reasks, TextReply('{"name": "Aachen", "rivers": 5}')])
    with fake.sync_client() as client, pytest.raises(InvalidOutputError) as raised:
        Objects(client.driver).generate_object("A city.", City, reasks=reasks)
    assert len(fake.requests) == 1 + reasks
    assert [str(flaw) for flaw in raised.value.flaws] == ["$.rivers has to be an array, not 5"]


def test_an_error_of_the_service_comes_as_it_is() -> None:
    with pytest.raises(Exception, match="No such thing"):
        get(ErrorReply(400, "No such thing."))
