"""Structured output: answers as instances of types (API pages "Structured outputs" and "Tool calling")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, Unpack

from ..effects import Flow, StreamFlow
from ..operation import DriverT, FlowOperation, Resource, StreamFlowOperation
from ..types.chat_options import ChatOptions
from ..types.messages import Messages

if TYPE_CHECKING:
    from typing_extensions import TypeForm

T = TypeVar("T")

ObjectMode: TypeAlias = Literal["schema", "tool", "prompt"]
"""How a model is asked for an object: by `response_format`, as the arguments of a function, or in words."""


class Objects(Resource[DriverT]):
    """Ask models for objects instead of text."""

    @FlowOperation
    @staticmethod
    def generate_object(
        messages: Messages,
        into: TypeForm[T],
        *,
        mode: ObjectMode = "schema",
        reasks: int = 1,
        **options: Unpack[ChatOptions],
    ) -> Flow[T]:
        """Ask a model, and get its answer as an instance of `into`.

        `messages` is a prompt, or what `complete` takes. `into` is an attrs class, a dataclass, a `TypedDict`, a
        `NamedTuple` or a pydantic model, a list, dict, tuple, set or union of such, a `Literal`, an enum, a plain type.
        Its JSON Schema goes with the request, in strict mode where the type allows that, and the answer is checked
        against the type. Prose, fences and thoughts around the JSON are passed over; of several that fit, the longest
        is the answer, and the last of equals.

        `mode` says how the model is asked: `"schema"` by `response_format`, `"tool"` as the arguments of a function
        that it has to call, `"prompt"` in a system message, for models that can do neither. The first two set
        `provider.require_parameters`, so that only providers who support it get the request; a value of your own wins.
        `tools` may hold what the service runs itself, but not in mode `"tool"`.

        Where the answer does not fit, it goes back with a list of what is wrong, up to `reasks` times; each time is
        a request that is billed.

        Raises `InvalidOutputError` where no answer fits; its `flaws` tell where and why. Raises `TruncatedOutputError`
        for an answer that reached a limit of length, and `RefusedOutputError` where the model refused or a filter took
        the answer away. All three have the answer in `text` and the `Completion` in `partial`. Raises
        `InvalidArgumentError`, before anything is sent, for a type without a JSON Schema, for functions in `tools`, and
        for `response_format`, which is made here, as `tools` and `tool_choice` are in mode `"tool"`.
        """
        from .object_flow import asking_for, generate  # noqa: PLC0415 - most programs ask for text

        return generate(asking_for(messages, into, mode, options), reasks)

    @StreamFlowOperation
    @staticmethod
    def stream_object(
        messages: Messages, into: TypeForm[T], *, mode: ObjectMode = "schema", **options: Unpack[ChatOptions]
    ) -> StreamFlow[Any, T]:
        """Ask a model for an instance of `into`, and get the JSON of it as it grows; `result` is the instance.

        The stream gives plain values (dicts, lists, strings, numbers), each time there is more: strings, lists and
        objects are there as far as they were written, so a partial value need not fit the type. The last one is whole,
        and is what the instance was made of: where the first object in the text is not the answer, it follows that one.
        For an `into` that is no object there is nothing to see before its own value has begun.

        Arguments and errors as for `generate_object`, but there is no second try: errors are raised at the end of the
        stream. Needs jiter, from the extra `partial`; raises `ConfigurationError` where that is missing.
        """
        from .object_flow import asking_for, stream  # noqa: PLC0415 - as above

        return StreamFlow(stream(asking_for(messages, into, mode, options)))
