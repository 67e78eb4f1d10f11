"""Which tools a model may call, and when the service stops running its own (API pages on tools)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, Required, TypeAlias, TypedDict

from ..core.arguments import Rule, number, text, whole
from .caching_options import CACHE_CONTROL, CacheControl
from .chat_options import JSONObject, flag, string
from .server_tool_options import SERVER_TOOLS
from .shapes import TEXT, each, fields, mapping, of_type, told_by


class FunctionDefinition(TypedDict, total=False):
    """A function of yours, as the model sees it."""

    name: Required[str]
    """Up to 64 letters, digits, underscores and hyphens."""
    description: str
    parameters: JSONObject
    """A JSON Schema of the arguments, which are an object."""
    strict: bool | None
    """Whether the model can write no arguments that do not fit."""


class FunctionTool(TypedDict, total=False):
    """A tool that your program runs."""

    type: Required[Literal["function"]]
    function: Required[FunctionDefinition | JSONObject]
    cache_control: CacheControl | JSONObject


class ServerTool(TypedDict, total=False):
    """A tool that the service runs inside the request; `openrouter.server_tools` makes them."""

    type: Required[str]
    parameters: JSONObject


class FunctionName(TypedDict):
    """Which function."""

    name: str


class FunctionChoice(TypedDict):
    """The model has to call this function."""

    type: Literal["function"]
    function: FunctionName


class ServerToolChoice(TypedDict):
    """The model has to call this tool of the service."""

    type: str
    """Such as `openrouter:web_search`."""


ToolChoice: TypeAlias = Literal["none", "auto", "required"] | FunctionChoice | ServerToolChoice
"""Whether a model may, must or must not call tools, or which one it must."""


class StepCountIs(TypedDict):
    """So many steps were taken."""

    type: Literal["step_count_is"]
    step_count: int


class HasToolCall(TypedDict):
    """A tool of this name was called."""

    type: Literal["has_tool_call"]
    tool_name: str


class MaxTokensUsed(TypedDict):
    """More tokens than these were used, over all steps."""

    type: Literal["max_tokens_used"]
    max_tokens: int


class MaxCost(TypedDict):
    """More than this was spent in USD, over all steps."""

    type: Literal["max_cost"]
    max_cost_in_dollars: float


class FinishReasonIs(TypedDict):
    """The model stopped for this reason."""

    type: Literal["finish_reason_is"]
    reason: str


StopServerToolsWhen: TypeAlias = StepCountIs | HasToolCall | MaxTokensUsed | MaxCost | FinishReasonIs
"""When the service stops running its tools; `openrouter.server_tools` makes such conditions too."""


class DeferredTools(TypedDict, total=False):
    """How tools are loaded that were not sent in full."""

    protocol: str
    profile: Literal["portable"] | str
    search: Any
    validation: Literal["runtime"] | str


def _condition(field: str, rule: Rule) -> Rule:
    return fields({field: rule}, field)


_DEFINITION: Final = fields(
    {"name": text(64), "description": string, "parameters": mapping, "strict": flag},
    "name",
)
_FUNCTION: Final = fields({"function": _DEFINITION, "cache_control": CACHE_CONTROL}, "function")
_CHOICE: Final = told_by("type", {"function": fields({"function": fields({"name": TEXT}, "name")}, "function")})
_WHEN: Final = told_by(
    "type",
    {
        "step_count_is": _condition("step_count", whole(1)),
        "has_tool_call": _condition("tool_name", TEXT),
        "max_tokens_used": _condition("max_tokens", whole(1)),
        "max_cost": _condition("max_cost_in_dollars", number(0, 1e9)),
        "finish_reason_is": _condition("reason", TEXT),
    },
)

WHEN: Final = each(_WHEN, shortest=1)

RULES: Final[Mapping[str, Rule]] = {
    "tools": each(told_by("type", {"function": _FUNCTION, **SERVER_TOOLS})),
    "tool_choice": of_type("a word such as 'auto', or a mapping with `type`", {str: TEXT, Mapping: _CHOICE}),
    "stop_server_tools_when": WHEN,
    "deferred_tools": mapping,
}
