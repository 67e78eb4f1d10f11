"""Runs that are saved and taken up again, by this process or another."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from openrouter.messages import user
from openrouter.testing import TextReply
from openrouter.tools import tool
from openrouter.tools.run import ToolRun
from tests.tool_running import KINDS, Kind, call, calls, echo, results, run_on, scripted, states

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("kind", KINDS)]


class Killed(Exception):  # noqa: N818 - no error of the program
    """The process dies here."""


class Disk:
    """Keeps what was saved; dies after as many saves as it is told."""

    def __init__(self, dies_after: int | None = None) -> None:
        self.saved: list[str] = []
        self.dies_after = dies_after

    def __call__(self, run: ToolRun) -> None:
        self.saved.append(run.to_json())
        if len(self.saved) == self.dies_after:
            raise Killed

    @property
    def seen(self) -> list[tuple[str, list[list[str]]]]:
        """Status and states of the calls at each save."""
        return [(run.status, states(run)) for run in map(ToolRun.from_json, self.saved)]


# --- when it is saved -------------------------------------------------------------------------------------------------


async def test_it_is_saved_before_and_behind_calls_and_at_the_end(kind: Kind) -> None:
    disk = Disk()
    fake = scripted(calls(call("echo", '{"text": "a"}')), TextReply("Done."))
    run = await run_on(kind, fake, "Hi", [echo], on_step=disk)
    assert disk.seen == [
        ("running", [["started"]]),
        ("running", [["done"]]),
        ("finished", [["done"], []]),
    ]
    assert disk.saved[-1] == run.to_json()


async def test_it_is_saved_before_anybody_is_asked(kind: Kind) -> None:
    disk = Disk()
    fake = scripted(calls(call("echo", '{"text": "a"}')), TextReply("Done."))
    await run_on(kind, fake, "Hi", [echo], on_step=disk, approve=lambda _: bool(disk.saved))
    assert disk.seen[:3] == [
        ("running", [["new"]]),
        ("running", [["started"]]),
        ("running", [["done"]]),
    ]


async def test_it_is_saved_once_where_there_is_nothing_to_run(kind: Kind) -> None:
    disk = Disk()
    external = {"type": "function", "function": {"name": "ask_user"}}
    await run_on(kind, scripted(calls(call("ask_user"), call("nobody"))), "Hi", [external], on_step=disk)
    assert disk.seen == [("suspended", [["external", "failed"]])]


async def test_it_is_saved_when_it_stops(kind: Kind) -> None:
    disk = Disk()
    fake = scripted(calls(call("echo", '{"text": "a"}')), TextReply("Done."))
    await run_on(kind, fake, "Hi", [echo], on_step=disk, max_steps=1, final_answer=True)
    assert [status for status, _ in disk.seen] == ["running", "running", "finished"]
    assert ToolRun.from_json(disk.saved[-1]).text == "Done."


async def test_what_cannot_be_saved_is_not_run(kind: Kind) -> None:
    run, ran = ToolRun("Hi"), list[str]()

    def note(text: str) -> None:
        ran.append(text)

    fake = scripted(calls(call("note", '{"text": "a"}'), call("note", '{"text": "b"}')), TextReply("Done."))
    with pytest.raises(Killed):
        await run_on(kind, fake, run, [note], on_step=Disk(dies_after=1))
    assert (ran, states(run)) == ([], [["ready", "ready"]])
    await run_on(kind, fake, run, [note])
    assert (sorted(ran), run.text) == (["a", "b"], "Done.")


@pytest.mark.parametrize(
    ("dies_after", "seen"),
    [
        (1, ("running", [["ready", "failed"]])),
        (2, ("running", [["done", "failed"]])),
        (3, ("finished", [["done", "failed"], []])),
    ],
)
async def test_what_could_not_be_saved_is_saved_first_of_all(kind: Kind, dies_after: int, seen: Any) -> None:
    run, disk = ToolRun("Hi"), Disk()
    fake = scripted(calls(call("echo", '{"text": "a"}'), call("nobody")), TextReply("Done."))
    with pytest.raises(Killed):
        await run_on(kind, fake, run, [echo], on_step=Disk(dies_after))
    await run_on(kind, fake, run, [echo], on_step=disk)
    assert disk.seen[0] == seen
    assert disk.seen[-1] == ("finished", [["done", "failed"], []])
    assert len(disk.seen) == (4, 2, 1)[dies_after - 1]
    await run_on(kind, fake, run, [echo], on_step=disk)
    assert len(disk.seen) == (4, 2, 1)[dies_after - 1], "once"


# --- taking it up -----------------------------------------------------------------------------------------------------


async def test_a_call_that_was_under_way_is_not_run_again(kind: Kind) -> None:
    ran: list[str] = []

    def pay(amount: int) -> str:
        ran.append(f"paid {amount}")
        return "paid"

    @tool(idempotent=True)
    def look(text: str) -> str:
        ran.append(f"looked {text}")
        return "seen"

    replies = [
        calls(call("pay", '{"amount": 5}'), call("look", '{"text": "x"}'), call("gone", '{"text": "x"}')),
        TextReply("I see."),
    ]
    disk, tools = Disk(dies_after=2), [pay, look, tool(echo, name="gone", idempotent=True)]
    with pytest.raises(Killed):
        await run_on(kind, scripted(*replies), "Hi", tools, on_step=disk)
    assert sorted(ran) == ["looked x", "paid 5"]
    run = ToolRun.from_json(disk.saved[0])
    assert (run.status, states(run)) == ("running", [["started"] * 3])
    await run_on(kind, scripted(*replies[1:]), run, [pay, look], on_step=disk)
    assert sorted(ran) == ["looked x", "looked x", "paid 5"]
    assert states(run) == [["unknown", "done", "unknown"], []]
    unknown = (
        "Error: It is unknown what became of this call: the program was interrupted while it was under way. "
        "It may have happened, or not."
    )
    assert (results(run), run.text) == ([unknown, "seen", unknown], "I see.")


async def test_who_knows_what_became_of_it_can_say_so(kind: Kind) -> None:
    disk = Disk(dies_after=1)
    with pytest.raises(Killed):
        await run_on(kind, scripted(calls(call("echo", '{"text": "a"}', "x"))), "Hi", [echo], on_step=disk)
    run = ToolRun.from_json(disk.saved[0])
    run.resolve("x", "It was done.")
    await run_on(kind, scripted(TextReply("Good.")), run, [echo])
    assert (results(run), run.text) == (["It was done."], "Good.")


async def test_calls_that_were_not_begun_when_one_failed_are_begun_later(kind: Kind) -> None:
    run, ran = ToolRun("Hi"), list[str]()

    def fail() -> None:
        raise LookupError("no")

    def note() -> None:
        ran.append("note")

    fake = scripted(calls(call("fail"), call("note")), TextReply("Done."))
    with pytest.raises(LookupError):
        await run_on(kind, fake, run, [fail, note], raise_tool_errors=True, max_parallel=1)
    assert (states(run), ran) == ([["failed", "ready"]], [])
    await run_on(kind, fake, run, [fail, note], raise_tool_errors=True)
    assert (states(run), ran, run.text) == ([["failed", "done"], []], ["note"], "Done.")


# --- a whole story ----------------------------------------------------------------------------------------------------


class Story:
    """Weather and sums: calls side by side, one that fails, one that the model mends, one that has to be approved."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def tools(self) -> list[Any]:
        def get_weather(city: str, unit: str = "celsius") -> dict[str, Any]:
            """Tell the weather of a city.

            Args:
                city: Name of the city.
                unit: celsius or fahrenheit.
            """
            self.ran.append(f"weather {city}")
            return {"city": city, "degrees": {"Bonn": 12, "Rome": 24}[city], "unit": unit}

        @tool(needs_approval=True)
        def calculate(expression: str) -> float:
            """Calculate a quotient."""
            self.ran.append(f"calculate {expression}")
            dividend, divisor = expression.split("/")
            return float(dividend) / float(divisor)

        return [get_weather, calculate]

    replies = (
        calls(
            call("get_weather", {"city": "Bonn"}, "w1"),
            call("get_weather", {"town": "Rome"}, "w2"),
            call("get_weather", {"city": "Oslo"}, "w3"),
            text="I shall look.",
        ),
        calls(call("get_weather", {"city": "Rome"}, "w4"), call("calculate", {"expression": "36/2"}, "c1")),
        TextReply("It is 18 degrees on average."),
    )

    transcript = (
        ("user", "How warm is it in Bonn and Rome, on average?"),
        ("assistant", "I shall look."),
        ("tool", '{"city":"Bonn","degrees":12,"unit":"celsius"}'),
        ("tool", "Error: The arguments of get_weather do not fit"),
        ("tool", "Error: KeyError: 'Oslo'"),
        ("assistant", None),
        ("tool", '{"city":"Rome","degrees":24,"unit":"celsius"}'),
        ("tool", "18.0"),
        ("assistant", "It is 18 degrees on average."),
    )


