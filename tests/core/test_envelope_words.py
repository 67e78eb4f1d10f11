"""What errors of the service say: the provider's own words, and how long to wait."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrouter.core import errors
from openrouter.core.envelope import error_from, retry_after

NOW = 1_445_412_480.0
"""Wed, 21 Oct 2015 07:28:00 GMT."""


def message(body: Any, status: int = 400) -> str:
    return error_from(body, status=status, headers={}, utc=NOW).message


def from_provider(raw: object, said: str = "Provider returned error") -> dict[str, Any]:
    return {"error": {"code": 400, "message": said, "metadata": {"raw": raw, "provider_name": "Acme"}}}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("model is loading", "model is loading"),
        ('{"error": {"message": "bad effort"}}', "bad effort"),
        ('{"error": "bad effort"}', "bad effort"),
        ('{"message": "bad effort"}', "bad effort"),
        ('{"detail": "bad effort"}', "bad effort"),
        ('[{"error": {"code": 400, "message": "bad effort"}}]', "bad effort"),
        (json.dumps(json.dumps({"error": {"message": "bad effort"}})), "bad effort"),
        ('"bad effort"', "bad effort"),
        ({"error": {"message": "bad effort"}}, "bad effort"),
        ({"error": {"detail": "bad effort"}}, "bad effort"),
        ({"error": "bad effort"}, "bad effort"),
        ("several\n  lines", "several lines"),
        ("[]", "[]"),
        ("42", "42"),
        ("\ud800", "\ud800"),
        ("[" * 200_000, "[" * 900),
    ],
)
def test_the_provider_speaks_for_itself(raw: object, words: str) -> None:
    said = message(from_provider(raw))
    assert said.startswith("400 Bad Request: Provider returned error: ")
    assert words in said


@pytest.mark.parametrize("raw", [None, "", {}, [], 5, {"error": None}, {"error": {"message": ["x"]}}, {"a": "b"}])
def test_a_provider_that_says_nothing_adds_nothing(raw: object) -> None:
    assert message(from_provider(raw)) == "400 Bad Request: Provider returned error"


def test_the_same_words_stand_there_once() -> None:
    assert message(from_provider('{"error": {"message": "Slow down"}}', "Slow down")) == "400 Bad Request: Slow down"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"error": {"code": 404, "message": "No endpoints found."}}, 404, "404 Not Found: No endpoints found."),
        ({"error": "plain words"}, 500, "500 Internal Server Error: plain words"),
        ({"success": False, "error": {"name": "ZodError"}}, 400, "400 Bad Request: ZodError"),
        ({"error": {"message": None}}, 429, "429 Too Many Requests."),
        ({"error": {"message": 5}}, 529, "529 Error."),
        ("upstream connect error", 503, "503 Service Unavailable: upstream connect error"),
        ("  <html><h1>502</h1>", 502, "502 Bad Gateway."),
        ("", 504, "504 Gateway Timeout."),
        (None, 500, "500 Internal Server Error."),
        ([{"message": "a"}], 500, "500 Internal Server Error."),
    ],
)
def test_what_is_said_without_a_provider(body: Any, status: int, words: str) -> None:
    assert message(body, status) == words


def test_the_message_has_an_end() -> None:
    assert len(message(from_provider("x" * 100_000))) < 1100
    assert len(message("y" * 100_000, 500)) < 1100


@pytest.mark.parametrize(
    ("headers", "told", "seconds"),
    [
        ({"retry-after": "7"}, None, 7.0),
        ({"retry-after": "0.5"}, None, 0.5),
        ({"retry-after": "0"}, None, 0.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}, None, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30"}, None, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 09:28:30 +0200"}, None, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:27:00 GMT"}, None, 0.0),
        ({"retry-after": "soon"}, None, None),
        ({"retry-after": "-5"}, None, None),
        ({"retry-after": "nan"}, None, None),
        ({"retry-after": "inf"}, None, None),
        ({"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, None, None),
        ({"retry-after": ""}, None, None),
        ({"retry-after": 9}, None, 9.0),
        ({"retry-after": ["9"]}, None, None),
        ({"x-ratelimit-reset": "12"}, None, 12.0),
        ({"x-ratelimit-reset": str(int(NOW) + 40)}, None, 40.0),
        ({"x-ratelimit-reset": str((int(NOW) + 50) * 1000)}, None, 50.0),
        ({"x-ratelimit-reset": str(int(NOW) - 40)}, None, 0.0),
        ({"x-ratelimit-reset": "later"}, None, None),
        ({"retry-after": "7", "x-ratelimit-reset": "12"}, None, 7.0),
        ({"retry-after": "soon", "x-ratelimit-reset": "12"}, None, 12.0),
        ({"retry-after": "7", "x-ratelimit-reset": "12"}, 3, 3.0),
        ({"retry-after": "7"}, "4", 4.0),
        ({"retry-after": "7"}, True, 7.0),
        ({"retry-after": "7"}, 10**400, 7.0),
        ({}, None, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, object], told: object, seconds: float | None) -> None:
    assert retry_after(headers, told, NOW) == seconds


@given(st.text(max_size=40) | st.text(alphabet="0123456789 :,+-GMTWedOct", max_size=40), st.text(max_size=20))
def test_no_header_raises(date: str, reset: str) -> None:
    found = retry_after({"retry-after": date, "x-ratelimit-reset": reset}, None, NOW)
    assert found is None or 0 <= found < float("inf")


def test_headers_within_the_body_count_unless_the_reply_has_its_own() -> None:
    within: dict[str, object] = {"X-RateLimit-Limit": 20, "X-RateLimit-Reset": str((int(NOW) + 60) * 1000)}
    body = {"error": {"code": 429, "message": "Rate limit exceeded", "metadata": {"headers": within}}}
    error = error_from(body, status=429, headers={}, utc=NOW)
    assert isinstance(error, errors.RateLimitError)
    assert (error.retry_after, error.platform) == (60.0, True)
    assert error_from(body, status=429, headers={"X-RateLimit-Reset": "5"}, utc=NOW).retry_after == 5.0
