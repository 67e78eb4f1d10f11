"""The list of models: what is asked, what is made of the reply, and that both clients have it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, strategies as st

from openrouter import (
    AsyncClient,
    BadRequestError,
    InvalidArgumentError,
    Models,
    NotFoundError,
    OpenRouterError,
    RateLimitError,
    ResponseError,
    SyncClient,
)
from openrouter.core.errors import ServerError
from openrouter.core.secret import Secret
from openrouter.core.wire import Headers, HTTPInfo, Moment, Reply, Request
from openrouter.preparing import prepare
from openrouter.settings import Settings
from openrouter.testing import FakeOpenRouter
from openrouter.types.model_options import MODEL_LIST_RULES, ModelListOptions
from openrouter.types.models import Model
from tests.injected_time import InjectedTime, blocking_client


class Broken(httpx.SyncByteStream):
    """A body that is not all there."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"{"
        raise httpx.RemoteProtocolError("incomplete")


QUERIES: dict[str, tuple[Any, str]] = {
    "category": ("marketing/seo", "marketing%2Fseo"),
    "supported_parameters": (["tools", "reasoning"], "tools%2Creasoning"),
    "input_modalities": (("text", "image"), "text%2Cimage"),
    "output_modalities": ("all", "all"),
    "q": ("gpt 4", "gpt+4"),
    "context": (128_000, "128000"),
    "min_price": (0, "0"),
    "max_price": (Decimal("0.15"), "0.15"),
    "min_output_price": (0.5, "0.5"),
    "max_output_price": (10, "10"),
    "arch": ("GPT", "GPT"),
    "model_authors": ("openai,anthropic", "openai%2Canthropic"),
    "providers": (["Google AI Studio"], "Google+AI+Studio"),
    "distillable": (False, "false"),
    "zdr": (True, "true"),
    "region": ("eu", "eu"),
    "min_age_days": (0, "0"),
    "max_age_days": (90, "90"),
    "min_intelligence_index": (50, "50"),
    "max_intelligence_index": (70.5, "70.5"),
    "min_coding_index": (50, "50"),
    "max_coding_index": (70.5, "70.5"),
    "min_agentic_index": (50, "50"),
    "max_agentic_index": (70.5, "70.5"),
    "min_tool_success_rate": (0.9, "0.9"),
    "max_tool_success_rate": (1, "1"),
    "sort": ("newest", "newest"),
    "offset": (0, "0"),
    "limit": (1000, "1000"),
}


def target(request: Request) -> str:
    settings = Settings(api_key="k", base_url="https://openrouter.ai/api/v1", model="a/b", max_tokens=5)
    return prepare(request, settings, Secret("k"), Moment(0, 0)).target


def parsed(body: object, status: int = 200) -> list[Model]:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = Headers([(b"retry-after", b"7")])
    return Models.list().parse(Reply(HTTPInfo(status, headers, received_at=1_800_000_000.0), encoded))


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_every_option_is_tried_here() -> None:
    assert QUERIES.keys() == MODEL_LIST_RULES.keys()


@pytest.mark.parametrize("name", QUERIES)
def test_every_option_stands_in_the_query_as_the_service_reads_it(name: str) -> None:
    value, written = QUERIES[name]
    option = ModelListOptions(**{name: value})  # type: ignore[typeddict-item]  # any name
    assert target(Models.list(**option).request) == f"/api/v1/models?{name}={written}"


def test_without_options_there_is_no_query_and_settings_of_chats_stay_out() -> None:
    request = Models.list(category=None, zdr=None, limit=None).request
    assert (request.method, request.body, request.stream) == ("GET", None, False)
    assert target(request) == "/api/v1/models"


def test_the_models_of_the_account_take_the_same_options() -> None:
    asked = Models.user(sort="newest", limit=5).request
    assert target(asked) == target(Models.list(sort="newest", limit=5).request).replace("/models", "/models/user")
    with pytest.raises(InvalidArgumentError, match="limit=0"):
        Models.user(limit=0)


def test_a_count_takes_only_the_kind_of_output() -> None:
    assert target(Models.count().request) == "/api/v1/models/count"
    assert target(Models.count(output_modalities=["text", "image"], timeout=5).request) == (
        "/api/v1/models/count?output_modalities=text%2Cimage"
    )
    with pytest.raises(InvalidArgumentError, match="output_modalities"):
        Models.count(output_modalities=[])
    with pytest.raises(TypeError, match="sort"):
        Models.count(sort="newest")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # what is tested


def test_equal_lists_are_equal_requests() -> None:
    assert Models.list(sort="newest", q="a", extra_query={"new": "b"}).request.query == {
        "q": "a",
        "sort": "newest",
        "new": "b",
    }
    there, back = Models.list(q="a", sort="newest"), Models.list(sort="newest", q="a")
    assert target(there.request) == target(back.request) == "/api/v1/models?q=a&sort=newest"


def test_options_of_every_request() -> None:
    request = Models.list(timeout=5, deadline=9, max_retries=0, extra_headers={"X-A": "b"}).request
    assert (request.timeout, request.deadline, request.max_retries, request.headers) == (5, 9, 0, {"X-A": "b"})


def test_a_misspelt_option_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(TypeError, match=r"'catgory'. Did you mean 'category'\?.*extra_query"):
        Models.list(catgory="health")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # what is tested


def test_what_cannot_be_right_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="limit=0 cannot be sent"):
        Models.list(limit=0)
    with pytest.raises(InvalidArgumentError, match=r"extra_body.*extra_query"):
        Models.list(extra_body={"category": "health"})
    with pytest.raises(InvalidArgumentError, match="q is given twice"):
        Models.list(q="a", extra_query={"q": "b"})
    assert target(Models.list(q=None, extra_query={"q": "b"}).request) == "/api/v1/models?q=b"


