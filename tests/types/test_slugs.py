"""What the text in `model` is made of, and how a variant gets into it."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core.errors import InvalidArgumentError
from openrouter.core.wire import Request
from openrouter.types.slugs import (
    CATALOGUE_VARIANTS,
    ROUTING_VARIANTS,
    SORTS,
    Slug,
    apply_variant,
    body_with_variant,
    parse_slug,
    with_variant,
)

PIECES = st.lists(
    st.sampled_from(["~", "a", "/", "b-1.5", ":", "free", "nitro", "floor", "online", "@preset/", "p", " ", "é", "@"]),
    max_size=12,
).map("".join)
IDS = st.sampled_from(["a/b", "~a/b-latest", "b", "a/b@preset/p", "a/b:free", "a/b:online:floor", "a/b:nitro:x:exacto"])


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("vendor/model", Slug(author="vendor", name="model")),
        ("vendor/model:free", Slug(author="vendor", name="model", variants=("free",))),
        ("vendor/model:free:online", Slug(author="vendor", name="model", variants=("free", "online"))),
        ("~vendor/family-latest", Slug(alias=True, author="vendor", name="family-latest")),
        ("@preset/tidy", Slug(preset="tidy")),
        ("vendor/model@preset/tidy", Slug(author="vendor", name="model", preset="tidy")),
        (
            "~vendor/model:nitro@preset/a-b_1",
            Slug(alias=True, author="vendor", name="model", variants=("nitro",), preset="a-b_1"),
        ),
        ("model", Slug(name="model")),
        ("model:free", Slug(name="model", variants=("free",))),
        ("vendor/deep/model:free", Slug(author="vendor", name="deep/model", variants=("free",))),
        # A port in what stands for an author is no variant.
        ("host:8080/model", Slug(author="host:8080", name="model")),
        ("vendor/model:", Slug(author="vendor", name="model:")),
        ("vendor/model::free", Slug(author="vendor", name="model:", variants=("free",))),
        ("vendor/model@preset/", Slug(author="vendor", name="model@preset/")),
        ("a/b@preset/c@preset/d", Slug(author="a", name="b", preset="c@preset/d")),
        ("/model", Slug(author="", name="model")),
        ("~", Slug(alias=True)),
        ("", Slug()),
    ],
)
def test_parts(text: str, slug: Slug) -> None:
    assert parse_slug(text) == slug
    assert str(slug) == text


@given(st.one_of(st.text(), PIECES))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert str(parse_slug(text)) == text


@pytest.mark.parametrize(
    ("text", "base", "root"),
    [
        ("a/b:nitro", "a/b", "a/b"),
        ("a/b:nitro:exacto", "a/b", "a/b"),
        ("a/b:free", "a/b:free", "a/b"),
        ("a/b:free:nitro", "a/b:free", "a/b"),
        ("a/b:online:batch@preset/p", "a/b:batch", "a/b"),
        ("~a/b-latest:floor", "~a/b-latest", "~a/b-latest"),
        ("a/b:beta", "a/b:beta", "a/b"),
        ("@preset/p", "", ""),
    ],
)
def test_the_id_that_the_list_of_models_has(text: str, base: str, root: str) -> None:
    assert (parse_slug(text).base, parse_slug(text).root) == (base, root)


def test_a_slug_is_a_value() -> None:
    slug = parse_slug("~a/b:free@preset/p")
    assert pickle.loads(pickle.dumps(slug)) == slug  # noqa: S301 - our own bytes
    assert len({slug, parse_slug("~a/b:free@preset/p")}) == 1


@pytest.mark.parametrize(
    ("model", "variant", "applied"),
    [
        ("a/b", "nitro", "a/b:nitro"),
        ("a/b", ":nitro", "a/b:nitro"),
        ("a/b", "brand-new.1", "a/b:brand-new.1"),
        ("b", "free", "b:free"),
        ("a/b:nitro", "nitro", "a/b:nitro"),
        ("~a/b-latest", "floor", "~a/b-latest:floor"),
        ("a/b@preset/p", "nitro", "a/b:nitro@preset/p"),
        # One of the sorts takes the place of the others, of which the service would obey the last.
        ("a/b:floor", "nitro", "a/b:nitro"),
        ("a/b:floor:online", "exacto", "a/b:exacto:online"),
        ("a/b:nitro:floor", "nitro", "a/b:nitro"),
        ("a/b:floor:x:nitro", "exacto", "a/b:exacto:x"),
        ("a/b:free", "nitro", "a/b:free:nitro"),
        # What names another model stands at the name.
        ("a/b:online", "free", "a/b:free:online"),
        ("a/b:nitro", "new", "a/b:new:nitro"),
        ("a/b:new:nitro", "new", "a/b:new:nitro"),
        ("a/b:new:nitro", "free", "a/b:new:free:nitro"),
        ("a/b:free:nitro", "free", "a/b:free:nitro"),
        ("openrouter/pareto-code", "nitro", "openrouter/pareto-code:nitro"),
    ],
)
def test_applying_a_variant(model: str, variant: str, applied: str) -> None:
    assert apply_variant(model, variant) == applied


@given(IDS, st.sampled_from(sorted(ROUTING_VARIANTS | {"new"})))
def test_once_is_enough_and_all_else_stays(model: str, variant: str) -> None:
    before, once = parse_slug(model), apply_variant(model, variant)
    after = parse_slug(once)
    assert apply_variant(once, variant) == once
    assert (after.alias, after.author, after.name, after.preset) == (
        before.alias, before.author, before.name, before.preset
    )  # fmt: skip
    lost = {*before.variants} - {*after.variants}
    assert lost <= (SORTS if variant in SORTS else set())
    assert {*after.variants} - {*before.variants} <= {variant}
    if variant in SORTS:
        assert SORTS & {*after.variants} == {variant}


@pytest.mark.parametrize(
    "variant", ["", ":", " ", "very fast", "nitro:floor", "::nitro", "a/b", "@preset/p", "-x", 5, None]
)
def test_what_is_no_variant_is_refused(variant: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"variant=.*the name of one variant, such as 'nitro'"):
        apply_variant("a/b", variant)


@pytest.mark.parametrize("model", ["", "  "])
def test_a_blank_model_is_refused(model: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"model=.*not blank"):
        apply_variant(model, "nitro")


def test_a_preset_alone_is_refused_with_the_way_out() -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"'nitro'.*'@preset/p'.*variant into the preset, or a model before it"
    ):
        apply_variant("@preset/p", "nitro")


@pytest.mark.parametrize("first", sorted(CATALOGUE_VARIANTS))
@pytest.mark.parametrize("second", sorted(CATALOGUE_VARIANTS))
def test_a_model_is_not_made_another_one(first: str, second: str) -> None:
    if first == second:
        assert apply_variant(f"a/b:{first}", second) == f"a/b:{first}"
        return
    with pytest.raises(InvalidArgumentError, match=f"'{second}'.*'a/b:{first}': with '{first}' it is another model"):
        apply_variant(f"a/b:{first}", second)


def test_every_model_of_a_body_has_the_variant() -> None:
    body = {"model": "a/b", "models": ["c/d", "e/f:floor", 5], "messages": []}
    assert body_with_variant(body, "nitro") == {
        "model": "a/b:nitro", "models": ["c/d:nitro", "e/f:nitro", 5], "messages": []
    }  # fmt: skip
    assert body["models"] == ["c/d", "e/f:floor", 5]
    assert body_with_variant({"models": ("c/d",)}, "free") == {"models": ["c/d:free"]}


@pytest.mark.parametrize("body", [{}, {"model": None}, {"models": []}, {"preset": "p"}])
def test_a_body_without_a_model_is_refused_with_the_way_out(body: dict[str, object]) -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"'nitro'.*name a model\. Give the option `model`, or set OPENROUTER"
    ):
        body_with_variant(body, "nitro")


@pytest.mark.parametrize("name", ["model", "models"])
def test_a_model_that_goes_out_unchanged_takes_no_variant(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"variant='nitro'.*left out where extra_body has `{name}`"):
        with_variant(Request("POST", "/x", {}, {name: "a/b"}), "nitro")


def test_a_request_says_what_the_model_is_to_have() -> None:
    made = with_variant(Request("POST", "/x", {}, {"new": 1}), ":nitro")
    assert (made.variant, made.extra_body) == ("nitro", {"new": 1})
