"""The endpoints of the fake: which there are, who may ask, and what those answer that no script does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from attrs import frozen

from .account import Account
from .catalogue import Catalogue
from .embeddings import EmbeddingsReply
from .minute_limit import MinuteLimit
from .refusals import PageNotFound, Refusal, chat_refusal, embeddings_refusal, responses_refusal
from .replies import Reply
from .requests import RecordedRequest

if TYPE_CHECKING:
    from .answers import Answer, Exchange

ROOT = "/api/v1"
"""Where the API lies; all else is the web site."""

Handler = Callable[[RecordedRequest, Mapping[str, str]], Reply | None]
"""Answers a request, given the parameters in its path and query; None where a script is to answer."""


@frozen(eq=False)
class _Endpoint:
    method: str
    path: re.Pattern[str]
    reply: Handler
    keyless: bool = False
    """Whether it is for those without a key too."""
    limited: bool = False
    """Whether a model is asked, which is what the limit of the account counts."""


class Service:
    """Says what the service itself answers, and books what every answer costs; safe in any number of threads.

    `models` are offered instead of the simulated ones; of each only the `id` has to be told. The record of a generation
    is not found the first `generation_delay` times that it is asked for. `limit` counts the requests to models.
    """

    def __init__(
        self,
        models: Iterable[Mapping[str, Any]] | None = None,
        generation_delay: int = 1,
        limit: MinuteLimit | None = None,
    ) -> None:
        self._limit = MinuteLimit(None) if limit is None else limit
        catalogue = Catalogue(models)
        self.tariff = catalogue.tariff
        self._account = account = Account(generation_delay)
        self._endpoints = (
            _Endpoint("POST", _path("/chat/completions"), _chat, limited=True),
            _Endpoint("POST", _path("/responses"), _responses, limited=True),
            _Endpoint("POST", _path("/embeddings"), _embeddings, limited=True),
            _Endpoint("GET", _path("/embeddings/models"), catalogue.embedding_models, keyless=True),
            _Endpoint("GET", _path("/models"), catalogue.models, keyless=True),
            _Endpoint("GET", _path("/models/count"), catalogue.count, keyless=True),
            _Endpoint("GET", _path("/models/user"), catalogue.models),
            _Endpoint("GET", _path("/models/{author}/{slug}/endpoints"), catalogue.endpoints, keyless=True),
            _Endpoint("GET", _path("/model/{author}/{slug}"), catalogue.model, keyless=True),
            _Endpoint("GET", _path("/endpoints/zdr"), catalogue.zdr_endpoints, keyless=True),
            _Endpoint("GET", _path("/providers"), catalogue.providers, keyless=True),
            _Endpoint("GET", _path("/generation"), account.generation),
            _Endpoint("GET", _path("/generation/content"), account.generation_content),
            _Endpoint("GET", _path("/credits"), account.credits),
            _Endpoint("GET", _path("/key"), account.key),
        )

    @property
    def spent(self) -> Decimal:
        """What was booked so far, in USD."""
        return self._account.used

    def route(self, request: RecordedRequest) -> Reply | None:
        """Give the reply of an endpoint that is not scripted, a refusal included; None where a script is to answer."""
        if not request.path.startswith(f"{ROOT}/"):
            return PageNotFound()
        path = unquote(request.path.removeprefix(ROOT))
        found = [(endpoint, match) for endpoint in self._endpoints if (match := endpoint.path.fullmatch(path))]
        if not found:
            return Refusal(404, "Not Found")
        endpoint, match = found[0]
        if request.method != endpoint.method:
            return Refusal(405, "Method Not Allowed")
        if not (request.authorized or endpoint.keyless):
            return Refusal(401, "Missing Authentication header")
        reply = endpoint.reply(request, {**dict(parse_qsl(request.query)), **match.groupdict()})
        if isinstance(reply, Refusal) or not endpoint.limited:
            return reply
        return self._limit.take() or reply

    def book(self, exchange: Exchange, answer: Answer) -> None:
        """Take down what an answer costs, and the generation that it carries."""
        self._account.book(exchange, answer)


def _path(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", template))


def _chat(request: RecordedRequest, _: Mapping[str, str]) -> Reply | None:
    return chat_refusal(request)


def _responses(request: RecordedRequest, _: Mapping[str, str]) -> Reply | None:
    return responses_refusal(request)


def _embeddings(request: RecordedRequest, _: Mapping[str, str]) -> Reply:
    return embeddings_refusal(request) or EmbeddingsReply()
