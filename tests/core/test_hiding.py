"""Secrets are taken out of texts and errors, in any spelling, and nothing else is."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Generator
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


def library(code: str, name: str = "httpcore.made_up") -> dict[str, Any]:
    """Give what a module of a library defines."""
    module: dict[str, Any] = {"__name__": name}
    exec(code, module)  # noqa: S102 - our own, under the name of another module
    return module


DEEP = """
def deep(error, cause):
    local = "KEY"
    raise error from cause
""".replace("KEY", KEY)


def raised(
    error: OpenRouterError, cause: BaseException | None = None, module: str = "httpcore.made_up"
) -> OpenRouterError:
    try:
        library(DEEP, module)["deep"](error, cause)
    except OpenRouterError as caught:
        return caught
    raise AssertionError


def deepest(error: BaseException) -> dict[str, Any]:
    """Give the locals of the frame where an error was raised."""
    return [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__)][-1]


def with_locals(error: BaseException) -> str:
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


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
    before = with_locals(error)
    conceal(error, hidden)
    shown = with_locals(error)
    assert f"local = {KEY!r}" in before
    assert "in deep" in shown
    assert KEY not in shown


def test_frames_of_others_keep_their_locals() -> None:
    error = raised(OpenRouterError("No."), module="__main__")
    conceal(error, hidden)
    assert deepest(error)["local"] == KEY


@pytest.mark.parametrize("kind", [ValueError, OpenRouterError], ids=["a foreign one", "one of ours"])
def test_an_error_that_was_being_handled_before_is_left_alone(kind: type[Exception]) -> None:
    handled: Any = kind(f"Before: {KEY[:15]}")
    inner = OpenRouterError(KEY)
    try:
        library(DEEP)["deep"](handled, inner)
    except kind:
        error = raised(OpenRouterError("No."))
    assert error.__context__ is handled
    conceal(error, hidden)
    assert deepest(handled)["local"] == KEY
    assert deepest(error) == {}
    assert (handled.__cause__, str(inner)) == (inner, KEY)


def test_what_a_library_handled_itself_is_cleaned() -> None:
    module = library(
        DEEP
        + """
def outer(error, inner):
    try:
        deep(inner, None)
    except ValueError:
        deep(error, None)
"""
    )
    error, inner = OpenRouterError("No."), ValueError("fine")
    with pytest.raises(OpenRouterError):
        module["outer"](error, inner)
    assert error.__context__ is inner
    assert deepest(inner)["local"] == KEY
    conceal(error, hidden)
    assert deepest(inner) == {}


SUSPENDED = """
def items(error):
    try:
        raise error
    except Exception:
        yield 1
        yield 2

async def bystander(error, released):
    try:
        raise error
    except Exception:
        await released.wait()
        return "done"
"""


@pytest.mark.parametrize("module", ["httpcore.made_up", "__main__"])
def test_generators_and_coroutines_that_wait_go_on(module: str) -> None:
    shared, names = OpenRouterError("No."), library(SUSPENDED, module)

    async def both() -> tuple[list[int], str]:
        released, items = asyncio.Event(), names["items"](shared)
        first = next(items)
        task = asyncio.create_task(names["bystander"](shared, released))
        await asyncio.sleep(0)
        conceal(shared, hidden)
        released.set()
        return [first, *items], await task

    assert asyncio.run(both()) == ([1, 2], "done")


def test_frames_of_generators_that_have_ended_let_go_too() -> None:
    module = library("def items(secret, error):\n    yield 1\n    raise error\n")
    error = OpenRouterError("No.")
    items: Generator[int, None, None] = module["items"](KEY, error)
    with pytest.raises(OpenRouterError):
        list(items)
    assert deepest(error)["secret"] == KEY
    conceal(error, hidden)
    assert deepest(error) == {}


def test_errors_that_name_each_other_are_no_trap() -> None:
    error, other = OpenRouterError(KEY), OpenRouterError(KEY)
    error.__cause__, other.__cause__ = other, error
    conceal(error, hidden)
    assert (str(error), str(other)) == (HIDDEN, HIDDEN)


# --- depth ------------------------------------------------------------------------------------------------------------

DEPTH = 100_000


def nested(*kinds: str) -> tuple[Any, dict[str, Any]]:
    """Give something that is nested deeply, and the innermost of it."""
    innermost: dict[str, Any] = {"said": KEY}
    body: Any = innermost
    for level in range(DEPTH):
        kind = kinds[level % len(kinds)]
        body = [body] if kind == "list" else (body,) if kind == "tuple" else {"in": body}
    return body, innermost


@pytest.mark.parametrize("kinds", [("list",), ("dict",), ("list", "tuple", "dict")])
def test_any_depth(kinds: tuple[str, ...]) -> None:
    body, innermost = nested(*kinds)
    assert sys.getrecursionlimit() < DEPTH
    conceal(OpenRouterError("No.").with_facts(body=body), hidden)
    assert innermost == {"said": HIDDEN}


def test_a_cause_that_cannot_be_shown_is_dropped() -> None:
    deep, broken = ValueError("fine"), UnspeakableError()
    deep.doc, _ = nested("list")  # type: ignore[attr-defined]  # as those of JSON have it
    for cause in (deep, broken):
        error = raised(OpenRouterError("No."), cause)
        conceal(error, hidden)
        assert error.__cause__ is None


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise ValueError(KEY)
