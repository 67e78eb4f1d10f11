"""Tools that the service runs inside a request, for the option `tools` (API page "Server tools"; they are in beta).

Each function gives a plain dict; what is left out, or `None`, is not in it. Parameters that are new, and that a
function has no name for, it takes as keywords too. A value that cannot be right raises `InvalidArgumentError`.

`steps`, `tool_called`, `tokens`, `cost` and `finish_reason` are conditions for the option `stop_server_tools_when`:
where one is met, calls that are under way come to their end, and the model answers once more without tools.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from .core.arguments import refuse
from .types.search_options import with_type
from .types.server_tool_options import SERVER_TOOLS
from .types.stop_conditions import cost, finish_reason, steps, tokens, tool_called

if TYPE_CHECKING:
    from .types.caching_options import CacheControl
    from .types.chat_options import JSONObject
    from .types.reasoning_options import Reasoning
    from .types.search_options import UserLocation, XSearchFilter

__all__ = [
    "advisor",
    "apply_patch",
    "bash",
    "cost",
    "datetime",
    "files",
    "finish_reason",
    "fusion",
    "image_generation",
    "search_models",
    "shell",
    "steps",
    "subagent",
    "tokens",
    "tool_called",
    "tool_search",
    "web_fetch",
    "web_search",
]


def web_search(
    *,
    engine: Literal["auto", "native", "exa", "firecrawl", "parallel", "perplexity"] | str | None = None,
    mode: str | None = None,
    max_results: int | None = None,
    max_uses: int | None = None,
    max_total_results: int | None = None,
    search_context_size: Literal["low", "medium", "high"] | str | None = None,
    max_characters: int | None = None,
    user_location: UserLocation | JSONObject | None = None,
    allowed_domains: Sequence[str] | None = None,
    excluded_domains: Sequence[str] | None = None,
    x_search: XSearchFilter | JSONObject | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Let the model search the web.

    `auto` is the provider's own search where there is one, else `exa`; `firecrawl` needs a key of your own. `mode` is a
    word of the engine's: `instant`, `fast`, `auto`, `deep-lite`, `deep` or `deep-reasoning` of `exa`, `turbo`, `fast`,
    `basic` or `advanced` of `parallel`. One search gives `max_results`, 1 to 25 and 5 if nothing is said, all together
    `max_total_results`; each has `max_characters`, 1 to 100,000, which wins over `search_context_size`. Allow domains
    or exclude some, not both.
    """
    return _tool(
        "openrouter:web_search",
        engine=engine,
        mode=mode,
        max_results=max_results,
        max_uses=max_uses,
        max_total_results=max_total_results,
        search_context_size=search_context_size,
        max_characters=max_characters,
        user_location=with_type(user_location),
        allowed_domains=allowed_domains,
        excluded_domains=excluded_domains,
        x_search=x_search,
        **more,
    )