# --- what is made of the reply ----------------------------------------------------------------------------------------


def test_a_list_of_models() -> None:
    first, second = parsed({"data": [{"id": "a/b", "pricing": {"prompt": "0.1"}}, {"id": "c/d"}], "total_count": 2})
    assert (first.id, first.pricing.prompt, second.id) == ("a/b", Decimal("0.1"), "c/d")
    assert parsed({"data": []}) == []


def test_what_is_no_model_is_passed_over() -> None:
    assert parsed({"data": [None, {"id": "a/b"}, "c/d", ["e/f"], {}]}) == [Model(id="a/b", raw={"id": "a/b"}), Model()]


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {}}, {"data": "a/b"}, {"models": []}, [], None, 5, "a"])
def test_a_reply_without_a_list_is_refused(body: object) -> None:
    with pytest.raises(ResponseError, match="The reply") as raised:
        parsed(body)
    assert (raised.value.status_code, raised.value.body) == (200, body)
    assert raised.value.headers == {"retry-after": "7"}


def test_an_rss_feed_is_refused() -> None:
    with pytest.raises(ResponseError, match="not JSON"):
        parsed(b"<rss></rss>")


def test_an_error_in_a_good_status_is_the_error_that_it_is() -> None:
    with pytest.raises(RateLimitError, match="Slow down") as raised:
        parsed({"error": {"code": 429, "message": "Slow down"}, "data": [{"id": "a/b"}]})
    assert raised.value.retry_after == 7
    with pytest.raises(ServerError):
        parsed({"error": {"code": 500, "message": "Internal Server Error"}})


def count_in(data: object) -> int:
    body = json.dumps({"data": data}).encode()
    return Models.count().parse(Reply(HTTPInfo(200), body))


def test_a_count() -> None:
    assert [count_in({"count": 350}), count_in({"count": 0}), count_in({"count": 12.0})] == [350, 0, 12]


@pytest.mark.parametrize("data", [{}, {"count": None}, {"count": "350"}, {"count": 1.5}, {"count": True}])
def test_a_count_that_is_none(data: object) -> None:
    with pytest.raises(ResponseError, match=r"no `count` in `data`"):
        count_in(data)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "pricing", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(ANY_JSON, max_size=4))
def test_no_list_raises(data: list[Any]) -> None:
    assert [model.raw for model in parsed({"data": data})] == [item for item in data if isinstance(item, dict)]


# --- both clients -----------------------------------------------------------------------------------------------------

SIMULATED = ["", ":free", "-reasoning", "-vision"]


def test_a_client_that_blocks() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client() as client:
        found = client.models.list()
        assert [model.id for model in found] == [f"openrouter/simulated{end}" for end in SIMULATED]
        assert found[0].pricing.prompt == Decimal(str(found[0].raw["pricing"]["prompt"]))
        assert [model.id for model in client.models.list(input_modalities="image")] == ["openrouter/simulated-vision"]
        assert len(client.models.list(output_modalities="all")) == 5
        assert [model.id for model in client.models.list(offset=1, limit=1)] == ["openrouter/simulated:free"]
        assert client.send(Models.list(supported_parameters=["reasoning", "tools"])) == [found[2]]
    assert fake.requests[0].method == "GET"


