"""Addresses as errors show them."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit


def shown_address(address: str) -> str:
    """Give an address without what may be a secret in it: user, password, query and fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "an address that cannot be read"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
