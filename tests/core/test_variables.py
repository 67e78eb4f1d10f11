"""Variables of an environment: their text, and what refers to them."""

from __future__ import annotations

import os

import pytest

from openrouter.core.errors import ConfigurationError
from openrouter.core.secret import Secret, SecretText
from openrouter.core.variables import Variables

KEY = "sk-or-v1-0123456789"
ENVIRON = {"KEY": KEY, "BLANK": "  ", "TEAM": " red "}


def test_their_text() -> None:
    variables = Variables(ENVIRON)
    assert [variables.text(name) for name in ("TEAM", "BLANK", "ABSENT")] == ["red", "", ""]
    assert "BLANK" in variables
    assert "ABSENT" not in variables
    assert KEY not in repr(variables)


def test_those_of_the_process_as_they_are_now(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = Variables(None)
    monkeypatch.setitem(os.environ, "OF_THE_PROCESS", "yes")
    assert variables.text("OF_THE_PROCESS") == "yes"


def test_references_are_replaced_at_any_depth_and_secrets_stay_secrets() -> None:
    given = {
        "a": "${KEY}/${TEAM}",
        "b": {"c": SecretText("Bearer ${KEY}")},
        "d": Secret("${KEY}"),
        "e": 5,
        "f": "$KEY",
    }
    made = Variables(ENVIRON).expand(given)
    assert made == {
        "a": f"{KEY}/ red ",
        "b": {"c": f"Bearer {KEY}"},
        "d": Secret(KEY),
        "e": 5,
        "f": "$KEY",
    }
    assert type(made["b"]["c"]) is SecretText


def test_a_missing_one_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"name \$\{ABSENT\}, but there is no such variable"):
        Variables(ENVIRON).expand({"a": Secret("${ABSENT}")})
