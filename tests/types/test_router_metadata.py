"""How a completion was routed, with types."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal
from typing import Any

import pytest

from openrouter.core.structuring import structurer
from openrouter.testing import FakeOpenRouter, RawReply
from openrouter.types.chat import Completion
from openrouter.types.router_metadata import RouterEndpoints, RouterMetadata

METADATA: dict[str, Any] = {
    "requested": "openrouter/auto",
    "strategy": "auto",
    "region": "iad",
    "summary": "available=2, selected=Acme",
    "attempt": 2,
    "is_byok": False,
    "endpoints": {
        "total": 2,
        "available": [
            {"provider": "Acme", "model": "acme/large", "selected": True},
            {"provider": "Other", "model": "acme/large", "selected": False, "new": 1},
        ],
    },
    "params": {"quality_floor": 0.5, "throughput_floor": 20, "version_group": "v2", "new": [1]},
    "attempts": [{"provider": "Other", "model": "acme/large", "status": 503}],
    "pipeline": [
        {
            "type": "guardrail",
            "name": "pii",
            "summary": "Took out 1 name.",
            "data": {"count": 1},
            "cost_usd": 0.00001,
            "guardrail_id": "g1",
            "guardrail_scope": "workspace",
        }
    ],
    "generation_time": 812,
    "colour": "red",
}


def routed(metadata: Any) -> RouterMetadata | None:
    completion: Completion = structurer(Completion)({"id": "gen-1", "openrouter_metadata": metadata})
    return completion.router_metadata


def test_all_of_it_has_a_type() -> None:
    found = routed(METADATA)
    assert found
    assert (found.requested, found.strategy, found.region, found.attempt) == ("openrouter/auto", "auto", "iad", 2)
    assert (found.summary, found.is_byok, found.generation_time) == ("available=2, selected=Acme", False, 812.0)
    assert found.endpoints.total == 2
    assert [(one.provider, one.model, one.selected) for one in found.endpoints.available] == [
        ("Acme", "acme/large", True),
        ("Other", "acme/large", False),
    ]
    assert found.params
    assert (found.params.quality_floor, found.params.throughput_floor) == (0.5, 20.0)
    assert found.params.version_group == "v2"
    assert [(one.provider, one.model, one.status) for one in found.attempts] == [("Other", "acme/large", 503)]
    (stage,) = found.pipeline
    assert (stage.type, stage.name, stage.summary, stage.data) == ("guardrail", "pii", "Took out 1 name.", {"count": 1})
    assert (stage.cost_usd, stage.guardrail_id, stage.guardrail_scope) == (Decimal("0.00001"), "g1", "workspace")


def test_what_is_new_stays_within_reach() -> None:
    found = routed(METADATA)
    assert found
    assert found.raw == METADATA
    assert found.endpoints.available[1].raw["new"] == 1
    assert found.params
    assert found.params.raw["new"] == [1]
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - what it pickled itself


def test_the_dict_stays_as_it_came() -> None:
    completion: Completion = structurer(Completion)({"openrouter_metadata": METADATA})
    assert completion.openrouter_metadata == METADATA
    assert completion.router_metadata == completion.router_metadata


@pytest.mark.parametrize("nothing", [None, {}, [], "auto"])
def test_where_nothing_is_told_there_is_none(nothing: Any) -> None:
    assert routed(nothing) is None


def test_odd_values_are_unknown() -> None:
    odd = {"requested": 5, "attempt": "2", "endpoints": None, "params": [], "attempts": {}, "pipeline": [None]}
    found = routed(odd)
    assert found
    assert (found.requested, found.attempt, found.params) == (None, None, None)
    assert (found.endpoints, found.attempts, found.pipeline) == (RouterEndpoints(), [], [])


def test_a_stream_tells_it_in_its_last_chunk() -> None:
    chunks = [
        {"id": "gen-1", "choices": [{"delta": {"content": "Hello."}, "finish_reason": "stop"}]},
        {"id": "gen-1", "choices": [], "openrouter_metadata": METADATA},
    ]
    events = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
    reply = RawReply(headers={"Content-Type": "text/event-stream"}, segments=[*events, b"data: [DONE]\n\n"])
    with FakeOpenRouter([reply]).sync_client() as client:
        stream = client.stream("Hi", router_metadata=True)
        assert "".join(chunk.text for chunk in stream) == "Hello."
    assert stream.completion
    assert stream.completion.router_metadata == routed(METADATA)
