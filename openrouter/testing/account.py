"""The account that the fake serves: what was used of its credits, and a record of every generation."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ..core.json import as_object
from ..types.cost import exact
from .counting import conversation
from .documents import Document
from .generation import GeneratedAnswer
from .refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .answers import Answer, Exchange
    from .replies import Reply
    from .requests import RecordedRequest

TOTAL_CREDITS = 100
"""What was bought for the account, in USD. Using more is not refused."""


@frozen(eq=False)
class _Booked:
    exchange: Exchange
    answer: GeneratedAnswer


class Account:
    """Keeps the books; safe in any number of threads.

    A generation is known to `GET /generation` only when it was asked for `generation_delay` times before, as the real
    record comes some time after the reply.
    """

    def __init__(self, generation_delay: int) -> None:
        self._generation_delay = generation_delay
        self._used = Decimal(0)
        self._booked: dict[str, _Booked] = {}
        self._asked: Counter[str] = Counter()
        self._lock = Lock()

    @property
    def used(self) -> Decimal:
        """What all answers cost so far, in USD."""
        with self._lock:
            return self._used

    def book(self, exchange: Exchange, answer: Answer) -> None:
        """Take down what an answer cost, and the generation that it carries."""
        with self._lock:
            self._used = exact().add(self._used, answer.cost)
            if isinstance(answer, GeneratedAnswer):
                self._booked[answer.generation.id] = _Booked(exchange, answer)

    def credits(self, _: RecordedRequest, __: Mapping[str, str]) -> Reply:
        """Say what was bought and what was used."""
        return Document({"data": {"total_credits": TOTAL_CREDITS, "total_usage": float(self.used)}})

    def key(self, _: RecordedRequest, __: Mapping[str, str]) -> Reply:
        """Describe the key; all keys are one."""
        used = float(self.used)
        return Document(
            {
                "data": {
                    "label": "sk-or-v1-sim...ted",
                    "limit": None,
                    "limit_remaining": None,
                    "limit_reset": None,
                    "include_byok_in_limit": False,
                    "usage": used,
                    "usage_daily": used,
                    "usage_weekly": used,
                    "usage_monthly": used,
                    "byok_usage": 0,
                    "byok_usage_daily": 0,
                    "byok_usage_weekly": 0,
                    "byok_usage_monthly": 0,
                    "is_free_tier": False,
                    "is_management_key": False,
                    "is_provisioning_key": False,
                    "creator_user_id": None,
                    "expires_at": None,
                    "rate_limit": {"requests": -1, "interval": "10s", "note": "No longer in use."},
                }
            }
        )

    def generation(self, _: RecordedRequest, named: Mapping[str, str]) -> Reply:
        """Give the record of a generation, once it was asked for often enough."""
        booked = self._find(named)
        return booked if isinstance(booked, Refusal) else Document({"data": _record(booked)})

    def generation_content(self, _: RecordedRequest, named: Mapping[str, str]) -> Reply:
        """Give what a generation was made from, and what was made."""
        booked = self._find(named)
        return booked if isinstance(booked, Refusal) else Document({"data": _content(booked)})

    def _find(self, named: Mapping[str, str]) -> _Booked | Refusal:
        wanted = named.get("id")
        if wanted is None:
            return Refusal(400, "Invalid request parameters")
        with self._lock:
            booked = self._booked.get(wanted)
            self._asked[wanted] += booked is not None
            known = self._asked[wanted] > self._generation_delay
        return booked if booked and known else Refusal(404, f"Generation {wanted} not found")


def _record(booked: _Booked) -> dict[str, Any]:
    made, answer, request = booked.answer.generation, booked.answer, booked.exchange.request
    headers = request.headers
    usage = made.usage or {}
    cost = float(answer.cost)
    details = as_object(usage.get("completion_tokens_details"))
    return {
        "id": made.id,
        "request_id": None,
        "created_at": datetime.fromtimestamp(made.created, UTC).isoformat(),
        "model": made.model,
        "provider_name": made.provider,
        "router": None,
        "api_type": made.api_type,
        "streamed": request.streaming,
        "cancelled": booked.exchange.cancelled,
        "finish_reason": made.finish_reason,
        "native_finish_reason": made.native_finish_reason,
        "is_byok": usage.get("is_byok", False),
        "total_cost": cost,
        "usage": cost,
        "upstream_inference_cost": None,
        "cache_discount": None,
        "latency": round(answer.delay * 1000),
        "generation_time": round(answer.delay * 1000),
        "moderation_latency": None,
        "tokens_prompt": usage.get("prompt_tokens"),
        "tokens_completion": usage.get("completion_tokens"),
        "native_tokens_prompt": usage.get("prompt_tokens"),
        "native_tokens_completion": usage.get("completion_tokens"),
        "native_tokens_reasoning": details.get("reasoning_tokens", 0),
        "native_tokens_cached": 0,
        "native_tokens_completion_images": None,
        "num_media_prompt": None,
        "num_media_completion": None,
        "num_input_audio_prompt": None,
        "num_search_results": None,
        "num_fetches": None,
        "web_search_engine": None,
        "provider_responses": [{"provider_name": made.provider, "status": 200}],
        "service_tier": None,
        "session_id": None,
        "response_cache_source_id": None,
        "preset_id": None,
        "workspace_id": None,
        "app_id": None,
        "external_user": request.payload.get("user"),
        "origin": "",
        "http_referer": headers.get("http-referer"),
        "user_agent": headers.get("user-agent"),
        "upstream_id": None,
        "data_region": "global",
    }


def _content(booked: _Booked) -> dict[str, Any]:
    made, payload = booked.answer.generation, booked.exchange.request.payload
    text = payload.get("prompt", payload.get("input"))
    return {
        "input": {"prompt": text} if isinstance(text, str) else {"messages": conversation(payload)},
        "output": {"completion": made.text, "reasoning": made.reasoning},
        "error": made.failure and {"message": made.failure.error["message"], "provider_name": made.provider},
    }
