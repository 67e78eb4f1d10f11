"""The models that the fake offers, in the shape of the real catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ..core.json import as_list, as_object
from .answers import DEFAULT_MODEL, FIRST_CREATED
from .counting import COMPLETION_PRICE, PROMPT_PRICE, is_free
from .documents import Document
from .refusals import Refusal
from .replies import SIMULATED_PROVIDER
from .tariff import Tariff

if TYPE_CHECKING:
    from .replies import Reply
    from .requests import RecordedRequest

EMBEDDING_MODEL = "openrouter/simulated-embedding"

_TEXT = ("text",)
_SAMPLING = ["frequency_penalty", "max_tokens", "presence_penalty", "seed", "stop", "temperature", "top_k", "top_p"]
_TOOLS = ["response_format", "structured_outputs", "tool_choice", "tools"]
_REASONING = ["include_reasoning", "reasoning", "reasoning_effort"]
_UPTIME = 100.0


def architecture(*, takes: tuple[str, ...] = _TEXT, gives: tuple[str, ...] = _TEXT) -> dict[str, Any]:
    """Give the `architecture` of a model that takes and gives these kinds of content."""
    return {
        "modality": f"{'+'.join(takes)}->{'+'.join(gives)}",
        "input_modalities": list(takes),
        "output_modalities": list(gives),
        "tokenizer": "Other",
        "instruct_type": None,
    }


def filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Complete a model of which only the `id` has to be told; whatever else is told stays."""
    slug: str = fields["id"]
    prices = (0, 0) if is_free(slug) else (PROMPT_PRICE, COMPLETION_PRICE)
    return {
        "id": slug,
        "canonical_slug": slug,
        "hugging_face_id": None,
        "name": slug,
        "created": FIRST_CREATED,
        "description": "A simulated model.",
        "context_length": 128_000,
        "pricing": {"prompt": str(prices[0]), "completion": str(prices[1])},
        "top_provider": {"context_length": 128_000, "max_completion_tokens": 16_384, "is_moderated": False},
        "per_request_limits": None,
        "supported_parameters": sorted([*_SAMPLING, *_TOOLS]),
        "default_parameters": {},
        "supported_voices": None,
        "knowledge_cutoff": None,
        "expiration_date": None,
        "links": {"details": f"/api/v1/models/{slug}/endpoints"},
        **fields,
        "architecture": {**architecture(), **as_object(fields.get("architecture"))},
    }


MODELS: tuple[Mapping[str, Any], ...] = (
    {"id": DEFAULT_MODEL, "name": "OpenRouter: Simulated"},
    {"id": f"{DEFAULT_MODEL}:free", "name": "OpenRouter: Simulated (free)", "canonical_slug": DEFAULT_MODEL},
    {
        "id": f"{DEFAULT_MODEL}-reasoning",
        "name": "OpenRouter: Simulated Reasoning",
        "supported_parameters": sorted([*_SAMPLING, *_TOOLS, *_REASONING]),
        "reasoning": {
            "mandatory": False,
            "supported_efforts": ["high", "medium", "low"],
            "default_effort": "medium",
            "default_enabled": True,
            "supports_max_tokens": True,
        },
    },
    {
        "id": f"{DEFAULT_MODEL}-vision",
        "name": "OpenRouter: Simulated Vision",
        "architecture": architecture(takes=("text", "image")),
        "pricing": {"prompt": str(PROMPT_PRICE), "completion": str(COMPLETION_PRICE), "image": "0"},
    },
    {
        "id": EMBEDDING_MODEL,
        "name": "OpenRouter: Simulated Embedding",
        "architecture": architecture(gives=("embeddings",)),
        "pricing": {"prompt": str(PROMPT_PRICE), "completion": "0"},
        "supported_parameters": [],
    },
)
"""What is offered where nobody gives other models."""

_NAMES = (SIMULATED_PROVIDER, "simulated")
"""What the one provider is called, by people and in requests."""
_PROVIDER = {
    "name": SIMULATED_PROVIDER,
    "slug": _NAMES[1],
    "privacy_policy_url": None,
    "terms_of_service_url": None,
    "status_page_url": None,
    "headquarters": None,
    "datacenters": None,
}


