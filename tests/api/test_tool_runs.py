"""The tool loop on both clients: how it goes on, what becomes of calls, and when it ends."""

from __future__ import annotations

import pickle
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest
from attrs import define

from openrouter import InvalidArgumentError, InvalidOutputError, PaymentRequiredError, ServerError, server_tools
from openrouter.conversation import Conversation
from openrouter.messages import text
from openrouter.testing import ErrorReply, TextReply
from openrouter.tools import ToolArgumentsError, tool
from openrouter.tools.run import ToolRun
from openrouter.tools.stopping import called, cost
from openrouter.types.messages import message_list
from tests.tool_running import (
    KINDS,
    Kind,
    call,
    calls,
    echo,
    fail,
    results,
    run_on,
    scripted,
    states,
)

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("kind", KINDS)]


# --- asking -----------------------------------------------------------------------------------------------------------


async def test_a_reply_that_calls_nothing_is_the_answer(kind: Kind) -> None:
    fake = scripted(TextReply("Hello."))
    run = await run_on(kind, fake, "Hi", [echo], temperature=0.5)
    assert (run.text, run.status, run.stopped_by, len(run.steps)) == ("Hello.", "finished", "answer", 1)
    (request,) = fake.requests
    assert request.payload["temperature"] == 0.5
    assert [made["function"]["name"] for made in request.payload["tools"]] == ["echo"]


async def test_each_request_has_the_tools_and_all_that_was_said(kind: Kind) -> None:
    fake = scripted(calls(call("echo", {"text": "a"}, "x1"), text="Let me see."), TextReply("Done."))
    run = await run_on(kind, fake, [{"role": "user", "content": "Hi"}], [echo], model="m", tool_choice="auto")
    assert [request.payload["messages"] for request in fake.requests] == [run.messages[:1], run.messages[:3]]
    assert [request.payload["tools"] for request in fake.requests] == [fake.requests[0].payload["tools"]] * 2
    assert [request.payload["tool_choice"] for request in fake.requests] == ["auto", "auto"]
    assert run.messages[1]["content"] == "Let me see."
    assert run.messages[2] == {"role": "tool", "tool_call_id": "x1", "content": "a"}
    assert run.usage.total_tokens == sum(step.completion.usage.total_tokens for step in run.steps)  # type: ignore[union-attr]  # there is one


async def test_without_tools_none_are_sent(kind: Kind) -> None:
    fake = scripted(TextReply("Hello."))
    await run_on(kind, fake, "Hi", [])
    assert "tools" not in fake.requests[0].payload


async def test_an_error_leaves_the_run_where_it_stood(kind: Kind) -> None:
    run = ToolRun("Hi")
    broken = scripted(calls(call("echo", {"text": "a"})), ErrorReply(500, "Oh."))
    with pytest.raises(ServerError):
        await run_on(kind, broken, run, [echo], max_retries=0)
    assert (run.status, states(run), results(run)) == ("running", [["done"]], ["a"])
    fake = scripted(TextReply("Done."))
    assert await run_on(kind, fake, run, [echo]) is run
    assert (run.text, run.status, len(fake.requests)) == ("Done.", "finished", 1)


async def test_a_conversation_goes_through_a_run(kind: Kind) -> None:
    conversation = Conversation(system="Be brief.").say("Hi")
    fake = scripted(calls(call("echo", {"text": "a"})), TextReply("Done."))
    run = await run_on(kind, fake, conversation, [echo])
    conversation.add(run)
    assert [message["role"] for message in message_list(conversation)] == [
        *("system", "user", "assistant", "tool", "assistant"),
    ]
    assert message_list(conversation) == run.messages
    assert conversation.usage.total_tokens == run.usage.total_tokens


# --- calls ------------------------------------------------------------------------------------------------------------


async def test_results_stand_in_the_order_of_the_calls(kind: Kind) -> None:
    second_is_done = threading.Event()

    def first() -> str:
        assert second_is_done.wait(10)
        return "1"

    def second() -> str:
        second_is_done.set()
        return "2"

    fake = scripted(calls(call("first"), call("second")), TextReply("Done."))
    assert results(await run_on(kind, fake, "Hi", [first, second])) == ["1", "2"]


