"""What is found in requests that would go wrong, and that nothing is found in others."""

from __future__ import annotations

import logging
import pickle
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter import InvalidArgumentError
from openrouter.core.structuring import structurer
from openrouter.registry.catalogue import Catalogue
from openrouter.registry.checking import apply_validation, check
from openrouter.registry.findings import Finding
from openrouter.registry.parameter_rules import PARAMETERS
from openrouter.types.models import Model
from tests.models_350 import MODELS_350, NAMED, ODD, made
from tests.registry.any_json import ANY_JSON, ENTRY
from tests.registry.bad_requests import BAD, GOOD, PDF, TOOL, Bad, body, words

CATALOGUE = Catalogue(map(structurer(Model), MODELS_350))
TODAY = date(2026, 11, 21)


def found(request: dict[str, Any], *models: dict[str, Any], **more: Any) -> list[Finding]:
    catalogue = Catalogue(map(structurer(Model), models)) if models else CATALOGUE
    return check(request, catalogue, day=TODAY, **more)


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_a_bad_request_has_the_one_finding(case: Bad) -> None:
    (finding,) = found(case.body)
    assert (finding.kind, finding.field) == (case.kind, case.field)
    assert re.search(case.says, finding.message), finding.message
    assert finding.message.startswith(finding.field)
    assert finding.message == str(finding)
    assert finding.model in {case.body["model"], *case.body.get("models", ())}


@pytest.mark.parametrize("request_", GOOD.values(), ids=GOOD)
def test_in_a_good_request_nothing_is_found(request_: dict[str, Any]) -> None:
    assert found(request_) == []


def test_there_are_as_many_as_promised() -> None:
    assert (len(BAD) >= 30, len(GOOD) >= 20) == (True, True)


def test_all_that_is_wrong_is_found_for_each_model_in_their_order() -> None:
    models = ["meta/llama-2-7b", "a/b"]
    several = body("openai/gpt-3.5-turbo-instruct:online", models=models, tools=[{}], max_tokens=5_000)
    assert [(finding.kind, finding.field, finding.model) for finding in found(several)] == [
        ("deprecated_variant", "model", "openai/gpt-3.5-turbo-instruct:online"),
        ("max_tokens_too_large", "max_tokens", "openai/gpt-3.5-turbo-instruct:online"),
        ("unsupported_parameter", "tools", "openai/gpt-3.5-turbo-instruct:online"),
        ("max_tokens_too_large", "max_tokens", "meta/llama-2-7b"),
        ("unsupported_parameter", "tools", "meta/llama-2-7b"),
        ("unknown_model", "models[1]", "a/b"),
    ]


@pytest.mark.parametrize(
    "long",
    [
        body("a/" + "b" * 5_000),
        body("meta/llama-3.3-70b:" + "x" * 5_000 + ":free"),
        body("openai/gpt-5.1", stop="river " * 5_000),
        body("openai/gpt-5.1", reasoning_effort="high" * 5_000),
        body("openai/gpt-4o-mini", modalities=["river " * 5_000]),
    ],
)
def test_a_message_has_no_room_for_everything(long: dict[str, Any]) -> None:
    assert [len(finding.message) < 600 for finding in found(long)] == [True]


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        ("2026-11-20", "model_expired"),
        ("2026-11-21", "model_expiring"),
        ("2026-12-05", "model_expiring"),
        ("2026-12-06", None),
        ("soon", None),
    ],
)
def test_a_model_is_said_to_go_fourteen_days_before(last: str, kind: str | None) -> None:
    kinds = [finding.kind for finding in found(body("a/b"), made("a/b", expiration_date=last))]
    assert kinds == ([] if kind is None else [kind])


def test_a_counter_of_the_caller_counts() -> None:
    class Letters:
        def count(self, text: str, model: str | None) -> int:
            assert model == "a/b"
            return len(text)

    request = words("a/b", 5_000)
    assert found(request, made("a/b", context=16_384)) == []
    (finding,) = found(request, made("a/b", context=16_384), counter=Letters())
    assert finding.kind == "context_too_small"


def test_a_long_prompt_is_not_shortened_where_that_is_turned_off() -> None:
    off = words("meta/llama-2-7b", 6_000, plugins=[{"id": "context-compression", "enabled": False}])
    assert [finding.kind for finding in found(off)] == ["context_too_small"]
    prompt = {"model": "beta/plain-0", "prompt": "river " * 60_000}
    assert [(finding.kind, finding.field) for finding in found(prompt)] == [("context_too_small", "prompt")]


def test_the_context_of_the_first_provider_counts_where_there_is_no_other() -> None:
    model = made("a/b", context=None, top_provider={"context_length": 10_000})
    assert [finding.kind for finding in found(words("a/b", 20_000), model)] == ["context_too_small"]


def test_limits_of_a_request_that_say_nothing() -> None:
    model = made("a/b", per_request_limits={"prompt_tokens": None, "completion_tokens": None})
    assert found(body("a/b", max_tokens=10), model) == []


