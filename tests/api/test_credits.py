"""The credits of the account: what is made of the reply, and that both clients have it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from openrouter import PermissionDeniedError
from openrouter.api.credits import AccountCredits
from openrouter.testing import FakeOpenRouter
from openrouter.types.credits import Credits
from tests.api.answered import odd, parsed


@pytest.mark.parametrize(
    ("told", "credits"),
    [
        ({"total_credits": 10, "total_usage": 2.5}, ("10", "2.5", "7.5")),
        ({"total_credits": 0.1, "total_usage": 0.3}, ("0.1", "0.3", "-0.2")),
        ({"total_credits": "10.50", "total_usage": 0}, ("10.50", "0", "10.50")),
        ({"total_credits": 10}, ("10", None, None)),
        ({"total_usage": 1, "total_credits": None}, (None, "1", None)),
        ({"total_credits": -5, "total_usage": 1e30}, (None, None, None)),
        ({"total_credits": float("nan"), "total_usage": True}, (None, None, None)),
    ],
)
def test_what_is_left(told: dict[str, Any], credits: tuple[str | None, ...]) -> None:  # noqa: A002 - it is just that
    found = parsed(AccountCredits.get(), {"data": told})
    expected = tuple(None if amount is None else Decimal(amount) for amount in credits)
    assert (found.total_credits, found.total_usage, found.remaining) == expected
    assert found.raw.keys() == told.keys()


@given(odd(["total_credits", "total_usage"]))
def test_no_shape_raises(told: dict[str, Any]) -> None:
    found = parsed(AccountCredits.get(), {"data": told})
    for amount in (found.total_credits, found.total_usage):
        assert amount is None or 0 <= amount <= 10**9
    assert (found.remaining is None) == (found.total_credits is None or found.total_usage is None)


@pytest.mark.anyio
async def test_both_clients() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client(model="a/b") as client:
        client.complete("Hello")
        found = client.credits.get()
    async with fake.async_client() as awaiting:
        assert await awaiting.credits.get() == found
    assert found == Credits(Decimal(100), fake.spent)
    assert found.remaining == 100 - fake.spent


def test_a_key_that_may_not_ask_is_told_so() -> None:
    with pytest.raises(PermissionDeniedError, match="management"):
        parsed(AccountCredits.get(), {"error": {"code": 403, "message": "Only management keys can do this"}})
