"""Keys: what the key in use may spend, and what it has spent (API page "API keys")."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Unpack

from ..core.structuring import structurer
from ..core.wire import Call, Reply
from ..effects import Flow, Here, Now
from ..operation import DriverT, FlowOperation, Resource
from ..policy.learned import requests_per_minute_of
from ..types.keys import KeyInfo
from ..types.options import RequestOptions, make_request
from .data import object_in


class Keys(Resource[DriverT]):
    """Look at the key in use."""

    @FlowOperation
    @staticmethod
    def current(**options: Unpack[RequestOptions]) -> Flow[KeyInfo]:
        """Say what this key may spend, what is left of that, when it begins anew, and what was spent.

        Where the service names a number of requests a minute for the key, the policy keeps to it from then on.
        """
        return _current(key_call(options))


def key_call(options: RequestOptions) -> Call[KeyInfo]:
    """Ask for the key in use."""
    return Call(make_request("GET", "/key", options), _read_key)


def _current(call: Call[KeyInfo]) -> Generator[Any, Any, KeyInfo]:
    found = yield from call
    here = yield from Here()
    now = yield from Now()
    here.policy.learn(here.settings.key().fingerprint, requests_per_minute_of(found.rate_limit), now)
    return found


def _read_key(reply: Reply) -> KeyInfo:
    return structurer(KeyInfo)(object_in(reply))
