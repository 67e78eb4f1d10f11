"""What models show of themselves, whatever the service says of them."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st

from openrouter.core.structuring import as_dict, structurer
from openrouter.types.models import (
    AliasTarget,
    Architecture,
    ArtificialAnalysis,
    Benchmarks,
    DesignArena,
    Model,
    ModelReasoning,
    PerRequestLimits,
    TopProvider,
)
from openrouter.types.pricing import Pricing

CAME: dict[str, Any] = {
    "id": "acme/large:free",
    "canonical_slug": "acme/large-2026-01-01",
    "name": "Acme: Large (free)",
    "created": 1_767_225_600,
    "description": "A large model. " * 50,
    "context_length": 131_072,
    "architecture": {
        "modality": "text+image->text",
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
        "tokenizer": "GPT",
        "instruct_type": None,
    },
    "pricing": {"prompt": "0.00000015", "completion": "0.0000006", "image": "0"},
    "top_provider": {"context_length": 128_000, "max_completion_tokens": 16_384, "is_moderated": True},
    "per_request_limits": {"prompt_tokens": 1000.0, "completion_tokens": 500},
    "supported_parameters": ["temperature", "tools"],
    "default_parameters": {"temperature": 0.7, "top_p": None},
    "reasoning": {
        "mandatory": False,
        "supported_efforts": ["high", "low"],
        "default_effort": "low",
        "default_enabled": True,
        "supports_max_tokens": True,
    },
    "expiration_date": "2026-12-31",
    "knowledge_cutoff": "2025-10-01",
    "hugging_face_id": "acme/large",
    "supported_voices": ["alloy"],
    "alias_target": {"slug": "acme/large", "name": "Acme: Large"},
    "benchmarks": {
        "artificial_analysis": {"intelligence_index": 71.4, "coding_index": 63, "agentic_index": None},
        "design_arena": [{"arena": "models", "category": "website", "elo": 1385.2, "win_rate": 62.5, "rank": 5}],
    },
    "links": {"details": "/api/v1/models/acme/large:free/endpoints"},
    "aura": {"colour": "green"},
}


def model(**fields: Any) -> Model:
    return structurer(Model)(fields)


def test_everything_that_is_known_of_a_model_has_a_name() -> None:
    made = model(**CAME)
    found = {name: getattr(made, name) for name in CAME.keys() - {"aura"}}
    assert found | {"aura": CAME["aura"]} == {
        **CAME,
        "architecture": Architecture("text+image->text", ["text", "image"], ["text"], "GPT", None),
        "pricing": Pricing({"prompt": "0.00000015", "completion": "0.0000006", "image": "0"}),
        "top_provider": TopProvider(128_000, 16_384, is_moderated=True),
        "per_request_limits": PerRequestLimits(1000, 500),
        "reasoning": ModelReasoning(
            mandatory=False,
            supported_efforts=["high", "low"],
            default_effort="low",
            default_enabled=True,
            supports_max_tokens=True,
        ),
        "expiration_date": date(2026, 12, 31),
        "knowledge_cutoff": date(2025, 10, 1),
        "alias_target": AliasTarget("acme/large", "Acme: Large"),
        "benchmarks": Benchmarks(ArtificialAnalysis(71.4, 63.0), [DesignArena("models", "website", 1385.2, 62.5, 5)]),
    }


def test_what_is_unknown_stays_within_reach_and_goes_back() -> None:
    made = model(**CAME)
    assert made.raw["aura"] == {"colour": "green"}
    assert made.architecture.raw["tokenizer"] == "GPT"
    assert as_dict(made) == CAME


def test_a_model_of_nothing_has_nothing() -> None:
    made = model()
    assert made == Model()
    assert (made.id, made.name, made.context_length, made.expiration_date) == ("", None, None, None)
    assert (made.architecture, made.pricing, made.top_provider) == (Architecture(), Pricing(), TopProvider())
    assert (made.supported_parameters, made.supported_voices, made.benchmarks) == ([], None, None)
    assert (made.per_request_limits, made.reasoning, made.alias_target) == (None, None, None)


@pytest.mark.parametrize("name", ["architecture", "pricing", "top_provider", "reasoning", "benchmarks"])
def test_a_part_of_another_kind_is_none_or_empty(name: str) -> None:
    for said in (None, "x", ["x"], 5):
        assert getattr(model(**{name: said}), name) == getattr(Model(), name)


def test_a_part_that_is_empty_is_there() -> None:
    assert model(reasoning={}).reasoning == ModelReasoning()


def test_equal_is_what_was_told_alike() -> None:
    assert model(**CAME) == model(**CAME)
    for name, other in (("pricing", {"prompt": "1"}), ("aura", None), ("name", "Acme: Larger")):
        assert model(**CAME) != model(**{**CAME, name: other})


def test_a_part_cannot_be_set_where_that_would_be_lost() -> None:
    made = model(**CAME)
    with pytest.raises(AttributeError):
        made.pricing = Pricing()  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # what is tested
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.architecture.tokenizer = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # as above


@pytest.mark.parametrize("said", ["soon", "2026-13-01", "", 20261231, None, {}])
def test_a_day_that_is_none_is_none(said: object) -> None:
    assert model(expiration_date=said).expiration_date is None
    assert model(expiration_date=said).raw == {"expiration_date": said}


def test_the_repr_is_short_enough_for_a_list() -> None:
    shown = repr(model(**CAME))
    assert shown.startswith("Model(id='acme/large:free', name='Acme: Large (free)', context_length=131072, pricing=")
    assert "prompt=Decimal('1.5E-7')" in shown
    assert "A large model." not in shown
    assert len(shown) < 300


def test_fields_can_be_set() -> None:
    made = model(**CAME)
    made.name, made.links = "Mine", None
    assert (made.name, made.links) == ("Mine", None)
    assert as_dict(made) == {**CAME, "name": "Mine", "links": None}
    with pytest.raises(AttributeError):
        made.nmae = "Mine"  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  # what is tested


def test_it_can_be_copied_and_pickled() -> None:
    made = model(**CAME)
    for copied in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301 - our own bytes
        assert copied == made
        assert copied.raw == CAME
        assert copied.pricing.completion == Decimal("0.0000006")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["2026-01-01", "-1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CAME, "prompt", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(CAME)), ANY_JSON))
def test_no_json_raises_and_none_is_lost(came: dict[str, Any]) -> None:
    made = model(**came)
    assert made.raw == came or repr(made.raw) == repr(came)  # NaN equals nothing
    assert type(made.id) is str
    assert type(made.architecture) is Architecture
    assert type(made.pricing) is Pricing
    assert type(made.supported_parameters) is list
    assert made.created is None or type(made.created) is int
    assert made.expiration_date is None or type(made.expiration_date) is date
    assert "None'" not in repr(made.name)
    assert repr(made).startswith("Model(")
