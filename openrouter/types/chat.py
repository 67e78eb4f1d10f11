"""What chat completions come back as (API page "Chat completions").

Every field may be missing: the service says `null`, or nothing, where it does not know. `raw` is the decoded
JSON that an object was made of, with all that this version of the package has no field for.
"""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import define, field, setters

from ..core.json import as_object, encode_json, encode_loosely
from ..core.structuring import structurer
from ..core.wire import HTTPInfo

if TYPE_CHECKING:
    from .response_cache import ResponseCache
    from .router_metadata import RouterMetadata

Raw = dict[str, Any]


MOST_TOKENS: Final = 10**12
MOST_USD: Final = 10**9
"""What no single request can take. One number beyond belief, or below zero, would spoil every sum that it goes into."""
FINEST_USD: Final = -50
"""The power of ten of the smallest amount. A finer one is none, and would fill every sum with zeros."""


def raw_field() -> Any:
    """The field for what an object was made of."""
    return field(factory=dict[str, Any], repr=False, eq=False)


def _count(value: int) -> int:
    return value if 0 <= value <= MOST_TOKENS else 0


def _amount(value: Decimal | None) -> Decimal | None:
    return value if value is not None and 0 <= value <= MOST_USD and value.adjusted() >= FINEST_USD else None


def _tokens() -> Any:
    return field(default=0, converter=_count)


@define(on_setattr=setters.NO_OP)
class PromptTokensDetails:
    """Tokens of the prompt by kind."""

    cached_tokens: int = _tokens()
    cache_write_tokens: int = _tokens()
    audio_tokens: int = _tokens()
    video_tokens: int = _tokens()
    raw: Raw = raw_field()


@define(on_setattr=setters.NO_OP)
class CompletionTokensDetails:
    """Tokens of the output by kind."""

    reasoning_tokens: int = _tokens()
    audio_tokens: int = _tokens()
    image_tokens: int = _tokens()
    accepted_prediction_tokens: int = _tokens()
    rejected_prediction_tokens: int = _tokens()
    raw: Raw = raw_field()


@define(on_setattr=setters.NO_OP)
class CostDetails:
    """What the providers charged, in USD."""

    upstream_inference_cost: Decimal | None = field(default=None, converter=_amount)
    upstream_inference_prompt_cost: Decimal | None = field(default=None, converter=_amount)
    upstream_inference_completions_cost: Decimal | None = field(default=None, converter=_amount)
    server_tool_cost: Decimal | None = field(default=None, converter=_amount)
    raw: Raw = raw_field()


@define(on_setattr=setters.NO_OP)
class Usage:
    """Tokens, by the model's own tokenizer, and what they cost.

    A number that cannot be true, because it is negative or beyond belief, is taken as unknown; `raw` has it.
    """

    prompt_tokens: int = _tokens()
    completion_tokens: int = _tokens()
    total_tokens: int = _tokens()
    cost: Decimal | None = field(default=None, converter=_amount)
    """USD that the account was charged; with a key of your own at the provider, OpenRouter's fee alone."""
    is_byok: bool | None = None
    prompt_tokens_details: PromptTokensDetails | None = None
    completion_tokens_details: CompletionTokensDetails | None = None
    cost_details: CostDetails | None = None
    raw: Raw = raw_field()

    @property
    def cached_tokens(self) -> int:
        """Prompt tokens that came from the provider's cache."""
        return self.prompt_tokens_details.cached_tokens if self.prompt_tokens_details else 0

    @property
    def reasoning_tokens(self) -> int:
        """Output tokens that the model spent on reasoning."""
        return self.completion_tokens_details.reasoning_tokens if self.completion_tokens_details else 0


if TYPE_CHECKING:
    ArgumentsText = str
else:
    ArgumentsText = str | dict | list
    """Text; some providers send the JSON itself, and `arguments_text` makes text of it. `raw` keeps what came."""


def arguments_text(value: Any) -> Any:
    """Give arguments of a call as the JSON text that they should have come as."""
    if not isinstance(value, dict | list):
        return value
    try:
        return encode_json(cast("object", value)).decode()
    except ValueError:
        return encode_loosely(cast("object", value))


@define
class Function:
    """The function that a model wants called."""

    name: str = ""
    arguments: ArgumentsText = field(default="", converter=arguments_text)
    """JSON as the model wrote it, which need not be valid; empty means no arguments."""
    raw: Raw = raw_field()


