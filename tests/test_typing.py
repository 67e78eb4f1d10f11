"""What `help` shows at run time; what the type checkers see is tested by the files of `tests/typing`."""

from __future__ import annotations

import inspect
import pydoc
import re
from typing import TYPE_CHECKING

import pytest

from openrouter import AsyncClient, SyncClient
from openrouter.client import Client
from openrouter.types.chat_options import CHAT_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCKING, AWAITING = SyncClient(api_key="test"), AsyncClient(api_key="test")
OPERATIONS = (
    "complete",
    "complete_many",
    "generate_object",
    "generate_text",
    "stream",
    "stream_object",
    "stream_text",
    "try_complete",
)
WITHOUT_TOOLS = ("run_tools", "stream_tools")
"""Operations to which the tools are given by themselves."""


@pytest.mark.parametrize("complete", [BLOCKING.complete, AWAITING.complete], ids=["sync", "async"])
def test_help_shows_the_options_and_the_result(complete: Callable[..., object]) -> None:
    shown = pydoc.render_doc(complete, renderer=pydoc.plaintext)
    assert "temperature: float | None" in shown
    assert re.search(r"-> Completion( method of \S+ instance)?$", shown, re.MULTILINE)
    assert "Ask a model for a whole completion." in shown
    assert "Unpack" not in shown


@pytest.mark.parametrize("client", [BLOCKING, AWAITING], ids=["sync", "async"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_signature_names_every_option(client: SyncClient | AsyncClient, name: str) -> None:
    assert inspect.signature(getattr(client, name)).parameters.keys() >= CHAT_OPTIONS


@pytest.mark.parametrize("client", [BLOCKING, AWAITING], ids=["sync", "async"])
@pytest.mark.parametrize("name", WITHOUT_TOOLS)
def test_one_with_tools_of_its_own_names_every_other_option(client: SyncClient | AsyncClient, name: str) -> None:
    assert inspect.signature(getattr(client, name)).parameters.keys() >= CHAT_OPTIONS - {"tools"}


@pytest.mark.parametrize(
    ("name", "blocking", "awaiting"),
    [
        ("complete", "Completion", "Completion"),
        ("complete_many", "list[Outcome]", "list[Outcome]"),
        ("generate_object", "T", "T"),
        ("generate_text", "str", "str"),
        ("run_tools", "ToolRun", "ToolRun"),
        ("stream", "Stream[Chunk]", "AsyncStream[Chunk]"),
        ("stream_object", "FlowStream[Any, T]", "AsyncFlowStream[Any, T]"),
        ("stream_text", "Stream[str]", "AsyncStream[str]"),
        ("stream_tools", "FlowStream[ToolEvent, ToolRun]", "AsyncFlowStream[ToolEvent, ToolRun]"),
        ("try_complete", "Outcome", "Outcome"),
    ],
)
def test_a_signature_names_what_the_client_gives(name: str, blocking: str, awaiting: str) -> None:
    assert inspect.signature(getattr(BLOCKING, name)).return_annotation == blocking
    assert inspect.signature(getattr(AWAITING, name)).return_annotation == awaiting


@pytest.mark.parametrize("name", OPERATIONS)
def test_one_docstring_stands_on_the_class_and_on_both_clients(name: str) -> None:
    documented = {getattr(holder, name).__doc__ for holder in (Client, BLOCKING, AWAITING)}
    assert len(documented) == 1
    assert documented.pop()
