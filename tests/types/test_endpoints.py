"""What an endpoint shows of itself, whatever the service says of it."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import Any

import pytest

from openrouter.core.structuring import as_dict, structurer
from openrouter.types.endpoints import Endpoint, EndpointPercentiles, ModelEndpoints

CAME: dict[str, Any] = {
    "name": "Acme | acme/large-20260101",
    "model_id": "acme/large-20260101",
    "model_name": "Acme: Large",
    "provider_name": "Acme",
    "tag": "acme/priority",
    "context_length": 200_000,
    "max_completion_tokens": 64_000,
    "max_prompt_tokens": 190_000,
    "pricing": {"prompt": "0.000003", "completion": "0.000015", "discount": 0.1},
    "quantization": "fp8",
    "status": -2,
    "supported_parameters": ["tools", "seed"],
    "supports_implicit_caching": True,
    "supports_voice_cloning": False,
    "uptime_last_5m": 100,
    "uptime_last_30m": 99.5,
    "uptime_last_1d": 98.25,
    "service_tier": "priority",
    "latency_last_30m": {"p50": 250, "p75": 500.5, "p90": 1000, "p99": 12_000},
    "throughput_last_30m": {"p50": 80.5, "p75": 60, "p90": 40, "p99": 20},
    "new": {"a": 1},
}


def endpoint(**told: Any) -> Endpoint:
    return structurer(Endpoint)(told)


def test_all_that_is_told_of_an_endpoint() -> None:
    found = endpoint(**CAME)
    plain = CAME.keys() - {"pricing", "latency_last_30m", "throughput_last_30m", "new"}
    assert {name: getattr(found, name) for name in plain} == {name: CAME[name] for name in plain}
    assert (found.pricing.prompt, found.pricing.discount) == (Decimal("0.000003"), Decimal("0.1"))
    assert found.latency_last_30m == EndpointPercentiles(250, 500.5, 1000, 12_000)
    assert found.latency_last_30m_seconds == EndpointPercentiles(0.25, 0.5005, 1, 12)
    assert found.throughput_last_30m == EndpointPercentiles(80.5, 60, 40, 20)
    assert found.raw == CAME
    assert as_dict(found) == CAME


def test_nothing_has_to_be_told() -> None:
    found = endpoint()
    assert found == Endpoint()
    assert (found.pricing.prompt, found.latency_last_30m, found.latency_last_30m_seconds) == (None, None, None)
    assert (found.quantization, found.status, found.uptime_last_1d, found.supported_parameters) == (None,) * 3 + ([],)


@pytest.mark.parametrize("measured", [None, [], "fast", 5, True])
def test_without_a_key_nothing_is_measured(measured: object) -> None:
    found = endpoint(latency_last_30m=measured, throughput_last_30m=measured, uptime_last_5m=measured)
    assert (found.latency_last_30m, found.latency_last_30m_seconds, found.throughput_last_30m) == (None, None, None)


def test_a_part_of_what_is_measured_may_be_missing() -> None:
    found = endpoint(latency_last_30m={"p50": None, "p75": "fast", "p90": 90})
    assert found.latency_last_30m == EndpointPercentiles(p90=90)
    assert found.latency_last_30m_seconds == EndpointPercentiles(p90=0.09)


@pytest.mark.parametrize("beyond", [-1, float("nan"), float("inf"), 1e300, 10**400, "5"])
def test_numbers_beyond_belief_are_unknown_and_raw_keeps_them(beyond: Any) -> None:
    found = endpoint(context_length=beyond, uptime_last_1d=beyond, latency_last_30m={"p50": beyond})
    assert (found.context_length, found.uptime_last_1d, found.latency_last_30m) == (None, None, EndpointPercentiles())
    assert found.raw["context_length"] is beyond


def test_two_are_equal_where_all_that_was_told_is() -> None:
    assert endpoint(**CAME) == endpoint(**CAME)
    assert endpoint(**CAME) != endpoint(**{**CAME, "new": 2})
    found = endpoint(**CAME)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes


def test_a_line_tells_who_it_is() -> None:
    shown = repr(endpoint(**CAME))
    assert "provider_name='Acme'" in shown
    assert "raw" not in shown


def test_a_model_with_its_endpoints() -> None:
    told = {"id": "acme/large", "architecture": {"input_modalities": ["text", "image"]}, "endpoints": [CAME, CAME]}
    found = structurer(ModelEndpoints)(told)
    assert (found.id, found.architecture.input_modalities) == ("acme/large", ["text", "image"])
    assert found.endpoints == [endpoint(**CAME)] * 2
    assert structurer(ModelEndpoints)({"endpoints": {"0": CAME}}).endpoints == []
