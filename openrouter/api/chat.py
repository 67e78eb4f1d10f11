"""Chat completions: ask models to continue conversations (API page "Chat completions")."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from ..core.arguments import refuse, text, whole
from ..core.errors import BatchInterruptedError, OpenRouterError, OutputError
from ..core.wire import Call, HTTPInfo, Reader, Request, StreamCall
from ..effects import Check, Flow, Gather, Now
from ..operation import DriverT, FlowOperation, Operation, Resource, StreamOperation
from ..replies.whole import read_completion
from ..types.chat_options import BODY_ORDER, CHAT_OPTIONS, CHAT_RULES, UNSENT_OPTIONS, ChatOptions
from ..types.messages import Messages, message_list
from ..types.options import check_names, check_options, make_request

if TYPE_CHECKING:
    from ..types.chat import Completion
    from ..types.chunks import Chunk
    from ..types.outcome import Outcome

_PATH = "/chat/completions"


class Chat(Resource[DriverT]):
    """Ask models to continue conversations."""

    @Operation
    @staticmethod
    def complete(
        messages: Messages = (), *, prompt: str | None = None, **options: Unpack[ChatOptions]
    ) -> Call[Completion]:
        """Ask a model for a whole completion.

        `messages` is a string (what the user says), one message, or several: plain dicts as the API takes them, or
        messages that were received before. The result has the text, the tool calls, the usage in tokens and USD,
        and who served it. A failure raises an `OpenRouterError` of the class that tells what it was; what cannot
        be right raises `InvalidArgumentError` before anything is sent.

        `prompt` is the API's old form of input, a text to be continued; give it instead of messages.
        """
        return Call(_chat_request(messages, prompt, options), read_completion)

    @StreamOperation
    @staticmethod
    def stream(
        messages: Messages = (),
        *,
        prompt: str | None = None,
        on_chunk: Callable[[Chunk], object] | None = None,
        on_keepalive: Callable[[], object] | None = None,
        **options: Unpack[ChatOptions],
    ) -> StreamCall[Chunk]:
        """Ask a model for a completion and get it chunk by chunk, as it is written.

        Nothing is sent before the first iteration, or before `with` is entered. The stream closes itself at its
        end; after it, `stream.completion` is the same `Completion` that `complete` would have given. A stream that
        fails midway raises, with what had arrived in the error's `partial`. `on_chunk` is called with each chunk,
        `on_keepalive` for each sign of life that the service sends while the model is not writing yet.
        """
        return StreamCall(
            _chat_request(messages, prompt, options, stream=True),
            _reader,
            on_event=on_chunk,
            on_keepalive=on_keepalive,
        )

    @Operation
    @staticmethod
    def generate_text(
        prompt: str,
        *,
        system_prompt: str | None = None,
        context: str | Sequence[str] | None = None,
        **options: Unpack[ChatOptions],
    ) -> Call[str]:
        """Ask a model, and get its answer as text that is never empty.

        `system_prompt` tells the model how to behave; `context` is what it is to know, such as retrieved passages,
        in a system message of its own. A reply without text raises an `OutputError` that has it in `partial`.
        """
        return Chat.complete(_prompt_messages(prompt, system_prompt, context), **options).map(_text_of)

    @StreamOperation
    @staticmethod
    def stream_text(
        prompt: str,
        *,
        system_prompt: str | None = None,
        context: str | Sequence[str] | None = None,
        **options: Unpack[ChatOptions],
    ) -> StreamCall[str]:
        """Ask a model, and get the text of its answer piece by piece. Arguments as in `generate_text`."""
        messages = _prompt_messages(prompt, system_prompt, context)
        call: StreamCall[Chunk] = StreamCall(_chat_request(messages, None, options, stream=True), _reader)
        return call.map(lambda chunk: chunk.text or None)

    @FlowOperation
    @staticmethod
    def try_complete(messages: Messages, **options: Unpack[ChatOptions]) -> Flow[Outcome]:
        """Ask a model for a whole completion, and get an `Outcome` that has it, or the error, never an exception.

        Only `OpenRouterError` is caught: a bug such as a misspelt option still raises.
        """
        return _try_complete(messages, options)

    @FlowOperation
    @staticmethod
    def complete_many(
        inputs: Iterable[Messages],
        *,
        concurrency: int = 10,
        on_outcome: Callable[[int, Outcome], object] | None = None,
        **options: Unpack[ChatOptions],
    ) -> Flow[list[Outcome]]:
        """Ask for many completions side by side, at most `concurrency` at once.

        Each input is what `complete` takes as `messages`. The outcomes stand in the order of the inputs; one that
        fails spoils no other. The synchronous client uses threads of its own for it. Where the iterable itself raises,
        what is under way is finished, and a `BatchInterruptedError` has the outcomes so far.

        `on_outcome` is called with each outcome as soon as it is there, and before it with the place of its input,
        counted from 0: to save what an interrupt (Ctrl-C) or a cancellation of the batch would lose. It is never called
        twice at once, on the synchronous client by one of the threads; what it raises ends the batch.
        """
        given: object = inputs
        if isinstance(inputs, str | Mapping) or not isinstance(given, Iterable):
            refuse("inputs", given, "a sequence of prompts or conversations")
        whole(1)("concurrency", concurrency)
        if on_outcome is not None and not callable(on_outcome):
            refuse("on_outcome", on_outcome, "a function of the place of an input, and of its outcome")
        return _complete_many(inputs, concurrency, on_outcome, options)


def _chat_request(messages: Messages, prompt: str | None, options: ChatOptions, *, stream: bool = False) -> Request:
    if "stream" in options:
        raise TypeError("there is no option 'stream'. complete() gives whole replies, stream() streams.")
    check_names(options, CHAT_OPTIONS)
    given: dict[str, object] = {name: value for name, value in options.items() if name in BODY_ORDER}
    if (tools := options.get("tools")) is not None:
        given["tools"] = _definitions(tools)
    check_options(given, CHAT_RULES)
    if "reasoning" in given and "reasoning_effort" in given:
        from ..types.reasoning_options import refuse_two_efforts  # noqa: PLC0415 - few requests have both

        refuse_two_efforts(given)
    body: dict[str, object] = {"model": given.pop("model")} if "model" in given else {}
    if prompt is None:
        body["messages"] = message_list(messages)
    else:
        body["prompt"] = _checked_prompt(prompt, messages)
    body.update(sorted(given.items(), key=lambda item: BODY_ORDER[item[0]]) if len(given) > 1 else given)
    if stream:
        body["stream"] = True
    made = make_request("POST", _PATH, options, known=CHAT_OPTIONS, body=body, stream=stream)
    if "stream" in (made.extra_body or ()):
        refuse("extra_body", made.extra_body, "without `stream`: complete() gives whole replies, stream() streams")
    return made if UNSENT_OPTIONS.isdisjoint(options) else _with_unsent(made, options)


def _with_unsent(request: Request, options: ChatOptions) -> Request:
    from ..types.header_options import with_header_options  # noqa: PLC0415 - few requests have any of these
    from ..types.slugs import with_variant  # noqa: PLC0415 - the same

    variant = options.get("variant")
    request = request if variant is None else with_variant(request, variant)
    return with_header_options(request, options)


def _definitions(tools: Sequence[Any]) -> Sequence[Any]:
    if isinstance(tools, Sequence) and all(isinstance(tool, Mapping) for tool in tools):
        return tools
    from ..tools import as_tools  # noqa: PLC0415 - who sends no functions does not wait for what reads them

    return as_tools(tools).definitions


def _reader(http: HTTPInfo, model: str | None) -> Reader[Chunk]:
    from ..replies.reading import ChatReader  # noqa: PLC0415 - who does not stream does not wait for its classes

    return ChatReader(http, model)


def _checked_prompt(prompt: str, messages: Messages) -> str:
    text()("prompt", prompt)
    if messages != ():
        refuse("prompt", prompt, "left out where messages are given")
    return prompt


def _prompt_messages(
    prompt: str, system_prompt: str | None, context: str | Sequence[str] | None
) -> list[dict[str, Any]]:
    if not isinstance(prompt, str):
        refuse("prompt", prompt, "a string; conversations are for complete() and stream()")
    text()("prompt", prompt)
    if context is not None and not isinstance(context, str):
        given: object = context
        if not isinstance(given, Sequence) or not all(isinstance(passage, str) for passage in context):
            refuse("context", given, "a string, or a list of strings")
        context = "\n\n".join(context)
    system = [{"role": "system", "content": told} for told in (system_prompt, context) if told]
    return [*system, {"role": "user", "content": prompt}]


def _text_of(completion: Completion) -> str:
    if completion.text:
        return completion.text
    stopped = f"finish_reason {completion.finish_reason!r}, native {completion.native_finish_reason!r}"
    calls = f" It wants {len(completion.tool_calls)} tools called." if completion.tool_calls else ""
    refusal = f" It refused: {completion.message.refusal}" if completion.message.refusal else ""
    raise OutputError(f"The reply has no text ({stopped}).{calls}{refusal}").of(completion)


def _try_complete(messages: Messages, options: ChatOptions) -> Generator[Any, Any, Outcome]:
    from datetime import UTC, datetime  # noqa: PLC0415 - most programs let errors raise

    from ..types.outcome import Outcome  # noqa: PLC0415 - the same

    started = yield from Now()
    completion, failure = None, None
    try:
        completion = yield from Chat.complete(messages, **options)
    except OpenRouterError as error:
        failure = error
    ended = yield from Now()
    return Outcome(
        completion=completion,
        error=failure,
        latency=ended.monotonic - started.monotonic,
        timestamp=datetime.fromtimestamp(started.utc, UTC),
    )


def _complete_many(
    inputs: Iterable[Messages],
    concurrency: int,
    on_outcome: Callable[[int, Outcome], object] | None,
    options: ChatOptions,
) -> Generator[Any, Any, list[Outcome]]:
    if on_outcome is not None:
        yield from Check(on_outcome, "on_outcome")
    failures: list[Exception] = []
    flows = (_try_complete(messages, options) for messages in _until_failure(inputs, failures))
    outcomes = yield from Gather(flows, concurrency, on_outcome, "on_outcome")
    for failure in failures:
        error = BatchInterruptedError(f"The inputs broke off with {failure!r}.")
        error.outcomes = outcomes
        raise error from failure
    return outcomes


def _until_failure(inputs: Iterable[Messages], failures: list[Exception]) -> Iterator[Messages]:
    """Give the inputs; an error that they end with is kept for later, so that what is under way comes to its end."""
    try:
        yield from inputs
    except Exception as error:  # noqa: BLE001 - raised again, as the cause of ours
        failures.append(error)
