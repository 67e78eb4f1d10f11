"""What an id in a request means in the list of models."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openrouter import InvalidArgumentError
from openrouter.core.structuring import structurer
from openrouter.registry.catalogue import Catalogue
from openrouter.types.models import Model
from tests.models_350 import MODELS_350, made

CATALOGUE = Catalogue(map(structurer(Model), MODELS_350), loaded_at=1_800_000_000.0)


def catalogue(*models: dict[str, Any]) -> Catalogue:
    return Catalogue(map(structurer(Model), models))


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("openai/gpt-4o-mini", "openai/gpt-4o-mini"),
        ("openai/gpt-4o-mini:nitro", "openai/gpt-4o-mini"),
        ("openai/gpt-4o-mini:floor", "openai/gpt-4o-mini"),
        ("openai/gpt-4o-mini:exacto:online", "openai/gpt-4o-mini"),
        ("openai/gpt-4o-mini:brand-new", "openai/gpt-4o-mini"),
        ("openai/gpt-4o-mini@preset/mail", "openai/gpt-4o-mini"),
        ("openai/gpt-4o-mini:nitro@preset/mail", "openai/gpt-4o-mini"),
        ("qwen/qwen3-coder:free", "qwen/qwen3-coder:free"),
        ("qwen/qwen3-coder:free:online", "qwen/qwen3-coder:free"),
        ("qwen/qwen3-coder:free:brand-new", "qwen/qwen3-coder:free"),
        ("meta/llama-3.3-70b:extended", "meta/llama-3.3-70b:extended"),
        ("~anthropic/claude-sonnet-latest", "anthropic/claude-sonnet-4.5"),
        ("~anthropic/claude-sonnet-latest:nitro", "anthropic/claude-sonnet-4.5"),
        ("~openai/gpt-latest@preset/mail", "openai/gpt-5.1"),
        # Its target is not in the list.
        ("~google/gemini-pro-latest", "~google/gemini-pro-latest"),
        ("openai/gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini"),
        ("anthropic/claude-4.5-sonnet-20250929:nitro", "anthropic/claude-sonnet-4.5"),
        ("@preset/mail", "@preset/mail"),
        ("openrouter/auto", "openrouter/auto"),
        ("openrouter/pareto-code:nitro", "openrouter/pareto-code"),
        # These two are not in the list.
        ("openrouter/fusion-flash", "openrouter/fusion-flash"),
        ("openrouter/bodybuilder", "openrouter/bodybuilder"),
    ],
)
def test_what_an_id_means(named: str, meant: str) -> None:
    assert CATALOGUE.get(named).id == meant
    assert named in CATALOGUE


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (
            "openai/gpt-4o-mni",
            r"There is no model 'openai/gpt-4o-mni' in the list\. Did you mean 'openai/gpt-4o-mini'\?",
        ),
        ("gpt-4o-mini", r"Did you mean 'openai/gpt-4o-mini'\?"),
        ("Haiku", r"Did you mean 'anthropic/claude-haiku-4\.5'\?"),
        ("xai/grok", r"Did you mean 'x-ai/grok-4-fast'\?"),
        ("acme/pro", r"no model 'acme/pro' in the list\.$"),
        ("OpenAI/GPT-4o-Mini", r"Did you mean 'openai/gpt-4o-mini'\?"),
        ("google/gpt-5.1:nitro", r"no model 'google/gpt-5\.1' in the list\. Did you mean 'openai/gpt-5\.1'\?"),
        ("openai/gpt-4o-mini:free", r"'openai/gpt-4o-mini:free'.*of its own\. There is 'openai/gpt-4o-mini'\."),
        (
            "qwen/qwen3-coder:extended:nitro",
            r"no model 'qwen/qwen3-coder:extended'.*There is 'qwen/qwen3-coder' or 'qwen/qwen3-coder:free'\.",
        ),
        ("~openai/gpt-newest", r"no model '~openai/gpt-newest' in the list\. Did you mean '~openai/gpt-latest'\?"),
        ("nobody/has-this-one", r"There is no model 'nobody/has-this-one' in the list\.$"),
    ],
)
def test_an_unknown_id_is_refused_with_the_one_that_was_meant(named: str, message: str) -> None:
    assert CATALOGUE.look_up(named) is None
    assert named not in CATALOGUE
    with pytest.raises(InvalidArgumentError, match=message):
        CATALOGUE.get(named)


@pytest.mark.parametrize("named", ["", " ", None, 5])
def test_what_is_no_id_is_refused(named: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="a string that is not blank"):
        CATALOGUE.get(named)


def test_of_a_preset_nothing_is_known_but_its_id() -> None:
    assert CATALOGUE.get("@preset/mail") == Model(id="@preset/mail", raw={"id": "@preset/mail"})


def test_prices() -> None:
    sonnet = CATALOGUE.pricing("~anthropic/claude-sonnet-latest:nitro")
    assert sonnet is not None
    assert (sonnet.prompt, sonnet.completion) == (Decimal("0.000003"), Decimal("0.000015"))
    free = CATALOGUE.pricing("openrouter/bodybuilder")
    assert free is not None
    assert (free.prompt, free.completion) == (0, 0)


@pytest.mark.parametrize(
    "named", ["nobody/has-this-one", "openrouter/auto", "openrouter/fusion-flash", "@preset/mail", "acme/unpriced"]
)
def test_prices_that_vary_or_that_nobody_knows(named: str) -> None:
    assert CATALOGUE.pricing(named) is None


def test_the_slug_that_never_changes_names_the_model_itself_and_not_a_variant_of_it() -> None:
    first, second = made("a/b:free", canonical_slug="a/b-1"), made("a/b", canonical_slug="a/b-1")
    for models in ([first, second], [second, first]):
        assert catalogue(*models).get("a/b-1").id == "a/b"
        assert catalogue(*models).get("a/b-1:free").id == "a/b:free"


def test_of_two_entries_with_one_id_the_first_counts() -> None:
    assert catalogue(made("a/b", name="first"), made("a/b", name="second")).get("a/b").name == "first"


def test_a_catalogue_is_a_collection() -> None:
    small = catalogue(made("a/b"), made("c/d"))
    assert [model.id for model in small] == [model.id for model in small.models] == ["a/b", "c/d"]
    assert (len(small), repr(small), 5 in small) == (2, "<Catalogue: 2 models>", False)
    assert CATALOGUE.loaded_at == 1_800_000_000.0
    assert not Catalogue()


def test_a_variant_that_is_nearly_another_is_refused_where_an_id_is_asked_for() -> None:
    """A request goes out with it, as it may be new; `check` tells of it."""
    catalogue = Catalogue([Model(id="acme/plain", raw={"id": "acme/plain"})])
    with pytest.raises(InvalidArgumentError, match=r"model='acme/plain:nitor': there is no variant ':nitor'.*':nitro'"):
        catalogue.get("acme/plain:nitor")
    assert catalogue.get("acme/plain:brand-new").id == "acme/plain"
