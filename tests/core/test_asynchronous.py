"""What a call of a function will give, as far as that can be seen before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import pytest

from openrouter.core.asynchronous import is_async, is_generator


def plain(upto: int) -> Iterator[int]:
    return iter(range(upto))


async def awaited(upto: int) -> int:
    return upto


def count(upto: int) -> Iterator[int]:
    yield from range(upto)


async def count_slowly(upto: int) -> AsyncIterator[int]:
    yield upto


class Counter:
    def __call__(self) -> Iterator[int]:
        yield 1

    async def slowly(self) -> AsyncIterator[int]:
        yield 1

    async def wait(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("function", "gives"),
    [
        (plain, "a value"),
        (print, "a value"),
        (Counter, "a value"),
        (partial(plain, 1), "a value"),
        (awaited, "a coroutine"),
        (partial(partial(awaited), upto=1), "a coroutine"),
        (Counter().wait, "a coroutine"),
        (count, "a generator"),
        (count_slowly, "a generator"),
        (partial(partial(count_slowly), upto=1), "a generator"),
        (Counter(), "a generator"),
        (Counter().slowly, "a generator"),
    ],
)
def test_what_a_call_will_give(function: Any, gives: str) -> None:
    assert (is_async(function), is_generator(function)) == (gives == "a coroutine", gives == "a generator")
