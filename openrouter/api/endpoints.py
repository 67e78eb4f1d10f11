"""Endpoints: who serves a model, at what price and how fast (API page "Endpoints")."""

from __future__ import annotations

import builtins
from typing import Unpack

from ..core.structuring import structurer
from ..core.wire import Call, Reply
from ..operation import DriverT, Operation, Resource
from ..types.endpoints import Endpoint, ModelEndpoints, endpoints_of
from ..types.options import RequestOptions, make_request
from .addresses import model_address
from .data import list_in, object_in


class Endpoints(Resource[DriverT]):
    """Find out who serves a model, at what price and how fast."""

    # The operation is called `list` too, and within this class it hides the type.
    @Operation
    @staticmethod
    def list(model: str, **options: Unpack[RequestOptions]) -> Call[ModelEndpoints]:
        """Give a model with those who serve it, which are its `endpoints`.

        `model` is an id such as `openai/gpt-4o`, with its variant if that has a list entry of its own (`:free`).
        Raises `NotFoundError` where there is no such model, and `InvalidArgumentError`, before anything is sent, for
        what is no id.
        """
        return Call(make_request("GET", f"/models/{model_address(model)}/endpoints", options), _read_model)

    @Operation
    @staticmethod
    def zdr(**options: Unpack[RequestOptions]) -> Call[builtins.list[Endpoint]]:
        """List all endpoints, of whatever model, that keep nothing of what is sent (zero data retention)."""
        return Call(make_request("GET", "/endpoints/zdr", options), _read_endpoints)


def _read_model(reply: Reply) -> ModelEndpoints:
    return structurer(ModelEndpoints)(object_in(reply))


def _read_endpoints(reply: Reply) -> list[Endpoint]:
    return endpoints_of(list_in(reply))
