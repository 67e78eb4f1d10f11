"""Answers that are no objects: which error comes of them, and what it has."""

from __future__ import annotations

import pickle
from typing import Annotated, Any

import pydantic
import pytest
from attrs import define

from openrouter import InvalidOutputError, OutputError, RefusedOutputError, TruncatedOutputError
from openrouter.api.objects import Objects
from openrouter.testing import FakeOpenRouter, ScriptedToolCall, TextReply
from openrouter.testing.replies import Reply
from tests.api.objects_asked import CITY, WRONG, City, failed, get, whole_reply


class Mountain(pydantic.BaseModel):
    name: str
    height: Annotated[float, pydantic.Field(gt=0)]


def test_an_error_has_all_that_is_known() -> None:
    error = failed(TextReply(WRONG, model="acme/small", provider="Acme"), reasks=0)
    assert type(error) is InvalidOutputError
    assert (error.text, [flaw.path for flaw in error.flaws]) == (WRONG, ["$.name", "$.rivers[1]"])
    assert (error.partial.text, error.model, error.provider) == (WRONG, "acme/small", "Acme")
    assert error.generation_id == error.partial.id
    assert (error.status_code, error.attempts, error.request_id) == (200, 1, error.partial.http.request_id)
    assert error.message == (
        "The answer does not fit City: $.name has to be a string, not 5; $.rivers[1] has to be a string, not null."
    )
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (again.flaws, again.text, again.partial) == (error.flaws, error.text, error.partial)


@pytest.mark.parametrize(
    ("reply", "kind", "text"),
    [
        (TextReply('{"name": "Aach', finish_reason="length"), TruncatedOutputError, '{"name": "Aach'),
        (TextReply("Let me think", finish_reason="length"), TruncatedOutputError, "Let me think"),
        (TextReply(WRONG, finish_reason="length"), TruncatedOutputError, WRONG),
        (TextReply('{"name":', native_finish_reason="MAX_TOKENS"), TruncatedOutputError, '{"name":'),
        (TextReply('{"name":', native_finish_reason="length"), TruncatedOutputError, '{"name":'),
        (TextReply(WRONG, native_finish_reason="length"), InvalidOutputError, WRONG),
        (TextReply('{"name":'), InvalidOutputError, '{"name":'),
        (TextReply(CITY, finish_reason="content_filter"), RefusedOutputError, CITY),
        (whole_reply(content=None, refusal="I will not."), RefusedOutputError, "I will not."),
        (whole_reply(content=CITY, refusal="I will not."), RefusedOutputError, CITY),
        (
            TextReply(tool_calls=[ScriptedToolCall("City", '{"name":')], native_finish_reason="length"),
            TruncatedOutputError,
            '{"name":',
        ),
    ],
)
def test_cut_off_refused_or_wrong(reply: Reply, kind: type[OutputError], text: str) -> None:
    error = failed(reply, reasks=0)
    assert (type(error), error.text) == (kind, text)
    assert error.partial is not None


@pytest.mark.parametrize(
    "reply", [TextReply("{", finish_reason="length"), TextReply("I will not.", finish_reason="content_filter")]
)
def test_what_is_cut_off_or_refused_is_not_asked_again(reply: TextReply) -> None:
    fake = FakeOpenRouter([reply, TextReply(CITY)])
    with fake.sync_client() as client, pytest.raises((TruncatedOutputError, RefusedOutputError)):
        Objects(client.driver).generate_object("A city.", City)
    assert len(fake.requests) == 1


def test_an_answer_without_json_says_so_in_one_sentence() -> None:
    error = failed("No.", reasks=0)
    assert error.message == (
        "The answer does not fit City: $ is not JSON: There is no JSON object and no array in the text."
    )


def test_an_error_says_what_the_model_said() -> None:
    assert str(failed(whole_reply(refusal="I will not."))).startswith("The model refused: I will not. [")
    filtered = failed(TextReply("", finish_reason="content_filter", native_finish_reason="SAFETY"))
    assert filtered.message == "A filter took the answer away (finish_reason 'content_filter', native 'SAFETY')."
    cut = failed(TextReply("{", finish_reason="length"))
    assert cut.message == "The answer was cut off (finish_reason 'length', native 'length')."
    assert "Raise `max_tokens`." in str(cut)


def test_the_flaws_are_those_of_the_longest() -> None:
    assert [flaw.path for flaw in failed(f"[1] {WRONG} [2] {{}}", reasks=0).flaws] == ["$.name", "$.rivers[1]"]


def test_the_flaws_of_a_value_are_those_of_what_was_asked_for() -> None:
    assert [flaw.path for flaw in failed('{"value": [1, "a"]}', into=list[int], reasks=0).flaws] == ["$.value[1]"]
    assert [flaw.path for flaw in failed('{"value": "a", "unit": 1}', into=int, reasks=0).flaws] == ["$.value"]
    assert [flaw.path for flaw in failed('[1, "a"]', into=list[int], reasks=0).flaws] == ["$[1]"]


@define
class Haunted:
    name: str

    def __attrs_post_init__(self) -> None:
        raise OSError("No such ghost.")


def test_what_has_nothing_to_do_with_the_values_is_raised_as_it_is() -> None:
    with pytest.raises(OSError, match="No such ghost") as raised:
        get('{"name": "Boo"}', into=Haunted)
    (note,) = raised.value.__notes__
    assert note.startswith("This came of the answer gen-")
    assert note.endswith(", while it was made an instance of Haunted.")


def test_a_model_of_pydantic_says_what_it_does_not_like() -> None:
    error = failed('{"name": "Marianengraben", "height": -10994}', into=Mountain, reasks=0)
    assert [flaw.path for flaw in error.flaws] == ["$.height"]


@pytest.mark.parametrize("told", [{}, None])
def test_an_error_has_what_all_answers_took(told: dict[str, Any] | None) -> None:
    fake = FakeOpenRouter([TextReply("No.", usage=told), TextReply("Never.", usage=told)])
    with fake.sync_client() as client:
        with pytest.raises(InvalidOutputError) as refused:
            client.generate_object("A number", int)
        if told is None:
            assert refused.value.usage is None
        else:
            assert refused.value.usage is not None
            assert refused.value.partial is not None
            assert refused.value.usage.cost == client.totals.cost != refused.value.partial.usage.cost
