"""What became of one request of a batch."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from openrouter.core.errors import RateLimitError
from openrouter.core.structuring import structurer
from openrouter.types.chat import Completion
from openrouter.types.outcome import Outcome

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
REPLY = {"model": "acme/large", "choices": [{"message": {"content": "4"}}]}


def completion() -> Completion:
    return structurer(Completion)(REPLY)


def outcome(completion: Completion | None = None, error: RateLimitError | None = None) -> Outcome:
    return Outcome(completion=completion, error=error, latency=1.5, timestamp=WHEN)


def test_success() -> None:
    made = outcome(completion())
    assert (made.success, made.content, made.model, made.raw) == (True, "4", "acme/large", REPLY)
    assert made.to_dict() == {
        "success": True,
        "content": "4",
        "model": "acme/large",
        "latency": 1.5,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_class": None,
        "raw": REPLY,
    }
    assert json.loads(json.dumps(made.to_dict())) == made.to_dict()


def test_failure() -> None:
    body = {"error": {"code": 429}}
    error = RateLimitError("429 Too Many Requests.").with_facts(model="acme/small", body=body)
    made = outcome(error=error)
    assert (made.success, made.content, made.model, made.raw) == (False, "", "acme/small", body)
    told = made.to_dict()
    assert (told["error"], told["error_class"]) == (str(error), "RateLimitError")


def test_what_had_arrived_before_a_failure_is_the_content() -> None:
    assert outcome(error=RateLimitError("no").with_facts(partial=completion())).content == "4"


def test_an_outcome_of_nothing_says_nothing() -> None:
    made = outcome()
    assert (made.success, made.content, made.model, made.raw) == (False, "", None, None)