def shortened(run: ToolRun) -> list[tuple[str, Any]]:
    """Give roles and contents; of the message about wrong arguments only its beginning."""
    told = [(message["role"], message["content"] or None) for message in run.messages]
    wrong = Story.transcript[3][1]
    return [(role, wrong if text and text.startswith(wrong) else text) for role, text in told]


async def straight_through(kind: Kind) -> tuple[Story, ToolRun]:
    story = Story()
    run = await run_on(
        kind, scripted(*story.replies), [user(Story.transcript[0][1])], story.tools(), approve=lambda _: True
    )
    return story, run


async def test_a_story_from_beginning_to_end(kind: Kind) -> None:
    story, run = await straight_through(kind)
    assert shortened(run) == list(Story.transcript)
    assert [message.get("tool_call_id") for message in run.messages if message["role"] == "tool"] == [
        *("w1", "w2", "w3", "w4", "c1"),
    ]
    assert sorted(story.ran) == ["calculate 36/2", "weather Bonn", "weather Oslo", "weather Rome"]
    assert (run.stopped_by, len(run.steps)) == ("answer", 3)
    assert run.usage.cost == sum(step.completion.usage.cost for step in run.steps)  # type: ignore[union-attr,misc]  # each has one


async def test_the_same_story_with_restarts_has_the_same_transcript(kind: Kind) -> None:
    """The first process dies behind the first calls, the second ends while an approval is wanted."""
    _, whole = await straight_through("blocking")
    story, disk = Story(), Disk(dies_after=2)
    with pytest.raises(Killed):
        await run_on(kind, scripted(*story.replies), [user(Story.transcript[0][1])], story.tools(), on_step=disk)
    run = ToolRun.from_json(disk.saved[-1])
    assert (run.status, run.messages) == ("running", whole.messages[:5])

    await run_on(kind, scripted(*story.replies[1:]), run, story.tools())
    run = ToolRun.from_json(run.to_json())
    assert (run.status, [made.name for made in run.pending]) == ("suspended", ["calculate"])
    assert run.messages == whole.messages[:6]

    run.approve("c1")
    run = ToolRun.from_json(run.to_json())
    run = await run_on(kind, scripted(*story.replies[2:]), run, story.tools())
    assert run.messages == whole.messages
    assert (run.status, run.stopped_by, run.text) == (whole.status, whole.stopped_by, whole.text)
    assert run.usage.total_tokens == whole.usage.total_tokens
    assert sorted(story.ran) == ["calculate 36/2", "weather Bonn", "weather Oslo", "weather Rome"], "none ran twice"


TAKE_UP = """
import sys, anyio
from openrouter.tools.run import ToolRun
from tests.api.test_tool_runs_restarts import Story
from tests.tool_running import run_on, scripted

run = ToolRun.from_json(sys.stdin.read())
story = Story()
anyio.run(run_on, sys.argv[1], scripted(*story.replies[len(run.steps):]), run, story.tools())
sys.stdout.write(run.to_json())
"""


@pytest.mark.thorough
async def test_another_process_takes_it_up(kind: Kind) -> None:
    _, whole = await straight_through("blocking")
    story, disk = Story(), Disk(dies_after=2)
    with pytest.raises(Killed):
        await run_on(kind, scripted(*story.replies), [user(Story.transcript[0][1])], story.tools(), on_step=disk)
    text = disk.saved[-1]
    for _ in range(2):
        command = [sys.executable, "-c", TAKE_UP, kind]
        text = subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout  # noqa: ASYNC221 - nothing else goes on
        run = ToolRun.from_json(text)
        if run.pending:
            run.approve("c1")
            text = run.to_json()
    assert run.messages == whole.messages
    assert json.loads(text)["stopped_by"] == "answer"
