"""What a usage costs: as billed, or by a price list."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core.structuring import structurer
from openrouter.replies.costing import cost_of
from openrouter.types.chat import Usage
from openrouter.types.pricing import Pricing

D = Decimal
LIST: dict[str, Any] = {"prompt": "0.000003", "completion": "0.000015"}
"""3 and 15 USD per million tokens."""
MILLION = 1_000_000


def usage(prompt: int = 0, output: int = 0, **more: Any) -> Usage:
    made: Usage = structurer(Usage)({"prompt_tokens": prompt, "completion_tokens": output, **more})
    return made


def cached(tokens: int = 0, written: int = 0, **more: int) -> dict[str, Any]:
    return {"prompt_tokens_details": {"cached_tokens": tokens, "cache_write_tokens": written, **more}}


def output_details(**tokens: int) -> dict[str, Any]:
    return {"completion_tokens_details": tokens}


def amount(of: Usage, prices: dict[str, Any], **more: Any) -> Decimal | None:
    cost = cost_of(of, Pricing(prices), **more)
    return None if cost is None else cost.amount


def test_what_was_billed_is_the_cost() -> None:
    cost = cost_of(usage(1000, 1000, cost=0.0123), Pricing(LIST))
    assert cost is not None
    assert (cost.amount, cost.billed, cost.upstream, cost.estimated) == (D("0.0123"), D("0.0123"), None, False)
    assert cost.parts == {}


def test_without_a_bill_it_is_worked_out() -> None:
    cost = cost_of(usage(1000, 100), Pricing(LIST))
    assert cost is not None
    assert (cost.amount, cost.billed, cost.upstream, cost.estimated) == (D("0.0045"), None, None, True)
    assert cost.parts == {"prompt": D("0.003"), "completion": D("0.0015")}


def test_the_price_of_the_provider_is_added_with_a_key_of_ones_own_alone() -> None:
    details = {"upstream_inference_cost": 0.02}
    own = cost_of(usage(10, 10, cost=0.001, is_byok=True, cost_details=details), None)
    assert own is not None
    assert (own.amount, own.billed, own.upstream, own.estimated) == (D("0.021"), D("0.001"), D("0.02"), False)
    not_own = cost_of(usage(10, 10, cost=0.001, is_byok=False, cost_details=details), None)
    assert not_own is not None
    assert (not_own.amount, not_own.upstream) == (D("0.001"), None)


def test_the_price_of_the_provider_may_come_in_two_parts() -> None:
    details = {"upstream_inference_prompt_cost": 0.01, "upstream_inference_completions_cost": 0.02}
    cost = cost_of(usage(10, 10, cost=0, is_byok=True, cost_details=details), None)
    assert cost is not None
    assert (cost.upstream, cost.estimated) == (D("0.03"), False)
    for half in details:
        told = cost_of(usage(10, 10, cost=0, is_byok=True, cost_details={half: 0.01}), None)
        assert told is not None
        assert (told.upstream, told.estimated) == (None, True)


def test_what_the_provider_charges_openrouter_is_no_bill_of_ours() -> None:
    details = {"upstream_inference_cost": 0.02}
    cost = cost_of(usage(1000, 100, cost_details=details), Pricing(LIST))
    assert cost is not None
    assert (cost.amount, cost.upstream, cost.estimated) == (D("0.0045"), None, True)


def test_where_the_provider_tells_no_price_the_list_does() -> None:
    cost = cost_of(usage(1000, 100, cost=0.0002, is_byok=True), Pricing(LIST))
    assert cost is not None
    assert (cost.amount, cost.billed, cost.upstream, cost.estimated) == (D("0.0047"), D("0.0002"), D("0.0045"), True)
    fee_alone = cost_of(usage(1000, 100, cost=0.0002, is_byok=True), None)
    assert fee_alone is not None
    assert (fee_alone.amount, fee_alone.upstream, fee_alone.estimated) == (D("0.0002"), None, True)


def test_a_fee_that_is_not_told_is_not_known() -> None:
    details = {"upstream_inference_cost": 0.02}
    cost = cost_of(usage(10, 10, is_byok=True, cost_details=details), None)
    assert cost is not None
    assert (cost.amount, cost.billed, cost.upstream, cost.estimated) == (D("0.02"), None, D("0.02"), True)


@pytest.mark.parametrize(
    ("of", "prices"),
    [
        (usage(10, 10), None),
        (usage(10, 10), {}),
        (usage(10, 10), {"prompt": "0.1"}),
        (usage(10, 10), {"completion": "0.1"}),
        (usage(10, 10), {"prompt": "-1", "completion": "-1"}),
        (usage(10, 10), {"prompt": "0.1", "completion": "a lot"}),
        (usage(10, 10), {**LIST, "request": "-1"}),
        (usage(10, 10, **cached(audio_tokens=5)), LIST),
        (usage(10, 10, **output_details(audio_tokens=5)), LIST),
        (usage(10, 10, **output_details(image_tokens=5)), {**LIST, "image_output": "0.04"}),
        (usage(10, 10, server_tool_use={"web_search_requests": 1}), LIST),
        (usage(), LIST),
        (usage(0, 0, total_tokens=10), LIST),
    ],
)
def test_what_is_not_known_is_never_free(of: Usage, prices: dict[str, Any] | None) -> None:
    assert cost_of(of, None if prices is None else Pricing(prices)) is None


def test_a_price_that_is_not_needed_may_be_unknown() -> None:
    assert amount(usage(10, 0), {"prompt": "0.1", "completion": "-1"}) == 1
    assert amount(usage(10, 10), {"prompt": "0", "completion": "0"}) == 0


def test_tokens_of_the_cache_have_prices_of_their_own() -> None:
    prices = {**LIST, "input_cache_read": "0.0000003", "input_cache_write": "0.00000375"}
    cost = cost_of(usage(MILLION, 0, **cached(500_000, 400_000)), Pricing(prices))
    assert cost is not None
    assert cost.parts == {"prompt": D("0.3"), "input_cache_read": D("0.15"), "input_cache_write": D("1.5")}
    assert cost.amount == D("1.95")


def test_without_prices_of_the_cache_its_tokens_cost_what_others_do() -> None:
    assert amount(usage(MILLION, 0, **cached(500_000, 400_000)), LIST) == 3


def test_what_is_kept_for_an_hour_has_its_own_price() -> None:
    kept = {"cache_creation": {"ephemeral_1h_input_tokens": 300_000}}
    prices = {**LIST, "input_cache_write": "0.00000375", "input_cache_write_1h": "0.000006"}
    of = usage(400_000, 0, **cached(0, 400_000), **kept)
    assert amount(of, prices) == D("1.8") + D("0.375")
    assert amount(of, {**LIST, "input_cache_write": "0.00000375"}) == D("1.5")
    assert amount(of, LIST) == D("1.2")


def test_sound_has_prices_of_its_own() -> None:
    prices = {**LIST, "audio": "0.00001", "audio_output": "0.00002"}
    of = usage(100_000, 100_000, **cached(audio_tokens=50_000), **output_details(audio_tokens=40_000))
    assert amount(of, prices) == D("0.15") + D("0.5") + D("0.9") + D("0.8")


def test_tokens_of_images_have_a_price_of_their_own() -> None:
    of = usage(100, 100, **cached(image_tokens=60), **output_details(image_tokens=70))
    assert amount(of, {**LIST, "image_token": "0.001"}) == 40 * D("0.000003") + 30 * D("0.000015") + D("0.13")
    assert amount(of, LIST) == 100 * D("0.000018")


def test_reasoning_is_a_part_of_the_output() -> None:
    of = usage(0, 100, **output_details(reasoning_tokens=60))
    assert amount(of, LIST) == 100 * D("0.000015")
    assert amount(of, {**LIST, "internal_reasoning": "0.00002"}) == 40 * D("0.000015") + 60 * D("0.00002")


def test_a_price_of_nought_for_reasoning_makes_it_no_cheaper_than_other_output() -> None:
    of = usage(0, 100, **output_details(reasoning_tokens=60))
    assert amount(of, {**LIST, "internal_reasoning": "0"}) == 100 * D("0.000015")


def test_requests_images_and_searches_cost_by_the_piece() -> None:
    prices = {**LIST, "request": "0.005", "image": "0.001", "web_search": "0.01"}
    of = usage(MILLION, 0, server_tool_use_details={"web_search_requests": 2})
    cost = cost_of(of, Pricing(prices), images=3)
    assert cost is not None
    assert cost.parts == {"prompt": D(3), "request": D("0.005"), "image": D("0.003"), "web_search": D("0.02")}
    assert amount(usage(MILLION, 0), prices) == D("3.005")
    assert amount(usage(0, 0, server_tool_use_details={"web_search_requests": 2}), prices) == D("0.025")


@pytest.mark.parametrize("told", [-1, "two", None, 10**13, 1.5])
def test_a_number_of_searches_that_is_none_is_none(told: object) -> None:
    assert amount(usage(MILLION, 0, server_tool_use={"web_search_requests": told}), LIST) == 3


def test_a_discount_is_taken_off_each_price() -> None:
    assert amount(usage(MILLION, MILLION), {**LIST, "discount": 0.25}) == D("13.5")
    assert amount(usage(MILLION, 0), {**LIST, "request": "-1", "discount": 0.5}) is None


LONG = {"min_prompt_tokens": 200_000, "prompt": "0.000006", "completion": "0.0000225"}


def test_long_prompts_may_cost_more() -> None:
    prices = {**LIST, "input_cache_read": "0.0000003", "overrides": [LONG]}
    assert amount(usage(200_000, 0), prices) == D("0.6")
    assert amount(usage(200_001, 0), prices) == 200_001 * D("0.000006")
    # What an override has no price for stays as it is.
    assert amount(usage(200_001, 0, **cached(200_001)), prices) == 200_001 * D("0.0000003")


def test_the_last_override_that_holds_wins_price_by_price() -> None:
    longer = {"min_prompt_tokens": 100, "prompt": "0.5"}
    prices = {**LIST, "overrides": [LONG, longer, {"min_prompt_tokens": 10**9, "prompt": "9"}]}
    assert amount(usage(200_001, 1), prices) == 200_001 * D("0.5") + D("0.0000225")


@pytest.mark.parametrize("override", [{**LONG, "prompt": "-1"}, {**LONG, "prompt": "10000000000"}])
def test_an_override_may_vary(override: dict[str, Any]) -> None:
    assert amount(usage(300_000, 0), {**LIST, "overrides": [override]}) is None
    assert amount(usage(100, 0), {**LIST, "overrides": [override]}) == D("0.0003")


@pytest.mark.parametrize(
    "override",
    [
        {"min_prompt_tokens": "many", "prompt": "9"},
        {"moon_phase": 3, "prompt": "9"},
        {"weekday_of_the_moon": ["full"], "prompt": "9"},
        {"min_prompt_tokens": [], "prompt": "9"},
        {"utc_start": "ten", "utc_end": 10.5, "prompt": "9"},
        {"utc_start": [1], "prompt": "9"},
        {"utc_end": [1], "prompt": "9"},
        {"utc_days": 3, "prompt": "9"},
        {"utc_days": [1, None], "prompt": "9"},
        "odd",
        {"min_prompt_tokens": 0},
    ],
)
def test_an_override_that_cannot_be_judged_does_not_hold(override: object) -> None:
    assert amount(usage(MILLION, 0), {**LIST, "overrides": [override]}, utc=0.0) == 3


def test_a_price_may_be_a_number() -> None:
    override = {"min_prompt_tokens": 100, "prompt": 0.25}
    assert amount(usage(1000, 0), {"prompt": 1, "overrides": [override]}) == 250


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("conditions", "times"),
    [
        ({"utc_start": 100, "utc_end": 1030}, {"01:00": 9, "00:59": 3, "10:29": 9, "10:30": 3}),
        ({"utc_start": 1630, "utc_end": 30}, {"16:29": 3, "16:30": 9, "23:59": 9, "00:29": 9, "00:30": 3}),
        ({"utc_start": 2200}, {"21:59": 3, "22:00": 9, "23:59": 9}),
        ({"utc_end": 600}, {"00:00": 9, "05:59": 9, "06:00": 3}),
        ({"utc_days": ["friday"]}, {"00:00": 9, "23:59": 9}),
        ({"utc_days": ["Saturday", "sunday"]}, {"12:00": 3}),
        ({"utc_days": ["friday"], "utc_start": 1200}, {"11:59": 3, "12:00": 9}),
        ({"utc_start": 1200, "min_prompt_tokens": MILLION}, {"12:00": 3}),
        ({"utc_start": 1200, "min_prompt_tokens": MILLION - 1}, {"11:59": 3, "12:00": 9}),
    ],
)
def test_prices_may_depend_on_the_time_of_the_day(conditions: dict[str, Any], times: dict[str, int]) -> None:
    prices = {**LIST, "overrides": [{**conditions, "prompt": "0.000009"}]}
    for clock, expected in times.items():
        # The first of May 2026 was a Friday.
        assert amount(usage(MILLION, 0), prices, utc=at(f"2026-05-01T{clock}:30")) == expected, clock
    assert amount(usage(MILLION, 0), prices) == 3


COUNTS = st.integers(0, 10**7)


@given(COUNTS, COUNTS, st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), st.tuples(COUNTS, COUNTS, COUNTS))
def test_tokens_that_make_no_sense_never_cost_less_than_nothing(
    prompt: int, output: int, inputs: tuple[int, ...], outputs: tuple[int, ...]
) -> None:
    of = usage(
        prompt,
        output,
        **cached(inputs[0], inputs[1], audio_tokens=inputs[2], image_tokens=inputs[3]),
        **output_details(reasoning_tokens=outputs[0], audio_tokens=outputs[1], image_tokens=outputs[2]),
    )
    names = ("input_cache_read", "input_cache_write", "audio", "image_token", "internal_reasoning", "audio_output")
    cost = cost_of(of, Pricing({**LIST, **dict.fromkeys(names, "0.000002")}))
    if not prompt and not output:
        assert cost is None
        return
    assert cost is not None
    # Not less than the cheapest price makes of all tokens, and not more than the dearest.
    assert (prompt + output) * D("0.000002") <= cost.amount <= (prompt + output) * D("0.000015")
    assert all(part >= 0 for part in cost.parts.values())


def test_a_program_that_counts_with_few_digits_loses_none_here() -> None:
    with localcontext() as context:
        context.prec = 3
        found = amount(usage(1_234_567, 7_654_321), {"prompt": "0.0000001234567", "completion": "0.00000333"})
    assert found == D("0.1524155677489") + D("25.48888893")
    details = {"upstream_inference_cost": 0.0000001234567}
    with localcontext() as context:
        context.prec = 3
        cost = cost_of(usage(1, 1, cost=12345.6, is_byok=True, cost_details=details), None)
    assert cost is not None
    assert cost.amount == D("12345.6000001234567")


def test_a_price_with_more_digits_than_there_are_is_no_price() -> None:
    usage = Usage(prompt_tokens=10, completion_tokens=10)
    assert cost_of(usage, Pricing({"prompt": "1E-999999", "completion": "0.01"})) is None
