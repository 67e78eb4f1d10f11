"""Providers: who serves models (API page "List providers")."""

from __future__ import annotations

from attrs import frozen

from .chat import Raw, raw_field


@frozen
class ProviderInfo:
    """A provider, and where its terms are."""

    name: str | None = None
    """The name for people, as in `reply.provider`."""
    slug: str | None = None
    """What goes into `provider.order`, `only` and `ignore`."""
    privacy_policy_url: str | None = None
    terms_of_service_url: str | None = None
    status_page_url: str | None = None
    headquarters: str | None = None
    """Two letters of ISO 3166-1, such as `US`."""
    datacenters: list[str] | None = None
    """Where its data centres are, in such letters."""
    raw: Raw = raw_field()
