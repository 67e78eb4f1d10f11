"""Loading the list of models: when, how often, for whom, and what happens where that fails."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Generator
from typing import Any

import anyio
import pytest

from openrouter import APITimeoutError, AsyncClient, OpenRouterError, ResponseError, ServerError, SyncClient
from openrouter.api.registry_loading import PATIENCE, catalogue_flow
from openrouter.core.wire import Moment
from openrouter.registry.catalogue import Catalogue
from openrouter.registry.shelf import Shelf
from openrouter.testing import FakeOpenRouter
from tests.injected_time import UTC_START, InjectedTime, awaiting_client
from tests.listing import FEW, Listing, blocking, settings, warnings
from tests.models_350 import MODELS_350, SIZE, made

MANY = 50


# --- when, and how often ----------------------------------------------------------------------------------------------


def test_the_list_is_loaded_on_first_need_and_kept() -> None:
    fake = FakeOpenRouter(models=MODELS_350)
    with fake.sync_client() as client:
        assert fake.requests == []
        assert len(client.registry.all()) == SIZE
        assert client.registry.get("~openai/gpt-latest:nitro").id == "openai/gpt-5.1"
    (request,) = fake.requests
    assert (request.method, request.path, request.query) == ("GET", "/api/v1/models", "output_modalities=all")


@pytest.mark.anyio
async def test_the_same_when_awaited() -> None:
    fake = FakeOpenRouter(models=MODELS_350)
    async with fake.async_client() as client:
        assert len(await client.registry.all()) == SIZE
        assert [model.id for model in await client.registry.find(output="embeddings")] == [
            "openai/text-embedding-3-small"
        ]
    assert len(fake.requests) == 1


def test_it_is_loaded_again_after_an_hour_or_as_often_as_is_said() -> None:
    for options, seconds in (({}, 3600.0), ({"registry_ttl": 60.0}, 60.0)):
        listing, clock = Listing(FEW), InjectedTime()
        client = blocking(listing, clock, settings=settings(**options))
        for passed, requests in ((0.0, 1), (seconds - 1, 1), (seconds, 2), (2 * seconds - 1, 2), (2 * seconds, 3)):
            clock.passed = passed
            client.registry.all()
            assert len(listing.requests) == requests


def test_with_no_time_to_keep_it_every_need_loads_it() -> None:
    listing = Listing(FEW)
    client = blocking(listing, settings=settings(registry_ttl=0.0))
    assert [len(client.registry.all()) for _ in range(3)] == [2, 2, 2]
    assert len(listing.requests) == 3


def test_what_is_new_in_the_list_is_seen_when_it_is_loaded_again() -> None:
    listing, clock = Listing(FEW), InjectedTime()
    client = blocking(listing, clock)
    assert client.registry.find("e/f") == []
    listing.models.append(made("e/f"))
    assert client.registry.find("e/f") == []
    clock.passed = 4_000
    assert [model.id for model in client.registry.find("e/f")] == ["e/f"]
    assert client.settings.shelf.catalogue is not None
    assert client.settings.shelf.catalogue.loaded_at == UTC_START + 4_000


def test_refresh_loads_it_now() -> None:
    listing = Listing(FEW)
    client = blocking(listing)
    client.registry.all()
    listing.models.append(made("e/f"))
    assert [model.id for model in client.registry.refresh()] == ["a/b", "c/d", "e/f"]
    assert client.registry.get("e/f").id == "e/f"
    assert len(listing.requests) == 2


# --- for whom ---------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_clients_of_the_same_settings_share_it() -> None:
    listing, shared = Listing(FEW), settings()
    first, second = blocking(listing, settings=shared), blocking(listing, settings=shared)
    third = awaiting_client(InjectedTime(), http=listing.async_http(), settings=shared)
    assert first.registry.all() is second.registry.all() is await third.registry.all()
    assert first.with_options(model="a/b").registry.all() is first.registry.all()
    assert len(listing.requests) == 1
    blocking(listing).registry.all()
    assert len(listing.requests) == 2


def test_settings_for_another_address_have_a_list_of_their_own() -> None:
    listing = Listing(FEW)
    client = blocking(listing)
    client.registry.all()
    client.with_options(base_url="https://eu.openrouter.ai/api/v1").registry.all()
    assert [request.url.host for request in listing.requests] == ["openrouter.ai", "eu.openrouter.ai"]


def test_copies_of_a_shelf_are_empty() -> None:
    shelf = Shelf()
    shelf.catalogue, shelf.loaded_at, shelf.flights["somebody"] = Catalogue(), 5.0, object()
    for copied in (copy.deepcopy(shelf), copy.copy(shelf), pickle.loads(pickle.dumps(shelf))):  # noqa: S301 - ours
        assert (copied.catalogue, copied.loaded_at, copied.failed_at, copied.flights) == (None, None, None, {})
    assert pickle.loads(pickle.dumps(settings())).shelf.catalogue is None  # noqa: S301 - ours


def test_fifty_threads_that_need_it_at_once_load_it_once() -> None:
    begun, came = threading.Semaphore(0), list[int]()

    def hold() -> None:
        # The first answer is held back until all of them are at it.
        if len(listing.requests) == 1:
            assert all(begun.acquire(timeout=30) for _ in range(MANY))

    def need() -> None:
        begun.release()
        came.append(len(client.registry.all()))

    listing = Listing(FEW, hold)
    client = SyncClient(http=listing.http(), settings=settings())
    threads = [threading.Thread(target=need) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert came == [2] * MANY
    assert len(listing.requests) == 1


@pytest.mark.anyio
async def test_fifty_tasks_that_need_it_at_once_load_it_once() -> None:
    listing, everybody, needing, came = Listing(FEW), anyio.Event(), 0, list[int]()
    client = AsyncClient(http=listing.async_http(everybody.wait), settings=settings())

    async def need() -> None:
        nonlocal needing
        needing += 1
        if needing == MANY:
            everybody.set()
        came.append(len(await client.registry.all()))

    async with anyio.create_task_group() as group:
        for _ in range(MANY):
            group.start_soon(need)
    assert came == [2] * MANY
    assert len(listing.requests) == 1


@pytest.mark.anyio
async def test_while_one_loads_it_again_the_others_go_on_with_the_old_one() -> None:
    listing, clock, arrived, go = Listing(FEW), InjectedTime(), anyio.Event(), anyio.Event()

    async def hold() -> None:
        if listing.requests:
            arrived.set()
            await go.wait()

    client = awaiting_client(clock, http=listing.async_http(hold), settings=settings())
    await client.registry.all()
    listing.models.append(made("e/f"))
    clock.passed = 4_000
    found: list[int] = []

    async def need() -> None:
        found.append(len(await client.registry.all()))

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(need)
            await arrived.wait()
            await need()
            await need()
            assert found == [2, 2]
            go.set()
    assert found == [2, 2, 3]
    assert len(listing.requests) == 2


@pytest.mark.anyio
@pytest.mark.parametrize("operation", ["all", "refresh"])
async def test_where_the_one_that_loads_it_is_cancelled_another_does(operation: str) -> None:
    listing, asked, found = Listing(FEW), list[int](), list[int]()

    async def hold() -> None:
        asked.append(1)
        if len(asked) == 1:
            await anyio.sleep_forever()

    client = awaiting_client(InjectedTime(), http=listing.async_http(hold), settings=settings())

    async def need() -> None:
        found.append(len(await getattr(client.registry, operation)()))

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group, anyio.create_task_group() as first:
            first.start_soon(need)
            await anyio.wait_all_tasks_blocked()
            group.start_soon(need)
            group.start_soon(need)
            await anyio.wait_all_tasks_blocked()
            first.cancel_scope.cancel()
    assert (found, len(asked)) == ([2, 2], 2)


# --- where that fails -------------------------------------------------------------------------------------------------


def test_without_any_list_the_error_is_raised_each_time() -> None:
    listing = Listing(FEW)
    listing.status = 500
    client = blocking(listing)
    for _ in range(2):
        with pytest.raises(ServerError, match="No list today"):
            client.registry.all()
    assert len(listing.requests) == 2
    listing.status = 200
    assert len(client.registry.all()) == 2


def test_an_old_list_is_used_where_no_newer_one_can_be_had(caplog: pytest.LogCaptureFixture) -> None:
    listing, clock = Listing(FEW), InjectedTime()
    client = blocking(listing, clock)
    client.registry.all()
    listing.status = 500
    clock.passed = 7_200
    assert [len(client.registry.all()) for _ in range(5)] == [2] * 5
    (told,) = warnings(caplog)
    assert told.startswith("The list of models, 120 minutes old, is kept, as a newer one cannot be had: ")
    assert "No list today" in told
    # A minute later it is tried again, and once more.
    clock.passed += 59
    client.registry.all()
    assert len(listing.requests) == 2
    clock.passed += 1
    client.registry.all()
    assert (len(listing.requests), len(warnings(caplog))) == (3, 2)
    listing.status = 200
    listing.models.append(made("e/f"))
    clock.passed += 60
    assert len(client.registry.all()) == 3
    assert len(warnings(caplog)) == 2


def test_a_failure_is_forgotten_once_the_list_could_be_loaded() -> None:
    listing, clock = Listing(FEW), InjectedTime()
    client = blocking(listing, clock, settings=settings(registry_ttl=10.0))
    client.registry.all()
    listing.status, clock.passed = 500, 10
    client.registry.all()
    listing.status, clock.passed = 200, 20
    client.registry.refresh()
    clock.passed = 30
    client.registry.all()
    assert len(listing.requests) == 4


def test_a_list_of_nothing_is_none(caplog: pytest.LogCaptureFixture) -> None:
    empty = blocking(Listing([]))
    with pytest.raises(ResponseError, match=r"The list of models of https://openrouter\.ai/api/v1 is empty\."):
        empty.registry.all()
    listing, clock = Listing(FEW), InjectedTime()
    client = blocking(listing, clock)
    client.registry.all()
    listing.models = [{"name": "without an id"}]
    clock.passed = 4_000
    assert len(client.registry.all()) == 2
    assert len(warnings(caplog)) == 1


def test_refresh_raises_and_what_was_there_stays() -> None:
    listing = Listing(FEW)
    client = blocking(listing)
    client.registry.all()
    listing.status = 500
    with pytest.raises(ServerError):
        client.registry.refresh()
    assert len(client.registry.all()) == 2


# --- in a given time --------------------------------------------------------------------------------------------------


def load(client: SyncClient, within: float) -> Catalogue:
    return client.driver.run(catalogue_flow(within))


def test_it_takes_no_longer_than_it_may() -> None:
    listing, clock = Listing(FEW), InjectedTime()
    client = blocking(listing, clock)
    with pytest.raises(APITimeoutError, match=r"The list of models did not come within 0 s\.") as raised:
        load(client, 0.0)
    assert raised.value.clock == "deadline"
    assert listing.requests == []
    assert len(load(client, 5.0)) == 2
    clock.passed = 4_000
    assert len(load(client, 0.0)) == 2
    assert len(listing.requests) == 1


def test_the_error_of_who_had_less_time_is_no_error_of_others() -> None:
    listing = Listing(FEW)
    client = blocking(listing)
    hurried = APITimeoutError("Late.")
    hurried.clock = "deadline"
    flow = catalogue_flow()
    driver = client.driver

    def other() -> Generator[Any, Any, Catalogue]:
        """Answer the first `Once` as if another had been waited for whose time was up."""
        effect, failed = next(flow), False
        while True:
            if type(effect).__name__ == "Once" and not failed:
                failed, effect = True, flow.throw(hurried)
                continue
            result = yield effect
            try:
                effect = flow.send(result)
            except StopIteration as end:
                return end.value

    assert len(driver.run(other())) == 2


def test_a_service_that_hangs_is_not_waited_for_as_long_as_for_an_answer() -> None:
    listing = Listing(FEW)
    client = blocking(listing, settings=settings(registry_ttl=0.0))
    client.registry.all()
    client.registry.all()
    client.registry.refresh()
    first, *later = [request.extensions["timeout"]["read"] for request in listing.requests]
    assert 10 < first <= 30
    assert max(later) <= 10


@pytest.mark.parametrize(("seconds", "pause"), [(0, 5), (10, 25), (29, 60)])
def test_a_list_that_could_not_be_had_is_tried_again_after_a_while_by_those_who_only_want_to_send(
    seconds: float, pause: float
) -> None:
    def fail() -> None:
        clock.passed += seconds

    listing, clock = Listing(FEW, fail), InjectedTime()
    listing.status = 500
    client = blocking(listing, clock)
    driver = client.driver
    for passed, requests in ((0, 1), (seconds + pause - 1, 1), (seconds + pause, 2), (seconds + pause, 2)):
        clock.passed = max(clock.passed, passed)
        with pytest.raises(OpenRouterError, match="No list today"):
            driver.run(catalogue_flow(again=False))
        assert len(listing.requests) == requests
    listing.status = 200
    assert len(client.registry.all()) == len(driver.run(catalogue_flow(again=False))) == 2


def test_who_had_no_time_keeps_nobody_else_from_it() -> None:
    listing = Listing(FEW)
    client = blocking(listing, Running())
    with pytest.raises(APITimeoutError):
        load(client, 0.5)
    assert len(client.driver.run(catalogue_flow(again=False))) == 2


@pytest.mark.anyio
async def test_where_nobody_answers_all_who_wait_give_up_together() -> None:
    clock, failed = InjectedTime(), list[str | None]()
    asked = 0

    async def hang() -> None:
        nonlocal asked
        asked += 1
        await anyio.wait_all_tasks_blocked()
        clock.passed += PATIENCE
        late = APITimeoutError("Late.")
        late.clock = "deadline"
        raise late

    client = awaiting_client(clock, http=Listing(FEW).async_http(hang), settings=settings())

    async def need() -> None:
        with pytest.raises(APITimeoutError) as raised:
            await client.registry.all()
        failed.append(raised.value.clock)

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            for _ in range(MANY):
                group.start_soon(need)
    assert (failed, asked) == (["deadline"] * MANY, 1)


def test_what_another_has_loaded_meanwhile_is_not_loaded_again() -> None:
    listing = Listing(FEW)
    client = blocking(listing)
    flow = catalogue_flow()

    def with_another() -> Generator[Any, Any, Catalogue]:
        """Load the list just before this one begins to."""
        effect = next(flow)
        while True:
            if type(effect).__name__ == "Once":
                client.registry.refresh()
            result = yield effect
            try:
                effect = flow.send(result)
            except StopIteration as end:
                return end.value

    assert len(client.driver.run(with_another())) == 2
    assert len(listing.requests) == 1


class Running(InjectedTime):
    """A clock on which a second passes each time that it is read."""

    def now(self) -> Moment:
        self.passed += 1
        return super().now()


def test_the_error_of_who_had_too_little_time_is_its_own() -> None:
    listing = Listing(FEW)
    with pytest.raises(APITimeoutError, match="the deadline has passed") as raised:
        load(blocking(listing, Running()), 0.5)
    assert raised.value.clock == "deadline"
    assert listing.requests == []


def test_the_deadline_of_the_settings_ends_it_too() -> None:
    listing = Listing(FEW)
    client = blocking(listing, Running(), settings=settings(deadline=0.5))
    for load_it in (client.registry.all, client.registry.refresh):
        with pytest.raises(APITimeoutError, match="the deadline has passed"):
            load_it()
    assert listing.requests == []


def test_what_the_service_said_is_raised_where_there_is_no_time_for_another_try() -> None:
    clock = InjectedTime()
    listing = Listing(FEW)
    listing.status = 503
    client = blocking(listing, clock, settings=settings(max_retries=5))
    with pytest.raises(ServerError, match=r"^503"):
        load(client, 0.3)
    assert len(listing.requests) == 2
