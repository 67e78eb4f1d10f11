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
from .jsontext import NONE_FOUND, BrokenJSON, FoundJSON, find_json, whole_json

T = TypeVar("T")

_LENGTH: Final = frozenset({"length", "max_tokens", "max_output_tokens"})
"""Words of the service, and of providers, for an answer that stopped at a limit."""
_LONGEST_NAME: Final = 64
_THOUGHTS: Final = re.compile(r"(?:\s*+<(think|thinking|reasoning)>.*?(?:</\1>|\Z))+", re.DOTALL | re.IGNORECASE)
"""Thoughts at the beginning of a text; those that do not end go on to its end."""


class Fit(NamedTuple, Generic[T]):
    """What was found in an answer."""

    plain: Any
    """The JSON."""
    made: T
    """The instance made of it."""
    is_sure: bool = True
    """It is no part of prose: those are `[1]` and `{}`."""


class Unfit(NamedTuple):
    """An answer in which nothing fits."""

    flaws: tuple[Flaw, ...]
    is_json: bool
    """The flaws are those of JSON, not of a text that has none."""


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

    def fit(self, completion: Completion, *, by_call: bool = False) -> Fit[T]:
        """Give the instance that an answer holds, with `by_call` in the arguments of the calls, the first that fit.

        Raises `RefusedOutputError`, `TruncatedOutputError` for an answer that reached a limit of length, and
        `InvalidOutputError` where nothing in it fits. They have the answer in `text` and in `partial`.
        """
        texts = answers_in(completion, by_call=by_call)
        if completion.message.refusal:
            raise _failed(RefusedOutputError(f"The model refused: {completion.message.refusal}"), texts[0], completion)
        if completion.finish_reason == "content_filter":
            message = f"A filter took the answer away {_stopped(completion)}."
            raise _failed(RefusedOutputError(message), texts[0], completion)
        unfit: list[Unfit] = []
        for text in texts:
            found = self.read(text)
            if isinstance(found, Fit):
                return found
            unfit.append(found)
        is_limited = _native(completion) in _LENGTH and not all(each.is_json for each in unfit)
        if completion.finish_reason == "length" or is_limited:
            raise _failed(TruncatedOutputError(f"The answer was cut off {_stopped(completion)}."), texts[0], completion)
        flaws = unfit[0].flaws
        invalid = InvalidOutputError(f"The answer does not fit {self.name}: {MisfitError(flaws)}.")
        invalid.flaws = flaws
        raise _failed(invalid, texts[0], completion)

    def read(self, text: str) -> Fit[T] | Unfit:
        """Find the answer in a text: the longest JSON that fits, or what is wrong with the one that is meant to be it.

        Where the type is held, objects that hold a `value` come before all others. What prose may have as well is the
        answer only where nothing of its kind, and no such object, comes before it.
        """
        begin = _behind_thoughts(text)
        if (within := self._encoded_twice(text[begin:])) is not None:
            return self.read(within)
        found: list[FoundJSON | BrokenJSON]
        if self.is_held and (alone := whole_json(text[begin:])) is not None:
            found = [alone]
        else:
            found = sorted(find_json(text, begin), key=lambda each: self._weight(each, text), reverse=True)
        unfit: Unfit | None = None
        outdone = set[str]()
        """Openings of what is a part of prose rather than the answer, as another one comes before it."""
        for each in found:
            fit = self._take(each)
            if isinstance(fit, Fit):
                if fit.is_sure or text[each.start] not in outdone:
                    return fit
                continue
            unfit = unfit or fit
            is_meant, *_ = self._weight(each, text)
            outdone.update("[{" if is_meant else text[each.start])
        return unfit or Unfit((_not_json(NONE_FOUND),), is_json=False)

    def _encoded_twice(self, text: str) -> str | None:
        """Give the JSON that is all of a text, as a string that is no answer by itself: some models write it so."""
        alone = whole_json(text) if text.lstrip().startswith('"') else None
        if alone is None or not isinstance(alone.value, str) or not alone.value.lstrip().startswith(("{", "[")):
            return None
        return None if isinstance(self._take(alone), Fit) else alone.value

    def _weight(self, each: FoundJSON | BrokenJSON, text: str) -> tuple[bool, int, int]:
        """Say how much something looks like the answer: by its form, then by its length; of equals the last does."""
        is_meant = text[each.start] == "{" and (
            not self.is_held or isinstance(each, BrokenJSON) or "value" in each.value
        )
        return is_meant, each.end - each.start, each.start

    def _take(self, each: FoundJSON | BrokenJSON) -> Fit[T] | Unfit:
        if isinstance(each, BrokenJSON):
            return Unfit((_not_json(each.why),), is_json=False)
        value = each.value
        misfit: MisfitError | None = None
        if self.is_held and isinstance(value, dict) and "value" in value:
            try:
                return Fit(cast("Any", value["value"]), validate(value, self.asked).value)
            except MisfitError as error:
                misfit = error
        try:
            # Models that are not held to a schema may leave the outer object out.
            return Fit(value, validate(value, self.into), is_sure=isinstance(value, dict) and value != {})
        except MisfitError as error:
            return Unfit((misfit or error).flaws, is_json=True)


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


def answers_in(completion: Completion, *, by_call: bool) -> list[str]:
    """Give the texts in which the answer may be: the arguments of calls, or what the model said where it called none.

    Without `by_call` it is what the model said, and the calls where it said nothing.
    """
    calls = [call.function.arguments.strip() or "{}" for call in completion.tool_calls]
    said = completion.text or completion.message.refusal or ""
    return calls if calls and (by_call or not said.strip()) else [said]


def _behind_thoughts(text: str) -> int:
    """Give where the answer begins: providers who do not part thoughts from answers leave them before it."""
    thoughts = _THOUGHTS.match(text)
    return thoughts.end() if thoughts else 0


def _not_json(why: str) -> Flaw:
    return Flaw("$", f"is not JSON: {why}")


def _native(completion: Completion) -> str:
    return (completion.native_finish_reason or "").lower()


def _stopped(completion: Completion) -> str:
    return f"(finish_reason {completion.finish_reason!r}, native {completion.native_finish_reason!r})"


def _failed(error: OutputError, text: str, completion: Completion) -> OutputError:
    error.text = text
    return error.of(completion)
