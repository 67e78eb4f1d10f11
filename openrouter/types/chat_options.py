"""The options of chat completions (API page "Chat completions"), and what their values have to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, cast

from ..core.arguments import Rule, items, number, refuse, text, whole
from .options import RequestOptions

JSONObject = Mapping[str, Any]
Effort = Literal["max", "xhigh", "high", "medium", "low", "minimal", "none"]


class ChatOptions(RequestOptions, total=False):
    """Options of a chat completion. One that is left out is not sent; neither is one that is `None`.

    Share them between calls as a variable of this type: `shared: ChatOptions = {"temperature": 0.2}`.
    """

    model: str | None
    """`author/slug[:variant]`, a router, `@preset/slug`; without it, the settings' or the account's default."""
    models: Sequence[str] | None
    """Fallback models in order of priority; any error of one triggers the next."""
    provider: JSONObject | None
    """Routing preferences: `order`, `only`, `ignore`, `sort`, `max_price`, `require_parameters`, …"""
    plugins: Sequence[JSONObject] | None
    """Plugins by `id`: `web`, `file-parser`, `response-healing`, `context-compression`, …"""
    preset: str | None
    """Slug of a preset, merged under the request."""
    route: str | None
    """Deprecated alias of `provider.sort.partition`."""
    stream_options: JSONObject | None
    """Without effect any more: the usage always comes."""
    max_completion_tokens: int | None
    """Upper limit of output tokens, reasoning included; at least 1."""
    max_tokens: int | None
    """Older name of `max_completion_tokens`; at least 1, some providers need 16."""
    temperature: float | None
    """0 to 2."""
    top_p: float | None
    """0 to 1."""
    top_k: int | None
    """At least 0, which turns it off."""
    min_p: float | None
    """0 to 1."""
    top_a: float | None
    """0 to 1."""
    frequency_penalty: float | None
    """−2 to 2."""
    presence_penalty: float | None
    """−2 to 2."""
    repetition_penalty: float | None
    """Above 0, at most 2; 1 is none."""
    logit_bias: Mapping[str, float] | None
    """Token id to bias, −100 to 100."""
    logprobs: bool | None
    top_logprobs: int | None
    """0 to 20; needs `logprobs`."""
    seed: int | None
    stop: str | Sequence[str] | None
    """Up to 4 sequences that end the output."""
    tools: Sequence[JSONObject] | None
    """Functions and server tools; to be sent again on every turn that carries tool results."""
    tool_choice: str | JSONObject | None
    """`"none"`, `"auto"`, `"required"`, or the tool to call."""
    parallel_tool_calls: bool | None
    max_tool_calls: int | None
    """Steps of the server-tool loop, 1 to 30."""
    stop_server_tools_when: Sequence[JSONObject] | None
    """Conditions that end the server-tool loop."""
    deferred_tools: JSONObject | None
    response_format: JSONObject | None
    """`{"type": "json_object"}`, `{"type": "json_schema", "json_schema": …}`, …"""
    structured_outputs: bool | None
    reasoning: JSONObject | None
    """`effort`, `max_tokens`, `exclude`, `enabled`, `summary`, …"""
    reasoning_effort: Effort | str | None
    """Short form of `reasoning={"effort": …}`."""
    include_reasoning: bool | None
    """Old form of `reasoning={"exclude": …}`."""
    verbosity: Literal["low", "medium", "high", "xhigh", "max"] | str | None
    modalities: Sequence[str] | None
    """Kinds of output: `text`, `image`, `audio`."""
    image_config: JSONObject | None
    audio: JSONObject | None
    """`voice` and `format` of audio output; needs a stream."""
    prediction: JSONObject | None
    service_tier: Literal["auto", "default", "fast", "flex", "priority", "scale"] | str | None
    web_search_options: JSONObject | None
    x_search_filter: JSONObject | None
    cache_control: JSONObject | None
    """Automatic prompt caching: `{"type": "ephemeral", "ttl": "5m" | "1h"}`."""
    prompt_cache_key: str | None
    prompt_cache_options: JSONObject | None
    session_id: str | None
    """Groups requests and keeps them at one provider; up to 256 characters."""
    user: str | None
    """Stable id of the end user; the ledger counts by it too."""
    metadata: Mapping[str, str] | None
    """Up to 16 pairs of at most 64 and 512 characters."""
    trace: JSONObject | None
    debug: JSONObject | None
    """`{"echo_upstream_body": true}`, streams only."""


CHAT_OPTIONS: Final = ChatOptions.__optional_keys__
"""The names of all options."""

_OWN_FIELDS: Final = tuple(name for name in ChatOptions.__annotations__ if name not in RequestOptions.__annotations__)
BODY_ORDER: Final[Mapping[str, int]] = {name: place for place, name in enumerate(("prompt", *_OWN_FIELDS))}
"""Where each field stands in the body, so that equal requests are equal bytes: the response cache hashes them."""


def _stop(name: str, value: Any) -> None:
    if not isinstance(value, str):
        items(4)(name, value)


def _metadata(name: str, value: Any) -> None:
    pairs: Any = value
    if (
        not isinstance(value, Mapping)
        or len(pairs) > _MOST_METADATA
        or not all(_is_text(key, _LONGEST_KEY) and _is_text(told, _LONGEST_VALUE) for key, told in pairs.items())
    ):
        wanted = f"a mapping of at most {_MOST_METADATA} texts of at most {_LONGEST_VALUE} characters"
        refuse(name, pairs, f"{wanted}, with names of at most {_LONGEST_KEY}")


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest


def _logit_bias(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        refuse(name, cast("object", value), "a mapping of token ids to numbers")
    for token, bias in cast("Mapping[str, Any]", value).items():
        _BIAS(f"{name}[{token!r}]", bias)


_MOST_METADATA: Final = 16
_LONGEST_KEY: Final = 64
_LONGEST_VALUE: Final = 512
_BIAS: Final = number(-100, 100)
_PENALTY: Final = number(-2, 2)
_SHARE: Final = number(0, 1)

CHAT_RULES: Final[Mapping[str, Rule]] = {
    "model": text(),
    "models": items(shortest=1),
    "plugins": items(),
    "max_completion_tokens": whole(1),
    "max_tokens": whole(1),
    "temperature": number(0, 2),
    "top_p": _SHARE,
    "top_k": whole(0),
    "min_p": _SHARE,
    "top_a": _SHARE,
    "frequency_penalty": _PENALTY,
    "presence_penalty": _PENALTY,
    "repetition_penalty": number(0, 2, above=True),
    "logit_bias": _logit_bias,
    "top_logprobs": whole(0, 20),
    "seed": whole(),
    "stop": _stop,
    "metadata": _metadata,
    "tools": items(),
    "max_tool_calls": whole(1, 30),
    "stop_server_tools_when": items(shortest=1),
    "session_id": text(256),
}
