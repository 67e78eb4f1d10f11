"""Whole answers into instances of the type that was asked for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast

from attrs import field, frozen, make_class

from ..core.errors import (
    InvalidArgumentError,
    InvalidOutputError,
    OutputError,
    RefusedOutputError,
    TruncatedOutputError,
)
from ..core.schema import schema_of
from ..core.validating import Flaw, MisfitError, validate
from ..types.chat import Completion
from .jsontext import FoundJSON, find_json

T = TypeVar("T")

_LENGTH: Final = frozenset({"length", "max_tokens", "max_output_tokens"})
"""Words of the service, and of providers, for an answer that stopped at a limit."""
_LONGEST_NAME: Final = 64


class Fit(NamedTuple, Generic[T]):
    """What was found in an answer."""

    plain: Any
    """The JSON."""
    made: T
    """The instance made of it."""


@frozen
class Wanted(Generic[T]):
    """A type that an answer is to be an instance of, and how a model is told of it.

    Only objects can be asked for, so a type of anything else is asked for as the `value` in one.
    """

    into: Any
    asked: Any
    """The type that the model is told of: `into`, or a class that holds it."""
    name: str
    schema: dict[str, Any] = field(repr=False)
    is_strict: bool
    """The schema is one that providers can hold the model to."""

    @property
    def is_held(self) -> bool:
        """Whether it is asked for as the `value` in an object."""
        return self.asked is not self.into

    def fit(self, completion: Completion) -> Fit[T]:
        """Give the instance that an answer holds: the first JSON in it that fits.

        Raises `RefusedOutputError`, `TruncatedOutputError` for an answer that reached a limit of length, and
        `InvalidOutputError` where nothing in it fits. They have the answer in `text` and in `partial`.
        """
        text = answer_in(completion)
        if completion.message.refusal:
            raise _failed(RefusedOutputError(f"The model refused: {completion.message.refusal}"), text, completion)
        if completion.finish_reason == "content_filter":
            message = f"A filter took the answer away {_stopped(completion)}."
            raise _failed(RefusedOutputError(message), text, completion)
        found, failure = _find(text)
        if failure is not None and _LENGTH & {completion.finish_reason, _native(completion)}:
            raise _failed(TruncatedOutputError(f"The answer was cut off {_stopped(completion)}."), text, completion)
        misfits: dict[int, MisfitError] = {}
        for each in found:
            try:
                return self._take(each.value)
            except MisfitError as error:
                misfits[each.end - each.start] = error
        if completion.finish_reason == "length":
            raise _failed(TruncatedOutputError(f"The answer was cut off {_stopped(completion)}."), text, completion)
        if misfits:
            # The longest is the one that was meant to be the answer.
            flaws = misfits[max(misfits)].flaws
        else:
            flaws = (Flaw("$", f"is not JSON: {cast('OutputError', failure).message}"),)
        invalid = InvalidOutputError(f"The answer does not fit {self.name}: {MisfitError(flaws)}.")
        invalid.flaws = flaws
        raise _failed(invalid, text, completion)

    def _take(self, value: Any) -> Fit[T]:
        if not self.is_held:
            return Fit(value, validate(value, self.into))
        # Models that are not held to a schema may leave the outer object out.
        if not isinstance(value, dict) or "value" not in value:
            return Fit(value, validate(value, self.into))
        try:
            return Fit(value["value"], validate(value, self.asked).value)
        except MisfitError as error:
            misfit = error
        try:
            return Fit(cast("Any", value), validate(value, self.into))
        except MisfitError:
            raise misfit from None


def wanted(into: Any) -> Wanted[Any]:
    """Work out how to ask for a type; raise `InvalidArgumentError` for one that has no JSON Schema."""
    try:
        hash(into)
    except TypeError:
        return _work_out(into)
    # Unions of the same types in another order are equal, and do not ask for the same.
    return _remembered(into, repr(into))


@lru_cache
def _remembered(into: Any, look: str) -> Wanted[Any]:  # noqa: ARG001 - it is a part of the key
    return _work_out(into)


def _work_out(into: Any) -> Wanted[Any]:
    is_object = schema_of(into).get("type") == "object"
    asked = into if is_object else make_class("Answer", {"value": field(type=into)})
    try:
        schema, is_strict = schema_of(asked, strict=True), True
    except InvalidArgumentError:
        schema, is_strict = schema_of(asked), False
    return Wanted(into, asked, _name_of(into), schema, is_strict)


def _name_of(into: Any) -> str:
    """Name a type as the service takes names."""
    name = str(getattr(into, "__name__", ""))
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:_LONGEST_NAME] or "answer"


def answer_in(completion: Completion) -> str:
    """Give the text in which the answer is: the arguments of the function that the model called, or what it said."""
    for call in completion.tool_calls:
        return call.function.arguments.strip() or "{}"
    return completion.text or completion.message.refusal or ""


def _find(text: str) -> tuple[list[FoundJSON], OutputError | None]:
    """Give all JSON of a text, and what was wrong with the rest of it."""
    found: list[FoundJSON] = []
    try:
        for each in find_json(text):
            found.append(each)  # noqa: PERF402 - what came before an error is kept
    except OutputError as error:
        return found, error
    return found, None


def _native(completion: Completion) -> str:
    return (completion.native_finish_reason or "").lower()


def _stopped(completion: Completion) -> str:
    return f"(finish_reason {completion.finish_reason!r}, native {completion.native_finish_reason!r})"


def _failed(error: OutputError, text: str, completion: Completion) -> OutputError:
    error.text = text
    return error.of(completion)
