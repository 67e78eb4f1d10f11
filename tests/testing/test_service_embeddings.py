"""Embeddings of the fake: the same for the same words, alike for texts that share words."""

from __future__ import annotations

import json
import math
import struct
from base64 import b64decode
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from openrouter.testing import FakeOpenRouter

KEY = {"Authorization": "Bearer sk-or-v1-secret"}
MODEL = "openrouter/simulated-embedding"


@pytest.fixture
def service() -> Iterator[httpx.Client]:
    with FakeOpenRouter(generation_delay=0).http() as client:
        client.headers.update(KEY)
        yield client


def ask(service: httpx.Client, given: Any, **options: Any) -> dict[str, Any]:
    reply = service.post("/embeddings", json={"model": MODEL, "input": given, **options})
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()
    return found


def vectors(service: httpx.Client, given: Any, **options: Any) -> list[list[float]]:
    return [item["embedding"] for item in ask(service, given, **options)["data"]]


def likeness(one: list[float], other: list[float]) -> float:
    return sum(left * right for left, right in zip(one, other, strict=True))


def test_the_reply_has_the_shape_of_a_real_one(service: httpx.Client) -> None:
    body = ask(service, ["The Rhine", "and the Main"])
    assert body.keys() == {"object", "data", "model", "id", "provider", "usage"}
    assert (body["object"], body["model"], body["provider"]) == ("list", MODEL, "Simulated")
    assert [(item["object"], item["index"]) for item in body["data"]] == [("embedding", 0), ("embedding", 1)]
    assert (body["usage"]["prompt_tokens"], body["usage"]["total_tokens"]) == (5, 5)
    assert Decimal(repr(body["usage"]["cost"])) == Decimal("0.000005")
    assert body["usage"].keys() == {"prompt_tokens", "total_tokens", "cost", "is_byok", "cost_details"}


def test_vectors_have_length_1_and_as_many_dimensions_as_asked_for(service: httpx.Client) -> None:
    for options, dimensions in (({}, 64), ({"dimensions": 3}, 3), ({"dimensions": 1536}, 1536)):
        (vector,) = vectors(service, "The Rhine", **options)
        assert len(vector) == dimensions
        assert math.hypot(*vector) == pytest.approx(1)


def test_the_same_words_give_the_same_vector_everywhere(service: httpx.Client) -> None:
    first, second, other = vectors(service, ["The Rhine", "the  RHINE", "The Main"])
    assert first == second != other
    with FakeOpenRouter().http() as elsewhere:
        elsewhere.headers.update(KEY)
        assert vectors(elsewhere, "The Rhine") == [first]


def test_texts_that_share_words_are_alike(service: httpx.Client) -> None:
    rivers, more_rivers, letters = vectors(
        service, ["rivers flow into the sea", "rivers flow down to the sea", "a letter came yesterday"], dimensions=256
    )
    assert likeness(rivers, more_rivers) > 0.5 > abs(likeness(rivers, letters))


def test_base64_holds_the_same_numbers(service: httpx.Client) -> None:
    (plain,) = vectors(service, "The Rhine", encoding_format="float")
    (item,) = ask(service, "The Rhine", encoding_format="base64")["data"]
    assert list(struct.unpack("<64f", b64decode(item["embedding"]))) == plain


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ("one", 1),
        (["one", "two"], 2),
        ([1, 2, 3], 1),
        ([[1, 2], [3]], 2),
        ([{"content": [{"type": "text", "text": "one"}]}, {"content": [{"type": "image_url"}]}], 2),
        ([""], 1),
    ],
)
def test_every_form_of_input_is_taken(service: httpx.Client, given: Any, count: int) -> None:
    found = vectors(service, given)
    assert len(found) == count
    assert len({tuple(vector) for vector in found}) == count


def test_half_a_character_is_text_too(service: httpx.Client) -> None:
    reply = service.post("/embeddings", content=json.dumps({"model": MODEL, "input": "\ud800"}).encode())
    assert len(reply.json()["data"]) == 1


def test_tokens_are_told_apart(service: httpx.Client) -> None:
    assert vectors(service, [[1, 2], [2, 1], [3]])[0] != vectors(service, [3])[0]


def test_words_that_cancel_each_other_out_give_no_direction(service: httpx.Client) -> None:
    """In one dimension these two are opposite."""
    assert vectors(service, ["ar hn", "ar ar hn"], dimensions=1) == [
        [0.0],
        [vectors(service, "ar", dimensions=1)[0][0]],
    ]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"input": "Hello"}, 'Input required: specify "model"'),
        ({"model": MODEL}, 'Input required: specify "input"'),
        ({"model": MODEL, "input": []}, 'Input required: specify "input"'),
        (
            {"model": MODEL, "input": "x", "encoding_format": "hex"},
            'Invalid "encoding_format": it is "float" or "base64"',
        ),
        (
            {"model": MODEL, "input": "x", "encoding_format": []},
            'Invalid "encoding_format": it is "float" or "base64"',
        ),
        *(
            (
                {"model": MODEL, "input": "x", "dimensions": dimensions},
                'Invalid "dimensions": it is a whole number from 1 to 4096',
            )
            for dimensions in (0, "3", True, 4097, 10**15, 10**30)
        ),
    ],
)
def test_what_makes_no_sense_is_refused(service: httpx.Client, payload: Any, message: str) -> None:
    reply = service.post("/embeddings", json=payload)
    assert (reply.status_code, reply.json()) == (400, {"error": {"message": message, "code": 400}})


def test_a_body_that_is_no_json_is_refused(service: httpx.Client) -> None:
    reply = service.post("/embeddings", content=b"{")
    assert reply.json() == {"error": {"message": "The request body is not valid JSON", "code": 400}}


def test_they_are_booked(service: httpx.Client) -> None:
    reply = service.post("/embeddings", json={"model": MODEL, "input": "The Rhine"})
    service.post("/embeddings", json={"model": f"{MODEL}:free", "input": "The Rhine"})
    assert service.get("/credits").json()["data"]["total_usage"] == 0.000002
    record = service.get("/generation", params={"id": reply.headers["x-generation-id"]}).json()["data"]
    assert (record["id"], record["api_type"], record["total_cost"]) == (reply.json()["id"], "embeddings", 0.000002)
    assert (record["tokens_prompt"], record["tokens_completion"], record["finish_reason"]) == (2, None, None)
