"""Finding models by what they can do and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal, TypedDict

from ..core.arguments import Rule, refuse, refuse_unknown, text, whole
from ..core.errors import InvalidArgumentError
from ..types.cost import exact
from ..types.models import Model
from ..types.provider_options import usd_per_million
from ..types.slugs import parse_slug
from .capabilities import CAPABILITIES, Capability, can, gives, is_free, takes
from .near import did_you_mean, near

USD = int | float | str | Decimal
Several = str | Sequence[str]
"""One word, several in a list, or several in one string with commas between them."""
_MILLION: Final = 1_000_000


class FindOptions(TypedDict, total=False):
    """Criteria for models, all of which have to hold. One that is left out, or `None`, filters nothing."""

    capability: Capability | Several | None
    """What they can do, all of it: `"tools"`, `["vision", "reasoning"]`, …"""
    input: Several | None
    """Kinds of content that they read, all of them: `text`, `image`, `file`, `audio`, `video`."""
    output: Several | None
    """Kinds of content that they write, all of them: `text`, `image`, `embeddings`, `audio`, …"""
    author: Several | None
    """Who made them, as their ids begin: `openai`; of several, any."""
    free: bool | None
    """True: those that cost nothing at all; False: all others, also those whose price nobody knows."""
    max_price: USD | None
    """USD per MILLION tokens of the input. Models whose price is unknown, or depends on a router, are left out."""
    max_output_price: USD | None
    """USD per MILLION tokens of the output."""
    min_context: int | None
    """Tokens that fit into input and output together, at least."""
    sort: Literal["price", "context", "newest", "name"] | None
    """`price`: the cheapest first, by the input, then by the output; `context`: the longest first; `newest` first; by
    `name`. Models of which it is unknown come last; equals stay in the order of the service."""


def price(model: Model, name: Literal["prompt", "completion"]) -> Decimal | None:
    """Give what a token costs in USD, less the discount; `None` where nobody knows, or where it varies."""
    pricing = model.pricing
    found = pricing.prompt if name == "prompt" else pricing.completion
    if found is None or pricing.varies:
        return None
    return exact().multiply(found, exact().subtract(1, pricing.discount or 0))


def _prices(model: Model) -> tuple[Decimal, Decimal] | None:
    prompt, completion = price(model, "prompt"), price(model, "completion")
    return None if prompt is None or completion is None else (prompt, completion)


ORDERS: Final[Mapping[str, Callable[[Model], Any]]] = {
    "price": _prices,
    "context": lambda model: None if model.context_length is None else -model.context_length,
    "newest": lambda model: None if model.created is None else -model.created,
    "name": lambda model: None if model.name is None else model.name.casefold(),
}
"""What models are sorted by; `None`: nobody knows."""


def _flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        refuse(name, value, "True or False")


def _per_million(name: str, value: Any) -> None:
    usd_per_million(name, f"{value:f}" if isinstance(value, Decimal) else value)


def several(name: str, value: Any) -> None:
    """Take one word or more."""
    given: Any = value
    if not isinstance(value, str | Sequence) or not words(given):
        refuse(name, given, "a word, or a list of words")
    for word in words(value):
        text()(name, word)


_RULES: Final[Mapping[str, Rule]] = {
    "capability": several,
    "input": several,
    "output": several,
    "author": several,
    "free": _flag,
    "max_price": _per_million,
    "max_output_price": _per_million,
    "min_context": whole(1),
    "sort": text(),
}


def words(given: Any) -> list[Any]:
    """Take several words apart."""
    return [word.strip() for word in given.split(",")] if isinstance(given, str) else list(given)


def find(models: Iterable[Model], query: str | None, criteria: FindOptions) -> list[Model]:
    """Give those of the models that fulfil the criteria, and have each word of the query in their id or name."""
    refuse_unknown("criterion", criteria, _RULES)
    given: dict[str, Any] = {name: value for name, value in criteria.items() if value is not None}
    for name, value in given.items():
        _RULES[name](name, value)
    if query is not None:
        text()("query", query)
    offered = list(models)
    for name in given.keys() & _VOCABULARIES.keys():
        _VOCABULARIES[name](name, words(given[name]), offered)
    tests = [_TESTS[name](value) for name, value in given.items() if name in _TESTS]
    if query is not None:
        tests.append(_has_words(query))
    found = [model for model in offered if all(test(model) for test in tests)]
    return found if "sort" not in given else sorted(found, key=_place(ORDERS[given["sort"]]))


def _place(order: Callable[[Model], Any]) -> Callable[[Model], tuple[bool, Any]]:
    def place(model: Model) -> tuple[bool, Any]:
        value = order(model)
        return value is None, 0 if value is None else value

    return place


def _fixed(known: Collection[str]) -> Callable[[str, list[str], list[Model]], None]:
    """Refuse words that are not known."""

    def check(name: str, given: list[str], _: list[Model]) -> None:
        for word in given:
            if word not in known:
                message = f"{name}={word!r} does not exist.{did_you_mean(near(word, known))}"
                raise InvalidArgumentError(f"{message} There is {', '.join(known)}.")

    return check


def _growing(of: Callable[[Model], Iterable[str]]) -> Callable[[str, list[str], list[Model]], None]:
    """Refuse words that no model has, and that nearly are some that models have: others may come one day."""

    def check(name: str, given: list[str], models: list[Model]) -> None:
        known = {word for model in models for word in of(model)}
        for word in given:
            if word not in known and (meant := near(word, known)) is not None:
                raise InvalidArgumentError(f"{name}={word!r} fits no model.{did_you_mean(meant)}")

    return check


def _author(model: Model) -> list[str]:
    author = parse_slug(model.id).author
    return [] if author is None else [author]


_VOCABULARIES: Final[Mapping[str, Callable[[str, list[str], list[Model]], None]]] = {
    "capability": _fixed(CAPABILITIES),
    "sort": _fixed(tuple(ORDERS)),
    "input": _growing(takes),
    "output": _growing(gives),
    "author": _growing(_author),
}

Test = Callable[[Model], bool]


def _has_all(of: Callable[[Model], Collection[str]]) -> Callable[[Any], Test]:
    return lambda value: lambda model: {*words(value)} <= {*of(model)}


def _costs_at_most(name: Literal["prompt", "completion"]) -> Callable[[Any], Test]:
    def make(value: Any) -> Test:
        most = exact().divide(Decimal(str(value)), _MILLION)

        def test(model: Model) -> bool:
            asked = price(model, name)
            return asked is not None and asked <= most

        return test

    return make


def _has_words(query: str) -> Test:
    wanted = query.casefold().split()
    return lambda model: all(word in f"{model.id} {model.name or ''}".casefold() for word in wanted)


_TESTS: Final[Mapping[str, Callable[[Any], Test]]] = {
    "capability": lambda value: lambda model: can(model, words(value)),
    "input": _has_all(takes),
    "output": _has_all(gives),
    "author": lambda value: lambda model: not {*words(value)}.isdisjoint(_author(model)),
    "free": lambda value: lambda model: is_free(model) is value,
    "max_price": _costs_at_most("prompt"),
    "max_output_price": _costs_at_most("completion"),
    "min_context": lambda value: lambda model: model.context_length is not None and model.context_length >= value,
}
