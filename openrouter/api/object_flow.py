"""How a type is asked for, and what is done with the answers."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, cast

from attrs import define, field, frozen

from ..core.arguments import refuse, whole
from ..core.errors import InvalidOutputError, OutputError
from ..core.json import as_object, encode_json
from ..core.validating import Flaw
from ..core.wire import UNSET, Call, StreamCall
from ..effects import Emit, Flow, Next, Open
from ..replies.fitting import Fit, Unfit, Wanted, wanted
from ..replies.partial_json import PartialJSON
from ..types.chat import Completion, ToolCall, Usage
from ..types.chat_options import CHAT_OPTIONS, ChatOptions
from ..types.chunks import Chunk
from ..types.messages import MessageLike, Messages, message_list
from ..types.options import check_names
from ..types.usage_sum import sum_usage
from .chat import Chat

T = TypeVar("T")

_MODES: Final = ("schema", "tool", "prompt")
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

    def fit(self, completion: Completion) -> Fit[T]:
        """Give the instance that an answer holds; raise as `Wanted.fit` does.

        What code of the class raises about something else than the values gets a note, since the answer is paid for.
        """
        try:
            return self.wanted.fit(completion, by_call=self.mode == "tool")
        except OutputError:
            raise
        except Exception as error:
            error.add_note(
                f"This came of the answer {completion.id}, while it was made an instance of {self.wanted.name}."
            )
            raise

    def reply_to(self, completion: Completion, error: InvalidOutputError) -> list[MessageLike]:
        """Give the answer that does not fit, as it came, and what is wrong with it, each call with its own flaws."""
        by_call = self.mode == "tool"
        message, calls = completion.message, completion.tool_calls
        told: MessageLike = {"role": "user", "content": _told(error.flaws, _CALL_AGAIN if by_call else _AGAIN)}
        if not calls:
            return [told] if message.is_empty else [message, told]
        if not all(call.id for call in calls):
            # Calls that no result can name cannot go back.
            return [told]
        results: list[MessageLike] = [
            {"role": "tool", "tool_call_id": call.id, "content": self._result_of(call)} for call in calls
        ]
        return [message, *results] if by_call else [message, *results, told]

    def _result_of(self, call: ToolCall) -> str:
        name, known = call.function.name, self.wanted.name
        if self.mode != "tool":
            return f"There is no function {name}."
        found = self.wanted.read(call.function.arguments.strip() or "{}")
        # None of the calls fits, but code of the class may say something else the second time.
        told = _told(found.flaws if isinstance(found, Unfit) else (), _CALL_AGAIN)
        return told if name == known else f"There is no function {name}, only {known}. {told}"


def _told(flaws: Sequence[Flaw], again: str) -> str:
    lines = [f"- {flaw}" for flaw in flaws[:_MOST_FLAWS]]
    if (more := len(flaws) - len(lines)) > 0:
        lines.append(f"- and {more} more")
    return "\n".join(["That does not fit:", *lines, again])


def asking_for(messages: Messages, into: Any, mode: str, options: ChatOptions) -> Asking[Any]:
    """Check the arguments, and work out what is to be sent."""
    check_names(options, CHAT_OPTIONS)
    if mode not in _MODES:
        refuse("mode", mode, f"one of {', '.join(_MODES)}")
    for name in ("response_format", *(("tools", "tool_choice") if mode == "tool" else ())):
        if (given := options.get(name)) is not None:
            refuse(name, given, "left out: it is made of `into` and `mode`")
    _check_tools(options.get("tools"))
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
        _ask_those_who_can(told)
    made: list[MessageLike] = [*message_list(messages)]
    if mode == "prompt":
        made.insert(0, {"role": "system", "content": _IN_WORDS + encode_json(sought.schema).decode()})
    return Asking(sought, mode, made, cast("ChatOptions", told))


def _check_tools(tools: Any) -> None:
    """Let pass what the service runs itself, and whatever the check of all options refuses for its own reason."""
    given: Sequence[Any] = cast("Any", tools) if isinstance(tools, Sequence) else ()
    for tool in given:
        if callable(tool) or as_object(tool).get("type") == "function":
            wanted = "of tools that the service runs: nothing here would call a function, run_tools() does"
            refuse("tools", given, wanted)


def _ask_those_who_can(told: dict[str, Any]) -> None:
    """Rule out providers who would pass over the schema, unless the caller has said something about it."""
    body: Any = told.get("extra_body")
    if isinstance(body, Mapping) and "provider" in body:
        told["extra_body"] = {**cast("Any", body), "provider": _who_can(cast("Any", body)["provider"])}
    else:
        told["provider"] = _who_can(told.get("provider", {}))


def _who_can(given: Any) -> Any:
    return {"require_parameters": True, **cast("Any", given)} if isinstance(given, Mapping) else given


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
            return asking.fit(completion).made
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
    fit = asking.fit(cast("Completion", opened.completion))
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
