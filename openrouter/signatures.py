"""Signatures that `help`, notebooks and documentation tools show for operations.

A builder says `**options: Unpack[ChatOptions]` and `-> Call[Completion]`; who calls it on a client wants to see the
options by name and `-> Completion`. That costs a millisecond to work out, so it is done when someone looks.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from types import MappingProxyType
from typing import Any

_UNPACK = r"Unpack\[(\w+)\]"
_RESULT = r"(?P<kind>\w*Call|\w*Flow)\[(?P<result>.+)\]"


class Verbatim(str):
    """An annotation that is shown as it was written, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class BoundSignature(inspect.Signature):
    """The signature of an operation on a client, worked out when it is first asked for."""

    def __init__(self, build: Callable[..., Any], *, asynchronous: bool) -> None:
        self._build = build
        self._asynchronous = asynchronous

    @cached_property
    def _worked_out(self) -> inspect.Signature:
        """The builder's signature with `self`, the options by name, and the client's own return type."""
        written = inspect.signature(self._build)
        first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
        shown = [first, *(each for known in written.parameters.values() for each in self._expand(known))]
        return inspect.Signature(shown, return_annotation=self._result(str(written.return_annotation)))

    def _expand(self, parameter: inspect.Parameter) -> Iterator[inspect.Parameter]:
        unpacked = re.fullmatch(_UNPACK, str(parameter.annotation))
        if unpacked is None:
            yield parameter.replace(annotation=Verbatim(parameter.annotation))
            return
        options: Any = getattr(sys.modules[self._build.__module__], unpacked[1])
        for name, annotation in options.__annotations__.items():
            written = Verbatim(getattr(annotation, "__forward_arg__", annotation))
            yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=Verbatim("..."), annotation=written)

    def _result(self, written: str) -> Verbatim:
        result = re.fullmatch(_RESULT, written)
        if result is None:
            return Verbatim(written)
        if kind := {"StreamCall": "Stream", "StreamFlow": "FlowStream"}.get(result["kind"]):
            return Verbatim(f"{'Async' if self._asynchronous else ''}{kind}[{result['result']}]")
        return Verbatim(result["result"])

    @property
    def parameters(self) -> MappingProxyType[str, inspect.Parameter]:
        """The parameters, with each option by name."""
        return self._worked_out.parameters

    @property
    def return_annotation(self) -> Any:
        """What the client's method gives."""
        return self._worked_out.return_annotation

    def replace(self, **changes: Any) -> inspect.Signature:  # type: ignore[override]  # typeshed names the two
        """Give a plain signature with changes."""
        return self._worked_out.replace(**changes)
