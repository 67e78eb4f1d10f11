"""Runs of tools as values: what follows from their steps, what a caller may change, and JSON and back."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openrouter import Completion, InvalidArgumentError
from openrouter.core.structuring import structurer
from openrouter.messages import image
from openrouter.tools.outcome import CallState, ToolOutcome, ToolStep, error_text
from openrouter.tools.run import ToolRun


def reply(*names: str, text: str | None = None, ids: tuple[str | None, ...] = (), **fields: Any) -> Completion:
    """Give a reply that calls these tools."""
    wanted = [
        {"id": ids[at] if ids else f"c{at}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        for at, name in enumerate(names)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if wanted:
        message["tool_calls"] = wanted
    return structurer(Completion)({"id": "gen-1", "choices": [{"message": message}], **fields})


def run_with(*asked: CallState) -> ToolRun:
    """Give a run whose last reply has calls in these states."""
    step = ToolStep.of(reply(*(f"tool{at}" for at in range(len(asked)))), 1)
    for made, state in zip(step.calls, asked, strict=True):
        made.state = state
        made.content = "42" if made.is_settled else None
    return ToolRun("Hi", [step])


# --- what follows from the steps --------------------------------------------------------------------------------------


def test_a_run_that_has_not_begun() -> None:
    run = ToolRun("Hi")
    assert run.messages == [{"role": "user", "content": "Hi"}]
    assert (run.status, run.stopped_by, run.pending, run.completion, run.text) == ("running", None, [], None, "")
    assert (run.usage.total_tokens, run.usage.cost) == (0, None)


def test_it_is_shown_without_what_was_said() -> None:
    assert repr(ToolRun("Hi")) == "ToolRun(status='running', stopped_by=None, steps=0)"
    assert repr(run_with("external")) == "ToolRun(status='suspended', stopped_by=None, steps=1, pending=1)"


def test_what_cannot_be_messages_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="a prompt that is not empty"):
        ToolRun(" ")


@pytest.mark.parametrize(
    ("asked", "status", "pending"),
    [
        (["new"], "running", []),
        (["ready"], "running", []),
        (["started", "unapproved"], "running", ["c1"]),
        (["ready", "external"], "running", ["c1"]),
        (["done", "unapproved"], "suspended", ["c1"]),
        (["external", "unapproved"], "suspended", ["c0", "c1"]),
        (["done", "failed", "denied", "unknown"], "running", []),
    ],
)
def test_the_status_follows_from_the_calls(asked: list[CallState], status: str, pending: list[str]) -> None:
    run = run_with(*asked)
    assert (run.status, [made.id for made in run.pending]) == (status, pending)
    run.stopped_by = "answer"
    assert run.status == "finished"


def test_results_stand_in_the_transcript_when_all_are_there() -> None:
    run = run_with("done", "unapproved")
    assert [message["role"] for message in run.messages] == ["user", "assistant"]
    run.deny("c1", "Too dear.")
    assert run.messages[2:] == [
        {"role": "tool", "tool_call_id": "c0", "content": "42"},
        {"role": "tool", "tool_call_id": "c1", "content": "Error: This call was denied. Too dear."},
    ]
    run.messages.clear()
    assert len(run.messages) == 4, "the list is the caller's"


def test_a_reply_goes_back_as_it_came() -> None:
    made = reply("a")
    message = made.raw["choices"][0]["message"]
    message |= {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}], "later": {"a": None}}
    assert ToolStep.of(structurer(Completion)(made.raw), 1).messages == [message]


def test_text_and_usage_of_all_steps() -> None:
    run = ToolRun("Hi")
    for text, cost in (("a", 0.1), ("b", 0.2)):
        run.steps.append(ToolStep.of(reply(text=text, usage={"total_tokens": 5, "cost": cost}), 1))
    run.steps.append(ToolStep.of(reply(text="c"), 3))
    assert (run.text, run.usage.total_tokens, run.usage.cost) == ("c", 10, Decimal("0.3"))
    assert run.completion is run.steps[-1].completion


@pytest.mark.parametrize("ids", [(None, ""), ("", ""), ("x", "x")])
def test_calls_get_ids_by_which_results_find_them(ids: tuple[str | None, ...]) -> None:
    step = ToolStep.of(reply("a", "b", ids=ids), 7)
    first, second = (made.id for made in step.calls)
    assert (first, second) == (ids[0] or "call00700", "call00701")
    for made in step.calls:
        made.settle("fine")
    reply_again, *answers = step.messages
    assert [made["id"] for made in reply_again["tool_calls"]] == [first, second]
    assert [answer["tool_call_id"] for answer in answers] == [first, second]
    run = ToolRun("Hi", [step])
    assert ToolRun.from_json(run.to_json()) == run


# --- a call -----------------------------------------------------------------------------------------------------------


def outcome() -> ToolOutcome:
    (made,) = run_with("ready").steps[0].calls
    return made


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("text", "text"),
        ({"a": Decimal("0.10")}, '{"a":"0.10"}'),
        (None, "null"),
        ({"type": "text", "text": "part"}, [{"type": "text", "text": "part"}]),
    ],
)
def test_what_a_tool_gave_is_told(value: object, content: object) -> None:
    made = outcome()
    made.settle(value)
    assert (made.state, made.content, made.error) == ("done", content, None)


def test_what_has_no_json_cannot_be_told() -> None:
    made = outcome()
    with pytest.raises(InvalidArgumentError):
        made.settle(object())
    assert (made.state, made.content, made.error) == ("ready", None, None)


def test_a_file_that_a_tool_gave_is_read_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    made = outcome()
    made.settle([image(tmp_path / "a.png")])
    assert made.content == [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]
    with pytest.raises(InvalidArgumentError, match=r"b\.png"):
        outcome().settle(image(tmp_path / "b.png"))


def test_why_there_is_no_result_is_told() -> None:
    made = outcome()
    made.fail("No such city.")
    assert (made.state, made.content, made.error) == ("failed", "Error: No such city.", "Error: No such city.")
    assert (made.name, made.arguments) == ("tool0", "{}")


KEYS = (
    "sk-or-v1-0123456789abcdef0123",
    "sk_live_0123456789abcdefABCD",
    "pk-lf-0123456789abcdef",
    "gsk_0123456789abcdefghij",
    "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
    "github_pat_0123456789abcdefghij_x",
    "hf_0123456789abcdefghij",
    "xai-0123456789abcdefghij",
    "AIza0123456789abcdefghijklmnopqrstuvwxy",
    "AKIA0123456789ABCDEF",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (ValueError("bad\nTraceback:\n  line"), "Error: ValueError: bad Traceback: line"),
        (KeyError("x"), "Error: KeyError: 'x'"),
        (TimeoutError(), "Error: TimeoutError"),
        ("said \x1b[31mred", "Error: said red"),
        (RuntimeError("key sk-or-v1-0123456789abcdef0123 refused"), "Error: RuntimeError: key [a key] refused"),
        *(
            (f"{before}{key}{behind}", f"Error: {before}[a key]{behind}")
            for before, behind in (("?key=", "&a=1"), ("_", ""), ("'", "', 401"))
            for key in KEYS
        ),
        *((f"Error {plain}", f"Error: Error {plain}") for plain in ("task-0123456789abcdefgh", "desk-top", "AIza")),
    ],
)
def test_an_error_is_one_line_without_secrets(told: str | Exception, text: str) -> None:
    assert error_text(told) == text


def test_an_error_is_never_long() -> None:
    assert len(error_text("x" * 10_000)) == 2000


# --- what a caller decides --------------------------------------------------------------------------------------------


def test_an_approved_call_is_ready() -> None:
    run = run_with("unapproved", "done")
    run.approve("c0")
    assert (run.steps[0].calls[0].state, run.status) == ("ready", "running")


def test_calls_of_functions_without_code_get_their_result() -> None:
    run = run_with("external")
    run.resolve("c0", {"sky": "clear"})
    assert run.messages[-1] == {"role": "tool", "tool_call_id": "c0", "content": '{"sky":"clear"}'}


@pytest.mark.parametrize("state", ["new", "ready", "started", "unapproved", "external"])
def test_who_knows_the_result_can_give_it(state: CallState) -> None:
    run = run_with(state)
    run.resolve("c0", "done by hand")
    assert run.steps[0].calls[0].content == "done by hand"


@pytest.mark.parametrize("state", ["external", "unapproved"])
def test_a_call_that_waits_can_be_denied(state: CallState) -> None:
    run = run_with(state)
    run.deny("c0")
    assert run.steps[0].calls[0].content == "Error: This call was denied."
    assert run.steps[0].calls[0].state == "denied"


@pytest.mark.parametrize(
    ("state", "decide"),
    [
        *((state, "approve") for state in ("new", "ready", "started", "external", "done", "denied")),
        *((state, "deny") for state in ("new", "ready", "started", "done", "denied")),
        *((state, "resolve") for state in ("done", "failed", "denied", "unknown")),
    ],
)
def test_a_decision_that_a_call_does_not_wait_for_is_refused(state: CallState, decide: str) -> None:
    run = run_with(state)
    arguments = ("x",) if decide == "resolve" else ()
    with pytest.raises(InvalidArgumentError, match=r"No call 'c0' waits for this. Those that do: none"):
        getattr(run, decide)("c0", *arguments)
    assert run.steps[0].calls[0].state == state


def test_a_decision_about_a_call_that_there_is_not_names_those_that_wait() -> None:
    with pytest.raises(InvalidArgumentError, match=r"No call 'c9' waits for this. Those that do: 'c0' \(tool0\)"):
        run_with("unapproved", "external").approve("c9")
    with pytest.raises(InvalidArgumentError, match="Those that do: none"):
        ToolRun("Hi").approve("c0")


# --- JSON -------------------------------------------------------------------------------------------------------------


def full_run() -> ToolRun:
    run = run_with("done", "failed", "denied", "unknown", "started", "unapproved", "external", "ready", "new")
    run.steps[0].calls[0].content = [{"type": "text", "text": "ü\ud83d"}]
    run.steps[0].calls[5].needs_approval = True
    run.steps.insert(0, ToolStep.of(reply(text="…", usage={"cost": 0.1 + 0.2}, later={"new": [1.5, None]}), 1))
    run.input.insert(0, {"role": "system", "content": [{"type": "text", "text": "x", "later": 1}], "later": None})
    return run


def test_a_saved_run_is_equal_in_all_that_it_holds() -> None:
    run = full_run()
    again = ToolRun.from_json(run.to_json())
    assert again == run
    assert again.to_json() == run.to_json()
    assert again.messages == run.messages
    assert (again.usage, again.status, again.pending) == (run.usage, run.status, run.pending)
    assert again.steps[0].completion.raw == run.steps[0].completion.raw
    run.stopped_by = "cost(0.05)"
    assert ToolRun.from_json(run.to_json()).stopped_by == "cost(0.05)"


def test_what_was_changed_in_a_reply_is_saved() -> None:
    run = full_run()
    run.steps[0].completion.choices[0].message.content = "mended"
    assert ToolRun.from_json(run.to_json()).steps[0].text == "mended"


@pytest.mark.parametrize("value", [b"a", Decimal("1.5"), date(2026, 1, 1)])
def test_what_json_cannot_hold_is_named(value: object) -> None:
    hi = {"role": "user", "content": "Hi"}
    with pytest.raises(InvalidArgumentError, match=r"messages\[1\]=.*it has to be JSON \(Object of type"):
        ToolRun([hi, {**hi, "odd": value}]).to_json()
    run = run_with("done", "external")
    run.steps[0].calls[0].content = [value]
    with pytest.raises(InvalidArgumentError, match=r"steps\[0\]=.*it has to be JSON"):
        run.to_json()
    stopped_by: Any = value
    run = ToolRun("Hi", stopped_by=stopped_by)
    with pytest.raises(InvalidArgumentError, match=r"stopped_by=.*it has to be JSON"):
        run.to_json()


def test_a_run_that_has_not_begun_is_saved_too() -> None:
    run = ToolRun([{"role": "user", "content": "Hi"}])
    assert ToolRun.from_json(run.to_json()) == run


def test_copies_and_pickles_are_equal() -> None:
    run = full_run()
    assert copy.deepcopy(run) == run
    assert pickle.loads(pickle.dumps(run)) == run  # noqa: S301 - our own


def changed(**fields: Any) -> str:
    return json.dumps({**json.loads(full_run().to_json()), **fields})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "its version is None, and only 1 can be read"),
        (changed(version=2), "its version is 2"),
        (changed(input=None), "no lists of input and steps"),
        (changed(steps={}), "no lists of input and steps"),
        (changed(stopped_by=3), "stopped_by is 3"),
        (changed(steps=[{"completion": {}, "calls": [{"state": "done"}]}]), r"the calls of steps\[0\]"),
        (changed(steps=[{"completion": reply("a").raw, "calls": [{"state": "odd"}]}]), r"the calls of steps\[0\]"),
        (changed(steps=[{"completion": reply("a").raw, "calls": [7]}]), r"the calls of steps\[0\]"),
        (changed(steps=[{"completion": reply("a").raw, "calls": [{"state": ["done"]}]}]), r"the calls of steps\[0\]"),
    ],
)
def test_what_is_no_saved_run_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"This is no saved run: .*{why}"):
        ToolRun.from_json(text)


def test_what_is_no_text_is_refused() -> None:
    nothing: Any = None
    with pytest.raises(InvalidArgumentError, match="it is not JSON"):
        ToolRun.from_json(nothing)
