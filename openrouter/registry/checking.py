"""What would go wrong with a request, told from the list of models before it is sent.

The list tells of models, and what it tells may be old or missing: nothing is found where it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import evolve

from ..core.errors import InvalidArgumentError
from ..types.slugs import CATALOGUE_VARIANTS, parse_slug
from .asked import Asked, Subject
from .catalogue import Catalogue
from .content_rules import content_rules
from .findings import Finding
from .near import misspelt_variant, shown
from .parameter_rules import parameter_rules
from .telling import logger

if TYPE_CHECKING:
    from ..replies.counting import TokenCounter

SOON: Final = 14
"""So many days before a model may be gone this is told."""


def check(
    body: Mapping[str, Any], catalogue: Catalogue, *, day: date, counter: TokenCounter | None = None
) -> list[Finding]:
    """Find what would go wrong with the body of a chat completion, for each model that it asks, fallbacks included.

    `day` is today, in UTC. Tokens are counted by `counter`, or else estimated: so a prompt that nearly fills a context
    may be found too long, or not.
    """
    asked = Asked(body, counter)
    found = [[*_of_model(asked, field, name, catalogue, day)] for field, name in asked.models()]
    can_answer = any(all(finding.is_advice for finding in of_one) for of_one in found)
    return [_of_several(finding) if can_answer else finding for of_one in found for finding in of_one]


def _of_several(finding: Finding) -> Finding:
    """Take it for advice where another of the models can answer: but the service refuses a list with a wrong name."""
    is_name = finding.kind in {"unknown_model", "unknown_variant"}
    return evolve(finding, is_advice=finding.is_advice or not is_name)


def _of_model(asked: Asked, field: str, name: str, catalogue: Catalogue, day: date) -> Iterator[Finding]:
    model, slug = catalogue.look_up(name), parse_slug(name)
    if model is None:
        is_variant = not CATALOGUE_VARIANTS.isdisjoint(slug.variants) and slug.root in catalogue
        yield Finding(
            "unknown_variant" if is_variant else "unknown_model",
            field,
            f"{field}={shown(name)}: {catalogue.unknown(name)}",
            name,
        )
        return
    subject = Subject(asked, name, field, slug, model)
    yield from _variants(subject)
    yield from _expiry(subject, day)
    yield from content_rules(subject)
    yield from parameter_rules(subject)


def _variants(subject: Subject) -> Iterator[Finding]:
    if "online" in subject.slug.variants:
        message = f"={subject.name!r}: ':online' is deprecated. Use the server tool openrouter:web_search instead."
        yield subject.found("deprecated_variant", subject.field, message)
    if (flaw := misspelt_variant(subject.slug)) is not None:
        yield subject.found("unknown_variant", subject.field, f"={subject.name!r}: {flaw}")


def _expiry(subject: Subject, day: date) -> Iterator[Finding]:
    last = subject.model.expiration_date
    if last is None or (last - day).days > SOON:
        return
    way_out = "Take another model, or a latest alias, which does not expire."
    if last < day:
        message = f"={subject.name!r}: it was to be offered until {last}, and may be gone. {way_out}"
        yield subject.found("model_expired", subject.field, message)
    else:
        message = f"={subject.name!r}: it may be gone after {last}. {way_out}"
        yield subject.found("model_expiring", subject.field, message)


def apply_validation(findings: Sequence[Finding], mode: Literal["off", "warn", "raise"]) -> None:
    """Do what the setting `validate` says: log a warning, or raise `InvalidArgumentError` with all the `findings`.

    For what is advice no request is refused.
    """
    if not findings or mode == "off":
        return
    told = " ".join(finding.message for finding in findings)
    if mode == "warn" or all(finding.is_advice for finding in findings):
        logger.warning("The request may go wrong: %s", told)
        return
    raise InvalidArgumentError(f"Not sent: {told}").with_facts(findings=tuple(findings))
