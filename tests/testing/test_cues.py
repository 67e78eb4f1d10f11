"""Mistakes in a test's own script: what is refused, and the way out that is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from openrouter import InvalidArgumentError
from openrouter.testing import (
    Cut,
    ErrorReply,
    FakeOpenRouter,
    Faults,
    NoAnswer,
    RawReply,
    ScriptedToolCall,
    TextReply,
)


def add(cue: Any) -> Callable[[], object]:
    return lambda: FakeOpenRouter().add(cue)


def make(*replies: Any, **named: Any) -> Callable[[], object]:
    return lambda: FakeOpenRouter(*replies, **named)


def error(status: Any) -> Callable[[], object]:
    return lambda: ErrorReply(status, "x")


def text(*given: Any, **named: Any) -> Callable[[], object]:
    return lambda: TextReply(*given, **named)


def answer(made: Any) -> Callable[[], object]:
    return lambda: FakeOpenRouter(respond=lambda _: made).sync_client().complete("Hi")


MISTAKES: list[tuple[Callable[[], object], str]] = [
    (add("x"), "What is added is of type str. Did you mean TextReply('x')?"),
    (add([TextReply("a")]), "What is added is of type list. Give its items one by one: add(*replies)."),
    (add(NoAnswer), "What is added is the class NoAnswer. Did you mean NoAnswer()?"),
    (add(int), "What is added is the class int. Give a reply, "),
    (add(Faults({})), "What is added is of type Faults. What share of the requests fails is "),
    (add(None), "What is added is of type NoneType. Give a reply, such as TextReply('Hello'), or a fault, "),
    (make([TextReply("a"), "x"]), "replies[1] is of type str. Did you mean TextReply('x')?"),
    (make([NoAnswer]), "replies[0] is the class NoAnswer. Did you mean NoAnswer()?"),
    (make([[TextReply("a")]]), "replies[0] is of type list. Give its items one by one"),
    (make("x"), "replies is of type str. Give the replies as a list: "),
    (make(TextReply("x")), "replies is of type TextReply. Give the replies as a list: "),
    (make(7), "replies is of type int. Give the replies as a list: "),
    (make(Faults({})), "replies is of type Faults. What share of the requests fails is "),
    (make(faults=[Cut()]), "faults is of type list. Did you mean Faults({Cut(after=40): 0.1})? "),
    (make(faults={Cut(): 0.1}), "faults is of type dict. Did you mean Faults({Cut(after=40): 0.1})? "),
    (make(faults=0.3), "faults is of type float. Did you mean Faults.everything(0.3)?"),
    (make(respond=TextReply("a")), "respond is of type TextReply. Give a function that takes the request "),
    (answer("x"), "What respond returned is of type str. It has to be a reply, "),
    (answer(Cut()), "What respond returned is of type Cut. A fault goes on a reply: "),
    (error("429"), "status is of type str. Give a whole number: ErrorReply(429, "),
    (error(True), "status is of type bool. Give a whole number: "),  # noqa: FBT003 - the mistake itself
    (error(200), "status is 200; that of an error is from 400 to 599. "),
    (error(600), "status is 600; that of an error is from 400 to 599. "),
    (text({"river": "Rhine"}), "text is of type dict. Give text; that of JSON is json.dumps(…)."),
    (text(None), "text is of type NoneType. Give text; "),
    (text("a", reasoning=5), "reasoning is of type int. Give text; "),
    (text("a", tool_calls=["f"]), "tool_calls has to be a list of calls: tool_calls=[ScriptedToolCall("),
    (text("b", tool_calls=ScriptedToolCall("f")), "tool_calls has to be a list of calls: "),
    (lambda: RawReply(200, {}, cast("Any", b"{}")), "segments is of type bytes. Give them in a list: RawReply(200, "),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_a_mistake_is_named_with_the_way_out(mistake: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        mistake()
    assert str(caught.value).startswith(message)


def test_nothing_is_added_where_one_is_wrong() -> None:
    fake = FakeOpenRouter()
    wrong: Any = "x"
    with pytest.raises(InvalidArgumentError):
        fake.add(TextReply("a"), wrong)
    assert "0 replies scripted" in repr(fake)


@pytest.mark.parametrize("status", [400, 599])
def test_the_first_and_the_last_status_of_errors_are_taken(status: int) -> None:
    assert ErrorReply(status, "x").status == status


def test_a_script_may_be_made_while_it_is_read() -> None:
    with FakeOpenRouter(TextReply(word) for word in ("one", "two")).sync_client() as client:
        assert [client.generate_text("Hi") for _ in range(2)] == ["one", "two"]


def test_faults_are_set_and_taken_away_at_any_time() -> None:
    fake = FakeOpenRouter()
    always = Faults({ErrorReply(503, "Busy"): 1.0})
    with fake.http() as client:

        def status() -> int:
            payload = {"messages": [{"role": "user", "content": "Hi"}]}
            return client.post("/chat/completions", json=payload, headers={"Authorization": "Bearer k"}).status_code

        assert (fake.faults, status()) == (None, 200)
        fake.faults = always
        assert (fake.faults, status()) == (always, 503)
        wrong: Any = 0.3
        with pytest.raises(InvalidArgumentError, match=r"Faults\.everything"):
            fake.faults = wrong
        assert fake.faults is always
        fake.faults = None
        assert status() == 200


def test_in_process_what_respond_raises_comes_out_as_it_is() -> None:
    fake = FakeOpenRouter(respond=lambda request: TextReply(request.payload["nope"]))
    with fake.sync_client() as client, pytest.raises(KeyError, match="nope"):
        client.complete("Hi")
