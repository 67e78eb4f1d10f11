"""Sums of usage: every number counts once, and what nobody knows stays unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openrouter.core.structuring import structurer
from openrouter.types.chat import MOST_TOKENS, CompletionTokensDetails, CostDetails, PromptTokensDetails, Usage
from openrouter.types.usage_sum import sum_usage


def told(**fields: Any) -> Usage:
    return structurer(Usage)(fields)


def test_nothing_sums_up_to_nothing() -> None:
    assert sum_usage([]) == Usage()
    assert sum_usage([]).cost is None


def test_all_tokens_costs_and_details_are_added() -> None:
    first = told(
        prompt_tokens=10,
        completion_tokens=5,
        total_tokens=15,
        cost=0.1,
        is_byok=False,
        prompt_tokens_details={"cached_tokens": 4, "audio_tokens": 1},
        completion_tokens_details={"reasoning_tokens": 3},
        cost_details={"upstream_inference_cost": 0.05},
    )
    second = told(
        prompt_tokens=1,
        completion_tokens=2,
        total_tokens=3,
        cost=0.2,
        is_byok=False,
        prompt_tokens_details={"cached_tokens": 1},
        cost_details={"upstream_inference_cost": None, "server_tool_cost": 0.01},
        server_tool_use={"web_search_requests": 1},
    )
    total = sum_usage(usage for usage in [first, second])
    assert total == Usage(
        prompt_tokens=11,
        completion_tokens=7,
        total_tokens=18,
        cost=Decimal("0.3"),
        is_byok=False,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=5, audio_tokens=1),
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=3),
        cost_details=CostDetails(upstream_inference_cost=Decimal("0.05"), server_tool_cost=Decimal("0.01")),
    )
    assert total.raw == {}
    assert (total.cached_tokens, total.reasoning_tokens) == (5, 3)
    assert first.prompt_tokens == 10


@pytest.mark.parametrize(
    ("costs", "total"),
    [
        ([None, None], None),
        ([None, 0.5], Decimal("0.5")),
        ([0.5, None], Decimal("0.5")),
        ([0, 0], Decimal(0)),
        ([0.1, 0.2, 1e-9], Decimal("0.300000001")),
    ],
)
def test_an_unknown_cost_is_unknown_only_where_no_cost_is_known(costs: list[Any], total: Decimal | None) -> None:
    assert sum_usage([told(cost=cost) for cost in costs]).cost == total


@pytest.mark.parametrize(
    ("given", "kept"),
    [([True, True], True), ([True, None], True), ([False, None], False), ([True, False], None), ([None], None)],
)
def test_whose_key_it_was_is_kept_where_all_agree(given: list[bool | None], *, kept: bool | None) -> None:
    assert sum_usage([told(is_byok=value) for value in given]).is_byok is kept


def test_a_sum_may_be_larger_than_what_one_reply_may_claim() -> None:
    most = told(prompt_tokens=MOST_TOKENS)
    assert sum_usage([most, most]).prompt_tokens == 2 * MOST_TOKENS


def test_a_sum_can_be_summed_further() -> None:
    one = told(prompt_tokens=1, cost=0.1, completion_tokens_details={"image_tokens": 2})
    assert sum_usage([sum_usage([one, one]), one]) == sum_usage([one, one, one])
