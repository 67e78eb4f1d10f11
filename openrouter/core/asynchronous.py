"""Which functions of the caller have to be awaited."""

from __future__ import annotations

from functools import partial
from inspect import iscoroutinefunction


def is_async(function: object) -> bool:
    """Say whether what a call gives has to be awaited, as far as that can be seen before it is called."""
    while isinstance(function, partial):
        function = function.func
    return iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__)
