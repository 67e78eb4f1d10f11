"""Fixtures for pytest, which finds them by itself: `openrouter_fake` and `openrouter_server`.

pytest loads this module in every run, whatever is tested. So what the fixtures need is imported when one is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .fake import FakeOpenRouter
    from .server import LoopbackServer


@pytest.fixture
def openrouter_fake() -> FakeOpenRouter:
    """Give an OpenRouter without network and models, new for each test."""
    from .fake import FakeOpenRouter  # noqa: PLC0415 - see above

    return FakeOpenRouter()


@pytest.fixture
def openrouter_server(openrouter_fake: FakeOpenRouter) -> Iterator[LoopbackServer]:
    """Serve `openrouter_fake` over HTTP on the loopback interface until the test ends."""
    with openrouter_fake.serve() as server:
        yield server