def web_fetch(
    *,
    engine: Literal["auto", "native", "openrouter", "exa", "parallel", "firecrawl"] | str | None = None,
    max_uses: int | None = None,
    max_content_tokens: int | None = None,
    allowed_domains: Sequence[str] | None = None,
    blocked_domains: Sequence[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Let the model read pages and PDFs by their addresses, of at most about `max_content_tokens` tokens each."""
    return _tool(
        "openrouter:web_fetch",
        engine=engine,
        max_uses=max_uses,
        max_content_tokens=max_content_tokens,
        allowed_domains=allowed_domains,
        blocked_domains=blocked_domains,
        **more,
    )


def datetime(*, timezone: str | None = None, **more: Any) -> dict[str, Any]:
    """Let the model ask for date and time, in a zone such as `Europe/London`; UTC if nothing is said."""
    return _tool("openrouter:datetime", timezone=timezone, **more)


def image_generation(*, model: str | None = None, **image_config: Any) -> dict[str, Any]:
    """Let the model have images made, by `openai/gpt-5-image` or another model.

    Further keywords are what the option `image_config` takes: `aspect_ratio`, `quality`, `size`, `background`, …
    """
    return _tool("openrouter:image_generation", model=model, **image_config)


def files(**more: Any) -> dict[str, Any]:
    """Let the model read and write the files in the workspace of the key."""
    return _tool("openrouter:files", **more)


def search_models(*, max_results: int | None = None, **more: Any) -> dict[str, Any]:
    """Let the model search the catalogue of models; it finds 1 to 20 at once, 5 if nothing is said. Experimental."""
    return _tool("openrouter:experimental__search_models", max_results=max_results, **more)


def fusion(
    *,
    analysis_models: Sequence[str] | None = None,
    model: str | None = None,
    max_tool_calls: int | None = None,
    tools: Sequence[JSONObject] | None = None,
    max_completion_tokens: int | None = None,
    reasoning: Reasoning | JSONObject | None = None,
    temperature: float | None = None,
    cache_control: CacheControl | JSONObject | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Let the model ask a panel of 1 to 8 models, whose answers `model` sums up. It takes its time.

    Each of them may take `max_tool_calls` steps, 1 to 16, 4 if nothing is said, with up to 8 `tools` of the service,
    and write `max_completion_tokens`, 16,000 if nothing is said. Of `reasoning` it takes `effort` and `max_tokens`.
    """
    return _tool(
        "openrouter:fusion",
        analysis_models=analysis_models,
        model=model,
        max_tool_calls=max_tool_calls,
        tools=tools,
        max_completion_tokens=max_completion_tokens,
        reasoning=reasoning,
        temperature=temperature,
        cache_control=cache_control,
        **more,
    )


def advisor(
    *,
    name: str | None = None,
    model: str | None = None,
    instructions: str | None = None,
    forward_transcript: bool | None = None,
    stream: bool | None = None,
    max_completion_tokens: int | None = None,
    reasoning: Reasoning | JSONObject | None = None,
    temperature: float | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Let the model ask another one for advice.

    Of several advisors, all but one need a `name` of their own: up to 64 letters, digits, spaces, underscores and
    hyphens. Keep them in the same order in all requests of a conversation. `forward_transcript` shows the advisor the
    whole conversation. Of `reasoning` it takes `effort` and `max_tokens`. `stream` does nothing for chat completions.
    """
    return _tool(
        "openrouter:advisor",
        name=name,
        model=model,
        instructions=instructions,
        forward_transcript=forward_transcript,
        stream=stream,
        max_completion_tokens=max_completion_tokens,
        reasoning=reasoning,
        temperature=temperature,
        **more,
    )


def subagent(
    *,
    name: str | None = None,
    model: str | None = None,
    instructions: str | None = None,
    tools: Sequence[JSONObject] | None = None,
    max_tool_calls: int | None = None,
    max_completion_tokens: int | None = None,
    reasoning: Reasoning | JSONObject | None = None,
    temperature: float | None = None,
    inherit_functions: bool | None = None,
    inherited_function_names: Sequence[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Let the model hand tasks to another one, which may use `tools` of the service in 1 to 25 steps.

    Of several, all but one need a `name` of their own, as those of `advisor`. Of `reasoning` it takes `effort` and
    `max_tokens`. Only the API for responses takes `inherit_functions` and `inherited_function_names`; chat completions
    refuse them with status 400.
    """
    return _tool(
        "openrouter:subagent",
        name=name,
        model=model,
        instructions=instructions,
        tools=tools,
        max_tool_calls=max_tool_calls,
        max_completion_tokens=max_completion_tokens,
        reasoning=reasoning,
        temperature=temperature,
        inherit_functions=inherit_functions,
        inherited_function_names=inherited_function_names,
        **more,
    )


def bash(
    *,
    engine: Literal["auto", "native", "openrouter"] | str | None = None,
    environment: JSONObject | None = None,
    sleep_after_seconds: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Let the model run commands of a shell; as documented, only the API for messages takes it.

    `openrouter` runs them in a container of the service, which sleeps after so many idle seconds: 900 if nothing is
    said, at most 2,592,000. Otherwise the call comes to your program. `environment` is `{"type": "container_auto"}`, or
    `{"type": "container_reference", "container_id": "…"}` for one that is there. The schema of chat completions lists
    the tool, but they are said to refuse it with status 400.
    """
    return _tool(
        "openrouter:bash",
        engine=engine,
        environment=environment,
        sleep_after_seconds=sleep_after_seconds,
        **more,
    )


def shell(
    *,
    engine: Literal["auto", "openrouter"] | str | None = None,
    environment: JSONObject | None = None,
    sleep_after_seconds: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Let the model run commands of a shell in a container, as `bash` does.

    Not for chat completions: only the APIs for responses and messages take it.
    """
    return _tool(
        "openrouter:shell",
        engine=engine,
        environment=environment,
        sleep_after_seconds=sleep_after_seconds,
        **more,
    )


def tool_search(*, max_results: int | None = None, **more: Any) -> dict[str, Any]:
    """Let the model find tools that are loaded when needed, `max_results` at once, 5 if nothing is said.

    Not for chat completions: only the APIs for responses and messages take it.
    """
    return _tool("openrouter:tool_search", max_results=max_results, **more)


def apply_patch(*, engine: Literal["auto", "native", "openrouter"] | str | None = None, **more: Any) -> dict[str, Any]:
    """Let the model create, change and delete files by patches, which your program applies.

    Not for chat completions: only the API for responses takes it.
    """
    return _tool("openrouter:apply_patch", engine=engine, **more)


def _tool(type_: str, /, **parameters: Any) -> dict[str, Any]:
    if "type" in parameters:
        refuse("type", parameters["type"], f"left out: it is {type_!r}")
    given = {name: value for name, value in parameters.items() if value is not None}
    made = {"type": type_, "parameters": given} if given else {"type": type_}
    SERVER_TOOLS[type_](type_, made)
    return made