async def test_a_tool_may_give_parts(kind: Kind) -> None:
    def look() -> list[Any]:
        return [text("Here:"), {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]

    run = await run_on(kind, scripted(calls(call("look")), TextReply("Nice.")), "Hi", [look])
    assert results(run) == [[{"type": "text", "text": "Here:"}, look()[1]]]


@define
class Place:
    """Where."""

    name: str

    def __attrs_post_init__(self) -> None:
        if self.name == "odd":
            raise RuntimeError("no such place")


def visit(place: Place) -> str:
    """Visit a place."""
    return place.name


def nothing_to_tell() -> object:
    """Give what no model can read."""
    return object()


ERRORS = [
    (call("nobody"), "Error: There is no tool 'nobody'. Those that there are: fail, visit, nothing_to_tell.", None),
    (call("visit", '{"plaec": 1}'), "Error: The arguments of visit do not fit", ToolArgumentsError),
    (call("visit", "{oops"), "Error: The arguments of visit do not fit", ToolArgumentsError),
    (call("visit", '{"place": {"name": "odd"}}'), "Error: RuntimeError: no such place", RuntimeError),
    (call("fail", '{"text": "gone"}'), "Error: LookupError: gone", LookupError),
    (call("nothing_to_tell"), "Error: The tool gave something that cannot be told", InvalidArgumentError),
]


class Speechless(Exception):  # noqa: N818 - what it is
    def __str__(self) -> str:
        raise RuntimeError("not a word")

    __repr__ = __str__


async def test_what_cannot_be_shown_is_told_by_its_class(kind: Kind) -> None:
    def fail_silently() -> None:
        raise Speechless

    def give() -> object:
        return Speechless()

    fake = scripted(calls(call("fail_silently"), call("give")), TextReply("Done."))
    failed, given = results(await run_on(kind, fake, "Hi", [fail_silently, give]))
    assert failed == "Error: Speechless"
    assert given == "Error: The tool gave something that cannot be told: RuntimeError: not a word"


async def test_of_a_group_of_errors_each_is_told(kind: Kind) -> None:
    def fail_twice() -> None:
        raise ExceptionGroup("two", [ValueError("a"), ExceptionGroup("one", [Speechless()])])

    fake = scripted(calls(call("fail_twice")), TextReply("Done."))
    (told,) = results(await run_on(kind, fake, "Hi", [fail_twice]))
    inner = "ExceptionGroup: one (1 sub-exception): Speechless"
    assert told == f"Error: ExceptionGroup: two (2 sub-exceptions): ValueError: a; {inner}"


async def test_a_stop_iteration_is_an_error_like_any_other(kind: Kind) -> None:
    def use_up() -> None:
        next(iter(()))

    for max_parallel in (1, 8):
        options: dict[str, Any] = {"max_parallel": max_parallel}
        fake = scripted(calls(call("use_up")), TextReply("Done."), calls(call("use_up")))
        assert results(await run_on(kind, fake, "Hi", [use_up], **options)) == ["Error: StopIteration"]
        with pytest.raises(RuntimeError, match="raised StopIteration"):
            await run_on(kind, fake, "Hi", [use_up], raise_tool_errors=True, **options)


@pytest.mark.parametrize(("asked", "told", "error"), ERRORS, ids=range(len(ERRORS)))
async def test_what_goes_wrong_is_told_to_the_model(kind: Kind, asked: Any, told: str, error: type | None) -> None:
    fake = scripted(calls(asked, call("visit", '{"place": {"name": "Rome"}}')), TextReply("I see."))
    run = await run_on(kind, fake, "Hi", [fail, visit, nothing_to_tell])
    assert states(run) == [["failed", "done"], []]
    bad, good = results(run)
    assert bad.startswith(told)
    assert "\n" not in bad
    assert good == "Rome"
    assert run.steps[0].calls[0].error == bad
    assert isinstance(run.steps[0].calls[0].exception, error or InvalidOutputError)


@pytest.mark.parametrize(("asked", "told", "error"), ERRORS, ids=range(len(ERRORS)))
async def test_or_raised_where_that_is_asked_for(kind: Kind, asked: Any, told: str, error: type | None) -> None:
    run = ToolRun("Hi")
    ran: list[str] = []

    def note() -> str:
        ran.append("note")
        return "noted"

    with pytest.raises(error or InvalidOutputError):
        await run_on(
            kind,
            scripted(calls(asked, call("note"))),
            run,
            [fail, visit, nothing_to_tell, note],
            raise_tool_errors=True,
            max_parallel=1,
        )
    assert ran == []
    await run_on(kind, scripted(TextReply("I see.")), run, [fail, visit, nothing_to_tell, note])
    assert (states(run), ran) == ([["failed", "done"], []], ["note"])
    assert results(run)[0].startswith(told.partition(" Those")[0])


async def test_a_tool_that_takes_too_long_is_not_waited_for(kind: Kind) -> None:
    free = threading.Event()

    def wait() -> str:
        free.wait(10)
        return "late"

    patient = tool(wait, name="patient", timeout=60)
    hasty = tool(wait, name="hasty", timeout=0.01)
    try:
        fake = scripted(calls(call("wait"), call("hasty")), TextReply("Well."), calls(call("patient")), TextReply(""))
        run = await run_on(kind, fake, "Hi", [wait, patient, hasty], tool_timeout=0.02)
        assert results(run) == [
            "Error: TimeoutError: the tool 'wait' took longer than 0.02 s",
            "Error: TimeoutError: the tool 'hasty' took longer than 0.01 s",
        ]
        free.set()
        assert results(await run_on(kind, fake, "Hi", [wait, patient], tool_timeout=0.02)) == ["late"]
    finally:
        free.set()


async def test_parameters_may_have_any_name(kind: Kind) -> None:
    def odd(function: str, what: str, apart: str, timeout: str) -> str:
        return function + what + apart + timeout

    asked = call("odd", {"function": "a", "what": "b", "apart": "c", "timeout": "d"})
    assert results(await run_on(kind, scripted(calls(asked), TextReply("")), "Hi", [odd])) == ["abcd"]


async def test_an_exit_ends_the_run(kind: Kind) -> None:
    def leave() -> None:
        raise SystemExit(3)

    run = ToolRun("Hi")
    with pytest.raises(SystemExit):
        await run_on(kind, scripted(calls(call("leave"))), run, [leave])
    assert states(run) == [["started"]]


# --- arguments --------------------------------------------------------------------------------------------------------


async def count(upto: int) -> AsyncIterator[int]:
    yield upto


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"max_steps": 0}, "max_steps=0"),
        ({"max_parallel": 0}, "max_parallel=0"),
        ({"max_repeats": 1}, "max_repeats=1"),
        ({"tool_timeout": 0}, "tool_timeout=0"),
        ({"on_step": 1}, "on_step=1"),
        ({"approve": True}, "approve=True"),
        ({"stop_when": [1]}, "stop_when=1"),
        ({"stop_when": cost}, r'call it, as in cost\("0\.05"\)'),
        ({"stop_when": [cost("1"), called]}, r'call it, as in called\("search"\)'),
        ({"tools": [server_tools.datetime]}, r"call it, as in server_tools\.datetime\(\)"),
        ({"stop_when": "max_steps"}, "stop_when='max_steps'"),
        ({"tools": echo}, "tools="),
        ({"tools": [partial(count, upto=2)]}, "The tool 'count' is a generator function: a call has one result"),
        ({"messages": ""}, "messages="),
        ({"temperature": 5}, "temperature=5"),
    ],
)
async def test_what_cannot_be_right_is_refused_before_anything_is_sent(
    kind: Kind, options: dict[str, Any], named: str
) -> None:
    fake = scripted()
    given = {"messages": "Hi", "tools": [echo], **options}
    with pytest.raises(InvalidArgumentError, match=named):
        await run_on(kind, fake, **given)
    assert fake.requests == []