@pytest.mark.parametrize("name", [model["id"] for model in ODD if model["id"]])
def test_of_a_model_of_which_nothing_is_known_nothing_is_found(name: str) -> None:
    asked = body(name, tools=[{"type": "function"}], temperature=1, reasoning={"effort": "high"}, max_tokens=10**9)
    assert found(asked, *ODD) == []


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"model": None, "models": None, "messages": None},
        {"model": 5, "models": "openai/gpt-5.1", "messages": "hi"},
        {"models": [None, 5, {}]},
        {"model": "openai/gpt-5.1", "messages": [None, 5, {"content": [None, 5, {"type": 5}]}]},
        {"model": "openai/gpt-5.1", "reasoning": "high", "response_format": "json", "modalities": "text", "tools": 0},
        {"model": "meta/llama-3.3-70b", "plugins": [None, {"id": "file-parser"}], "messages": [], "max_tokens": "many"},
        {"model": "meta/llama-3.3-70b", "response_format": {"type": ["json_schema"]}, "messages": []},
        {"model": "meta/llama-3.3-70b", "messages": [{"content": [{"type": "file", "file": "a.pdf"}]}]},
    ],
)
def test_a_request_that_makes_no_sense_is_left_to_others(odd: dict[str, Any]) -> None:
    assert found(odd) == [] or odd.get("tools") == 0


FIELDS = st.sampled_from(
    [*PARAMETERS, "messages", "prompt", "plugins", "modalities", "response_format", "transforms", "models"]
)
NAMES = st.sampled_from([model["id"] for model in (*NAMED, *ODD)])


@given(st.dictionaries(FIELDS, ANY_JSON, max_size=6), NAMES, ENTRY)
def test_nothing_is_too_odd_to_be_checked(body: dict[str, Any], name: str, entry: dict[str, Any]) -> None:
    for finding in [*found({"model": name, **body}), *found({"model": "a/b", **body}, {"id": "a/b", **entry})]:
        assert finding.message.startswith(finding.field)


# --- what is done about it --------------------------------------------------------------------------------------------

TWO = found(body("openai/gpt-5.1:online", temperature=2))


def test_nothing_is_done_where_nothing_is_found_or_wanted(caplog: pytest.LogCaptureFixture) -> None:
    for mode in ("off", "warn", "raise"):
        apply_validation([], mode)
    apply_validation(TWO, "off")
    assert caplog.records == []


def test_a_warning_tells_all_of_it(caplog: pytest.LogCaptureFixture) -> None:
    apply_validation(TWO, "warn")
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("openrouter.registry", logging.WARNING)
    assert all(finding.message in record.getMessage() for finding in TWO)


@pytest.mark.parametrize(
    "request_",
    [
        body("openai/gpt-4o-mini:online"),
        body("nous/hermes-1"),
        body("nous/hermes-2"),
        body("anthropic/claude-haiku-4.5", reasoning={"effort": "minimal"}),
        body("openai/gpt-5.1", reasoning={"max_tokens": 2_000}),
        body("alpha/plain-0", max_tokens=5_000),
        body("anthropic/claude-sonnet-4.5", parallel_tool_calls=False, verbosity="high"),
        # About as long as the context, and certainly longer with what nobody can count.
        words("beta/plain-0", 40_000),
        words("beta/plain-0", 5_000, max_tokens=29_000),
        words("acme/limited", 700),
        body("beta/plain-0", PDF, PDF, PDF, max_tokens=32_767),
        # The second can answer what the first cannot.
        words("beta/plain-0", 80_000, models=["openai/gpt-4o-mini"]),
        body("meta/llama-3.3-70b", tools=[TOOL], models=["openai/gpt-4o-mini"]),
    ],
)
def test_no_request_is_refused_that_may_well_work(request_: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    findings = found(request_)
    assert findings
    assert all(finding.is_advice for finding in findings)
    apply_validation(findings, "raise")
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize(
    "request_",
    [
        words("beta/plain-0", 80_000),
        words("beta/plain-0", 2_000, max_tokens=32_000),
        words("acme/limited", 1_500),
        words("beta/plain-0", 80_000, models=["meta/llama-3.3-70b"], tools=[TOOL]),
        # A wrong name spoils the whole list.
        body("openai/gpt-4o-mini", models=["openai/gpt-4o-minni"]),
        body("openai/gpt-4o-mini", models=["openai/gpt-4o-mini:free"]),
    ],
)
def test_a_request_is_refused_that_cannot_work(request_: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match="Not sent: "):
        apply_validation(found(request_), "raise")


def test_what_a_counter_has_counted_is_sure() -> None:
    class Words:
        def count(self, text: str, model: str | None) -> int:
            assert model == "beta/plain-0"
            return len(text.split())

    (finding,) = found(words("beta/plain-0", 40_000), counter=Words())
    assert (finding.kind, finding.is_advice) == ("context_too_small", False)


def test_an_error_has_all_of_it() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^Not sent: model='.*:online': .*temperature=2") as raised:
        apply_validation(TWO, "raise")
    assert raised.value.findings == tuple(TWO)
    copied = pickle.loads(pickle.dumps(raised.value))  # noqa: S301 - our own bytes
    assert (copied.findings, str(copied)) == (raised.value.findings, str(raised.value))
    assert InvalidArgumentError("something else").findings == ()
