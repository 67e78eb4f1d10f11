"""Which functions of the caller have to be awaited."""

from __future__ import annotations

from functools import partial
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction


def is_async(function: object) -> bool:
    """Say whether what a call gives has to be awaited, as far as that can be seen before it is called."""
    while isinstance(function, partial):
        function = function.func
    return iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__)


def is_generator(function: object) -> bool:
    """Say whether a call gives a generator, plain or asynchronous, as far as that can be seen before it is called."""
    called = type(function).__call__
    return any(yields(each) for each in (function, called) for yields in (isgeneratorfunction, isasyncgenfunction))
