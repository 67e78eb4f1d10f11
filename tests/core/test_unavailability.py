"""A model that cannot be served: the class, and the reason in a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openrouter.core import errors
from openrouter.core.envelope import error_from


def read(status: int, message: str = "It failed.", **error: Any) -> errors.APIStatusError:
    return error_from({"error": {"message": message, "code": status, **error}}, status=status, headers={}, utc=0.0)


def unavailable(status: int, message: str = "It failed.", **error: Any) -> errors.ModelUnavailableError:
    found = read(status, message, **error)
    assert type(found) is errors.ModelUnavailableError
    assert found.status_code == status
    return found


@pytest.mark.parametrize(
    ("status", "error_type", "code", "kind", "reason"),
    [
        (400, "invalid_request", "model_not_found", errors.ModelUnavailableError, "unknown_model"),
        (400, "invalid_request", "wrong_endpoint", errors.ModelUnavailableError, "endpoint"),
        (404, "not_found", "no_endpoints", errors.ModelUnavailableError, None),
        (404, "not_found", "model_deprecated", errors.ModelUnavailableError, "deprecated"),
        (404, "not_found", "model_unavailable_upstream", errors.ModelUnavailableError, "upstream"),
        (429, "rate_limit_exceeded", "capacity_exhausted", errors.RateLimitError, None),
        (503, "provider_overloaded", "temporarily_unavailable", errors.ProviderError, None),
        (403, "permission_denied", "region_restricted", errors.ModelUnavailableError, "region"),
        (404, "not_found", "privacy_restricted", errors.ModelUnavailableError, "privacy"),
        (404, "not_found", "constraint_filtered", errors.ModelUnavailableError, None),
        (404, "not_found", "free_variant_ended", errors.ModelUnavailableError, "free_ended"),
        (404, "not_found", "a_new_code", errors.ModelUnavailableError, None),
        (400, "invalid_request", "a_new_code", errors.ModelUnavailableError, None),
    ],
)
def test_each_code_of_availability(
    status: int, error_type: str, code: str, kind: type[errors.APIStatusError], reason: str | None
) -> None:
    availability = {"code": code, "retryable": False, "docs_url": f"https://example.org/errors#{code}"}
    found = read(status, error_type=error_type, availability=availability)
    assert (type(found), found.status_code, found.error_type) == (kind, status, error_type)
    assert found.availability == availability
    assert found.retryable is False
    assert getattr(found, "reason", None) == reason


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("geo", "region"),
        ("data_region", "region"),
        ("data_policy:zdr", "privacy"),
        ("data_policy:training", "privacy"),
        ("max_price", "price"),
        ("context_length", "context"),
        ("require_parameters", "parameters"),
        ("quantization", "quantization"),
        ("allowed_providers", "providers"),
        ("something_new", None),
    ],
)
def test_each_filter(word: str, reason: str | None) -> None:
    for told in ({"excluded_by": [word]}, {"excluded_by": ["new", word]}, {"constraint": {"field": word}}):
        found = unavailable(404, availability={"code": "constraint_filtered", **told})
        assert found.reason == reason
    both = {"code": "no_endpoints", "constraint": {"field": word}, "excluded_by": ["geo"]}
    assert unavailable(404, availability=both).reason == (reason or "region"), "the constraint comes first"


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (404, "No endpoints found for acme/tools-image-large:free.", None),
        (404, "No endpoints found for acme/large. See https://example.org/docs/quantization", None),
        (404, "No endpoints found that support tool use. See https://example.org/provider-selection/privacy", "tools"),
        (404, 'No endpoints found that support tool use. Try disabling "guardrail".', "tools"),
        (404, "No endpoints found that support the provided 'tool_choice' value.", "tools"),
        (404, "No endpoints found that support image input", "modalities"),
        (404, "No endpoints found that support the requested output modalities: image, text", "modalities"),
        (404, "No endpoints found that can handle the requested parameters.", "parameters"),
        (404, "No endpoints found that support cache control", "parameters"),
        (404, "No endpoints found that satisfy the max price for this request", "price"),
        (404, "No endpoints found matching your data policy. See: https://example.org/settings", "privacy"),
        (404, "No endpoints found matching your data policy (Zero data retention).", "privacy"),
        (404, "No endpoints for acme/large match your data policy (zero data retention).", "privacy"),
        (404, "No endpoints available matching your guardrail restrictions and data policy.", "privacy"),
        (404, "0 endpoints out of 5 requested are available. Model blocked by guardrail", "guardrail"),
        (404, "No allowed providers are available for the selected model.", "providers"),
        (404, "No endpoints found: your request's provider.only preference permits only: acme.", "providers"),
        (404, "All providers have been ignored. Visit: https://example.org/settings/privacy", "providers"),
        (404, "No endpoints found with this quantization", "quantization"),
        (404, "No endpoints found that support this context length", "context"),
        (400, "acme/fake-1.0 is not a valid model ID", "unknown_model"),
        (403, "This model is not available in your region.", "region"),
        (403, "acme/large:free is only available on agentic harnesses.", "application"),
    ],
)
def test_older_errors_tell_it_in_their_message(status: int, message: str, reason: str | None) -> None:
    assert unavailable(status, message).reason == reason


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("Filter by Tool Compatibility", "tools"),
        ("Filter by Image Support", "modalities"),
        ("Filter by Model Output Modalities", "modalities"),
        ("Filter by Parameters", "parameters"),
        ("Filter by Max Price", "price"),
        ("Filter by Allowed Providers", "providers"),
        ("Filter by Guardrails", "guardrail"),
        ("Gate Endpoints with Geo Restrictions", "region"),
        ("Gate Free Endpoints by Agentic Harness", "application"),
        ("Filter by Fallback", None),
    ],
)
def test_the_routing_step_that_failed_tells_it(step: str, reason: str | None) -> None:
    assert unavailable(404, metadata={"failed_routing_step": step}).reason == reason


def test_a_step_with_its_reasons() -> None:
    reasons = [5, {"reason": "paid-model-training-violation-by-account", "endpoint_count": 1}]
    metadata = {"failed_routing_step": "Filter by Guardrails", "ineligibility_reasons": reasons}
    assert unavailable(404, metadata=metadata).reason == "privacy"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Quasar was a stealth model.", "deprecated"),
        ("The model is deprecated.", "deprecated"),
        ("The free period of this model has ended.", "free_ended"),
    ],
)
def test_messages_beside_availability(message: str, reason: str) -> None:
    assert unavailable(404, message, availability={"code": "no_endpoints"}).reason == reason


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, {"message": "No such key."}),
        (400, {"message": "Provider returned error", "metadata": {"raw": "No endpoints found for x."}}),
        (403, {"message": "Key limit exceeded (total limit)."}),
        (502, {"message": "No endpoints found for acme/large."}),
        (400, {"message": "No endpoints found.", "metadata": {"error_type": "context_length_exceeded"}}),
        (404, {"message": 5, "availability": None}),
    ],
)
def test_what_has_nothing_to_do_with_the_model(status: int, error: dict[str, Any]) -> None:
    assert not isinstance(read(status, **error), errors.ModelUnavailableError)


def test_words_are_looked_for_where_the_service_says_them_and_not_in_what_was_poured_after() -> None:
    message = "No endpoints found" + " and so on" * 400
    assert unavailable(404, f"No endpoints found that support tool use{message}").reason == "tools"
    assert unavailable(404, f"{message} that support tool use").reason is None


def test_what_the_service_suggests() -> None:
    availability = {
        "code": "model_deprecated",
        "excluded_by": ["geo", 5],
        "fallback_models": ["acme/a", None, "acme/b\n\x1b[31m", "acme/c", "acme/d"],
        "docs_url": "https://example.org/errors#model_deprecated",
    }
    found = unavailable(404, availability=availability)
    assert found.fallback_models == ["acme/a", "acme/b\n\x1b[31m", "acme/c", "acme/d"]
    assert (found.excluded_by, found.docs_url) == (["geo"], "https://example.org/errors#model_deprecated")
    assert str(found).endswith("Choose another model. The service suggests acme/a, acme/b, acme/c.")
    nothing = errors.ModelUnavailableError("No.")
    assert (nothing.fallback_models, nothing.excluded_by, nothing.docs_url) == ([], [], None)


def test_each_reason_has_its_advice() -> None:
    reasons = ["tools", "modalities", "parameters", "context", "price", "quantization", "providers", "privacy"]
    reasons += ["guardrail", "region", "application", "unknown_model", "deprecated", "free_ended", "endpoint"]
    found = [errors.ModelUnavailableError("No.").with_facts(reason=reason).advice() for reason in reasons]
    unknown = errors.ModelUnavailableError("No.").advice()
    assert len({*found, unknown}) == len(reasons) + 1
    assert errors.ModelUnavailableError("No.").with_facts(reason="a_new_one").advice() == unknown
    page = Path(__file__).parents[2].joinpath("docs/errors.md").read_text(encoding="utf-8")
    assert [reason for reason in [*reasons, "upstream"] if f"`{reason}`" not in page] == []


def test_who_serves_it_is_named_where_the_list_of_providers_is_the_reason() -> None:
    metadata = {"available_providers": ["z-ai", "acme"], "requested_providers": ["anthropic"]}
    found = unavailable(404, "No allowed providers are available for the selected model.", metadata=metadata)
    assert str(found).endswith("the provider lists of the account. It is served by z-ai, acme.")
