"""What the areas of the API answer with: good, an error with a good status, or nothing that can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from openrouter.api.credits import AccountCredits
from openrouter.api.endpoints import Endpoints
from openrouter.api.generations import Generations
from openrouter.api.keys import key_call
from openrouter.api.models import Models
from openrouter.api.providers import Providers
from openrouter.core.errors import NotFoundError, RateLimitError, ResponseError, ServerError
from openrouter.core.wire import Call
from tests.api.answered import parsed, target

OBJECTS: dict[str, Callable[..., Call[Any]]] = {
    "/model/a/b": lambda **options: Models.get("a/b", **options),
    "/models/count": Models.count,
    "/models/a/b/endpoints": lambda **options: Endpoints.list("a/b", **options),
    "/generation?id=gen-1": lambda **options: Generations.get("gen-1", **options),
    "/generation/content?id=gen-1": lambda **options: Generations.content("gen-1", **options),
    "/credits": AccountCredits.get,
    "/key": lambda **options: key_call(options),
}
LISTS: dict[str, Callable[..., Call[Any]]] = {
    "/models/user": Models.user,
    "/endpoints/zdr": Endpoints.zdr,
    "/providers": Providers.list,
}
ALL = {**OBJECTS, **LISTS}


@pytest.mark.parametrize("address", ALL)
def test_where_it_goes(address: str) -> None:
    assert target(ALL[address]()) == address


@pytest.mark.parametrize("address", ALL)
def test_options_of_every_request(address: str) -> None:
    call = ALL[address](timeout=5, deadline=9, max_retries=0, extra_headers={"X-A": "b"}, extra_query={"new": "c"})
    request = call.request
    assert (request.timeout, request.deadline, request.max_retries, request.headers) == (5, 9, 0, {"X-A": "b"})
    assert target(call) == f"{address}{'&' if '?' in address else '?'}new=c"
    with pytest.raises(TypeError, match="'timout'"):
        ALL[address](timout=5)


@pytest.mark.parametrize("address", ALL)
def test_an_error_in_a_good_status_is_the_error_that_it_is(address: str) -> None:
    call = ALL[address]()
    with pytest.raises(RateLimitError, match="Slow down") as raised:
        parsed(call, {"error": {"code": 429, "message": "Slow down"}, "data": {}})
    assert raised.value.retry_after == 7
    with pytest.raises(NotFoundError):
        parsed(call, {"error": {"code": 404, "message": "Nothing here"}})
    with pytest.raises(ServerError):
        parsed(call, {"success": False, "error": {"code": "server_error", "message": "Failed"}})


@pytest.mark.parametrize("address", ALL)
@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": "a/b"}, {"id": "a/b"}, [], None, 5, "a", [{"data": {}}]])
def test_a_reply_without_data_is_refused(address: str, body: object) -> None:
    with pytest.raises(ResponseError, match="The reply") as raised:
        parsed(ALL[address](), body)
    assert (raised.value.status_code, raised.value.body) == (200, body)
    assert raised.value.headers == {"retry-after": "7"}


def test_a_list_is_no_object_and_an_object_no_list() -> None:
    for build in OBJECTS.values():
        with pytest.raises(ResponseError, match="no object in `data`"):
            parsed(build(), {"data": [{}]})
    for build in LISTS.values():
        with pytest.raises(ResponseError, match="no list in `data`"):
            parsed(build(), {"data": {"0": {}}})


@pytest.mark.parametrize("address", ALL)
@pytest.mark.parametrize("body", [b"", b"<html></html>", b'{"data":'])
def test_what_is_no_json_is_refused(address: str, body: bytes) -> None:
    with pytest.raises(ResponseError):
        parsed(ALL[address](), body)


@pytest.mark.parametrize("address", LISTS)
def test_what_is_no_object_in_a_list_is_passed_over(address: str) -> None:
    found = parsed(LISTS[address](), {"data": [None, {"name": "A"}, "b", [{"name": "C"}], 5, {"name": "D"}]})
    assert [one.name for one in found] == ["A", "D"]
