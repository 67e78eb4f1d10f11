"""Read what the areas of the API answer with: an envelope whose `data` is an object or a list."""

from __future__ import annotations

from typing import Any, NoReturn

from ..core.envelope import error_from
from ..core.error_signs import has_error
from ..core.errors import ResponseError
from ..core.json import as_list, as_object
from ..core.wire import Reply


def object_in(reply: Reply) -> dict[str, Any]:
    """Give the object in `data`; raise the error that the reply tells of, or `ResponseError` where there is none."""
    data = _data(reply)
    found = as_object(data)
    if found is not data:
        misread(reply, "no object in `data`")
    return found


def list_in(reply: Reply) -> list[dict[str, Any]]:
    """Give the objects of the list in `data`, without what is no object; raises as `object_in` does."""
    data = _data(reply)
    items = as_list(data)
    if items is not data:
        misread(reply, "no list in `data`")
    return [item for item in items if isinstance(item, dict)]


def misread(reply: Reply, what: str) -> NoReturn:
    """Raise `ResponseError` for a reply that has not what was asked for."""
    body, http = reply.json(), reply.http
    message = f"The reply has {what}." if as_object(body) else "The reply is JSON, but no object."
    raise ResponseError(message).with_facts(body=body, status_code=http.status_code, headers=http.headers)


def _data(reply: Reply) -> object:
    raw, http = as_object(reply.json()), reply.http
    if has_error(raw):
        raise error_from(raw, status=http.status_code, headers=http.headers, utc=http.received_at)
    return raw.get("data")
