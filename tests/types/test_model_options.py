"""Options of lists of models: what is refused before anything is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openrouter.core.errors import InvalidArgumentError
from openrouter.types.model_options import MODEL_LIST_OPTIONS, MODEL_LIST_RULES
from openrouter.types.options import REQUEST_OPTIONS, check_options

NAN = float("nan")
TEXTS: list[Any] = ["a", "something new"]
NO_TEXTS: list[Any] = ["", " ", 5, ["a"], True]
WORDS: list[Any] = ["tools", "tools,reasoning", ["tools"], ("tools", "reasoning"), {"tools"}]
NO_WORDS: list[Any] = ["", " ", [], ["tools", ""], [None], 5, {"tools": True}, b"tools"]
AMOUNTS: list[Any] = [0, 0.5, 30, 1e9]
NO_AMOUNTS: list[Any] = [-1, -0.1, NAN, float("inf"), "1", True, [1]]
USD: list[Any] = [*AMOUNTS, Decimal("0.15"), Decimal(0)]
NO_USD: list[Any] = [*NO_AMOUNTS, Decimal(-1), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e10")]
SHARES: list[Any] = [0, 0.9, 1]
NO_SHARES: list[Any] = [-0.1, 1.1, 90, NAN, True, "0.9"]
DAYS: list[Any] = [0, 90]
NO_DAYS: list[Any] = [-1, 0.5, True, "90"]

GOOD: dict[str, list[Any]] = {
    "category": ["programming", *TEXTS],
    "supported_parameters": WORDS,
    "input_modalities": WORDS,
    "output_modalities": WORDS,
    "q": TEXTS,
    "context": [1, 128_000],
    "min_price": USD,
    "max_price": USD,
    "min_output_price": USD,
    "max_output_price": USD,
    "arch": TEXTS,
    "model_authors": WORDS,
    "providers": WORDS,
    "distillable": [True, False],
    "zdr": [True],
    "region": ["eu", *TEXTS],
    "min_age_days": DAYS,
    "max_age_days": DAYS,
    "min_intelligence_index": AMOUNTS,
    "max_intelligence_index": AMOUNTS,
    "min_coding_index": AMOUNTS,
    "max_coding_index": AMOUNTS,
    "min_agentic_index": AMOUNTS,
    "max_agentic_index": AMOUNTS,
    "min_tool_success_rate": SHARES,
    "max_tool_success_rate": SHARES,
    "sort": ["newest", *TEXTS],
    "offset": [0, 500],
    "limit": [1, 1000],
}
BAD: dict[str, list[Any]] = {
    "category": NO_TEXTS,
    "supported_parameters": NO_WORDS,
    "input_modalities": NO_WORDS,
    "output_modalities": NO_WORDS,
    "q": NO_TEXTS,
    "context": [0, -1, 0.5, True, "128000"],
    "min_price": NO_USD,
    "max_price": NO_USD,
    "min_output_price": NO_USD,
    "max_output_price": NO_USD,
    "arch": NO_TEXTS,
    "model_authors": NO_WORDS,
    "providers": NO_WORDS,
    "distillable": ["true", 1, 0],
    "zdr": [False, "true", 1],
    "region": NO_TEXTS,
    "min_age_days": NO_DAYS,
    "max_age_days": NO_DAYS,
    "min_intelligence_index": NO_AMOUNTS,
    "max_intelligence_index": NO_AMOUNTS,
    "min_coding_index": NO_AMOUNTS,
    "max_coding_index": NO_AMOUNTS,
    "min_agentic_index": NO_AMOUNTS,
    "max_agentic_index": NO_AMOUNTS,
    "min_tool_success_rate": NO_SHARES,
    "max_tool_success_rate": NO_SHARES,
    "sort": NO_TEXTS,
    "offset": [-1, 0.5, True, "0"],
    "limit": [0, 1001, 0.5, True, "10"],
}


def test_every_option_has_a_rule_that_is_tried_here() -> None:
    assert GOOD.keys() == BAD.keys() == MODEL_LIST_RULES.keys() == MODEL_LIST_OPTIONS - REQUEST_OPTIONS


@pytest.mark.parametrize("name", GOOD)
def test_limits_of_the_options(name: str) -> None:
    for value in (*GOOD[name], None):
        check_options({name: value}, MODEL_LIST_RULES)
    for value in BAD[name]:
        with pytest.raises(InvalidArgumentError, match=name):
            check_options({name: value}, MODEL_LIST_RULES)