async def test_a_misspelt_option_is_refused(kind: Kind) -> None:
    with pytest.raises(TypeError, match="temprature"):
        await run_on(kind, scripted(), "Hi", [echo], temprature=1)


async def test_async_functions_are_for_the_client_that_awaits(kind: Kind) -> None:
    async def read(text: str) -> str:
        return text

    class Reader:
        async def __call__(self, text: str) -> str:
            return text

    async def agree(_: object) -> bool:
        return True

    async def stop(run: ToolRun) -> bool:
        return len(run.steps) == 1

    class Agreeable:
        async def __call__(self, _: object) -> bool:
            return True

    saved: list[str] = []

    async def save(run: ToolRun) -> None:
        saved.append(run.to_json())

    cases: list[tuple[list[Callable[..., Any]], dict[str, Any], str]] = [
        ([read], {}, "the tool 'read'"),
        ([tool(Reader(), name="read")], {}, "the tool 'read'"),
        ([tool(echo, name="read")], {"approve": agree}, "approve"),
        ([tool(echo, name="read")], {"approve": partial(Agreeable())}, "approve"),
        ([tool(echo, name="read")], {"on_step": save}, "on_step"),
        ([tool(echo, name="read")], {"on_step": Agreeable()}, "on_step"),
        ([tool(echo, name="read")], {"stop_when": stop}, "the condition stop"),
    ]
    for tools, options, named in cases:
        fake = scripted(calls(call("read", '{"text": "a"}')), TextReply("Done."))
        if kind == "blocking":
            with pytest.raises(InvalidArgumentError, match=f"{named} is an async function: give it to AsyncClient"):
                await run_on(kind, fake, "Hi", tools, **options)
            assert fake.requests == []
        else:
            run = await run_on(kind, fake, "Hi", tools, **options)
            assert (results(run), run.stopped_by) == (["a"], "stop" if "stop_when" in options else "answer")
        with_object = {**options, "stop_when": Agreeable()}
        fake = scripted(calls(call("read", '{"text": "a"}')))
        if kind == "awaiting":
            run = await run_on(kind, fake, "Hi", tools, **with_object)
            assert run.stopped_by == "Agreeable"
        else:
            with pytest.raises(InvalidArgumentError, match="is an async function: give it to AsyncClient"):
                await run_on(kind, fake, "Hi", tools, **with_object)
            assert fake.requests == []
    assert bool(saved) == (kind == "awaiting")


