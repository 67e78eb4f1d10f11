"""What reached the fake: one request, kept for assertions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import httpx
from attrs import Factory, field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable


@frozen(eq=False)
class RecordedRequest:
    """One request as the service received it.

    `headers` looks names up in any case; neither its repr nor that of the request shows the key. `query` is
    the raw query string, empty if there was none. `payload` is the JSON object of the body, empty if the body
    is not one.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    payload: Mapping[str, Any] = field(
        init=False, repr=False, default=Factory(lambda self: _json_object(self.body), takes_self=True)
    )

    @classmethod
    def received(cls, method: str, target: str, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> RecordedRequest:
        """Build one from what stands in the request line, the header lines and the body."""
        path, _, query = target.partition("?")
        return cls(method, path, query, httpx.Headers(list(headers)), body)

    def json(self) -> Any:
        """Parse the body; one that is not JSON, or that is nested too deeply, is a `ValueError`."""
        return _parsed(self.body)

    @property
    def streaming(self) -> bool:
        """Whether the reply was asked for as a stream."""
        return self.payload.get("stream") is True

    @property
    def authorized(self) -> bool:
        """Whether the request carries a bearer key; any key will do."""
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and bool(key.strip())


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("The body is nested too deeply") from error


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = _parsed(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}
