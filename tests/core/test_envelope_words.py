"""What errors of the service say, with the provider's own words taken out of their wrappings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core.envelope import error_from
from openrouter.core.errors import BadRequestError, ContextLengthExceededError, UnprocessableEntityError


def message(body: Any, status: int = 400) -> str:
    return error_from(body, status=status, headers={}, utc=0.0).message


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
        ('{"error": {"message": "{\\"error\\": {\\"message\\": \\"bad effort\\"}}"}}', "bad effort"),
        ('{"errors": [{"message": "bad effort"}]}', "bad effort"),
        ('{"error": "invalid", "message": "bad effort"}', "bad effort"),
        ('{"detail": [{"loc": ["body", "effort"], "msg": "bad effort"}]}', "bad effort"),
        ('{"error": {"code": 400, "metadata": {}, "raw": "bad effort"}}', "bad effort"),
        ('{"error": [{"message": "bad effort"}], "message": "failed"}', "bad effort"),
        ('{"effort": "bad"}', '{"effort": "bad"}'),
        ("several\n  lines", "several lines"),
        ("[]", "[]"),
        ("42", "42"),
        ("half a \ud800 pair", "half a pair"),
        ("[" * 200_000, "[" * 900),
    ],
)
def test_the_provider_speaks_for_itself(raw: object, words: str) -> None:
    said = message(from_provider(raw))
    assert said.startswith("400 Bad Request: Provider returned error: ")
    assert words in said


TOO_LONG = "This endpoint's maximum context length is 131,072 tokens. However, you requested about 200,010 tokens."


@pytest.mark.parametrize(
    ("detail", "status", "kind"),
    [
        ({"message": TOO_LONG}, 400, ContextLengthExceededError),
        ({"message": TOO_LONG, "code": 400}, 200, ContextLengthExceededError),
        ({"message": TOO_LONG, "metadata": {"error_type": "invalid_request"}}, 400, BadRequestError),
        ({"message": TOO_LONG}, 422, UnprocessableEntityError),
        ({"message": "The maximum context length is unknown."}, 400, BadRequestError),
    ],
)
def test_a_context_that_is_too_long_is_known_by_its_words(
    detail: dict[str, Any], status: int, kind: type[Exception]
) -> None:
    assert type(error_from({"error": detail}, status=status, headers={}, utc=0.0)) is kind


@pytest.mark.parametrize("raw", [None, "", {}, [], 5, {"error": None}, {"error": {"message": [5]}}, {"a": "b"}])
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
        ("  <html><h1>502</h1>", 502, "502 Bad Gateway: a page of HTML, not the API's answer"),
        ("", 504, "504 Gateway Timeout."),
        (None, 500, "500 Internal Server Error."),
        ([{"message": "a"}], 500, "500 Internal Server Error: a"),
        ([], 500, "500 Internal Server Error."),
    ],
)
def test_what_is_said_without_a_provider(body: Any, status: int, words: str) -> None:
    assert message(body, status) == words


def test_the_message_has_an_end() -> None:
    assert len(message(from_provider("x" * 100_000))) < 1100
    assert len(message("y" * 100_000, 500)) < 1100
    assert message("y" * 100_000, 500).endswith("y…")


@pytest.mark.parametrize(
    "raw",
    [
        {"error": {"message": "No.", "param": "effort"}},
        {"message": "No.", "param": "effort"},
        {"detail": [{"msg": "No."}], "loc": ["effort"]},
        {"message": [{"path": ["effort"], "message": "No."}]},
        {"error": {"message": '[{"path": ["effort"], "message": "No."}]', "param": None}},
    ],
)
def test_the_field_that_is_complained_of(raw: object) -> None:
    for told in (raw, json.dumps(raw), json.dumps([raw])):
        assert error_from(from_provider(told), status=400, headers={}, utc=0.0).param == "effort"


def test_the_field_in_the_error_itself_comes_first() -> None:
    body = from_provider({"param": "effort"})
    body["error"]["param"] = "reasoning.effort"
    assert error_from(body, status=400, headers={}, utc=0.0).param == "reasoning.effort"
    body["error"]["param"] = ""
    assert error_from(body, status=400, headers={}, utc=0.0).param == "effort"


@pytest.mark.parametrize(
    ("attempts", "words"),
    [
        ([{"provider": "acme", "code": "capacity_exhausted", "status": 429}], " (tried before: acme 429)"),
        ([{"provider_name": "Acme", "code": 400, "raw": "…"}], " (tried before: Acme 400)"),
        ([{"provider": "acme", "status": 429}, {"provider": "Zed", "status": "x"}], " (tried before: acme 429, Zed x)"),
        ([{"provider": "acme", "status": 429}] * 9, " (tried before: acme 429)"),
        ([{"provider": "p", "status": 1 + n} for n in range(9)], " (tried before: p 1, p 2, p 3, p 4, p 5)"),
        ([{"code": 402, "message": "No credits"}, 5, {"provider": "acme"}, {"provider": 5, "status": 5}], ""),
        ({"provider": "acme"}, ""),
    ],
)  # fmt: skip
def test_whom_the_service_asked_before(attempts: object, words: str) -> None:
    body = {"error": {"code": 429, "message": "No.", "metadata": {"previous_errors": attempts}}}
    assert message(body) == f"429 Too Many Requests: No.{words}"


def nested(depth: int, key: str) -> Any:
    value: Any = "at the end"
    for _ in range(depth):
        value = {key: value}
    return value


@pytest.mark.parametrize("key", ["error", "message"])
def test_wrappings_without_end_are_given_up(key: str) -> None:
    assert "at the end" in message(from_provider(nested(7, key)))
    assert message(from_provider(nested(500, key))) == "400 Bad Request: Provider returned error"


def test_text_that_is_json_again_and_again_is_given_up() -> None:
    raw = "at the end"
    for wrappings in range(12):
        assert ("returned error: at the end" in message(from_provider(raw))) is (wrappings <= 3), wrappings
        raw = json.dumps([raw])


HOSTILE = st.text() | st.sampled_from(
    ["\x1b[2J", "\x1b]0;title\x07", "\r\n", "\u202e", "\ud800", "\x9b31m", "x" * 5000]
)


@given(raw=HOSTILE, said=HOSTILE, who=HOSTILE, model=HOSTILE)
def test_whatever_a_provider_sends_is_one_short_line(raw: str, said: str, who: str, model: str) -> None:
    body = {"model": model, "error": {"message": said, "metadata": {"raw": raw, "provider_name": who}}}
    for status in (400, 404, 429, 502):
        line = str(error_from(body, status=status, headers={}, utc=0.0))
        assert line.isprintable()
        assert len(line) <= 1000
        line.encode()