@pytest.mark.anyio
async def test_a_client_that_awaits() -> None:
    fake = FakeOpenRouter()
    async with fake.async_client() as client:
        found = await client.models.list()
        assert [model.id for model in found] == [f"openrouter/simulated{end}" for end in SIMULATED]
        assert [model.id for model in await client.models.list(offset=1, limit=1)] == ["openrouter/simulated:free"]
        assert await client.send(Models.list(supported_parameters="reasoning")) == [found[2]]


ALIAS = {"id": "~acme/latest", "alias_target": {"slug": "acme/large:free", "name": "Large"}}


@pytest.mark.anyio
async def test_one_model_and_how_many_there_are() -> None:
    asked = ("acme/large", "acme/large:free", "~acme/latest")
    fake = FakeOpenRouter(models=[{"id": "acme/large"}, {"id": "acme/large:free"}, ALIAS])
    with fake.sync_client() as client:
        found = [client.models.get(model) for model in asked]
        assert [model.id for model in found] == ["acme/large", "acme/large:free", "acme/large:free"]
        assert client.models.count() == len(client.models.user()) == 3
        assert client.models.count(output_modalities="image") == 0
        assert [model.id for model in client.models.user(limit=1)] == ["acme/large"]
        with pytest.raises(NotFoundError, match="acme/small not found"):
            client.models.get("acme/small")
    async with fake.async_client() as awaiting:
        assert [
            await awaiting.models.get(model) for model in ("acme/large", "acme/large:free", "~acme/latest")
        ] == found
        assert await awaiting.models.count() == len(await awaiting.models.user()) == 3
        with pytest.raises(NotFoundError, match="acme/small not found"):
            await awaiting.models.get("acme/small")


@pytest.mark.anyio
async def test_over_a_socket() -> None:
    prices = {"prompt": "-1", "completion": "-1"}
    fake = FakeOpenRouter(models=[{"id": f"acme/model-{number}", "pricing": prices} for number in range(350)])
    with fake.serve() as server:
        with SyncClient(api_key="k", base_url=server.url) as client:
            blocked = client.models.list()
        async with AsyncClient(api_key="k", base_url=server.url) as awaiting:
            assert await awaiting.models.list() == blocked
    assert (len(blocked), blocked[-1].id) == (350, "acme/model-349")
    assert all(model.pricing.varies for model in blocked)


@pytest.mark.anyio
async def test_what_the_service_refuses_raises() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client() as client, pytest.raises(BadRequestError, match="Invalid request parameters") as raised:
        client.models.list(extra_query={"limit": 0})
    assert (raised.value.status_code, raised.value.attempts) == (400, 1)
    async with fake.async_client() as awaiting:
        with pytest.raises(BadRequestError):
            await awaiting.models.list(extra_query={"limit": 0})
    assert len(fake.requests) == 2


def test_a_list_that_failed_is_asked_for_again() -> None:
    replies = iter([httpx.Response(503), httpx.Response(200, json={"data": [{"id": "a/b"}]})])
    transport = httpx.MockTransport(lambda _: next(replies))
    clock = InjectedTime()
    with httpx.Client(transport=transport) as http:
        assert blocking_client(clock, http=http).models.list() == [Model(id="a/b", raw={"id": "a/b"})]
    assert clock.waits == [0.25]


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (httpx.Response(504), "Try again later."),
        (httpx.Response(200, content=b"<html>"), "JSON"),
        (httpx.ReadError("reset"), "Check the network, the base URL and the proxy variables."),
        (httpx.ReadTimeout("late"), "Raise `timeout=`"),
        (httpx.Response(200, stream=Broken()), "Try again later."),
    ],
)
def test_nobody_is_told_of_a_bill_for_a_list_that_failed(answer: httpx.Response | Exception, advice: str) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with httpx.Client(transport=httpx.MockTransport(handle)) as http, pytest.raises(OpenRouterError) as raised:
        blocking_client(InjectedTime(), http=http).models.list()
    assert (raised.value.attempts, raised.value.only_reads) == (3, True)
    assert advice in str(raised.value)
    assert "billed" not in str(raised.value)


def test_a_client_with_other_options_lists_with_those() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client() as client:
        first = client.models
        other = client.with_options(headers={"X-Team": "red"})
        assert other.models.driver is other.driver
        assert first.driver is client.driver
        other.models.list()
        first.list()
    assert [request.headers.get("x-team") for request in fake.requests] == ["red", None]


def test_it_costs_nothing_and_is_not_in_the_books() -> None:
    with FakeOpenRouter().sync_client() as client:
        client.models.list()
        assert (client.totals.requests, client.totals.cost) == (0, 0)


def test_a_list_can_be_kept() -> None:
    with FakeOpenRouter().sync_client() as client:
        found = client.models.list()
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes
