"""The tree of errors: what each carries, what it says in one line, and that it survives a process boundary."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from openrouter.core import errors
from openrouter.core.wire import Headers, HTTPInfo
from openrouter.types.chat import Choice, Completion, Message

CLASSES = [
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, Exception) and found.__module__ == errors.__name__
]
FACTS: dict[str, Any] = {
    "status_code": 429,
    "error_type": "rate_limit_exceeded",
    "provider": "Acme",
    "model": "acme/large",
    "generation_id": "gen-1",
    "request_id": "req-1",
    "retry_after": 1.5,
    "attempts": 3,
    "elapsed": 12.34,
    "body": {"error": {"code": 429}},
    "headers": Headers([(b"Retry-After", b"1.5")]),
}


def completion() -> Completion:
    made = Completion(id="gen-1", choices=[Choice(message=Message(content="half an"))])
    made.http = HTTPInfo(200)
    return made


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    parents = {0: "OpenRouterError"}
    drawn: set[str] = set()
    for line in (errors.__doc__ or "").splitlines():
        before, branch, name = line.partition("── ")
        if branch:
            depth, name = len(before) // 4, name.split()[0]
            parents[depth] = name
            drawn.add(name)
            assert getattr(errors, parents[depth - 1]) in getattr(errors, name).__bases__
    assert drawn == {found.__name__ for found in CLASSES} - {"OpenRouterError"}


def test_an_invalid_argument_is_a_value_error_too() -> None:
    assert issubclass(errors.InvalidArgumentError, ValueError)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_can_be_pickled_with_its_fields(kind: type[errors.OpenRouterError]) -> None:
    error = kind("It failed.").with_facts(**FACTS, partial=completion())
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(again) is kind
    assert again.message == "It failed."
    assert {name: getattr(again, name) for name in FACTS} == FACTS
    assert again.partial == completion()
    assert again.partial.http.status_code == 200
    assert str(again) == str(error)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_one_line(kind: type[errors.OpenRouterError]) -> None:
    assert "\n" not in str(kind("It failed:\r\nbadly.\u2028Very.").with_facts(**FACTS))
    assert str(kind("It failed:\nbadly.")).startswith("It failed: badly.")


def test_the_line_says_what_where_after_how_long_and_what_to_do() -> None:
    error = errors.RateLimitError("429 Too Many Requests: slow down.").with_facts(**FACTS)
    assert str(error) == (
        "429 Too Many Requests: slow down. [acme/large at Acme, after 3 attempts and 12.3 s, req-1] Try again in 2 s."
    )


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        ({}, ""),
        ({"model": "m"}, " [m]"),
        ({"provider": "P"}, " [P]"),
        ({"attempts": 1}, ""),
        ({"attempts": 2}, " [after 2 attempts]"),
        ({"elapsed": 0.04}, " [after 0.0 s]"),
        ({"request_id": "req-1", "attempts": 1, "elapsed": 2.0}, " [after 2.0 s, req-1]"),
    ],
)
def test_the_line_says_only_what_is_known(facts: dict[str, Any], known: str) -> None:
    assert str(errors.OpenRouterError("It failed.").with_facts(**facts)) == f"It failed.{known}"


def test_facts_fill_gaps_and_change_nothing_that_is_known() -> None:
    error = errors.APIStatusError("no").with_facts(model="asked", provider=None)
    assert error.with_facts(model="other", provider="Acme", attempts=2) is error
    assert (error.model, error.provider, error.attempts) == ("asked", "Acme", 2)


def connection(phase: str, *, stale: bool = False) -> errors.APIConnectionError:
    error = errors.APIConnectionError("Cut.")
    error.phase, error.stale = phase, stale
    return error


def timeout(clock: str, phase: str = "connect") -> errors.APITimeoutError:
    error = errors.APITimeoutError("Late.")
    error.clock, error.phase = clock, phase
    return error


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (connection("connect"), "Check the network, the base URL and the proxy variables."),
        (connection("send"), "may have worked on it and billed it."),
        (connection("receive"), "may have worked on it and billed it"),
        (connection("receive", stale=True), "Check the network"),
        (timeout("idle"), "Raise `timeout=` if the model is just slow."),
        (timeout("stall"), "try another model or provider."),
        (timeout("total"), "Raise `timeout=` or `deadline=`."),
        (timeout("queue"), "Raise `max_connections=`"),
        (timeout("connect"), "Check the network"),
        (timeout("write", "send"), "may have worked on it"),
        (errors.ContextLengthExceededError("no"), "Shorten the messages"),
        (errors.AuthenticationError("no"), "Check OPENROUTER_API_KEY."),
        (errors.PaymentRequiredError("no"), "Add credits"),
        (errors.ModelUnavailableError("no"), "Check the model id"),
        (errors.RateLimitError("no"), "Send fewer requests at once."),
        (errors.ServerError("no"), "Try again later."),
        (errors.ProviderError("no"), "another provider or model."),
        (errors.StreamInterruptedError("no"), "what arrived is in `.partial`."),
        (errors.TruncatedOutputError("no"), "Raise `max_tokens`."),
        (errors.CircuitOpenError("no").with_facts(retry_after=9.0), "tried again in 9 s."),
        (errors.CircuitOpenError("no"), "tried again in 0 s."),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_advice(error: errors.OpenRouterError, advice: str) -> None:
    assert advice in str(error)


def test_whether_a_request_was_sent_follows_from_the_phase() -> None:
    assert [connection(phase).sent for phase in ("connect", "send", "receive")] == [False, True, True]


def test_reasons_of_moderation_are_a_list_whatever_came() -> None:
    error = errors.ModerationError("no")
    assert error.reasons == []
    for metadata, reasons in (({"reasons": ["violence"]}, ["violence"]), ({"reasons": 5}, []), ({"reasons": "a"}, [])):
        error.metadata = metadata
        assert error.reasons == reasons


def test_only_the_budget_in_flight_frees_itself() -> None:
    error = errors.PaymentRequiredError("no")
    assert not error.in_flight
    error.limit_source = "openrouter_in_flight_budget"
    assert error.in_flight