async def test_a_tool_that_turns_out_to_be_async_is_refused_too(kind: Kind) -> None:
    async def read() -> str:
        return "a"

    def plain() -> Any:
        return read()

    fake = scripted(calls(call("plain")), TextReply("Done."))
    if kind == "blocking":
        with pytest.raises(InvalidArgumentError, match="the tool 'plain' is an async function"):
            await run_on(kind, fake, "Hi", [plain])
    else:
        assert results(await run_on(kind, fake, "Hi", [plain])) == ["a"]


async def test_an_error_of_the_service_has_the_run_which_goes_on(kind: Kind) -> None:
    fake = scripted(calls(call("echo", '{"text": "one"}', "a")), ErrorReply(402, "Nothing left."), TextReply("There."))
    with pytest.raises(PaymentRequiredError, match="Nothing left") as failed:
        await run_on(kind, fake, "Hi", [echo])
    broken_off: PaymentRequiredError = pickle.loads(pickle.dumps(failed.value))  # noqa: S301 - our own
    assert broken_off.run == failed.value.run
    assert broken_off.run is not None
    assert (broken_off.run.status, len(broken_off.run.steps)) == ("running", 1)
    run = await run_on(kind, fake, broken_off.run, [echo])
    assert (run.text, len(run.steps), len(fake.requests)) == ("There.", 2, 3)


async def test_what_a_tool_raised_does_not_keep_a_run_from_being_copied(kind: Kind) -> None:
    def fail_with_a_lock() -> None:
        raise LookupError(threading.Lock())

    run = await run_on(
        kind, scripted(calls(call("fail_with_a_lock", "", "a")), TextReply("There.")), "Hi", [fail_with_a_lock]
    )
    assert isinstance(run.steps[0].calls[0].exception, LookupError)
    again: ToolRun = pickle.loads(pickle.dumps(run))  # noqa: S301 - our own
    assert (again, again.steps[0].calls[0].exception) == (run, None)
