"""Flows of chat operations, driven by hand: effects out, results in."""

from __future__ import annotations

from typing import Any

import pytest

from openrouter.api.chat import Chat
from openrouter.core.errors import InvalidArgumentError, RateLimitError
from openrouter.core.structuring import structurer
from openrouter.core.wire import Moment
from openrouter.effects import Gather, Now
from openrouter.types.chat import Completion


def at(seconds: float) -> Moment:
    return Moment(seconds, 1000.0 + seconds)


def test_an_outcome_instead_of_an_error() -> None:
    flow = Chat.try_complete("Hi", model="m")
    assert isinstance(next(flow), Now)
    call = flow.send(at(10.0))
    assert call.request.body == {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    assert isinstance(flow.throw(RateLimitError("429")), Now)
    with pytest.raises(StopIteration) as end:
        flow.send(at(12.5))
    outcome = end.value.value
    assert (outcome.success, type(outcome.error), outcome.latency) == (False, RateLimitError, 2.5)
    assert outcome.timestamp.isoformat() == "1970-01-01T00:16:50+00:00"


def test_an_outcome_of_a_good_reply() -> None:
    flow, reply = Chat.try_complete("Hi"), structurer(Completion)({"choices": [{"message": {"content": "4"}}]})
    next(flow)
    flow.send(at(10.0))
    assert isinstance(flow.send(reply), Now)
    with pytest.raises(StopIteration) as end:
        flow.send(at(11.0))
    assert (end.value.value.completion, end.value.value.content) == (reply, "4")


def test_what_cannot_be_sent_is_an_outcome_and_a_bug_is_not() -> None:
    flow = Chat.try_complete("")
    next(flow)
    assert isinstance(flow.send(at(1.0)), Now)
    misspelt = Chat.try_complete("Hi", temprature=1)  # type: ignore[call-arg]  # what is tested
    next(misspelt)
    with pytest.raises(TypeError, match="temprature"):
        misspelt.send(at(1.0))


def test_many_are_asked_for_side_by_side() -> None:
    flow = Chat.complete_many(["a", "b"], concurrency=7, model="m")
    effect = next(flow)
    assert isinstance(effect, Gather)
    assert effect.limit == 7
    assert [isinstance(next(each), Now) for each in effect.flows] == [True, True]
    with pytest.raises(StopIteration) as end:
        flow.send(["first", "second"])
    assert end.value.value == ["first", "second"]


@pytest.mark.parametrize("inputs", ["one prompt", {"role": "user", "content": "Hi"}])
def test_one_prompt_is_not_many(inputs: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="a sequence of prompts or conversations"):
        Chat.complete_many(inputs)


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True])
def test_how_many_at_once(concurrency: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="concurrency="):
        Chat.complete_many(["a"], concurrency=concurrency)
