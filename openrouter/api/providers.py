"""Providers: who serves models, and under what terms (API page "Providers")."""

from __future__ import annotations

import builtins
from typing import Unpack

from ..core.structuring import structurer
from ..core.wire import Call, Reply
from ..operation import DriverT, Operation, Resource
from ..types.options import RequestOptions, make_request
from ..types.providers import ProviderInfo
from .data import list_in


class Providers(Resource[DriverT]):
    """Find out which providers there are."""

    # The operation is called `list` too, and within this class it hides the type.
    @Operation
    @staticmethod
    def list(**options: Unpack[RequestOptions]) -> Call[builtins.list[ProviderInfo]]:
        """List all providers, with the slugs that go into `provider.order` and its like."""
        return Call(make_request("GET", "/providers", options), _read_providers)


def _read_providers(reply: Reply) -> list[ProviderInfo]:
    return list(map(structurer(ProviderInfo), list_in(reply)))
