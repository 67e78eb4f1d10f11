"""What the fake keeps of the requests that it received."""

from __future__ import annotations

import json

import pytest

from openrouter.testing import FakeOpenRouter, RecordedRequest

KEY = "sk-or-v1-secret"
PATH = "/api/v1/chat/completions"


def request(content: str = "Hello", *, stream: bool = False, target: str = PATH) -> RecordedRequest:
    body = json.dumps({"messages": [{"role": "user", "content": content}], "stream": stream}).encode()
    return RecordedRequest.received("POST", target, [(b"Authorization", f"Bearer {KEY}".encode())], body)


def test_requests_are_kept_in_order_the_refused_ones_too() -> None:
    fake = FakeOpenRouter()
    fake.answer(request("one", stream=True))
    fake.answer(RecordedRequest.received("GET", "/api/v1/nothing", [], b""))
    first, second = fake.requests
    assert (first.method, first.path, first.streaming) == ("POST", PATH, True)
    assert first.json()["messages"][0]["content"] == first.payload["messages"][0]["content"] == "one"
    assert first.headers["AUTHORIZATION"] == first.headers["authorization"] == f"Bearer {KEY}"
    assert (second.method, second.path, second.streaming, second.payload) == (
        "GET",
        "/api/v1/nothing",
        False,
        {},
    )


def test_the_list_of_requests_is_a_copy() -> None:
    fake = FakeOpenRouter()
    fake.requests.append(request())
    assert fake.requests == []


def test_the_query_is_kept_apart_from_the_path() -> None:
    fake = FakeOpenRouter()
    assert fake.answer(request(target=f"{PATH}?debug=1&x=%20")).status == 200
    assert (fake.requests[0].path, fake.requests[0].query) == (PATH, "debug=1&x=%20")


def test_a_body_that_is_not_json_is_kept_and_says_so_when_it_is_read() -> None:
    recorded = RecordedRequest.received("POST", PATH, [], b"{")
    assert recorded.body == b"{"
    with pytest.raises(ValueError, match="Expecting"):
        recorded.json()


def test_no_repr_shows_the_key() -> None:
    recorded = request()
    assert KEY not in repr(recorded)
    assert KEY not in repr(recorded.headers)
    assert PATH in repr(recorded)
