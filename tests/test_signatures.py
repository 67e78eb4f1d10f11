"""What `inspect`, `help` and notebooks show of operations: options by name, and the client's own results."""

from __future__ import annotations

import inspect
import pydoc
import re
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import pytest

import openrouter
from openrouter import AsyncClient, ChatOptions, ModelListOptions, Models, SyncClient
from openrouter.settings import SettingsOptions
from openrouter.signatures import BoundSignature

RESULTS = {
    "complete": "Completion",
    "generate_text": "str",
    "try_complete": "Outcome",
    "complete_many": "list[Outcome]",
}
STREAMS = {"stream": "Chunk", "stream_text": "str"}


@pytest.fixture
def sync_client() -> Iterator[SyncClient]:
    with SyncClient(api_key="k") as client:
        yield client


@pytest.fixture
def async_client() -> AsyncClient:
    return AsyncClient(api_key="k")


@pytest.mark.parametrize("name", RESULTS)
def test_the_result_is_that_of_the_client(name: str, sync_client: SyncClient, async_client: AsyncClient) -> None:
    for client in (sync_client, async_client):
        assert str(inspect.signature(getattr(client, name)).return_annotation) == RESULTS[name]


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_that_of_the_client(name: str, sync_client: SyncClient, async_client: AsyncClient) -> None:
    blocking = inspect.signature(getattr(sync_client, name)).return_annotation
    awaiting = inspect.signature(getattr(async_client, name)).return_annotation
    assert (str(blocking), str(awaiting)) == (f"Stream[{STREAMS[name]}]", f"AsyncStream[{STREAMS[name]}]")


@pytest.mark.parametrize("name", [*RESULTS, *STREAMS])
def test_every_option_is_there_by_name(name: str, sync_client: SyncClient, async_client: AsyncClient) -> None:
    shown, again = (inspect.signature(getattr(client, name)).parameters for client in (sync_client, async_client))
    assert list(shown.items()) == list(again.items())
    assert ChatOptions.__annotations__.keys() <= shown.keys()
    assert not shown.keys() & {"self", "options"}
    temperature = shown["temperature"]
    assert (temperature.kind, str(temperature.annotation)) == (inspect.Parameter.KEYWORD_ONLY, "float | None")
    assert repr(temperature.default) == "...", "it may be left out"


def test_what_is_no_option_stays_as_the_builder_has_it(sync_client: SyncClient) -> None:
    shown = inspect.signature(sync_client.stream).parameters
    assert list(shown)[:4] == ["messages", "prompt", "on_chunk", "on_keepalive"]
    assert (str(shown["messages"].annotation), shown["messages"].default) == ("Messages", ())
    assert str(shown["on_chunk"].annotation) == "Callable[[Chunk], object] | None"
    assert inspect.signature(sync_client.generate_text).parameters["prompt"].default is inspect.Parameter.empty


@pytest.mark.parametrize("name", ["complete", "stream"])
def test_help_reads_like_the_truth(name: str, sync_client: SyncClient) -> None:
    shown = pydoc.render_doc(getattr(sync_client, name), renderer=pydoc.plaintext)
    assert {"complete": "-> Completion", "stream": "-> Stream[Chunk]"}[name] in shown
    assert "temperature: float | None" in shown
    assert "Ask a model for a" in shown
    assert "Unpack" not in shown


def test_the_signature_of_a_function_of_the_class_is_the_builders_own() -> None:
    assert str(inspect.signature(SyncClient.complete).return_annotation) == "Call[Completion]"


def test_an_operation_of_a_group_reads_like_the_truth(sync_client: SyncClient, async_client: AsyncClient) -> None:
    for client in (sync_client, async_client):
        signature = inspect.signature(client.models.list)
        assert str(signature.return_annotation) == "builtins.list[Model]"
        assert signature.parameters.keys() == ModelListOptions.__annotations__.keys()
        assert client.models.list.__doc__ == Models.list.__doc__
        assert "List the models that are offered" in str(Models.list.__doc__)


@pytest.mark.parametrize(
    "name", ["generate_text", "complete", "complete_many", "aio.generate_text", "aio.complete", "aio.complete_many"]
)
def test_a_call_without_a_client_names_its_options_too(name: str) -> None:
    function = attrgetter(name)(openrouter)
    shown = inspect.signature(function).parameters
    assert shown.keys() >= {"model", "temperature", "timeout", "extra_body"}
    assert "options" not in shown
    assert "Unpack" not in pydoc.render_doc(function, renderer=pydoc.plaintext)


@pytest.mark.parametrize("cls", [SyncClient, AsyncClient])
def test_a_client_names_its_settings(cls: type[SyncClient | AsyncClient]) -> None:
    settings = SettingsOptions.__annotations__.keys()
    assert inspect.signature(cls).parameters.keys() == {"settings", "policy", "http", *settings}
    assert settings <= set(re.findall(r"\w+", pydoc.render_doc(cls.__init__, renderer=pydoc.plaintext)))
    assert inspect.signature(cls(api_key="sk-or-test").with_options).parameters.keys() == settings


# --- any builder ------------------------------------------------------------------------------------------------------


def build_call(first: int, /, *rest: str, key: str = "a", **options: Any) -> Call[dict[str, list[int]]]:  # noqa: F821 - a name in an annotation  # pyright: ignore[reportUndefinedVariable]
    raise NotImplementedError(first, rest, key, options)


def build_anything(first: int) -> bytes:
    raise NotImplementedError(first)


def shown(build: Callable[..., Any], *, asynchronous: bool = False) -> BoundSignature:
    return BoundSignature(build, asynchronous=asynchronous)


def test_results_within_results() -> None:
    assert str(shown(build_call)) == (
        "(self, first: int, /, *rest: str, key: str = 'a', **options: Any) -> dict[str, list[int]]"
    )


def test_a_result_of_another_kind_stays() -> None:
    assert str(shown(build_anything, asynchronous=True)) == "(self, /, first: int) -> bytes"


def test_it_is_a_signature_like_any_other() -> None:
    signature = shown(build_anything)
    assert signature == shown(build_anything)
    assert signature != shown(build_call)
    assert hash(signature) == hash(shown(build_anything))
    assert str(signature.replace(return_annotation=int)) == "(self, /, first: int) -> int"
    assert signature.bind("self", 1).args == ("self", 1)
