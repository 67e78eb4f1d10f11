"""The types of what replies and errors hold."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, assert_type

from openrouter import (
    Chunk,
    Completion,
    HTTPInfo,
    Message,
    Model,
    OpenRouterError,
    Outcome,
    Percentiles,
    Pricing,
    PricingOverride,
    RateLimitError,
    SyncClient,
    ToolCall,
    Totals,
    Usage,
)


def completion(reply: Completion) -> None:
    assert_type(reply.text, str)
    assert_type(reply.reasoning, str | None)
    assert_type(reply.message, Message)
    assert_type(reply.tool_calls, list[ToolCall])
    assert_type(reply.finish_reason, str | None)
    assert_type(reply.native_finish_reason, str | None)
    assert_type(reply.id, str | None)
    assert_type(reply.model, str | None)
    assert_type(reply.provider, str | None)
    assert_type(reply.latency, float | None)
    assert_type(reply.usage, Usage | None)
    assert_type(reply.http, HTTPInfo | None)
    assert_type(reply.raw, dict[str, Any])
    assert_type(reply.json(), dict[str, Any])


def usage(found: Usage) -> None:
    assert_type(found.prompt_tokens, int)
    assert_type(found.completion_tokens, int)
    assert_type(found.total_tokens, int)
    assert_type(found.cached_tokens, int)
    assert_type(found.reasoning_tokens, int)
    assert_type(found.cost, Decimal | None)
    assert_type(found.is_byok, bool | None)


def model(found: Model) -> None:
    assert_type(found.id, str)
    assert_type(found.name, str | None)
    assert_type(found.context_length, int | None)
    assert_type(found.architecture.input_modalities, list[str])
    assert_type(found.supported_parameters, list[str])
    assert_type(found.top_provider.max_completion_tokens, int | None)
    assert_type(found.expiration_date, date | None)
    assert_type(found.raw, dict[str, Any])


def pricing(found: Pricing) -> None:
    assert_type(found.prompt, Decimal | None)
    assert_type(found.discount, Decimal | None)
    assert_type(found.varies, bool)
    assert_type(found.overrides, list[PricingOverride])
    assert_type(found.overrides[0].completion, Decimal | None)
    assert_type(found.overrides[0].min_prompt_tokens, int | None)
    found.prompt = Decimal(1)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def http(info: HTTPInfo) -> None:
    assert_type(info.status_code, int)
    assert_type(info.headers["x-generation-id"], str)
    assert_type(info.attempts, int)


def chunk(piece: Chunk) -> None:
    assert_type(piece.text, str)
    assert_type(piece.reasoning, str)
    assert_type(piece.finish_reason, str | None)
    assert_type(piece.usage, Usage | None)


def outcome(found: Outcome) -> None:
    assert_type(found.success, bool)
    assert_type(found.completion, Completion | None)
    assert_type(found.error, OpenRouterError | None)
    assert_type(found.content, str)
    assert_type(found.latency, float)
    assert_type(found.timestamp, datetime)
    assert_type(found.to_dict(), dict[str, Any])


def totals(found: Totals) -> None:
    assert_type(found.cost, Decimal)
    assert_type(found.total_tokens, int)
    assert_type(found.success_rate, float)
    assert_type(found.latency, Percentiles)


def errors(client: SyncClient) -> None:
    try:
        client.complete("hi")
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
        assert_type(error.platform, bool)
    except OpenRouterError as error:
        assert_type(error.status_code, int | None)
        assert_type(error.partial, Completion | None)


def a_received_message_goes_back(client: SyncClient, reply: Completion) -> None:
    assert_type(client.complete([{"role": "user", "content": "hi"}, reply.message]), Completion)
    assert_type(client.complete(reply.message), Completion)
