"""The registry: the list of models, kept, searched and asked before a request is sent (API page "Models")."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from ..core.arguments import refuse, text
from ..core.errors import InvalidArgumentError, OpenRouterError
from ..core.wire import Call, Request, StreamCall
from ..effects import Flow, Here, Now
from ..operation import DriverT, FlowOperation, Resource
from ..registry.finding import FindOptions, Several, several, words
from ..types.models import Model
from ..types.slugs import CATALOGUE_VARIANTS, ROUTING_VARIANTS, parse_slug
from .model_health import ModelHealth
from .models import Models
from .registry_loading import catalogue_flow, refresh_flow

if TYPE_CHECKING:
    from ..registry.catalogue import Catalogue
    from ..registry.findings import Finding
    from ..replies.counting import TokenCounter
    from ..types.endpoints import Endpoint

__all__ = ["ModelRegistry", "catalogue_flow"]


class ModelRegistry(Resource[DriverT]):
    """What is known of models: loaded on first need, kept for an hour, shared by the clients of the same settings.

    `Settings(registry_ttl=…)` are the seconds that it is kept for; `Settings(registry_file=…)` keeps it for the next
    program too. Every operation raises the error of loading where there is no list at all; with an old one, it works
    on, and the logger `openrouter.registry` says that it could not be loaded again.
    """

    @FlowOperation
    @staticmethod
    def get(model: str) -> Flow[Model]:
        """Give what is known of what stands in `model` of a request.

        `author/name:nitro` is the model without the variant; `author/name:free` one of its own. An alias
        (`~author/family-latest`) is the model that it stands for. Of a preset alone nothing is known but its id.

        Raises `InvalidArgumentError` where there is no such model, with the one that may have been meant.
        """
        return _get(model)

    @FlowOperation
    @staticmethod
    def find(
        query: str | None = None, *, provider: Several | None = None, **criteria: Unpack[FindOptions]
    ) -> Flow[list[Model]]:
        """Find models that fulfil all criteria, with each word of `query` in their id or name.

        They come in the order of the service, or as `sort` says. `provider` are names of those who serve the models,
        such as `"Anthropic"`, of several any; as the list says nothing of them, this asks the service once more.
        An alias is left out where the model that it stands for is in the list.

        Raises `InvalidArgumentError` for a word that is none, such as a misspelt capability.
        """
        return _find(query, provider, criteria)

    @FlowOperation
    @staticmethod
    def all() -> Flow[tuple[Model, ...]]:
        """Give all models, in the order of the service, aliases included."""
        return _all()

    @FlowOperation
    @staticmethod
    def refresh() -> Flow[tuple[Model, ...]]:
        """Load the list from the service now, whatever there is, and give it; raise where that fails."""
        return _refresh()

    @FlowOperation
    @staticmethod
    def check(
        request: Call[Any] | StreamCall[Any] | Request | Mapping[str, Any], *, counter: TokenCounter | None = None
    ) -> Flow[list[Finding]]:
        """Say what would go wrong with a request to a model; nothing of it is sent.

        `request` is what the builders give (`Chat.complete("hi", model=…)`), or the body as a mapping; what the
        settings add is laid under it. Tokens are counted by `counter`, or estimated. Where nothing is found it may
        still fail: the list tells of models, and not of each provider of theirs.
        """
        return _check(request, counter)

    @FlowOperation
    @staticmethod
    def endpoints(model: str) -> Flow[list[Endpoint]]:
        """Say who serves a model: price, latency, uptime, quantisation and limits of each provider.

        Asks the service each time. Variants that any model takes are left out; an alias, and a variant that is newer
        than this package, are looked up in the list.
        """
        return _endpoints(model)

    @FlowOperation
    @staticmethod
    def health(model: str) -> Flow[ModelHealth]:
        """Say how a model fares: what the requests of this policy saw of it lately, and what its endpoints are like.

        Asks the service once. Where that fails, what was seen here is given all the same, with the error in
        `endpoints_error`.
        """
        return _health(model)


def _get(model: str) -> Flow[Model]:
    text()("model", model)
    catalogue = yield from catalogue_flow()
    return catalogue.get(model)


def _find(query: str | None, provider: Several | None, criteria: FindOptions) -> Flow[list[Model]]:
    if provider is not None:
        several("provider", provider)
    catalogue = yield from catalogue_flow()
    found = catalogue.find(query, **criteria)
    if provider is None:
        return found
    served = yield from Models.list(output_modalities="all", providers=words(provider))
    ids = {model.id for model in served}
    return [model for model in found if model.id in ids]


def _all() -> Flow[tuple[Model, ...]]:
    catalogue = yield from catalogue_flow()
    return catalogue.models


def _refresh() -> Flow[tuple[Model, ...]]:
    catalogue = yield from refresh_flow()
    return catalogue.models


def _check(given: object, counter: TokenCounter | None) -> Flow[list[Finding]]:
    from datetime import UTC, datetime  # noqa: PLC0415 - who checks nothing does not wait for it

    from ..laying import body_of, request_of  # noqa: PLC0415 - the same
    from ..registry.checking import check  # noqa: PLC0415 - the same

    here = yield from Here()
    catalogue = yield from catalogue_flow()
    moment = yield from Now()
    day = datetime.fromtimestamp(moment.utc, UTC).date()
    return check(body_of(request_of(given), here.settings), catalogue, day=day, counter=counter)


def _endpoints(model: str) -> Generator[Any, Any, list[Endpoint]]:
    from .endpoints import Endpoints  # noqa: PLC0415 - few ask for them

    text()("model", model)
    slug = parse_slug(model)
    if not slug.name or slug.author is None:
        refuse("model", model, "the id of a model, author/name: a preset has no endpoints of its own")
    served = slug.base
    if slug.alias or not (CATALOGUE_VARIANTS | ROUTING_VARIANTS).issuperset(slug.variants):
        catalogue: Catalogue = yield from catalogue_flow()
        served = catalogue.get(model).id
    offered = yield from Endpoints.list(served)
    return offered.endpoints


def _health(model: str) -> Generator[Any, Any, ModelHealth]:
    here = yield from Here()
    moment = yield from Now()
    offered: list[Endpoint] = []
    failure: OpenRouterError | None = None
    try:
        offered = yield from _endpoints(model)
    except InvalidArgumentError:
        raise
    except OpenRouterError as error:
        failure = error
    seen = here.policy.health(model, moment)
    return ModelHealth(model=model, seen=seen, endpoints=offered, endpoints_error=failure)
