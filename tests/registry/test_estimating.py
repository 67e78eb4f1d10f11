"""What a request will cost, before it is sent: tokens, the least and the most."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given

from openrouter.core.structuring import structurer
from openrouter.registry.catalogue import Catalogue
from openrouter.registry.estimating import estimate, quote, why_unpriced
from openrouter.types.cost import Estimate, Quote
from openrouter.types.models import Model
from tests.replies.odd_bodies import odd_bodies

D = Decimal
Body = dict[str, Any]
NIGHT = {"utc_start": 0, "utc_end": 600, "prompt": "0.000001", "completion": "0.000001"}
LONG = {"min_prompt_tokens": 1000, "prompt": "0.000006", "completion": "0.00003"}


def model(
    slug: str, *, reads: str = "text", most: int | None = 1000, context: int | None = 8000, **prices: Any
) -> Model:
    made: Model = structurer(Model)(
        {
            "id": slug,
            "context_length": context,
            "architecture": {"input_modalities": reads.split()},
            "top_provider": {"max_completion_tokens": most},
            "pricing": prices,
        }
    )
    return made


USUAL = {"prompt": "0.000002", "completion": "0.00001"}
"""2 and 10 USD per million tokens."""
CATALOGUE = Catalogue(
    [
        model("a/plain", **USUAL),
        model("a/broken", most=-1, **USUAL),
        model("a/plain:free", prompt="0", completion="0"),
        model("a/dear", most=None, prompt="0.00002", completion="0.00005"),
        model("a/endless", most=None, context=None, **USUAL),
        model("a/giving", most=None, context=None, prompt="0.000001", completion="0"),
        model("a/request", request="0.01", **USUAL),
        model("a/seeing", reads="text image", image="0.005", **USUAL),
        model("a/reading", reads="text file", **USUAL),
        model("a/searching", web_search="0.01", **USUAL),
        model("a/hearing", reads="text audio", audio="0.00004", audio_output="0.00006", **USUAL),
        model("a/drawing", image_output="0.04", **USUAL),
        model("a/painting", image_output="0.04", image_token="0.00003", **USUAL),
        model("a/writing", input_cache_write="0.0000025", input_cache_write_1h="0.000004", **USUAL),
        model("a/thinking", internal_reasoning="0.00002", **USUAL),
        model("a/long", overrides=[LONG], **USUAL),
        model("a/nightly", overrides=[NIGHT], **USUAL),
        model("a/cheaper", discount=0.5, **USUAL),
        model("a/half", prompt="0.000002"),
        model("a/odd", overrides=[{"min_prompt_tokens": 1, "prompt": "-1"}], **USUAL),
        model("openrouter/auto", most=None, context=2_000_000, prompt="-1", completion="-1"),
    ]
)


def asked(name: str | None = "a/plain", **more: Any) -> Body:
    named = {} if name is None else {"model": name}
    return {"messages": [{"role": "user", "content": "one two three"}], **named, **more}


class Exact:
    """Counts a token for each word."""

    def count(self, text: str, model: str | None) -> int:  # noqa: ARG002 - as the protocol has it
        return len(text.split())


EXPECTED, MOST = 3 + 7, 3 + 7 + 64


def estimated(body: Body, utc: float = 43_200.0) -> Estimate:
    return estimate(body, CATALOGUE, Exact(), utc=utc)


def quoted(body: Body) -> Quote | None:
    return quote(body, CATALOGUE, Exact(), utc=43_200.0)


def fixed(body: Body) -> Decimal | None:
    """Give what a request costs beside its answer."""
    found = quoted(body)
    return None if found is None else found.fixed


def test_a_request_costs_between_its_prompt_and_the_longest_answer() -> None:
    found = estimated(asked(max_tokens=500))
    assert found == Estimate(
        model="a/plain",
        prompt_tokens=EXPECTED,
        most_prompt_tokens=MOST,
        output_tokens=500,
        lowest=EXPECTED * D("0.000002"),
        highest=MOST * D("0.000002") + D("0.005"),
        quote=Quote(MOST * D("0.000002"), D("0.00001"), 500),
    )
    assert found.quote == quoted(asked(max_tokens=500))


def test_without_a_counter_tokens_are_estimated() -> None:
    found = estimate(asked(max_tokens=1), CATALOGUE, utc=0.0)
    assert found.prompt_tokens == EXPECTED
    assert found.most_prompt_tokens > MOST


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (asked(max_tokens=5), 5),
        (asked(max_tokens=-5), 1000),
        (asked("a/broken"), 0),
        (asked(max_completion_tokens=6), 6),
        (asked(max_completion_tokens=6, max_tokens=5), 6),
        (asked(max_output_tokens=7), 7),
        (asked(), 1000),
        (asked("a/dear"), 8000 - EXPECTED),
        (asked("a/endless"), None),
        (asked("a/endless", max_tokens=5), 5),
        (asked("a/nobody"), None),
        (asked("a/nobody", max_tokens=5), 5),
        (asked(models=["a/dear"]), 8000 - EXPECTED),
        (asked(models=["a/endless"]), None),
        (asked(None), None),
    ],
)
def test_how_much_it_may_write(body: Body, tokens: int | None) -> None:
    assert estimated(body).output_tokens == tokens


def test_a_prompt_that_is_too_long_leaves_no_room() -> None:
    body = {"model": "a/dear", "messages": [{"role": "user", "content": "word " * 9000}]}
    assert estimated(body).output_tokens == 0


def test_where_nobody_knows_how_much_it_may_write_there_is_no_most() -> None:
    found = estimated(asked("a/endless"))
    assert (found.highest, found.lowest) == (None, EXPECTED * D("0.000002"))
    assert found.quote == Quote(MOST * D("0.000002"), D("0.00001"), None)
    # Unless writing costs nothing.
    assert estimated(asked("a/giving")).highest == MOST * D("0.000001")


@pytest.mark.parametrize("name", [None, "a/nobody", "a/half", "a/odd", "openrouter/auto", "@preset/mine"])
def test_where_a_price_is_unknown_nothing_is_quoted(name: str | None) -> None:
    found = estimated(asked(name, max_tokens=5))
    assert (found.quote, found.highest) == (None, None)
    assert found.model == name
    assert found.prompt_tokens == EXPECTED
    assert (found.lowest is None) == (name != "a/half")


def test_free_is_free() -> None:
    assert estimated(asked("a/plain:free")).highest == 0


def test_fallbacks_count_as_the_dearest() -> None:
    found = estimated(asked(models=["a/dear", "a/plain:free"], max_tokens=100))
    assert (found.model, found.lowest) == ("a/dear", 0)
    assert found.quote == Quote(MOST * D("0.00002"), D("0.00005"), 100)
    mixed = estimated(asked(models=["a/endless"]))
    assert mixed.model == "a/endless"
    unknown = estimated(asked(models=["a/nobody"]))
    assert (unknown.model, unknown.quote, unknown.lowest) == ("a/plain", None, None)


def test_a_cap_makes_it_cheaper_and_a_router_certain() -> None:
    capped = asked("a/dear", max_tokens=100, provider={"max_price": {"prompt": 1, "completion": "2"}})
    assert quoted(capped) == Quote(MOST * D("0.000001"), D("0.000002"), 100)
    assert estimated(capped).lowest == EXPECTED * D("0.000001")
    loose = asked(max_tokens=100, provider={"max_price": {"prompt": 99, "completion": 99}})
    assert quoted(loose) == quoted(asked(max_tokens=100))
    router = asked("openrouter/auto", max_tokens=100, provider={"max_price": {"prompt": 1, "completion": 2}})
    assert quoted(router) == Quote(MOST * D("0.000001"), D("0.000002"), 100)
    assert estimated(router).lowest == 0
    for odd in ({"prompt": 1}, {"prompt": "low", "completion": 2}, {"prompt": -1, "completion": 2}, 5):
        assert quoted(asked("openrouter/auto", max_tokens=100, provider={"max_price": odd})) is None


def test_a_cap_of_what_is_paid_by_the_piece_is_of_one_piece() -> None:
    body = asked("a/request", provider={"max_price": {"request": "0.004"}})
    assert fixed(body) == D("0.004") + MOST * D("0.000002")


def test_a_variant_that_routes_costs_what_the_model_does() -> None:
    assert quoted(asked("a/plain:nitro", max_tokens=5)) == quoted(asked(max_tokens=5))


def test_requests_and_images_are_paid_by_the_piece() -> None:
    assert fixed(asked("a/request")) == D("0.01") + MOST * D("0.000002")
    assert estimated(asked("a/request")).lowest == D("0.01") + EXPECTED * D("0.000002")
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    body = {"model": "a/seeing", "messages": [{"role": "user", "content": [image, image]}]}
    assert fixed(body) == D("0.01") + (7 + 64 + 12_000) * D("0.000002")


def test_the_dearest_kind_of_input_counts_for_all_of_it() -> None:
    assert fixed(asked("a/writing")) == MOST * D("0.0000025")
    marker = {"type": "ephemeral", "ttl": "1h"}
    part = {"type": "text", "text": "one two three", "cache_control": marker}
    for body in (
        asked("a/writing", cache_control=marker),
        asked("a/writing", messages=[{"role": "user", "content": [part]}]),
    ):
        assert fixed(body) == MOST * D("0.000004")
    sound = {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}
    heard = {"messages": [{"role": "user", "content": [sound]}]}
    assert fixed(asked("a/hearing", **heard)) == (7 + 64) * D("0.00004")
    assert fixed(asked(**heard)) is None


def test_the_dearest_kind_of_output_counts_for_all_of_it() -> None:
    def price(name: str, *kinds: str) -> Decimal | None:
        found = quoted(asked(name, modalities=["text", *kinds]))
        return None if found is None else found.per_output_token

    assert price("a/thinking") == D("0.00002")
    assert (price("a/hearing"), price("a/hearing", "audio"), price("a/plain", "audio")) == (
        D("0.00001"),
        D("0.00006"),
        None,
    )
    # Whether `image_output` is the price of a token or of an image, lists do not say.
    assert (price("a/drawing"), price("a/drawing", "image"), price("a/painting", "image")) == (
        D("0.00001"),
        None,
        D("0.00003"),
    )
    assert price("a/plain", "image") == D("0.00001")


def test_several_choices_are_written_for_one_prompt() -> None:
    assert quoted(asked(n=3, max_tokens=5)) == Quote(MOST * D("0.000002"), D("0.00003"), 5)


def test_prices_for_long_prompts_count_where_the_prompt_may_be_long() -> None:
    assert quoted(asked("a/long", max_tokens=5)) == quoted(asked(max_tokens=5))
    body = {"model": "a/long", "messages": [{"role": "user", "content": "word " * 950}], "max_tokens": 5}
    found = estimated(body)
    # It is expected to be short enough, and may be too long.
    assert found.lowest == 957 * D("0.000002")
    assert found.quote == Quote((957 + 64) * D("0.000006"), D("0.00003"), 5)


def test_prices_of_the_night_make_the_least_cheaper_and_not_the_most() -> None:
    day, night = estimated(asked("a/nightly"), utc=43_200.0), estimated(asked("a/nightly"), utc=3_600.0)
    assert (day.lowest, night.lowest) == (EXPECTED * D("0.000002"), EXPECTED * D("0.000001"))
    assert day.highest == night.highest == estimated(asked()).highest


def test_a_discount_is_taken_off() -> None:
    assert quoted(asked("a/cheaper", max_tokens=5)) == Quote(MOST * D("0.000001"), D("0.000005"), 5)


def test_no_digit_is_lost() -> None:
    body = asked(max_tokens=987_654_321)
    with localcontext() as context:
        context.prec = 3
        found = estimated(body)
    assert found.highest == D("0.000148") + D("9876.54321")


def test_each_use_of_a_server_tool_asks_the_model_once_more() -> None:
    search = {"type": "openrouter:web_search", "parameters": {"engine": "exa", "max_uses": 2}}
    body = asked(tools=[search], max_tokens=5)
    # Two searches and what they bring, and what it says of itself; three times the prompt, and three answers.
    prompt = MOST + 2 * 10_000 + 2_000
    assert quoted(body) == Quote(D("0.014") + 3 * prompt * D("0.000002"), 3 * D("0.00001"), 5)


@given(odd_bodies())
def test_no_body_is_too_odd_to_estimate(body: Body) -> None:
    found = estimated({"model": "a/plain", **body})
    assert 0 <= found.prompt_tokens <= found.most_prompt_tokens
    if found.quote is not None:
        assert found.quote.fixed >= 0
        assert found.lowest is not None
        assert found.highest is None or found.lowest <= found.highest


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"model": "acme/plan"}, "There is no model 'acme/plan' in the list. Did you mean 'acme/plain'?"),
        ({"models": ["acme/plain", "acme/none"]}, "The list of models has no price of 'acme/none'."),
        (
            {"model": "openrouter/auto"},
            "What 'openrouter/auto' costs depends on the model that it picks. Set both prices of provider.max_price.",
        ),
        (
            {"model": "acme/plain", "tools": [{"type": "openrouter:fusion"}]},
            "Its tools or contents have no known price.",
        ),
        ({}, "It names no model."),
    ],
)
def test_why_nobody_knows_what_it_costs(body: dict[str, Any], why: str) -> None:
    priced = {"id": "acme/plain", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}
    router = {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}}
    models = [Model(id=raw["id"], raw=raw) for raw in (priced, {"id": "acme/none"}, router)]
    known = Catalogue(models)
    asked = {"messages": [{"role": "user", "content": "Hi"}], **body}
    assert quote(asked, known, utc=0) is None
    assert why_unpriced(asked, known).startswith(why)
