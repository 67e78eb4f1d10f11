"""Variants, routers and aliases by name, and preferences among providers with units in their names."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from openrouter.api.chat import Chat
from openrouter.core.errors import InvalidArgumentError
from openrouter.core.json import encode_json
from openrouter.routing import KnownModel, Variant, apply_variant, parse_slug, provider
from openrouter.testing import FakeOpenRouter
from openrouter.types.slugs import CATALOGUE_VARIANTS, ROUTING_VARIANTS

EVERYTHING: dict[str, Any] = {
    "order": ["anthropic", "google-vertex/us-east5"],
    "only": ["anthropic"],
    "ignore": ["slow"],
    "allow_fallbacks": False,
    "require_parameters": True,
    "data_collection": "deny",
    "zdr": True,
    "enforce_distillable_text": True,
    "quantizations": ["fp8"],
    "sort": "price",
    "options": {"anthropic": {"beta": True}},
}
"""Preferences that go out under the names that they are given by."""


def test_the_variants_are_those_that_are_known() -> None:
    assert {*Variant} == ROUTING_VARIANTS | CATALOGUE_VARIANTS


@pytest.mark.parametrize("variant", Variant)
def test_a_variant_makes_a_plain_id(variant: Variant) -> None:
    applied = apply_variant(KnownModel.GPT_LATEST, variant)
    assert applied == f"~openai/gpt-latest:{variant.value}"
    assert type(applied) is str


@pytest.mark.parametrize("model", KnownModel)
def test_what_does_not_go_stale_is_a_router_or_an_alias(model: KnownModel) -> None:
    slug = parse_slug(model)
    assert slug.author == "openrouter" or (slug.alias and slug.name.endswith("-latest"))
    assert (slug.variants, slug.preset) == ((), None)


def test_a_known_model_goes_out_as_its_id() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client(model=KnownModel.AUTO) as client:
        client.complete("Hi")
        client.complete("Hi", model=KnownModel.CLAUDE_OPUS_LATEST, variant=Variant.NITRO)
    assert [request.payload["model"] for request in fake.requests] == [
        "openrouter/auto", "~anthropic/claude-opus-latest:nitro"
    ]  # fmt: skip


# --- provider ---------------------------------------------------------------------------------------------------------


def test_what_is_not_said_is_not_there() -> None:
    assert provider() == {}
    assert provider(zdr=None, max_prompt_usd_per_million=None, allow_fallbacks=False) == {"allow_fallbacks": False}


def test_preferences_without_units_keep_their_names() -> None:
    assert provider(**EVERYTHING) == EVERYTHING


def test_preferences_with_units_go_where_the_api_has_them() -> None:
    assert provider(
        max_prompt_usd_per_million=Decimal("1.50"),
        max_completion_usd_per_million=2.5,
        max_usd_per_request="0.01",
        max_usd_per_image=Decimal("1E-7"),
        max_latency_seconds=1.5,
        min_tokens_per_second={"p50": 100, "p90": 20},
    ) == {
        "max_price": {"prompt": "1.50", "completion": 2.5, "request": "0.01", "image": "0.0000001"},
        "preferred_max_latency": 1.5,
        "preferred_min_throughput": {"p50": 100, "p90": 20},
    }


def test_all_fallback_models_can_be_sorted_as_one() -> None:
    assert provider(sort="throughput", partition="none") == {"sort": {"by": "throughput", "partition": "none"}}
    assert provider(partition="none") == {"sort": {"partition": "none"}}


def test_what_it_makes_can_be_sent() -> None:
    made = provider(**EVERYTHING, max_prompt_usd_per_million=Decimal(3), max_latency_seconds={"p99": 5})
    body = Chat.complete("Hi", provider={**made, "brand_new": 1}).request.body or {}
    assert json.loads(encode_json(body))["provider"] == {
        **EVERYTHING, "max_price": {"prompt": "3"}, "preferred_max_latency": {"p99": 5}, "brand_new": 1
    }  # fmt: skip


@pytest.mark.parametrize("free", [0, 0.0, "0.0000", Decimal("0.00")])
def test_nothing_may_be_all_that_it_costs(free: Any) -> None:
    assert provider(max_prompt_usd_per_million=free)["max_price"]["prompt"] in {0, str(free)}


@pytest.mark.parametrize("name", ["max_prompt_usd_per_million", "max_completion_usd_per_million"])
@pytest.mark.parametrize(
    ("price", "per_million"),
    [
        (0.000003, "3"),
        ("0.0000030", "3"),
        (Decimal("0.0000025"), "2.5"),
        (Decimal("1E-8"), "0.01"),
        (0.0006, "600"),
        ("0.00099", "990"),
    ],
)
def test_the_price_of_one_token_is_refused_with_the_way_out(name: str, price: Any, per_million: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"^{name}=.* USD per million .* per token would be {per_million},"):
        provider(**{name: price})
    field = name.split("_")[1]
    given = str(price) if isinstance(price, Decimal) else price
    with pytest.raises(InvalidArgumentError, match=rf"^provider\.max_price\.{field}=.* would be {per_million},"):
        Chat.complete("Hi", provider={"max_price": {field: given}})


@pytest.mark.parametrize("price", [0.001, "0.01", Decimal("0.02"), 150, 0])
def test_cheap_models_may_be_asked_for(price: Any) -> None:
    made = provider(max_prompt_usd_per_million=price, max_completion_usd_per_million=price)
    assert made["max_price"].keys() == {"prompt", "completion"}


def test_what_is_not_priced_by_the_million_may_be_tiny() -> None:
    made = provider(max_usd_per_request="0.000001", max_usd_per_image=Decimal("0.00001"))
    assert made == {"max_price": {"request": "0.000001", "image": "0.00001"}}
    Chat.complete("Hi", provider={"max_price": {"request": 1e-6, "image": 1e-6, "audio": 1e-6}})


@pytest.mark.parametrize("value", [-1, "cheap", True, float("nan"), Decimal("NaN"), Decimal("-0.1"), [1]])
@pytest.mark.parametrize(
    "name",
    ["max_prompt_usd_per_million", "max_completion_usd_per_million", "max_usd_per_request", "max_usd_per_image"],
)
def test_what_is_no_amount_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{name}=.*USD of at least 0"):
        provider(**{name: value})


@pytest.mark.parametrize(("given", "path"), [(2000, ""), (600.5, ""), ({"p50": 1, "p90": 2000}, r"\.p90")])
def test_milliseconds_are_refused_with_the_way_out(given: Any, path: str) -> None:
    with pytest.raises(
        InvalidArgumentError, match=rf"^max_latency_seconds{path}=.*in seconds, at most 600: .* ms would"
    ):
        provider(max_latency_seconds=given)
    with pytest.raises(
        InvalidArgumentError, match=rf"^provider\.preferred_max_latency{path}=.*in seconds, at most 600"
    ):
        Chat.complete("Hi", provider={"preferred_max_latency": given})


@pytest.mark.parametrize("seconds", [0, 0.3, 600, {"p75": 600}, {"p50": None}])
def test_what_may_be_seconds_passes(seconds: Any) -> None:
    assert provider(max_latency_seconds=seconds) == {"preferred_max_latency": seconds}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"max_latency_seconds": -1}, "^max_latency_seconds=-1"),
        ({"max_latency_seconds": "2"}, "^max_latency_seconds='2'.*a number, or a mapping"),
        ({"min_tokens_per_second": {"p90": "x"}}, r"^min_tokens_per_second\.p90='x'"),
        ({"order": "anthropic"}, r"^provider\.order='anthropic'.*a list"),
        ({"only": []}, r"^provider\.only="),
        ({"zdr": "yes"}, r"^provider\.zdr='yes'"),
    ],
)
def test_what_cannot_be_right_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        provider(**wrong)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("oder", "order"),
        ("max_prompt_usd_per_milion", "max_prompt_usd_per_million"),
        ("max_latency_second", "max_latency_seconds"),
        ("brand_new", "What is new goes into the dict"),
    ],
)
def test_a_misspelt_preference_is_no_preference(name: str, meant: str) -> None:
    """A cap that nobody keeps to is dearer than an error."""
    with pytest.raises(TypeError, match=f"no preference '{name}'.*{meant}"):
        provider(**{name: 1})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("max_price", "max_prompt_usd_per_million"),
        ("preferred_max_latency", "max_latency_seconds"),
        ("preferred_min_throughput", "min_tokens_per_second"),
    ],
)
def test_a_name_without_a_unit_is_refused_for_that_with_one(name: str, better: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{name}=1 .*given as {better}"):
        provider(**{name: 1})
