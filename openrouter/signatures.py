"""Signatures that `help`, notebooks and documentation tools show, with the options by name.

A builder says `**options: Unpack[ChatOptions]` and `-> Call[Completion]`; who calls it on a client wants to see the
options by name and `-> Completion`. That costs a millisecond to work out, so it is done when someone looks.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, TypeVar

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_UNPACK = r"Unpack\[(\w+)\]"
_RESULT = r"(?P<kind>\w*Call|\w*Flow)\[(?P<result>.+)\]"


class Verbatim(str):
    """An annotation that is shown as it was written, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ListedSignature(inspect.Signature):
    """The signature of a function with its options by name, worked out when it is first asked for."""

    def __init__(self, write: Callable[[], inspect.Signature], module: str) -> None:
        self._write = write
        self._module = module

    @cached_property
    def _worked_out(self) -> inspect.Signature:
        written = self._write()
        shown = [each for known in written.parameters.values() for each in self._expand(known)]
        return inspect.Signature([*self._before(), *shown], return_annotation=self._result(written.return_annotation))

    def _before(self) -> list[inspect.Parameter]:
        """Give the parameters that nobody wrote."""
        return []

    def _expand(self, parameter: inspect.Parameter) -> Iterator[inspect.Parameter]:
        unpacked = re.fullmatch(_UNPACK, str(parameter.annotation))
        if unpacked is None:
            yield parameter.replace(annotation=_verbatim(parameter.annotation))
            return
        options: Any = getattr(sys.modules[self._module], unpacked[1])
        for name, annotation in options.__annotations__.items():
            written = Verbatim(getattr(annotation, "__forward_arg__", annotation))
            yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=Verbatim("..."), annotation=written)

    def _result(self, written: Any) -> Any:
        return _verbatim(written)

    @property
    def parameters(self) -> MappingProxyType[str, inspect.Parameter]:
        """The parameters, with each option by name."""
        return self._worked_out.parameters

    @property
    def return_annotation(self) -> Any:
        """What a call gives."""
        return self._worked_out.return_annotation

    def replace(self, **changes: Any) -> inspect.Signature:  # type: ignore[override]  # typeshed names the two
        """Give a plain signature with changes."""
        return self._worked_out.replace(**changes)


class BoundSignature(ListedSignature):
    """The signature of an operation on a client: with `self`, and the client's own return type."""

    def __init__(self, build: Callable[..., Any], *, asynchronous: bool) -> None:
        super().__init__(partial(inspect.signature, build), build.__module__)
        self._asynchronous = asynchronous

    def _before(self) -> list[inspect.Parameter]:
        return [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)]

    def _result(self, written: Any) -> Any:
        result = re.fullmatch(_RESULT, str(written))
        if result is None:
            return super()._result(written)
        if kind := {"StreamCall": "Stream", "StreamFlow": "FlowStream"}.get(result["kind"]):
            return Verbatim(f"{'Async' if self._asynchronous else ''}{kind}[{result['result']}]")
        return Verbatim(result["result"])


def _verbatim(annotation: Any) -> Any:
    return annotation if annotation is inspect.Parameter.empty else Verbatim(annotation)


def list_options(function: FunctionT) -> FunctionT:
    """Have `help` and notebooks show the options of a function by name, instead of `**options`."""
    written = inspect.signature(function)  # now, as later it would be the one that is made here
    vars(function)["__signature__"] = ListedSignature(lambda: written, function.__module__)
    return function
