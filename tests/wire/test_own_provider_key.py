"""With a key of one's own at the provider, the fee and the provider's price are two sums, and neither is lost."""

from __future__ import annotations

from decimal import Decimal

from openrouter import SyncClient
from openrouter.testing import FakeOpenRouter, TextReply

FEE, PRICE = Decimal("0.0005"), Decimal("0.01")
REPLY = TextReply(
    "Done.",
    usage={"cost": float(FEE), "is_byok": True, "cost_details": {"upstream_inference_cost": float(PRICE)}},
)


def spent(client: SyncClient, *, stream: bool) -> tuple[Decimal | None, Decimal | None]:
    """Ask, and give what the account was charged and what the provider was paid."""
    if stream:
        pieces = client.stream("Hi", model="a/b")
        assert "".join(chunk.text for chunk in pieces) == "Done."
        completion = pieces.completion
    else:
        completion = client.complete("Hi", model="a/b")
    assert completion is not None
    assert completion.usage is not None
    assert completion.usage.is_byok
    assert completion.usage.cost_details is not None
    return completion.usage.cost, completion.usage.cost_details.upstream_inference_cost


def test_the_ledger_has_what_the_account_was_charged() -> None:
    with FakeOpenRouter([REPLY, REPLY]).sync_client() as client:
        assert spent(client, stream=False) == (FEE, PRICE)
        assert spent(client, stream=True) == (FEE, PRICE)
        assert client.totals.cost == 2 * FEE
