"""Models: which there are, what they can do and what they cost (API page "Models")."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from decimal import Decimal
from typing import Unpack, cast

from ..core.json import as_whole
from ..core.structuring import structurer
from ..core.wire import Call, Reply, Request
from ..operation import DriverT, Operation, Resource
from ..types.model_options import MODEL_LIST_OPTIONS, MODEL_LIST_RULES, ModelListOptions, Words
from ..types.models import Model
from ..types.options import RequestOptions, check_options, make_request
from .addresses import model_address
from .data import list_in, misread, object_in


class Models(Resource[DriverT]):
    """Find out which models there are, what they can do and what they cost."""

    # The operation is called `list` too, and within this class it hides the type.
    @Operation
    @staticmethod
    def list(**options: Unpack[ModelListOptions]) -> Call[builtins.list[Model]]:
        """List the models that are offered: all that write text, where no option says otherwise.

        The service filters and sorts. What cannot be right raises `InvalidArgumentError` before anything is sent; a
        failure raises an `OpenRouterError` of the class that tells what it was.
        """
        return Call(_list_request("/models", options), _read_models)

    @Operation
    @staticmethod
    def user(**options: Unpack[ModelListOptions]) -> Call[builtins.list[Model]]:
        """List the models that this key may use: those that the account's providers, privacy and guardrails leave.

        Options and errors are those of `list`.
        """
        return Call(_list_request("/models/user", options), _read_models)

    @Operation
    @staticmethod
    def get(model: str, **options: Unpack[RequestOptions]) -> Call[Model]:
        """Give one model by its id, which may have a variant; an alias gives the model that it stands for.

        Raises `NotFoundError` where there is no such model, and `InvalidArgumentError`, before anything is sent, for
        what is no id.
        """
        return Call(make_request("GET", f"/model/{model_address(model)}", options), _read_model)

    @Operation
    @staticmethod
    def count(*, output_modalities: Words | None = None, **options: Unpack[RequestOptions]) -> Call[int]:
        """Count the models that are offered: all that write text, where `output_modalities` does not say otherwise."""
        query = _query({"output_modalities": output_modalities})
        return Call(make_request("GET", "/models/count", options, query=query), _read_count)


def _list_request(path: str, options: ModelListOptions) -> Request:
    return make_request("GET", path, options, known=MODEL_LIST_OPTIONS, query=_query(options))


def _query(filters: ModelListOptions) -> dict[str, object]:
    check_options(filters, MODEL_LIST_RULES)
    return {name: _written(filters.get(name)) for name in MODEL_LIST_RULES if filters.get(name) is not None}


def _written(value: object) -> object:
    """Write several words as the API takes them: with commas between them."""
    return value if isinstance(value, str | int | float | Decimal) else ",".join(cast("Iterable[str]", value))


def _read_models(reply: Reply) -> list[Model]:
    return list(map(structurer(Model), list_in(reply)))


def _read_model(reply: Reply) -> Model:
    return structurer(Model)(object_in(reply))


def _read_count(reply: Reply) -> int:
    count = as_whole(object_in(reply).get("count"))
    return misread(reply, "no `count` in `data`") if count is None else count
