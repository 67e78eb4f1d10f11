"""pydantic models, alone and among the other types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

import annotated_types
import pydantic
import pytest
from attrs import Factory, define
from jsonschema import Draft202012Validator

from openrouter import InvalidArgumentError
from openrouter.core.schema import schema_of
from openrouter.core.validating import MisfitError, validate

T = TypeVar("T")


class Address(pydantic.BaseModel):
    """Where somebody lives."""

    street: str = pydantic.Field(min_length=1)
    number: int = 1


class Person(pydantic.BaseModel):
    name: str = pydantic.Field(alias="fullName")
    homes: list[Address] = []
    boss: Person | None = None
    age: int | None = 3


class Tags(pydantic.RootModel[list[int]]):
    pass


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(pydantic.BaseModel):
    kind: Literal["dog"]


class Owner(pydantic.BaseModel):
    pet: Cat | Dog = pydantic.Field(discriminator="kind")


class Even(pydantic.BaseModel):
    number: int

    @pydantic.field_validator("number")
    @classmethod
    def check(cls, value: int) -> int:
        if value % 2:
            raise ValueError("it is odd")
        return value


def flaws(value: Any, into: Any) -> list[str]:
    with pytest.raises(MisfitError) as raised:
        validate(value, into)
    return [str(flaw) for flaw in raised.value.flaws]


def test_the_schema_of_a_model_is_its_own() -> None:
    assert schema_of(Address) == Address.model_json_schema()


def test_a_model_that_contains_itself_refers_to_the_whole() -> None:
    schema = schema_of(Person)

    assert schema["type"] == "object"
    assert schema["properties"]["boss"]["anyOf"][0] == {"$ref": "#"}
    assert schema["$defs"].keys() == {"Address"}
    Draft202012Validator.check_schema(schema)


def test_models_stand_among_other_classes() -> None:
    other = {"Address": type("Address", (), {"__annotations__": {"city": "str"}})}
    address = define(other["Address"])

    @define
    class Office:
        people: list[Person]
        first: address
        second: address
        numbers: Tags | None = None
        at: Address | None = None

    Office.__annotations__.update(first=address, second=address)
    schema = schema_of(Office)

    assert schema["properties"]["people"]["items"] == {"$ref": "#/$defs/Person"}
    assert schema["properties"]["at"]["anyOf"][0] == {"$ref": "#/$defs/Address"}
    assert schema["properties"]["first"] == schema["properties"]["second"] == {"$ref": "#/$defs/Address_2"}
    assert schema["$defs"]["Address_2"]["properties"] == {"city": {"type": "string"}}
    Draft202012Validator.check_schema(schema)


@define
class Team:
    lead: Person
    tags: Tags
    members: list[Person] = Factory(list)


def test_models_are_read_wherever_they_stand() -> None:
    team = validate({"lead": {"fullName": "A", "homes": [{"street": "S"}]}, "tags": [1]}, Team)

    assert team == Team(Person(fullName="A", homes=[Address(street="S")]), Tags([1]))


def test_flaws_of_a_model_stand_at_their_paths() -> None:
    value = {"lead": {"homes": [{"street": ""}, {"street": "S", "number": "x"}]}, "tags": ["a"]}

    assert flaws(value, Team) == [
        "$.lead.fullName is missing",
        "$.lead.homes[0].street was refused: String should have at least 1 character",
        "$.lead.homes[1].number was refused: Input should be a valid integer, unable to parse string as an integer",
        "$.tags[0] was refused: Input should be a valid integer, unable to parse string as an integer",
    ]
    assert flaws([1], Address)[0].startswith("$ was refused: Input should be a valid dictionary")


def test_null_for_a_default_of_a_model_is_overlooked() -> None:
    value = {"fullName": "A", "homes": [{"street": "S", "number": None}], "age": None}
    kept = {"fullName": "A", "homes": [{"street": "S", "number": None}], "age": None}

    person = validate(value, Person)

    assert person == Person(fullName="A", homes=[Address(street="S")], age=None)
    assert value == kept
    assert flaws({"street": None, "number": None}, Address) == ["$.street is missing"]
    assert flaws([1, None], Tags)[0].startswith("$[1] was refused: Input should be a valid integer")
    assert flaws({"street": "S", "number": "x"}, Address)[0].startswith("$.number was refused")


def test_the_names_of_members_are_no_part_of_the_path() -> None:
    assert validate({"pet": {"kind": "cat", "lives": None}}, Owner) == Owner(pet=Cat(kind="cat"))
    assert flaws({"pet": {"kind": "cat", "lives": "x"}}, Owner)[0].startswith("$.pet.lives was refused")
    assert flaws({"pet": {"kind": "dog", "lives": 1}, "x": 1}, Cat | Dog)[0].startswith("$ fits none of the types")


class Either(pydantic.BaseModel):
    one: Address | Even


def test_a_null_that_several_members_refuse_is_left_out_once() -> None:
    assert flaws({"one": {"street": None, "number": None}}, Either) == [
        "$.one.street is missing",
        "$.one.number is missing",
    ]


def test_of_a_union_the_model_is_made_that_knows_more() -> None:
    assert validate({"street": "S", "number": 2}, Even | Address) == Address(street="S", number=2)
    assert validate({"number": 2}, Address | Even) == Even(number=2)


class Named(pydantic.BaseModel):
    full_name: str = pydantic.Field("", alias="fullName")
    height: int = 0


def test_a_model_knows_its_fields_by_their_aliases() -> None:
    assert validate({"fullName": "A"}, Person | Named) == Person(fullName="A")
    assert validate({"fullName": "A", "height": 2}, Person | Named) == Named(fullName="A", height=2)
    assert isinstance(validate({"fullName": "A"}, Person | TitledOnly), Person)


class TitledOnly(pydantic.BaseModel):
    fullName: str  # noqa: N815 - as the alias above


def test_what_a_validator_of_a_model_refuses_is_a_flaw() -> None:
    assert flaws({"number": 3}, Even) == ["$.number was refused: Value error, it is odd"]


def test_a_strict_schema_closes_models_as_well() -> None:
    schema = schema_of(Person, strict=True)
    address = schema["$defs"]["Address"]

    assert schema["required"] == ["fullName", "homes", "boss", "age"]
    assert schema["additionalProperties"] is address["additionalProperties"] is False
    assert address["properties"]["number"] == {"anyOf": [{"type": "integer", "title": "Number"}, {"type": "null"}]}
    assert schema_of(Owner, strict=True)["properties"]["pet"]["anyOf"] == [
        {"$ref": "#/$defs/Cat"},
        {"$ref": "#/$defs/Dog"},
    ]


def test_what_a_field_of_pydantic_says_counts_everywhere() -> None:
    into = Annotated[int, pydantic.Field(ge=3, description="how many")]

    assert schema_of(into) == {"type": "integer", "minimum": 3, "description": "how many"}
    assert flaws(2, into) == ["$ has to be at least 3, not 2"]


class Strange(pydantic.BaseModel):
    call: Callable[[], int]


def test_a_model_without_a_schema_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"no JSON Schema for list\[Strange\]: .*Callable"):
        schema_of(list[Strange])


@pydantic.dataclasses.dataclass
class Checked:
    size: int = pydantic.Field(gt=3, description="how large")


@pydantic.dataclasses.dataclass
class Titled:
    name: str = pydantic.Field(alias="fullName")
    tags: list[Checked] = pydantic.Field(default_factory=list)


@pydantic.dataclasses.dataclass
class Box(Generic[T]):
    content: T


def test_a_dataclass_of_pydantic_is_left_to_pydantic() -> None:
    size = schema_of(Checked)["properties"]["size"]
    assert (size["exclusiveMinimum"], size["description"]) == (3, "how large")
    assert validate({"size": 4}, Checked) == Checked(4)
    assert flaws({"size": 1}, Checked) == ["$.size was refused: Input should be greater than 3"]
    assert schema_of(Titled)["required"] == ["fullName"]
    assert validate({"fullName": "Ada", "tags": None}, Titled) == Titled(fullName="Ada")  # type: ignore[call-arg] # pydantic takes the alias
    assert flaws({"name": "Ada"}, list[Titled]) == ["$ has to be an array, not an object"]
    assert flaws([{"name": "Ada"}], list[Titled]) == ["$[0].fullName is missing"]


def test_a_generic_dataclass_of_pydantic_keeps_its_arguments() -> None:
    assert schema_of(Box[int])["properties"]["content"]["type"] == "integer"
    assert flaws({"content": "a"}, Box[int])[0].startswith("$.content was refused: Input should be a valid integer")
    assert flaws([], Box[int] | None) == ["$ has to be an object (Box) or null, not an array"]


class Wish(pydantic.BaseModel):
    name: str = ""
    price: float = pydantic.Field(0, validation_alias=pydantic.AliasChoices("cost", pydantic.AliasPath("sums", 0)))


class Open(pydantic.BaseModel, extra="allow"):
    name: str = ""


class Renamed(pydantic.BaseModel):
    name: str = ""

    @pydantic.model_validator(mode="before")
    @classmethod
    def rename(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {"name": value["title"]} if "title" in value else value


class Nothing(pydantic.BaseModel):
    pass


class Table(pydantic.RootModel[dict[str, int]]):
    pass


@pydantic.dataclasses.dataclass
class Optional:
    name: str = ""


class Aliased(pydantic.BaseModel):
    size: int = pydantic.Field(1, alias="Size")
    name: str = ""


class Both(pydantic.BaseModel, validate_by_name=True, validate_by_alias=True):
    size: int = pydantic.Field(1, alias="Size")


@pydantic.dataclasses.dataclass(config={"populate_by_name": True})
class BothToo:
    size: int = pydantic.Field(1, alias="Size")


def test_the_keys_that_it_may_have_are_those_that_pydantic_takes() -> None:
    assert flaws({"size": 1}, Aliased) == ["$ has none of the keys that it may have: Size, name"]
    assert validate({"size": 2}, Both).size == validate({"size": 2}, BothToo).size == 2
    assert flaws({"Sizes": 1}, Both) == ["$ has none of the keys that it may have: Size, size"]


@pytest.mark.parametrize("into", [Wish, Optional])
def test_an_object_of_other_keys_alone_is_no_instance(into: Any) -> None:
    (flaw,) = flaws({"wish": {"name": "A"}}, into)
    assert flaw.startswith("$ has none of the keys that it may have: name")
    assert validate({}, into) == into()


@pytest.mark.parametrize(
    ("value", "into", "made"),
    [
        ({"cost": 1}, Wish, Wish(cost=1)),  # type: ignore[call-arg] # as above
        ({"sums": [1]}, Nothing | Wish, Wish(cost=1)),  # type: ignore[call-arg] # as above
        ({"other": 1}, Open, Open(other=1)),  # type: ignore[call-arg] # as above
        ({"title": "A"}, Renamed, Renamed(name="A")),
        ({"other": 1}, Nothing, Nothing()),
        ({"a": 1}, Table, Table({"a": 1})),
        ({"cost": 1}, Nothing | Wish, Wish(cost=1)),  # type: ignore[call-arg] # as above
        ({"a": 1}, Wish | Table, Table({"a": 1})),
    ],
)
def test_what_pydantic_takes_keys_from_counts(value: Any, into: Any, made: Any) -> None:
    assert validate(value, into) == made


class Fragile(pydantic.BaseModel):
    name: str

    def model_post_init(self, _: object) -> None:
        raise KeyError(self.name)


def test_what_pydantic_lets_through_is_a_flaw_too() -> None:
    assert flaws({"name": "A"}, Fragile) == ["$ was refused: 'A'"]


@pytest.mark.parametrize(
    ("into", "schema"),
    [
        (
            Annotated[int, pydantic.Field(gt=3, description="how many")],
            {"exclusiveMinimum": 3, "description": "how many"},
        ),
        (Annotated[int, pydantic.Field(ge=1, strict=True, allow_inf_nan=False)], {"minimum": 1}),
        (pydantic.StrictInt, {}),
        (Annotated[int, pydantic.StringConstraints(strip_whitespace=False)], {}),
        (pydantic.PositiveInt, {"exclusiveMinimum": 0}),
    ],
)
def test_what_pydantic_says_in_annotated_is_kept(into: Any, schema: dict[str, Any]) -> None:
    assert schema_of(into) == {"type": "integer", **schema}


def test_patterns_of_pydantic_are_kept() -> None:
    for remark in (pydantic.StringConstraints(pattern="^a", min_length=2), pydantic.Field(pattern="^a", min_length=2)):
        assert schema_of(Annotated[str, remark]) == {"type": "string", "minLength": 2, "pattern": "^a"}
        assert flaws("ba", Annotated[str, remark]) == ['$ has to match ^a, as "ba" does not']


@pytest.mark.parametrize(
    ("into", "name"),
    [
        (Annotated[int, pydantic.Field(alias="x")], "alias"),
        (Annotated[int, pydantic.Field(validation_alias="x")], "validation_alias"),
        (Annotated[list[int], pydantic.Field(default_factory=list)], "default"),
        (Annotated[int, pydantic.Field(default=3)], "default"),
        (Annotated[str, pydantic.StringConstraints(strip_whitespace=True)], "strip_whitespace"),
        (Annotated[int, pydantic.AfterValidator(abs)], "AfterValidator"),
        (pydantic.UUID4, "UuidVersion"),
        (Annotated[datetime, annotated_types.Timezone(...)], "Timezone"),
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_refused(into: Any, name: str) -> None:
    with pytest.raises(
        InvalidArgumentError, match=f": {name} cannot be kept here; in a field of a pydantic model it can"
    ):
        schema_of(into)
