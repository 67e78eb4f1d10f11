"""Credits: what was bought for the account, and what is left of it (API page "Credits")."""

from __future__ import annotations

from typing import Unpack

from ..core.structuring import structurer
from ..core.wire import Call, Reply
from ..operation import DriverT, Operation, Resource
from ..types.credits import Credits
from ..types.options import RequestOptions, make_request
from .data import object_in


class AccountCredits(Resource[DriverT]):
    """Look at the account."""

    @Operation
    @staticmethod
    def get(**options: Unpack[RequestOptions]) -> Call[Credits]:
        """Say what was bought and what was used, in USD.

        Needs a management key; with any other it raises `PermissionDeniedError`. What a key of the usual kind may
        spend, `keys.current()` says.
        """
        return Call(make_request("GET", "/credits", options), _read_credits)


def _read_credits(reply: Reply) -> Credits:
    return structurer(Credits)(object_in(reply))
