"""Addresses as errors show them: without secrets."""

from __future__ import annotations

import pytest

from openrouter.core.addresses import shown_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ann:hush@x.test:81/v2/a?token=hush#hush", "https://x.test:81/v2/a"),
        ("/v2?token=hush", "/v2"),
        ("//x.test/v2", "//x.test/v2"),
        ("nowhere", "nowhere"),
        ("http://[hush", "an address that cannot be read"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(address: str, shown: str) -> None:
    assert shown_address(address) == shown
