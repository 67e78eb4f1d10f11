"""Secrets are taken out of texts and errors, in any spelling, and nothing else is."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core.errors import OpenRouterError, ResponseError
from openrouter.core.hiding import HIDDEN, SHORTEST, conceal, hide
from openrouter.core.wire import Headers, HTTPInfo
from openrouter.types.chat import Completion

KEY = "sk-or-v1-0123456789abcdefghijklmnopqrstuvwxyz"
OTHER = "own-9876543210zyxwvu"

WRITTEN = {
    "plain": str,
    "JSON": lambda c: f"\\u{ord(c):04X}",
    "JSON in JSON": lambda c: f"\\\\\\u{ord(c):04x}",
    "address": lambda c: f"%{ord(c):02x}",
    "HTML": lambda c: f"&#{ord(c)};",
    "HTML in base 16": lambda c: f"&#x{ord(c):X};",
}


def hidden(text: str) -> str:
    return hide(text, [KEY, OTHER])


@pytest.mark.parametrize("spelling", WRITTEN)
def test_a_secret_in_any_spelling(spelling: str) -> None:
    written = "".join(WRITTEN[spelling](character) for character in KEY)
    assert hidden(f"é%41 before {written} after &#65;\\u0041") == f"é%41 before {HIDDEN} after &#65;\\u0041"


@given(st.lists(st.sampled_from(list(WRITTEN.values())), min_size=len(KEY), max_size=len(KEY)), st.text(), st.text())
def test_any_mixture_of_spellings(ways: list[Any], before: str, after: str) -> None:
    written = "".join(way(character) for way, character in zip(ways, KEY, strict=True))
    # The dots keep what stands beside it from being read as a part of an escape.
    assert hidden(f"{before}..{written}..{after}") == f"{before}..{HIDDEN}..{after}"


@given(st.text())
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert hidden(text) == text


@given(st.integers(0, len(KEY)), st.integers(0, len(KEY)))
def test_parts_that_are_long_enough(start: int, end: int) -> None:
    part = KEY[start:end]
    assert hidden(f"<{part}>") == (f"<{HIDDEN}>" if len(part) >= SHORTEST else f"<{part}>")


def test_several_secrets_and_repetitions() -> None:
    assert hidden(f"{KEY}{KEY} {OTHER}, {KEY[:16]}-{KEY[-16:]}") == f"{HIDDEN} {HIDDEN}, {HIDDEN}-{HIDDEN}"
    assert hide("sk-short or not", ["sk-short", ""]) == "sk-short or not"


# --- errors -----------------------------------------------------------------------------------------------------------


def raised(error: OpenRouterError, cause: BaseException | None = None) -> OpenRouterError:
    def deep() -> None:
        local = KEY
        raise error from cause if local else None

    try:
        deep()
    except OpenRouterError as caught:
        return caught
    raise AssertionError


def test_everything_that_an_error_knows() -> None:
    http = HTTPInfo(401, Headers([(b"X-Said", KEY.encode()), (b"X-Fine", b"fine")]))
    body = {"error": {"message": KEY, KEY: [1, (KEY, None)], "fine": "fine"}}
    partial = Completion(id=KEY, raw=body)
    partial.http = http
    error = ResponseError(f"It said {KEY}.").with_facts(
        body=body, headers=http.headers, partial=partial, provider=KEY, status_code=401
    )
    error.add_note(KEY)
    conceal(error, hidden)
    assert (error.message, error.args, error.provider) == (f"It said {HIDDEN}.", (f"It said {HIDDEN}.",), HIDDEN)
    assert error.body is body, "who else holds it sees the same"
    assert body == {"error": {"message": HIDDEN, HIDDEN: [1, (HIDDEN, None)], "fine": "fine"}}
    assert error.headers == {"x-said": HIDDEN, "x-fine": "fine"} == http.headers
    assert (partial.id, partial.raw, error.status_code) == (HIDDEN, body, 401)
    assert error.__notes__ == [HIDDEN]


def test_what_holds_itself_is_no_trap() -> None:
    body: dict[str, Any] = {"a": KEY}
    body["itself"] = body
    conceal(OpenRouterError("No.").with_facts(body=body), hidden)
    assert body["a"] == HIDDEN


def test_a_cause_that_shows_a_secret_is_dropped_and_another_kept() -> None:
    careless, careful = ValueError(KEY), ValueError("fine")
    attribute = ValueError("fine")
    attribute.doc = KEY  # type: ignore[attr-defined]  # as those of JSON have it
    for cause, kept in ((careless, None), (attribute, None), (careful, careful)):
        error = raised(OpenRouterError("No."), cause)
        error.__context__ = cause
        conceal(error, hidden)
        assert error.__cause__ is error.__context__ is kept


def test_errors_of_ours_are_mended_along_the_chain() -> None:
    inner = OpenRouterError(KEY)
    inner.__context__ = ValueError(KEY)
    error = raised(OpenRouterError("No."), inner)
    conceal(error, hidden)
    assert error.__cause__ is inner
    assert (str(inner), inner.__context__) == (HIDDEN, None)


def test_frames_that_have_ended_let_go_of_their_locals() -> None:
    error = raised(OpenRouterError("No."))
    before = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    conceal(error, hidden)
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert f"local = {KEY!r}" in before
    assert "in deep" in shown
    assert KEY not in shown
