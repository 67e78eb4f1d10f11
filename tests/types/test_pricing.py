"""Prices: exact, made out of whatever the service says, and never wrong where it says something odd."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core.structuring import as_dict, structurer
from openrouter.types.pricing import Price, Prices, Pricing, PricingOverride

UNITS = {
    "prompt",
    "completion",
    "request",
    "image",
    "image_token",
    "image_output",
    "audio",
    "audio_output",
    "input_audio_cache",
    "input_cache_read",
    "input_cache_write",
    "input_cache_write_1h",
    "internal_reasoning",
    "web_search",
}
LONG_CONTEXT = {"min_prompt_tokens": 200_000, "prompt": "0.000005", "completion": "0.00002"}
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["-1", "0.1", "1e400", "NaN"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def test_every_price_is_tried_here() -> None:
    assert {name for name, value in vars(Prices).items() if isinstance(value, Price)} == UNITS


@pytest.mark.parametrize("name", sorted(UNITS))
def test_a_price_is_exactly_what_was_written(name: str) -> None:
    for kind in (Pricing, PricingOverride):
        price = getattr(kind({name: "0.00000015"}), name)
        assert (price, type(price)) == (Decimal("0.00000015"), Decimal)
        assert getattr(kind({}), name) is None


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ("0", Decimal(0)),
        ("0.0000006", Decimal("0.0000006")),
        ("1e-7", Decimal("1E-7")),
        (0.000018, Decimal("0.000018")),
        (3, Decimal(3)),
        (10**9, Decimal(10**9)),
        ("-1", None),
        (-1, None),
        (10**9 + 1, None),
        ("1e400", None),
        pytest.param(10**5000, None, id="thousands of digits"),
        ("free", None),
        ("", None),
        ("NaN", None),
        ("sNaN", None),
        ("Infinity", None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        ({"usd": "1"}, None),
        (["1"], None),
    ],
    ids=repr,
)
def test_a_price_that_cannot_be_is_none(said: object, price: Decimal | None) -> None:
    assert Pricing({"prompt": said}).prompt == price


@pytest.mark.parametrize(
    ("prices", "varies"),
    [
        ({}, False),
        ({"prompt": "0", "completion": "0"}, False),
        ({"prompt": "-1", "completion": "-1"}, True),
        ({"prompt": "0.1", "web_search": -1}, True),
        ({"prompt": "-0.5"}, True),
        ({"prompt": "-x", "discount": -1, "unknown": "-1"}, False),
    ],
)
def test_a_price_below_zero_varies(prices: dict[str, Any], *, varies: bool) -> None:
    assert Pricing(prices).varies is varies


@pytest.mark.parametrize(
    ("said", "discount"),
    [(0, Decimal(0)), (0.25, Decimal("0.25")), ("0.5", Decimal("0.5")), (1, Decimal(1)), (1.5, None), (-0.1, None)],
)
def test_a_discount_is_a_part_of_one(said: object, discount: Decimal | None) -> None:
    assert Pricing({"discount": said}).discount == discount
    assert Pricing({}).discount is None


def test_overrides_have_conditions_and_prices() -> None:
    nightly = {"utc_start": 1630.0, "utc_end": 30, "utc_days": ["sat"], "prompt": "0.1", "new_condition": 1}
    first, second = Pricing({"prompt": "1", "overrides": [LONG_CONTEXT, None, "x", nightly]}).overrides
    assert (first.min_prompt_tokens, first.prompt, first.completion) == (
        200_000,
        Decimal("0.000005"),
        Decimal("0.00002"),
    )
    assert (first.utc_start, first.utc_end, first.utc_days, first.request) == (None, None, None, None)
    assert (second.min_prompt_tokens, second.utc_start, second.utc_end, second.utc_days) == (None, 1630, 30, ["sat"])
    assert second.raw["new_condition"] == 1
    assert Pricing({"overrides": {"prompt": "1"}}).overrides == Pricing({}).overrides == []


@pytest.mark.parametrize("said", [True, "1030", 10.5, float("inf"), None, [1]])
def test_a_condition_that_is_no_whole_number_is_none(said: object) -> None:
    assert PricingOverride({"utc_start": said}).utc_start is None


def test_equal_is_what_costs_the_same() -> None:
    pricing = Pricing({"prompt": "0.10", "request": None, "unknown": 1})
    assert pricing == Pricing({"prompt": 0.1})
    assert pricing != Pricing({"prompt": "0.2"})
    assert pricing != Pricing({"prompt": "0.1", "discount": 0.5})
    assert pricing != Pricing({"prompt": "0.1", "overrides": [LONG_CONTEXT]})
    assert pricing != Pricing({"prompt": "0.1", "completion": "-1"})
    assert pricing != PricingOverride({"prompt": "0.1"})
    assert PricingOverride({"utc_start": 1}) != PricingOverride({"utc_start": 2})
    assert pricing != "0.1"


def test_it_shows_what_there_is_and_no_more() -> None:
    shown = repr(Pricing({"prompt": "0.00001", "image": "0", "request": "x", "discount": 0.5, "unknown": 1}))
    assert shown == "Pricing(prompt=Decimal('0.00001'), image=Decimal('0'), discount=Decimal('0.5'))"
    assert repr(Pricing()) == "Pricing()"
    assert repr(Pricing({"prompt": "-1"})) == "Pricing(varies=True)"
    override = "PricingOverride(min_prompt_tokens=200000, prompt=Decimal('0.000005'), completion=Decimal('0.00002'))"
    assert repr(Pricing({"overrides": [LONG_CONTEXT]})) == f"Pricing(overrides=[{override}])"


def test_a_price_cannot_be_set_and_the_objects_are_no_keys() -> None:
    pricing = Pricing({"prompt": "1"})
    with pytest.raises(AttributeError):
        pricing.prompt = Decimal(2)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # what is tested
    with pytest.raises(TypeError, match="unhashable"):
        hash(pricing)


def test_each_has_a_dict_of_its_own() -> None:
    first, second = Pricing(), Pricing()
    first.raw["prompt"] = "1"
    assert second.prompt is None


def test_it_can_be_copied_pickled_and_sent_back() -> None:
    came = {"prompt": "0.1", "unknown": {"deep": [1]}, "overrides": [LONG_CONTEXT]}
    pricing = structurer(Pricing)(came)
    assert pricing.raw is came
    for copied in (copy.deepcopy(pricing), pickle.loads(pickle.dumps(pricing))):  # noqa: S301 - our own bytes
        assert copied == pricing
        assert copied.raw == came
    assert as_dict(pricing) == came


def test_on_the_class_a_price_is_its_declaration() -> None:
    assert isinstance(Pricing.prompt, Price)


@given(st.dictionaries(st.sampled_from([*sorted(UNITS), "discount", "overrides", "utc_start"]), ANY_JSON))
def test_no_json_raises(prices: dict[str, Any]) -> None:
    pricing, override = Pricing(prices), PricingOverride(prices)
    assert pricing == Pricing(copy.deepcopy(prices))
    assert repr(pricing).startswith("Pricing(")
    assert repr(override).startswith("PricingOverride(")
    for name in UNITS:
        price = getattr(pricing, name)
        assert price is None or 0 <= price <= 10**9