class Catalogue:
    """Answers what models there are, and what is offered of each."""

    def __init__(self, models: Iterable[Mapping[str, Any]] | None = None) -> None:
        told = tuple(MODELS if models is None else models)
        self._models = [filled(fields) for fields in told]
        self.tariff = Tariff(told)

    def models(self, request: RecordedRequest, named: Mapping[str, str]) -> Reply:
        """List the models that pass the filters, all of them or a page."""
        found = self._filtered(named)
        if not {"offset", "limit"} & named.keys():
            return Document({"data": found, "total_count": len(found), "links": {"next": None}})
        try:
            offset, limit = int(named.get("offset", "0")), int(named.get("limit", "500"))
        except ValueError:
            return Refusal(400, "Invalid request parameters")
        if offset < 0 or not 1 <= limit <= 1000:  # noqa: PLR2004 - the bounds of the API
            return Refusal(400, "Invalid request parameters")
        after = offset + limit
        query = urlencode({**named, "offset": after, "limit": limit})
        following = f"{request.path}?{query}" if after < len(found) else None
        return Document({"data": found[offset:after], "total_count": len(found), "links": {"next": following}})

    def embedding_models(self, request: RecordedRequest, named: Mapping[str, str]) -> Reply:
        """List the models that make embeddings."""
        return self.models(request, {**named, "output_modalities": "embeddings"})

    def count(self, _: RecordedRequest, named: Mapping[str, str]) -> Reply:
        """Count the models."""
        return Document({"data": {"count": len(self._filtered(named))}})

    def model(self, _: RecordedRequest, named: Mapping[str, str]) -> Reply:
        """Give one model."""
        found = self._find(named)
        return _unknown(named) if found is None else Document({"data": found})

    def endpoints(self, request: RecordedRequest, named: Mapping[str, str]) -> Reply:
        """Give who serves a model; how fast is told only to those who have a key."""
        found = self._find(named)
        if found is None:
            return _unknown(named)
        kept = {name: found[name] for name in ("id", "name", "created", "description", "architecture")}
        return Document({"data": {**kept, "endpoints": [_endpoint(found, measured=request.authorized)]}})

    def zdr_endpoints(self, request: RecordedRequest, _: Mapping[str, str]) -> Reply:
        """List who serves what without keeping anything: the one provider, all models."""
        concrete = [model for model in self._models if not _target(model)]
        return Document({"data": [_endpoint(model, measured=request.authorized) for model in concrete]})

    def providers(self, _: RecordedRequest, __: Mapping[str, str]) -> Reply:
        """List the one provider."""
        return Document({"data": [_PROVIDER]})

    def _filtered(self, named: Mapping[str, str]) -> list[dict[str, Any]]:
        outputs = named.get("output_modalities", "text")
        return [
            model
            for model in self._models
            if (outputs == "all" or _any(outputs, _list(model["architecture"], "output_modalities")))
            and _all(named.get("input_modalities", ""), _list(model["architecture"], "input_modalities"))
            and _all(named.get("supported_parameters", ""), _list(model, "supported_parameters"))
            and _any(named.get("providers", SIMULATED_PROVIDER), _NAMES)
        ]

    def _find(self, named: Mapping[str, str]) -> dict[str, Any] | None:
        """Find a model, and for an alias the one that it stands for, where that is offered."""
        listed = {model["id"]: model for model in self._models}
        found = listed.get(f"{named['author']}/{named['slug']}")
        return found and listed.get(_target(found), found)


def _target(model: Mapping[str, Any]) -> str:
    return str(as_object(model.get("alias_target")).get("slug", ""))


def _names(listed: str) -> set[str]:
    return {name for name in listed.split(",") if name}


def _list(told: Mapping[str, Any], name: str) -> list[str]:
    """Give the words of a list; the real service too has entries with `null` for it."""
    return [word for word in as_list(told[name]) if isinstance(word, str)]


def _any(listed: str, there: Iterable[str]) -> bool:
    return bool(_names(listed) & set(there))


def _all(listed: str, there: Iterable[str]) -> bool:
    return _names(listed) <= set(there)


def _unknown(named: Mapping[str, str]) -> Reply:
    return Refusal(404, f"Model {named['author']}/{named['slug']} not found")


def _endpoint(model: Mapping[str, Any], *, measured: bool) -> dict[str, Any]:
    top = as_object(model["top_provider"])
    return {
        "name": f"{SIMULATED_PROVIDER} | {model['id']}",
        "model_id": model["id"],
        "model_name": model["name"],
        "context_length": model["context_length"],
        "pricing": {**as_object(model["pricing"]), "discount": 0},
        "provider_name": SIMULATED_PROVIDER,
        "tag": _PROVIDER["slug"],
        "quantization": None,
        "max_completion_tokens": top.get("max_completion_tokens"),
        "max_prompt_tokens": None,
        "supported_parameters": model["supported_parameters"],
        "status": 0,
        "uptime_last_5m": _UPTIME,
        "uptime_last_30m": _UPTIME,
        "uptime_last_1d": _UPTIME,
        "supports_implicit_caching": False,
        "latency_last_30m": {"p50": 20, "p75": 25, "p90": 35, "p99": 60} if measured else None,
        "throughput_last_30m": {"p50": 90, "p75": 80, "p90": 70, "p99": 50} if measured else None,
    }
