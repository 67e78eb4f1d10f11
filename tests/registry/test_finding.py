"""Searches through a list of 350 models, with answers that were worked out by hand from what the list says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter import InvalidArgumentError
from openrouter.core.structuring import structurer
from openrouter.registry.capabilities import CAPABILITIES, capabilities_of, is_free
from openrouter.registry.catalogue import Catalogue
from openrouter.registry.finding import ORDERS, FindOptions
from openrouter.types.models import Model
from tests.models_350 import MODELS_350, ODD, SIZE, made
from tests.registry.any_json import ENTRY

CATALOGUE = Catalogue(map(structurer(Model), MODELS_350))


def ids(query: str | None = None, **criteria: Any) -> list[str]:
    return [model.id for model in CATALOGUE.find(query, **criteria)]


FOUND: list[tuple[dict[str, Any], str]] = [
    (
        {"capability": "caching"},
        (
            "anthropic/claude-sonnet-4.5 anthropic/claude-haiku-4.5 openai/gpt-5.1 google/gemini-2.5-pro "
            "deepseek/deepseek-chat-v3.1"
        ),
    ),
    ({"capability": "image_output"}, "openai/gpt-5-image google/gemini-2.5-flash-image bytedance/seedream-4"),
    ({"capability": "audio"}, "openai/gpt-4o-audio-preview openai/tts-2 google/gemini-2.5-pro"),
    (
        {"capability": "files"},
        "anthropic/claude-sonnet-4.5 openai/gpt-5.1 openai/gpt-4o-mini google/gemini-2.5-pro",
    ),
    (
        {"capability": "structured_output"},
        (
            "anthropic/claude-sonnet-4.5 openai/gpt-5.1 openai/gpt-5-codex openai/gpt-4o-mini google/gemini-2.5-pro "
            "qwen/qwen3-coder"
        ),
    ),
    (
        {"capability": "code"},
        "openrouter/pareto-code openai/gpt-5-codex qwen/qwen3-coder qwen/qwen3-coder:free mistralai/codestral-2508",
    ),
    (
        {"capability": "reasoning"},
        (
            "anthropic/claude-sonnet-4.5 anthropic/claude-haiku-4.5 openai/gpt-5.1 openai/gpt-5-codex openai/o3-pro "
            "google/gemini-2.5-pro deepseek/deepseek-r1"
        ),
    ),
    (
        {"capability": ["vision", "reasoning"]},
        "anthropic/claude-sonnet-4.5 anthropic/claude-haiku-4.5 openai/gpt-5.1 google/gemini-2.5-pro",
    ),
    ({"capability": "vision, reasoning", "author": "google"}, "google/gemini-2.5-pro"),
    (
        {"capability": "chat", "author": "openrouter"},
        "openrouter/auto openrouter/auto-beta openrouter/pareto-code openrouter/fusion openrouter/free",
    ),
    ({"capability": "completion", "author": "openrouter"}, ""),
    ({"capability": "chat", "author": "cohere"}, ""),
    ({"capability": "completion", "author": "cohere, mistralai"}, "mistralai/codestral-2508"),
    (
        {"free": True},
        (
            "openrouter/free google/gemini-2.0-flash-exp:free deepseek/deepseek-chat-v3.1:free qwen/qwen3-coder:free "
            "stealth/sherlock"
        ),
    ),
    (
        {"free": True, "capability": "tools"},
        "openrouter/free deepseek/deepseek-chat-v3.1:free qwen/qwen3-coder:free",
    ),
    (
        {"max_price": 0},
        (
            "openrouter/free google/gemini-2.0-flash-exp:free deepseek/deepseek-chat-v3.1:free qwen/qwen3-coder:free "
            "bytedance/seedream-4 stealth/teaser stealth/sherlock cohere/rerank-v3.5"
        ),
    ),
    (
        {"max_price": "0.1"},
        (
            "openrouter/free openai/text-embedding-3-small google/gemini-2.0-flash-exp:free "
            "deepseek/deepseek-chat-v3.1:free qwen/qwen3-coder:free bytedance/seedream-4 stealth/teaser "
            "stealth/sherlock cohere/rerank-v3.5 meta/llama-2-7b acme/half-priced"
        ),
    ),
    (
        {"max_price": 0.3, "free": False, "output": "text", "sort": "price"},
        (
            "stealth/teaser meta/llama-2-7b meta/llama-3.3-70b openai/gpt-4o-mini x-ai/grok-4-fast "
            "meta/llama-3.3-70b:extended qwen/qwen3-coder deepseek/deepseek-chat-v3.1 mistralai/codestral-2508 "
            "moonshotai/kimi-k2 google/gemini-2.5-flash-image acme/half-priced"
        ),
    ),
    (
        {"max_output_price": 0.5, "free": False},
        (
            "openai/text-embedding-3-small openai/tts-2 x-ai/grok-4-fast bytedance/seedream-4 stealth/teaser "
            "cohere/rerank-v3.5 meta/llama-3.3-70b meta/llama-2-7b"
        ),
    ),
    (
        {"capability": "tools", "max_price": 0.25, "sort": "price"},
        (
            "openrouter/free deepseek/deepseek-chat-v3.1:free qwen/qwen3-coder:free openai/gpt-4o-mini "
            "x-ai/grok-4-fast qwen/qwen3-coder acme/half-priced"
        ),
    ),
    (
        {"min_context": 1_000_000, "sort": "context"},
        (
            "openrouter/auto openrouter/auto-beta openrouter/pareto-code openrouter/fusion openrouter/free "
            "x-ai/grok-4-fast google/gemini-2.5-pro google/gemini-2.0-flash-exp:free anthropic/claude-sonnet-4.5"
        ),
    ),
    ({"author": "meta", "sort": "name"}, "meta/llama-2-7b meta/llama-3.3-70b meta/llama-3.3-70b:extended"),
    ({"input": "video"}, "google/gemini-2.5-pro"),
    (
        {"input": ["image", "file"]},
        "anthropic/claude-sonnet-4.5 openai/gpt-5.1 openai/gpt-4o-mini google/gemini-2.5-pro",
    ),
    ({"output": "embeddings"}, "openai/text-embedding-3-small"),
    ({"output": "video"}, "google/veo-4"),
    # An alias of a model that is not in the list stays; those of others are left out.
    (
        {"author": "google"},
        (
            "~google/gemini-pro-latest google/gemini-2.5-pro google/gemini-2.5-flash-image google/veo-4 "
            "google/gemini-2.0-flash-exp:free"
        ),
    ),
    (
        {"author": ("anthropic", "x-ai")},
        "anthropic/claude-sonnet-4.5 anthropic/claude-haiku-4.5 x-ai/grok-4-fast",
    ),
    # Plain models of one author cost 10 USD, 20 USD, …, or 1 USD, 11 USD, …
    ({"author": "kappa", "max_price": 30}, "kappa/plain-0 kappa/plain-1 kappa/plain-2"),
    ({"author": "alpha", "capability": "tools", "max_price": 30}, "alpha/plain-0 alpha/plain-1 alpha/plain-2"),
    ({"author": "beta", "capability": "tools"}, ""),
    # Not one of today's models, and none of those looks like it.
    ({"author": "somebody", "output": "smell"}, ""),
]


@pytest.mark.parametrize(("criteria", "answer"), FOUND)
def test_what_is_found(criteria: dict[str, Any], answer: str) -> None:
    assert ids(**criteria) == answer.split()


def test_the_list_is_as_large_as_it_says() -> None:
    assert len(CATALOGUE) == len({model["id"] for model in MODELS_350}) == SIZE


def test_words_of_a_query_stand_in_the_id_or_the_name() -> None:
    assert ids("Gemini PRO") == ["~google/gemini-pro-latest", "google/gemini-2.5-pro"]
    assert ids("openai: gpt-5", capability="vision") == ["openai/gpt-5.1", "openai/gpt-5-image"]


def test_without_criteria_all_are_found_but_for_aliases_of_others() -> None:
    aliases = {"~anthropic/claude-sonnet-latest", "~openai/gpt-latest"}
    assert ids() == ids(capability=None, sort=None) == [m["id"] for m in MODELS_350 if m["id"] not in aliases]
    assert len(ids(free=False)) == SIZE - len(aliases) - len(ids(free=True))


def test_the_newest_come_first_and_those_without_a_date_last() -> None:
    newest = ids(sort="newest")
    assert newest[:3] == ["x-ai/grok-4-fast", "anthropic/claude-sonnet-4.5", "openai/gpt-5.1"]
    assert newest[-1] == "acme/nulls"


def test_what_nobody_knows_comes_last_in_any_order() -> None:
    assert ids(sort="context")[-2:] == ["google/veo-4", "acme/nulls"]
    assert ids(sort="name")[-1] == "acme/nulls"
    unpriced = ["google/veo-4", "acme/garbled", "acme/unpriced", "acme/half-priced"]
    routers = ["openrouter/auto", "openrouter/auto-beta", "openrouter/pareto-code", "openrouter/fusion"]
    assert ids(sort="price")[-8:] == [*routers, *unpriced]


def test_prices_that_vary_or_are_unknown_are_never_low() -> None:
    half = Catalogue([structurer(Model)(made("a/b", price=("1", "1"), prices={"request": "-1"}))])
    assert half.find(max_price=5) == half.find(max_output_price=5) == half.find(free=True) == []
    assert not {"openrouter/auto", "acme/garbled", "acme/unpriced"} & {*ids(max_price=1_000), *ids(free=True)}


@given(st.lists(ENTRY, max_size=3))
def test_no_list_is_too_odd_to_be_searched(entries: list[dict[str, Any]]) -> None:
    odd = Catalogue(structurer(Model)({"id": f"a/{place}", **entry}) for place, entry in enumerate(entries))
    for criteria in (*({"capability": word} for word in CAPABILITIES), *({"sort": word} for word in ORDERS)):
        assert {*map(id, odd.find(**criteria))} <= {*map(id, odd)}
    assert odd.find("a", input="text", output="text", author="a", min_context=1, free=True, max_price=0) == []


# --- what cannot be meant ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"capability": "tool"}, r"capability='tool' does not exist\. Did you mean 'tools'\? There is chat, .*caching"),
        ({"capability": ["tools", "structured-output"]}, r"Did you mean 'structured_output'\?"),
        ({"capability": "telepathy"}, r"'telepathy' does not exist\. There is chat"),
        ({"sort": "prices"}, r"sort='prices' does not exist\. Did you mean 'price'\? There is price, context, newest"),
        ({"input": "images"}, r"input='images' fits no model\. Did you mean 'image'\?"),
        ({"output": "embedding"}, r"Did you mean 'embeddings'\?"),
        ({"author": "opnai"}, r"author='opnai' fits no model\. Did you mean 'openai'\?"),
        ({"capability": []}, "a word, or a list of words"),
        ({"capability": 5}, "a word, or a list of words"),
        ({"input": ["text", ""]}, "input='' .* not blank"),
        ({"sort": True}, "sort=True"),
        ({"free": "yes"}, "free='yes' .* True or False"),
        ({"max_price": 0.000003}, "max_price=3e-06 .* USD per million tokens: 0.000003 per token would be 3"),
        ({"max_output_price": Decimal("0.000015")}, "USD per million tokens"),
        ({"max_price": -1}, "max_price=-1 .* USD of at least 0"),
        ({"max_price": float("nan")}, "USD of at least 0"),
        ({"max_price": "cheap"}, "max_price='cheap' .* USD of at least 0"),
        ({"max_price": True}, "USD of at least 0"),
        ({"min_context": 0}, "min_context=0"),
        ({"query": " "}, "query=' '"),
    ],
)
def test_a_value_that_no_criterion_has_is_refused(criteria: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        ids(**criteria)


def test_a_criterion_that_does_not_exist_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(TypeError, match=r"no criterion 'capabilitie'. Did you mean 'capability'\?"):
        ids(capabilitie="tools")


def test_every_criterion_is_tried_here() -> None:
    assert {name for criteria, _ in FOUND for name in criteria} == FindOptions.__optional_keys__


# --- capabilities -----------------------------------------------------------------------------------------------------


def test_every_capability_is_tried_here() -> None:
    assert {word for model in CATALOGUE for word in capabilities_of(model)} == {*CAPABILITIES}


@pytest.mark.parametrize(
    ("model", "capabilities"),
    [
        ("google/gemini-2.5-pro", "chat completion tools structured_output vision audio files reasoning caching"),
        ("openai/gpt-5-codex", "chat completion code tools structured_output reasoning"),
        ("openai/text-embedding-3-small", ""),
        ("openrouter/auto", "chat tools"),
        ("openrouter/free", "chat tools"),
        ("bytedance/seedream-4", "image_output"),
        ("acme/nulls", "chat completion"),
    ],
)
def test_what_a_model_can_do(model: str, capabilities: str) -> None:
    assert capabilities_of(CATALOGUE.get(model)) == {*capabilities.split()}


def test_of_models_that_say_nothing_nothing_is_known() -> None:
    odd = [structurer(Model)(fields) for fields in ODD]
    said = {model.id: sorted(capabilities_of(model)) for model in odd}
    assert said == {
        "odd/bare": [],
        "odd/all-null": [],
        "odd/wrong-types": [],
        "odd/old": ["chat", "completion", "vision"],
        "odd/modality": [],
        "": [],
    }
    assert [model.id for model in odd if is_free(model)] == ["odd/old"]
    assert len(Catalogue(odd)) == len(ODD) - 1


@pytest.mark.parametrize(
    ("slug", "description", "writes_code"),
    [
        ("a/b", "Excels at software engineering.", True),
        ("a/b", "An auto-encoder with a decoder, codenamed Elk, for codecs.", False),
        ("a/deepcoder-14b", None, True),
        ("a/devstral-small", None, True),
    ],
)
def test_code_is_guessed_from_words(slug: str, description: str | None, *, writes_code: bool) -> None:
    model = structurer(Model)(made(slug, description=description))
    assert ("code" in capabilities_of(model)) is writes_code


def test_free_means_that_no_price_is_above_nothing() -> None:
    def free(**pricing: Any) -> bool:
        return is_free(structurer(Model)({"id": "a/b", "pricing": pricing}))

    assert free(prompt="0", completion="0")
    assert free(prompt="0.0", completion=0, image=None, discount=0.3, overrides=[{"utc_start": 10, "prompt": "0"}])
    assert not free(prompt="0", completion="0", some_new_price="0.01")
    assert not free(prompt="0")
    assert not free(prompt="0", completion="-1")
    assert not free(prompt="0", completion="0", image="?")
