"""The list of models, and what an id in a request means in it (API pages "Models" and "Model variants")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Unpack

from attrs import evolve

from ..core.arguments import text as a_text
from ..core.errors import InvalidArgumentError
from ..core.structuring import structurer
from ..types.models import Model
from ..types.pricing import Pricing
from ..types.slugs import CATALOGUE_VARIANTS, Slug, parse_slug
from .finding import FindOptions, find
from .near import did_you_mean, misspelt_variant, near_id, shown
from .routers import ROUTERS


class Catalogue:
    """The models that are offered, in the order of the service. It does not change."""

    def __init__(self, models: Iterable[Model] = (), *, loaded_at: float = 0.0) -> None:
        """Take the models, and when the service told them, in seconds since 1970."""
        self.models = tuple(model for model in models if model.id)
        self.loaded_at = loaded_at
        self._by_id = {model.id: model for model in reversed(self.models)}
        self._by_canonical_slug = dict(_canonical(reversed(self.models)))

    def __len__(self) -> int:
        return len(self.models)

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models)

    def __contains__(self, model: object) -> bool:
        return isinstance(model, str) and self.look_up(model) is not None

    def __repr__(self) -> str:
        return f"<Catalogue: {len(self.models)} models>"

    def look_up(self, model: str) -> Model | None:
        """Give what is known of what stands in `model` of a request; `None` where there is no such model.

        - A variant that any model takes (`:nitro`, or one that is newer than this package) is the model without it. One
          that is a model of its own (`:free`) is that model, or none.
        - An alias (`~author/family-latest`) is the model that it stands for, where the list tells it.
        - Of a preset alone (`@preset/…`) nothing is known but the id: it names its model itself. After a model it is
          that model.
        - A router is known even where the list has none.
        - The name that never changes, `canonical_slug`, finds its model too.
        """
        slug = parse_slug(model)
        if slug.preset is not None and not slug.name:
            return Model(id=model, raw={"id": model})
        return self._entry(model) or self._entry(slug.base) or self._entry(_without_new(slug)) or _router(slug)

    def get(self, model: str) -> Model:
        """Do as `look_up` does; raise `InvalidArgumentError` with what may have been meant where there is none."""
        a_text()("model", model)
        found = self.look_up(model)
        if found is None:
            raise InvalidArgumentError(self.unknown(model))
        if (flaw := misspelt_variant(parse_slug(model))) is not None:
            raise InvalidArgumentError(f"model={shown(model)}: {flaw}")
        return found

    def unknown(self, model: str) -> str:
        """Say in a sentence or two that there is no such model, and what may have been meant."""
        slug = parse_slug(model)
        root = self._entry(slug.root)
        if root is not None:
            others = [known for known in self._by_id if known.startswith(f"{root.id}:")]
            instead = " or ".join(repr(known) for known in (root.id, *sorted(others)))
            return f"There is no model {shown(slug.base)}: this variant is a model of its own. There is {instead}."
        meant = near_id(slug.base, self._by_id)
        return f"There is no model {shown(slug.base)} in the list.{did_you_mean(meant)}"

    def find(self, query: str | None = None, **criteria: Unpack[FindOptions]) -> list[Model]:
        """Give the models that fulfil all criteria, sorted as `sort` says, else in the order of the service.

        An alias is left out where the model that it stands for is in the list. Raises `InvalidArgumentError` for values
        that no criterion can have, and `TypeError` for a criterion that does not exist.
        """
        return find((model for model in self.models if self._aim(model) is model), query, criteria)

    def pricing(self, model: str) -> Pricing | None:
        """Give the prices of what stands in `model` of a request.

        `None` where there is no such model, where the list has no price of it, and where the price depends on the model
        that a router picks.
        """
        found = self.look_up(model)
        pricing = Pricing() if found is None else found.pricing
        return None if pricing.varies or pricing == Pricing() else pricing

    def _entry(self, model: str) -> Model | None:
        found = self._by_id.get(model) or self._by_canonical_slug.get(model)
        return None if found is None else self._aim(found)

    def _aim(self, model: Model) -> Model:
        """Give the model that an alias stands for, and any other as it is."""
        target = model.alias_target
        return model if target is None else self._by_id.get(target.slug or "", model)


def _canonical(models: Iterable[Model]) -> Iterator[tuple[str, Model]]:
    for model in models:
        slug = parse_slug(model.id)
        if model.canonical_slug is not None and not slug.alias:
            # Variants have the slug of their model.
            yield str(evolve(parse_slug(model.canonical_slug), variants=slug.variants)), model


def _without_new(slug: Slug) -> str:
    """Give the id without variants that nobody knows yet: such are more often ways to route than models."""
    variants = tuple(variant for variant in slug.variants if variant in CATALOGUE_VARIANTS)
    return str(evolve(slug, variants=variants, preset=None))


def _router(slug: Slug) -> Model | None:
    pricing = ROUTERS.get(slug.root)
    return None if pricing is None else structurer(Model)({"id": slug.root, "pricing": dict(pricing)})
