"""How a type is asked for, and what is done with the answers."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final, Generic, TypeVar, cast

from attrs import define, field, frozen

from ..core.arguments import refuse, whole
from ..core.errors import InvalidOutputError, OutputError
from ..core.json import encode_json
from ..core.wire import UNSET, Call, StreamCall
from ..effects import Emit, Flow, Next, Open
from ..replies.fitting import Wanted, wanted
from ..replies.partial_json import PartialJSON
from ..types.chat import Completion, Usage
from ..types.chat_options import CHAT_OPTIONS, ChatOptions
from ..types.chunks import Chunk
from ..types.messages import MessageLike, Messages, message_list
from ..types.options import check_names
from ..types.usage_sum import sum_usage
from .chat import Chat

T = TypeVar("T")

_MODES: Final = ("schema", "tool", "prompt")
_MADE_HERE: Final = ("response_format", "tools", "tool_choice")
_MOST_FLAWS: Final = 20
"""How many of them a model is told of: an answer that has more is written anew."""

_IN_WORDS: Final = (
    "Answer with one JSON object and nothing else: no explanation, no code fence. It has to fit this JSON Schema:\n"
)
_AGAIN: Final = "Answer again, with the whole of the corrected JSON."
_CALL_AGAIN: Final = "Call the function again, with all of its arguments, corrected."


@frozen
class Asking(Generic[T]):
    """A type, and how a model is asked for an instance of it."""

    wanted: Wanted[T]
    mode: str
    messages: list[MessageLike] = field(repr=False)
    options: ChatOptions = field(repr=False)

    def call(self, further: list[MessageLike]) -> Call[Completion]:
        """Give the request, with what was said since."""
        return Chat.complete([*self.messages, *further], **self.options)

    def stream_call(self) -> StreamCall[Chunk]:
        """Give the request for a stream."""
        return Chat.stream(self.messages, **self.options)

    def reply_to(self, completion: Completion, error: InvalidOutputError) -> list[MessageLike]:
        """Give the answer that does not fit, as it came, and what is wrong with it."""
        lines = [f"- {flaw}" for flaw in error.flaws[:_MOST_FLAWS]]
        if (more := len(error.flaws) - len(lines)) > 0:
            lines.append(f"- and {more} more")
        again = _CALL_AGAIN if self.mode == "tool" else _AGAIN
        told = "\n".join(["That does not fit:", *lines, again])
        message, calls = completion.message, completion.tool_calls
        if not calls:
            return [*([] if message.is_empty else [message]), {"role": "user", "content": told}]
        if not all(call.id for call in calls):
            # Calls that no result can name cannot go back.
            return [{"role": "user", "content": told}]
        return [message, *({"role": "tool", "tool_call_id": call.id, "content": told} for call in calls)]


def asking_for(messages: Messages, into: Any, mode: str, options: ChatOptions) -> Asking[Any]:
    """Check the arguments, and work out what is to be sent."""
    check_names(options, CHAT_OPTIONS)
    if mode not in _MODES:
        refuse("mode", mode, f"one of {', '.join(_MODES)}")
    for name in _MADE_HERE:
        if (given := options.get(name)) is not None:
            refuse(name, given, "left out: it is made of `into` and `mode`")
    sought = wanted(into)
    told: dict[str, object] = {**options}
    if mode == "schema":
        form = {"name": sought.name, "strict": sought.is_strict, "schema": sought.schema}
        told["response_format"] = {"type": "json_schema", "json_schema": form}
    if mode == "tool":
        function: dict[str, object] = {"name": sought.name, "parameters": sought.schema}
        if sought.is_strict:
            function["strict"] = True
        told["tools"] = [{"type": "function", "function": function}]
        told["tool_choice"] = {"type": "function", "function": {"name": sought.name}}
    if mode != "prompt":
        told |= _of_those_who_can(options)
    made: list[MessageLike] = [*message_list(messages)]
    if mode == "prompt":
        made.insert(0, {"role": "system", "content": _IN_WORDS + encode_json(sought.schema).decode()})
    return Asking(sought, mode, made, cast("ChatOptions", told))


def _of_those_who_can(options: ChatOptions) -> dict[str, object]:
    """Rule out providers who would pass over the schema, unless the caller has said something about it."""
    given = cast("object", options.get("provider", {}))
    if not isinstance(given, Mapping) or "provider" in (options.get("extra_body") or ()):
        return {}
    return {"provider": {"require_parameters": True, **cast("Mapping[str, Any]", given)}}


def generate(asking: Asking[T], reasks: int) -> Flow[T]:
    """Ask, and ask again where the answer does not fit."""
    whole(0)("reasks", reasks)
    return _generate(asking, reasks)


def _generate(asking: Asking[T], reasks: int) -> Generator[Any, Any, T]:
    further: list[MessageLike] = []
    spent: list[Usage] = []
    while True:
        completion = yield from asking.call(further)
        spent += [completion.usage] if completion.usage is not None else []
        try:
            return asking.wanted.fit(completion).made
        except OutputError as error:
            if not isinstance(error, InvalidOutputError) or not reasks:
                error.usage = sum_usage(spent) if spent else None
                raise
            reasks -= 1
            further += asking.reply_to(completion, error)


def stream(asking: Asking[T]) -> Flow[T]:
    """Ask, and emit the answer as far as it goes."""
    return _stream(asking, asking.stream_call(), PartialJSON())


def _stream(asking: Asking[T], call: StreamCall[Chunk], growing: PartialJSON) -> Generator[Any, Any, T]:
    pieces = _Pieces(by_call=asking.mode == "tool")
    last: Any = UNSET
    opened = yield from Open(call)
    while (chunk := (yield from Next(opened))) is not None:
        if (grown := growing.add(pieces.of(chunk))) is None:
            continue
        value = grown.get("value", UNSET) if asking.wanted.is_held else grown
        if value is not UNSET and value != last:
            last = value
            yield from Emit(value)
    fit = asking.wanted.fit(cast("Completion", opened.completion))
    if fit.plain != last:
        yield from Emit(fit.plain)
    return fit.made


@define
class _Pieces:
    """Takes the answer out of chunks: text, or the arguments of the first call."""

    by_call: bool
    index: int | None = None
    is_begun: bool = False

    def of(self, chunk: Chunk) -> str:
        if not self.by_call:
            return chunk.text
        calls = [call for choice in chunk.choices[:1] for call in choice.delta.tool_calls or ()]
        if calls and not self.is_begun:
            self.index, self.is_begun = calls[0].index, True
        return "".join(
            call.function.arguments or "" for call in calls if call.function is not None and call.index == self.index
        )
