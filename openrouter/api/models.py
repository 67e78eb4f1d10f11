"""Models: which there are, what they can do and what they cost (API page "Models")."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Unpack, cast

from ..core.envelope import error_from
from ..core.error_signs import has_error
from ..core.errors import ResponseError
from ..core.json import as_object
from ..core.structuring import structurer
from ..core.wire import Call, Reply, Request
from ..operation import DriverT, Operation, Resource
from ..types.model_options import MODEL_LIST_OPTIONS, MODEL_LIST_RULES, ModelListOptions
from ..types.models import Model
from ..types.options import check_options, make_request


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
        return Call(_list_request(options), _read_models)


def _list_request(options: ModelListOptions) -> Request:
    check_options(options, MODEL_LIST_RULES)
    query = {name: _written(options.get(name)) for name in MODEL_LIST_RULES if options.get(name) is not None}
    return make_request("GET", "/models", options, known=MODEL_LIST_OPTIONS, query=query)


def _written(value: object) -> object:
    """Write several words as the API takes them: with commas between them."""
    return value if isinstance(value, str | int | float | Decimal) else ",".join(cast("Iterable[str]", value))


def _read_models(reply: Reply) -> list[Model]:
    decoded = reply.json()
    raw = as_object(decoded)
    http = reply.http
    if has_error(raw):
        raise error_from(raw, status=http.status_code, headers=http.headers, utc=http.received_at)
    models: Any = raw.get("data")
    if type(models) is not list:
        what = "The reply has no list of models in `data`." if raw else "The reply is JSON, but no object."
        raise ResponseError(what).with_facts(body=decoded, status_code=http.status_code, headers=http.headers)
    structure = structurer(Model)
    return [structure(model) for model in cast("list[dict[str, Any]]", models) if type(model) is dict]