@define
class ToolCall:
    """A model's wish to have a function called."""

    id: str = ""
    type: str = "function"
    function: Function = field(factory=Function)
    index: int | None = None
    raw: Raw = raw_field()

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.name

    @property
    def arguments(self) -> str:
        """The arguments as the model wrote them: JSON text, `""` for none."""
        return self.function.arguments


@define
class Message:
    """A message of a model. It goes back into `messages` as it is, with all that it came with."""

    role: str = "assistant"
    content: str | list[Any] | None = None
    """Text, or a list of parts as the service sent them."""
    name: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_details: list[Any] | None = None
    """Reasoning in the provider's own form, which it wants back unchanged on the next turn."""
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    annotations: list[Any] | None = None
    images: list[Any] | None = None
    audio: dict[str, Any] | None = None
    raw: Raw = raw_field()

    @property
    def text(self) -> str:
        """The text of the message, `""` where it has none."""
        if isinstance(self.content, list):
            texts = [as_object(part).get("text") for part in self.content]
            return "".join(text for text in texts if isinstance(text, str))
        return self.content or ""

    @property
    def is_empty(self) -> bool:
        """There is nothing in it that a reader or a program could use."""
        return not (
            self.content
            or self.reasoning
            or self.reasoning_details
            or self.tool_calls
            or self.refusal
            or self.images
            or self.audio
        )


@define
class Choice:
    """One answer; the service gives a single one."""

    index: int = 0
    message: Message = field(factory=Message)
    finish_reason: str | None = None
    """`stop`, `length`, `tool_calls`, `content_filter` or `error`."""
    native_finish_reason: str | None = None
    """The provider's own word for it."""
    logprobs: dict[str, Any] | None = None
    text: str | None = None
    """The text where `prompt` was sent instead of `messages`."""
    raw: Raw = raw_field()


@define
class Completion:
    """A whole reply of a model."""

    id: str | None = None
    """`gen-…`, the key to the record of this generation."""
    model: str | None = None
    """The model that really answered."""
    provider: str | None = None
    """The provider that served it."""
    created: int | None = None
    """Seconds since 1970."""
    choices: list[Choice] = field(factory=list[Choice])
    usage: Usage | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    openrouter_metadata: dict[str, Any] | None = None
    """How it was routed, as it came; `router_metadata` gives it a type."""
    raw: Raw = raw_field()
    http: HTTPInfo | None = field(default=None, init=False, repr=False, eq=False)
    """Status, headers and number of attempts."""
    latency: float | None = field(default=None, init=False, repr=False, eq=False)
    """Seconds from sending the request to the last byte of the reply."""

    @property
    def message(self) -> Message:
        """The message of the first choice."""
        return self.choices[0].message if self.choices else Message()

    @property
    def text(self) -> str:
        """The text of the answer, `""` where it has none, as in a reply that only calls tools."""
        if not self.choices:
            return ""
        return self.choices[0].message.text or self.choices[0].text or ""

    @property
    def reasoning(self) -> str | None:
        """What the model thought before it answered, where it tells."""
        return self.message.reasoning

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The functions that the model wants called."""
        return self.message.tool_calls or []

    @property
    def finish_reason(self) -> str | None:
        """Why the model stopped: `stop`, `length`, `tool_calls`, `content_filter` or `error`."""
        return self.choices[0].finish_reason if self.choices else None

    @property
    def native_finish_reason(self) -> str | None:
        """The provider's own word for `finish_reason`."""
        return self.choices[0].native_finish_reason if self.choices else None

    @property
    def cache(self) -> ResponseCache | None:
        """Whether it came out of the service's cache; `None` where the service tells of none."""
        from .response_cache import cache_told_by  # noqa: PLC0415 - few ask for it

        return cache_told_by(self.http.headers) if self.http else None

    @property
    def router_metadata(self) -> RouterMetadata | None:
        """How it was routed, where the option `router_metadata` asked for that; a reply from the cache never tells."""
        from .router_metadata import RouterMetadata  # noqa: PLC0415 - few ask for it

        return structurer(RouterMetadata)(self.openrouter_metadata) if self.openrouter_metadata else None

    def json(self) -> dict[str, Any]:
        """Give the whole reply as plain JSON values, in a copy that is yours to change."""
        return deepcopy(self.raw)
