"""Calls of any area of the API: where they would go, and what they make of a reply."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from hypothesis import strategies as st

from openrouter.core.secret import Secret
from openrouter.core.wire import Call, Headers, HTTPInfo, Moment, Reply
from openrouter.preparing import prepare
from openrouter.settings import Settings

T = TypeVar("T")

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["9" * 5000, "1e999", "-1", "NaN"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
"""What nobody expects; with it NaN and infinity, which Python's decoder takes."""


def target(call: Call[Any]) -> str:
    settings = Settings(api_key="k", base_url="https://openrouter.ai/api/v1", model="a/b", max_tokens=5)
    assert (call.request.method, call.request.body, call.request.stream) == ("GET", None, False)
    return prepare(call.request, settings, Secret("k"), Moment(0, 0)).target.removeprefix("/api/v1")


def parsed(call: Call[T], body: object, status: int = 200) -> T:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = Headers([(b"retry-after", b"7")])
    return call.parse(Reply(HTTPInfo(status, headers, received_at=1_800_000_000.0), encoded))


def odd(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with fields of these names, and anything in them."""
    return st.dictionaries(st.sampled_from(names), ANY_JSON, max_size=5)
