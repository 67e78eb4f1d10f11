"""What the body of a request says: its models, and how much may be written."""

from __future__ import annotations

from typing import Any

import pytest

from openrouter.types.request_body import models_of, output_limit


@pytest.mark.parametrize(
    ("body", "models"),
    [
        ({"model": "a"}, ["a"]),
        ({"model": "a", "models": ["b", "c"]}, ["a", "b", "c"]),
        ({"model": "a", "models": ["a", "b"]}, ["a", "b"]),
        ({"models": ["b", 7, "", "c"]}, ["b", "c"]),
        ({"models": "b"}, []),
        ({"model": None}, []),
        ({"model": ""}, []),
        ({}, []),
    ],
)
def test_the_models_in_their_order(body: dict[str, Any], models: list[str]) -> None:
    assert models_of(body) == models


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 7, "max_tokens": 5}, 7),
        ({"max_completion_tokens": None, "max_tokens": 0, "max_output_tokens": 3}, 3),
        ({"max_tokens": "many"}, None),
        ({}, None),
    ],
)
def test_how_much_may_be_written(body: dict[str, Any], limit: int | None) -> None:
    assert output_limit(body) == limit
