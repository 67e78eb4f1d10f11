"""The tree of errors: what each carries, what it says in one line, and that it survives a process boundary."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from openrouter.core import errors
from openrouter.core.wire import Headers, HTTPInfo
from openrouter.types.chat import Choice, Completion, Message

CLASSES: list[type[errors.OpenRouterError]] = [getattr(errors, name) for name in errors.__all__]
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


def tree_in(text: str) -> list[str]:
    """Give the lines of the drawn tree."""
    return [line.strip() for line in text.splitlines() if "── " in line or line.strip() == "OpenRouterError"]


def test_the_page_shows_the_tree_of_the_docstring() -> None:
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
    tree = tree_in(errors.__doc__ or "")
    assert len(tree) == len(CLASSES)
    assert tree_in(page) == tree


def test_the_table_of_the_page_has_every_class_that_is_no_kind_of_another_output_error() -> None:
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
    in_table = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `") and "Error` |" in line}
    kinds = {found.__name__ for found in CLASSES if errors.OutputError not in found.__bases__}
    assert in_table == kinds - {"OpenRouterError"}


@pytest.mark.parametrize(
    ("message", "body"),
    [
        ("404 Not Found: a page of HTML, not the API's answer", "<html>"),
        ("404 Not Found: no route", "no route"),
        ("404 Not Found: Not Found", {"error": {"message": "Not Found", "code": 404}}),
        ("404 Not Found: Not Found", {"detail": "Not Found"}),
        ("404 Not Found.", {}),
        ("404 Not Found.", ""),
    ],
)
def test_a_404_that_says_nothing_casts_doubt_on_the_base_url(message: str, body: object) -> None:
    error = errors.NotFoundError(message)
    error.body = body
    assert str(error).endswith(" Check the base URL (it ends in /api/v1).")


@pytest.mark.parametrize(
    "body", [{"error": {"message": "No such generation.", "code": 404}}, {"message": "No such generation."}, None]
)
def test_a_404_that_names_what_is_missing_casts_none(body: object) -> None:
    error = errors.NotFoundError("404 Not Found: No such generation.")
    error.body = body
    assert str(error) == error.message


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


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("No", "No. Try again later."),
        ("No.", "No. Try again later."),
        ("Why?", "Why? Try again later."),
        ("No.\n", "No. Try again later."),
    ],
)
def test_the_advice_is_a_sentence_of_its_own(message: str, line: str) -> None:
    assert str(errors.ServerError(message)) == line


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
        (connection("send"), "billed it, so it is not sent again unless `Retry(may_bill_twice=True)` allows it."),
        (connection("receive"), "may have worked on it and billed it"),
        (connection("receive", stale=True), "Check the network"),
        (timeout("idle"), "Raise `timeout=` if the model is just slow."),
        (timeout("stall"), "try another model or provider."),
        (timeout("total"), "Raise `timeout=` or `deadline=`."),
        (timeout("queue"), "Raise `max_connections=`"),
        (timeout("connect"), "Check the network"),
        (timeout("write", "send"), "may have worked on it"),
        (timeout("total", "receive"), "or `deadline=`. The service may have worked on it and billed it, so"),
        (timeout("idle", "receive"), "unless `Retry(may_bill_twice=True)` allows it."),
        (errors.ServerError("no").with_facts(status_code=504), "unless `Retry(may_bill_twice=True)` allows it."),
        (errors.ServerError("no").with_facts(status_code=524), "unless `Retry(may_bill_twice=True)` allows it."),
        (errors.ProviderError("no").with_facts(error_type="timeout"), "unless `Retry(may_bill_twice=True)` allows it."),
        (errors.ResponseError("no"), "unless `Retry(may_bill_twice=True)` allows it."),
        (errors.BadRequestError("no").with_facts(param="effort"), "The field is `effort`."),
        (
            errors.ContextLengthExceededError("no").with_facts(param="messages"),
            "The field is `messages`. Shorten the messages",
        ),
        (errors.PermissionDeniedError("no"), "the budgets of the workspace"),
        (errors.GuardrailError("no"), "or the guardrail."),
        (errors.ModerationError("no"), "Change the input"),
        (errors.PayloadTooLargeError("no"), "by URL"),
        (errors.ContextLengthExceededError("no"), "Shorten the messages"),
        (errors.AuthenticationError("no"), "Check OPENROUTER_API_KEY."),
        (errors.PaymentRequiredError("no"), "Add credits"),
        (errors.ModelUnavailableError("no"), "Check the model id"),
        (errors.RateLimitError("no"), "Send fewer requests at once."),
        (errors.ServerError("no"), "Try again later."),
        (errors.ProviderError("no"), "another provider or model."),
        (errors.StreamInterruptedError("no"), "no. It may have been billed."),
        (errors.StreamInterruptedError("no").with_facts(partial=Completion()), "what arrived is in `.partial`."),
        (errors.TruncatedOutputError("no"), "Raise `max_tokens`."),
        (
            errors.CircuitOpenError("no").with_facts(retry_after=9.0),
            "no. The circuit breaker holds requests to this model back for 9 s.",
        ),
        (errors.CircuitOpenError("no"), "back for 0 s."),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value),
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


@pytest.mark.parametrize(
    "error",
    [
        timeout("deadline"),
        timeout("queue"),
        connection("receive", stale=True),
        errors.ServerError("no").with_facts(status_code=503),
        errors.NotFoundError("no"),
    ],
)
def test_what_cannot_have_been_billed_twice_says_nothing_of_it(error: errors.OpenRouterError) -> None:
    assert "billed" not in str(error)


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (connection("receive"), "Check the network, the base URL and the proxy variables."),
        (timeout("idle", "receive"), "Raise `timeout=` if the model is just slow."),
        (timeout("deadline", "receive"), "Raise `deadline=`, or the limits of the policy that it waited for."),
        (errors.ResponseError("no"), "no"),
        (errors.StreamInterruptedError("no"), "Try again later."),
        (errors.ServerError("no").with_facts(status_code=504), "Try again later."),
    ],
)
def test_what_only_reads_is_never_billed(error: errors.OpenRouterError, advice: str) -> None:
    assert str(error.with_facts(only_reads=True)).endswith(advice)


def test_a_deadline_says_what_may_have_been_billed_and_of_no_retry() -> None:
    line = str(timeout("deadline", "receive"))
    assert line.endswith("The service may have worked on it and billed it.")
    assert "Retry" not in line


def test_an_unreadable_reply_that_cost_nothing_says_nothing_of_it() -> None:
    error = errors.ResponseError("no")
    error.ambiguous = False
    assert str(error) == "no"


def test_a_field_that_the_message_names_is_not_named_again() -> None:
    assert str(errors.BadRequestError("reasoning.effort is bad").with_facts(param="reasoning.effort")).endswith("bad")


@pytest.mark.parametrize(
    ("facts", "advice"),
    [
        ({"affordable_tokens": 3919}, "Set `max_tokens` to 3919 or less, or add credits."),
        (
            {"affordable_tokens": 39, "limit_source": "openrouter_key_limit"},
            "39 or less, or raise the limit of the key.",
        ),
        ({"affordable_prompt_tokens": 90}, "Shorten the messages, or add credits."),
        ({"limit_source": "openrouter_key_limit"}, "no. Raise the limit of the key."),
        ({"limit_source": "openrouter_credits"}, "no. Add credits."),
        ({"limit_source": "openrouter_in_flight_budget"}, "send fewer at once, or add credits."),
    ],
)
def test_the_advice_of_a_402(facts: dict[str, Any], advice: str) -> None:
    assert str(errors.PaymentRequiredError("no").with_facts(**facts)).endswith(advice)


def test_patterns_of_a_guardrail() -> None:
    error = errors.GuardrailError("no")
    assert error.patterns == []
    error.metadata = {"patterns": ["a+", 5]}
    assert error.patterns == ["a+"]


def through_a_pickle(error: errors.OpenRouterError) -> errors.OpenRouterError:
    again: errors.OpenRouterError = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    return again


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, through_a_pickle])
def test_a_copy_has_all_but_the_cause(copied: Callable[[errors.OpenRouterError], errors.OpenRouterError]) -> None:
    error = errors.RateLimitError("429: no.").with_facts(**FACTS, partial=completion())
    error.resets_at = datetime(2026, 11, 22, tzinfo=UTC)
    error.limit, error.metadata, error.availability = "daily", {"a": [1]}, {"code": "capacity_exhausted"}
    error.add_note("In the third batch.")
    error.__cause__ = OSError("with the request, and its key")
    again = copied(error)
    assert type(again) is errors.RateLimitError
    assert vars(again) == vars(error)
    assert (again.args, again.__notes__, again.__cause__) == (("429: no.",), ["In the third batch."], None)
    assert repr(again) == repr(error)


def test_the_repr_shows_what_tells_errors_apart() -> None:
    error = errors.RateLimitError("429 Too Many\nRequests: no.").with_facts(**FACTS, limit="daily")
    assert repr(error) == (
        "RateLimitError('429 Too Many Requests: no.', status_code=429, error_type='rate_limit_exceeded', limit='daily',"
        " provider='Acme', model='acme/large', retry_after=1.5, attempts=3, request_id='req-1')"
    )
    assert repr(timeout("idle", "receive")) == "APITimeoutError('Late.', phase='receive', clock='idle')"
    assert repr(errors.ConfigurationError("No key.")) == "ConfigurationError('No key.')"
    assert len(repr(errors.APIStatusError("x" * 9000).with_facts(model="y" * 9000))) < 1200


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        (" several\r\n  \tlines\u2028and\x0b\x85more ", "several lines and more"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07text \x9b2Jcleared \x1bcreset \x1b", "red text cleared reset"),
        ("\u202eevil\u200b\ufeff", "evil"),
        ("half a \ud83c pair", "half a pair"),
        ("naïve 🌊", "naïve 🌊"),
        ("", ""),
        ("x" * 1001, "x" * 999 + "…"),
        ("\n" * 100_000 + "end", "end"),
    ],
)
def test_a_line_holds_nothing_that_a_terminal_obeys(text: str, line: str) -> None:
    assert str(errors.OpenRouterError(text)) == line


def test_a_long_message_leaves_room_for_the_advice() -> None:
    error = errors.ProviderError("x" * 5000).with_facts(model="m" * 500, provider="p" * 500, attempts=3, elapsed=1.0)
    line = str(error)
    assert len(line) == 1000
    assert "after 3 attempts and 1.0 s] Try again, or another provider or model." in line
