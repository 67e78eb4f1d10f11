"""Pieces of things that come in pieces: tool calls, reasoning details, audio.

Providers number and name the pieces differently. What is written here follows recorded traffic: ids come once, on
every piece, or never; names come once or empty on each; an index may start at 1, be missing, or serve two calls.
"""

from __future__ import annotations

from typing import Any, Final

from attrs import define, field

from ..core.json import as_object
from .text import Text

_JOINED: Final = ("text", "summary", "data")
_STREAMED: Final = ("reasoning.text", "reasoning.summary")
"""Details that come in pieces even where they have no index; any other without one is whole."""


@define
class _Pieces:
    """An object some of whose fields are strings that come in pieces; the others keep what they said last."""

    fields: dict[str, Any] = field(factory=dict[str, Any])
    texts: dict[str, Text] = field(factory=dict[str, Text])

    def add(self, piece: dict[str, Any], joined: tuple[str, ...]) -> None:
        for name, value in piece.items():
            if name in joined and isinstance(value, str):
                if name not in self.texts:
                    self.texts[name] = Text()
                self.texts[name].add(value)
                self.fields.setdefault(name, "")
            elif value not in (None, "") or name not in self.fields:
                self.fields[name] = value

    def result(self) -> dict[str, Any]:
        return {**self.fields, **{name: str(text) for name, text in self.texts.items()}}


@define
class _PartialCall:
    id: str = ""
    name: str = ""
    fields: dict[str, Any] = field(factory=dict[str, Any])
    function: dict[str, Any] = field(factory=dict[str, Any])
    arguments: Text = field(factory=Text)

    def add(self, piece: dict[str, Any]) -> None:
        for name, value in piece.items():
            if name == "id":
                self.id = self.id or value or ""
            elif name == "function":
                self._add_function(as_object(value))
            elif value is not None:
                self.fields[name] = value

    def _add_function(self, function: dict[str, Any]) -> None:
        for name, value in function.items():
            if name == "arguments" and isinstance(value, str):
                self.arguments.add(value)
            elif name == "name":
                self.name = self.name or value or ""
            elif value is not None:
                self.function[name] = value

    def result(self) -> dict[str, Any]:
        function = {"name": self.name, "arguments": str(self.arguments), **self.function}
        return {"id": self.id, "type": "function", **self.fields, "function": function}


@define
class ToolCalls:
    """The tool calls of one message."""

    _calls: list[_PartialCall] = field(factory=list[_PartialCall])
    _latest: dict[int, _PartialCall] = field(factory=dict[int, _PartialCall])
    _named: dict[tuple[int | None, str], _PartialCall] = field(factory=dict["tuple[int | None, str]", _PartialCall])
    _highest: int | None = None
    """The highest index: to look for it at each piece would cost what came before."""

    def add(self, pieces: list[Any]) -> None:
        """Take the pieces of one delta."""
        for piece in map(as_object, pieces):
            if piece:
                self._call_of(piece).add(piece)

    def _call_of(self, piece: dict[str, Any]) -> _PartialCall:
        """Find the call that a piece belongs to: that of its id, else the latest of its index."""
        index, id_ = piece.get("index"), piece.get("id")
        index = index if isinstance(index, int) else None
        known = self._named.get((index, id_)) if isinstance(id_, str) else None
        if known is None:
            known = self._unnamed(index, id_)
            if id_ and isinstance(id_, str):
                self._named[index, id_] = known
        if index is not None:
            self._latest[index] = known
        return known

    def _unnamed(self, index: int | None, id_: object) -> _PartialCall:
        """Find the call of a piece whose id, if it has one, was not seen before."""
        if index is None:
            index = 0 if self._highest is None else self._highest + bool(id_)
        call = self._latest.get(index)
        if call is None or (id_ and call.id):
            call = self._latest[index] = _PartialCall()
            self._calls.append(call)
            self._highest = index if self._highest is None else max(index, self._highest)
        return call

    def result(self) -> list[dict[str, Any]]:
        """Give the calls in the order in which they began."""
        return [call.result() for call in self._calls]


@define
class Details:
    """The reasoning details of one message: pieces of the same type and index belong together."""

    _details: list[_Pieces] = field(factory=list[_Pieces])
    _latest: dict[tuple[str, str], _Pieces] = field(factory=dict["tuple[str, str]", _Pieces])

    def add(self, pieces: list[Any]) -> None:
        """Take the pieces of one delta."""
        for piece in map(as_object, pieces):
            if piece:
                self._detail_of(piece).add(piece, _JOINED)

    def _detail_of(self, piece: dict[str, Any]) -> _Pieces:
        kind, index, id_ = piece.get("type"), piece.get("index"), piece.get("id")
        key = (str(kind), str(index))
        detail = self._latest.get(key)
        whole = index is None and kind not in _STREAMED
        if detail is None or whole or (id_ and detail.fields.get("id") not in (None, id_)):
            detail = self._latest[key] = _Pieces()
            self._details.append(detail)
        return detail

    def result(self) -> list[dict[str, Any]]:
        """Give the details in the order in which they began."""
        return [detail.result() for detail in self._details]


@define
class Audio:
    """The audio of one message: base64 data and transcript come in pieces."""

    _pieces: _Pieces = field(factory=_Pieces)

    def add(self, piece: dict[str, Any]) -> None:
        """Take the piece of one delta."""
        self._pieces.add(piece, ("data", "transcript"))

    def result(self) -> dict[str, Any]:
        """Give the audio object, empty where there was none."""
        return self._pieces.result()
