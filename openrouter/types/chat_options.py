"""The options of chat completions (API page "Chat completions"), and what their values have to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from ..core.arguments import Rule, items, number, refuse, text, whole
from .options import RequestOptions

JSONObject = Mapping[str, Any]
Effort = Literal["max", "xhigh", "high", "medium", "low", "minimal", "none"]
VariantName = Literal["free", "extended", "exacto", "nitro", "floor", "online", "thinking", "batch"]

if TYPE_CHECKING:
    from .caching_options import CacheControl, PromptCacheOptions
    from .format_options import ResponseFormat
    from .output_options import AudioOptions, Prediction
    from .provider_options import Provider
    from .reasoning_options import Reasoning
    from .search_options import WebSearchOptions, XSearchFilter
    from .tool_options import DeferredTools, FunctionTool, ServerTool, StopServerToolsWhen, ToolChoice
    from .trace_options import Debug, Trace
else:
    # They take long to import, and at run time each of them is a mapping.
    CacheControl = PromptCacheOptions = ResponseFormat = AudioOptions = Prediction = Provider = Reasoning = JSONObject
    WebSearchOptions = XSearchFilter = DeferredTools = FunctionTool = ServerTool = JSONObject
    StopServerToolsWhen = ToolChoice = Debug = Trace = JSONObject


class TurnOptions(RequestOptions, total=False):
    """Options of a chat completion but for its tools, for operations to which these are given by themselves."""

    model: str | None
    """`author/slug[:variant]`, a router, `@preset/slug`; without it, the settings' or the account's default."""
    models: Sequence[str] | None
    """Fallback models in order of priority; any error of one triggers the next."""
    variant: VariantName | str | None
    """A variant for the model, whether it is given here or is the default of the settings, and for each of `models`:
    `"nitro"` asks for `vendor/model:nitro`. `openrouter.routing.Variant` has the known ones."""
    provider: Provider | JSONObject | None
    """Routing preferences: `order`, `only`, `ignore`, `sort`, `max_price`, `require_parameters`, …"""
    plugins: Sequence[JSONObject] | None
    """Plugins by `id`: `web`, `file-parser`, `response-healing`, …; `openrouter.plugins` makes them."""
    preset: str | None
    """Slug of a preset, merged under the request."""
    route: Literal["fallback", "sort"] | str | None
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
    tool_choice: ToolChoice | str | JSONObject | None
    """`"none"`, `"auto"`, `"required"`, or the tool to call."""
    parallel_tool_calls: bool | None
    max_tool_calls: int | None
    """Steps of the server-tool loop, 1 to 30."""
    stop_server_tools_when: Sequence[StopServerToolsWhen | JSONObject] | None
    """Conditions of which any ends the server-tool loop; `openrouter.server_tools` makes them."""
    deferred_tools: DeferredTools | JSONObject | None
    response_format: ResponseFormat | JSONObject | None
    """`{"type": "json_object"}`, `{"type": "json_schema", "json_schema": …}`, …"""
    structured_outputs: bool | None
    reasoning: Reasoning | JSONObject | None
    """`effort` or `max_tokens`, `exclude`, `enabled`, `summary`, …"""
    reasoning_effort: Effort | str | None
    """Short form of `reasoning={"effort": …}`."""
    include_reasoning: bool | None
    """Old form of `reasoning={"exclude": …}`."""
    verbosity: Literal["low", "medium", "high", "xhigh", "max"] | str | None
    modalities: Sequence[Literal["text", "image", "audio"] | str] | None
    """Kinds of output."""
    image_config: JSONObject | None
    """Settings of image output, as the provider has them: `aspect_ratio`, `quality`, `size`, …"""
    audio: AudioOptions | JSONObject | None
    """`voice` and `format` of audio output; needs a stream."""
    prediction: Prediction | JSONObject | None
    """Text that much of the output will repeat."""
    service_tier: Literal["auto", "default", "fast", "flex", "priority", "scale", "ultrafast"] | str | None
    """How fast, and how dear; `fast` is `priority`."""
    web_search_options: WebSearchOptions | JSONObject | None
    """Settings of the search that a provider itself has."""
    x_search_filter: XSearchFilter | JSONObject | None
    """Which posts models of xAI search."""
    cache_control: CacheControl | JSONObject | None
    """Automatic prompt caching: `{"type": "ephemeral", "ttl": "5m" | "1h"}`."""
    prompt_cache_key: str | None
    """Requests with the same key go to the provider that has the prompt, where there is no `session_id`."""
    prompt_cache_options: PromptCacheOptions | JSONObject | None
    session_id: str | None
    """Groups requests and keeps them at one provider; up to 256 characters."""
    user: str | None
    """Stable id of the end user; the ledger counts by it too."""
    metadata: Mapping[str, str] | None
    """Up to 16 pairs of at most 64 and 512 characters."""
    trace: Trace | JSONObject | None
    """How the request is called where the account sends its traces: `trace_id`, `span_name`, …"""
    debug: Debug | JSONObject | None
    """`{"echo_upstream_body": true}`, streams only."""
    response_cache: bool | int | None
    """Whether the service may answer out of its cache, and keep the reply there: True, for 300 seconds, or so many
    seconds, at least 1; it keeps none for more than 86,400. It is sent as a header."""
    response_cache_clear: bool | None
    """True: what is in the cache for this request is made anew. It is sent as a header."""
    router_metadata: bool | None
    """True: the reply tells how it was routed, in `router_metadata`. It is sent as a header."""


class ChatOptions(TurnOptions, total=False):
    """Options of a chat completion. One that is left out is not sent; neither is one that is `None`.

    Share them between calls as a variable of this type: `shared: ChatOptions = {"temperature": 0.2}`.
    """

    tools: Sequence[Callable[..., Any] | FunctionTool | ServerTool | JSONObject] | None
    """Functions, tools made of them, and what `openrouter.server_tools` makes; to be sent again with every tool result.
    Nothing runs the functions here; `run_tools` does."""


CHAT_OPTIONS: Final = ChatOptions.__optional_keys__
"""The names of all options."""

HEADER_OPTIONS: Final = frozenset({"response_cache", "response_cache_clear", "router_metadata"})
"""The names of those that are no fields of the body, but headers."""

UNSENT_OPTIONS: Final = HEADER_OPTIONS | {"variant"}
"""The names of those that no field of the body has."""

_NOT_OWN: Final = UNSENT_OPTIONS | RequestOptions.__optional_keys__
_OWN_FIELDS: Final = tuple(name for name in ChatOptions.__annotations__ if name not in _NOT_OWN)
BODY_ORDER: Final[Mapping[str, int]] = {name: place for place, name in enumerate(("prompt", *_OWN_FIELDS))}
"""Where each field stands in the body, so that equal requests are equal bytes: the response cache hashes them."""


def _stop(name: str, value: Any) -> None:
    if not isinstance(value, str):
        items(4)(name, value)
        for place, item in enumerate(value):
            string(f"{name}[{place}]", item)


def _models(name: str, value: Any) -> None:
    items(shortest=1)(name, value)
    for place, item in enumerate(value):
        _TEXT(f"{name}[{place}]", item)


def _metadata(name: str, value: Any) -> None:
    pairs: Any = value
    if (
        not isinstance(value, Mapping)
        or len(pairs) > _MOST_METADATA
        or not all(_is_text(key, _LONGEST_KEY) and _is_text(told, _LONGEST_VALUE) for key, told in pairs.items())
    ):
        wanted = f"a mapping of at most {_MOST_METADATA} texts of at most {_LONGEST_VALUE} characters"
        refuse(name, pairs, f"{wanted}, with names of at most {_LONGEST_KEY}")


def flag(name: str, value: Any) -> None:
    """Take True and False alone."""
    if not isinstance(value, bool):
        refuse(name, value, "True or False")


def string(name: str, value: Any) -> None:
    """Take strings, blank ones too."""
    if not isinstance(value, str):
        refuse(name, value, "a string")


def _with_fields(name: str, value: Any) -> None:
    """Apply the rule of an option with fields: it stands in a module that is loaded for who gives one."""
    rules: Mapping[str, Rule] = import_module(f".{_HOMES[name]}", __package__).RULES
    rules[name](name, value)


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

_TEXT: Final = text()
_HOMES: Final[Mapping[str, str]] = {
    name: home
    for home, names in {
        "caching_options": ("cache_control", "prompt_cache_options"),
        "format_options": ("response_format",),
        "output_options": ("stream_options", "modalities", "image_config", "audio", "prediction"),
        "plugin_options": ("plugins",),
        "provider_options": ("provider",),
        "reasoning_options": ("reasoning",),
        "search_options": ("web_search_options", "x_search_filter"),
        "tool_options": ("tools", "tool_choice", "stop_server_tools_when", "deferred_tools"),
        "trace_options": ("trace", "debug"),
    }.items()
    for name in names
}
"""In which module the rule of an option with fields stands."""

CHAT_RULES: Final[Mapping[str, Rule]] = {
    "model": _TEXT,
    "models": _models,
    "preset": _TEXT,
    "route": _TEXT,
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
    "logprobs": flag,
    "top_logprobs": whole(0, 20),
    "seed": whole(),
    "stop": _stop,
    "parallel_tool_calls": flag,
    "max_tool_calls": whole(1, 30),
    "structured_outputs": flag,
    "reasoning_effort": _TEXT,
    "include_reasoning": flag,
    "verbosity": _TEXT,
    "service_tier": _TEXT,
    "prompt_cache_key": string,
    "session_id": text(256),
    "user": string,
    "metadata": _metadata,
    **dict.fromkeys(_HOMES, _with_fields),
}
