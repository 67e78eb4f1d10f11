"""Options shared between calls, splat by splat: what `docs/options.md` says of the type checkers.

Where only one of them objects, only its comment stands there: the other one would call a second comment useless.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypedDict, Unpack, assert_type

from openrouter import (
    AsyncClient,
    ChatOptions,
    Chunk,
    Completion,
    RequestOptions,
    SettingsOptions,
    Stream,
    SyncClient,
    plugins,
    server_tools,
)
from openrouter.routing import KnownModel, Variant, apply_variant, parse_slug, provider
from openrouter.types.caching_options import CacheControl
from openrouter.types.format_options import JSONSchemaFormat, ResponseFormat
from openrouter.types.provider_options import MaxPrice, PercentileCutoffs, Provider, ProviderSort
from openrouter.types.reasoning_options import Reasoning
from openrouter.types.response_cache import ResponseCache
from openrouter.types.router_metadata import RouterMetadata
from openrouter.types.tool_options import FunctionTool, StopServerToolsWhen, ToolChoice
from openrouter.types.trace_options import Trace


class Sampling(TypedDict, total=False):
    temperature: float
    top_p: float


class Limits(TypedDict, total=False):
    max_tokens: int


class WithForeignKey(TypedDict, total=False):
    temperature: float
    colour: str


def accepted(client: SyncClient, first: ChatOptions, second: ChatOptions) -> None:
    shared: ChatOptions = {"temperature": 0.2, "max_tokens": 200}
    assert_type(client.complete("hi", **shared), Completion)
    assert_type(client.generate_text("hi", **shared), str)
    assert_type(client.complete("hi", **ChatOptions(temperature=0.2)), Completion)
    assert_type(client.complete("hi", **(first | second)), Completion)
    assert_type(client.complete("hi", **(shared | {"model": "a/b"})), Completion)
    request: RequestOptions = {"timeout": 20, "deadline": None, "max_retries": 0}
    assert_type(client.complete("hi", **request), Completion)


def merged(client: SyncClient, shared: ChatOptions) -> None:
    careful: ChatOptions = shared | {"temperature": 0.0}
    also_careful: ChatOptions = {**shared, "temperature": 0.0}
    client.complete("hi", **careful)
    client.complete("hi", **also_careful)


def two_parts(client: SyncClient, sampling: Sampling, limits: Limits) -> None:
    assert_type(client.complete("hi", **sampling, **limits), Completion)


def house_style() -> ChatOptions:
    return {"temperature": 0.2}


def with_the_settings_of_our_house(**settings: Unpack[SettingsOptions]) -> SyncClient:
    return SyncClient(**settings)


def settings_are_checked() -> None:
    with_the_settings_of_our_house(model="a/b", timeout=20)
    with_the_settings_of_our_house(model=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def returned(client: SyncClient) -> None:
    assert_type(client.complete("hi", **house_style()), Completion)


def passed_on(client: SyncClient, question: str, **options: Unpack[ChatOptions]) -> str:
    return client.complete(question, **options).text


async def passed_on_async(client: AsyncClient, question: str, **options: Unpack[ChatOptions]) -> str:
    return (await client.complete(question, **options)).text


def callers_are_checked(client: SyncClient) -> None:
    passed_on(client, "hi", temperature=0.0)
    passed_on(client, "hi", temprature=0.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def unchecked(client: SyncClient, anything: dict[str, Any]) -> None:
    assert_type(client.complete("hi", **anything), Completion)
    assert_type(client.stream("hi", **anything), Stream[Chunk])


def without_annotation(client: SyncClient) -> None:
    options = {"temperature": 0.2}
    client.complete("hi", **options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def one_value_type(client: SyncClient, objects: dict[str, object], floats: Mapping[str, float]) -> None:
    client.complete("hi", **objects)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete("hi", **floats)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def literals(client: SyncClient, shared: ChatOptions) -> None:
    client.complete("hi", **{"temperature": 0.2})  # type: ignore[arg-type]  # noqa: PIE804 - the splat is the point
    client.complete("hi", **{**shared, "model": "a/b"})  # type: ignore[arg-type]


def foreign_key(client: SyncClient, options: WithForeignKey) -> None:
    client.complete("hi", **options)  # type: ignore[misc]


def given_twice(client: SyncClient, first: ChatOptions, second: ChatOptions) -> None:
    client.complete("hi", **first, model="a/b")  # type: ignore[misc]  # pyright: ignore[reportCallIssue]
    client.complete("hi", **first, **second)  # type: ignore[misc]  # pyright: ignore[reportCallIssue]


def plain_dicts_with_fields(client: SyncClient) -> None:
    """What is written in the call needs no type of ours, and may have fields that nobody here knows."""
    client.complete("hi", provider={"order": ["acme"], "sort": {"by": "price"}, "new": {"deep": [None]}})
    client.complete("hi", provider={"max_price": {"prompt": 1, "completion": "2"}, "preferred_max_latency": {"p90": 5}})
    client.complete("hi", reasoning={"effort": "high", "exclude": True}, reasoning_effort="new")
    client.complete("hi", response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": {}}})
    client.complete("hi", response_format={"type": "new", "any": 1}, trace={"trace_id": "t", "colour": 5})
    client.complete("hi", tools=[{"type": "function", "function": {"name": "f"}}, {"type": "new", "x": 1}])
    client.complete("hi", tool_choice={"type": "function", "function": {"name": "f"}})
    client.complete("hi", tool_choice="auto", cache_control={"type": "ephemeral", "ttl": "1h"})
    client.complete("hi", plugins=[{"id": "web", "max_results": 3}, plugins.moderation()])
    client.complete("hi", stop_server_tools_when=[{"type": "step_count_is", "step_count": 3}, server_tools.cost(0.5)])
    client.complete("hi", modalities=["text", "new"], service_tier="new", verbosity="low")


def variables_of_plain_types(
    client: SyncClient, anything: dict[str, Any], several: list[dict[str, Any]], objects: Mapping[str, object]
) -> None:
    client.complete("hi", provider=anything, reasoning=anything, tools=several, plugins=several)
    client.complete("hi", response_format=anything, tool_choice=anything, stop_server_tools_when=several)
    client.complete("hi", provider=objects)


def annotated(client: SyncClient) -> None:
    provider: Provider = {"only": ["acme"], "sort": "throughput", "zdr": True, "max_price": {"prompt": 1.5}}
    by_price = Provider(sort=ProviderSort(by="price", partition="none"), max_price=MaxPrice(completion="2"))
    slow = Provider(preferred_max_latency=PercentileCutoffs(p90=3.0), data_collection="deny")
    reasoning: Reasoning = {"max_tokens": 2000, "summary": "auto"}
    shape: ResponseFormat = {"type": "json_schema", "json_schema": {"name": "n"}}
    same: JSONSchemaFormat = {"type": "json_schema", "json_schema": {"name": "n", "strict": True}}
    tool: FunctionTool = {"type": "function", "function": {"name": "f"}, "cache_control": {"type": "ephemeral"}}
    choice: ToolChoice = {"type": "openrouter:web_search"}
    when: StopServerToolsWhen = {"type": "max_cost", "max_cost_in_dollars": 0.5}
    client.complete("hi", provider=provider, reasoning=reasoning, response_format=shape, tools=[tool])
    client.complete("hi", provider=by_price, response_format=same, tool_choice=choice, stop_server_tools_when=[when])
    shared: ChatOptions = {
        "provider": slow,
        "cache_control": CacheControl(type="ephemeral"),
        "trace": Trace(trace_id="t"),
    }
    client.complete("hi", **shared)


def mistakes_in_what_is_annotated(client: SyncClient) -> None:
    """An annotation makes the checkers know the fields."""
    typo: Provider = {"orders": ["acme"]}  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportAssignmentType]
    wrong: Provider = {"order": 5}  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]
    flag: Reasoning = {"exclude": "no"}  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]
    bare: CacheControl = {"ttl": "1h"}  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]
    client.complete("hi", provider=typo, reasoning=flag, cache_control=bare)
    client.complete("hi", provider=wrong)


def mistakes_in_calls(client: SyncClient) -> None:
    client.complete("hi", provider="acme")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete("hi", reasoning=True)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete("hi", response_cache="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete("hi", plugins=plugins.web())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    plugins.web(max_results="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    server_tools.steps("3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def functions_that_make_options(client: SyncClient) -> None:
    assert_type(plugins.web(max_results=3, engine="exa", colour="red"), dict[str, Any])
    assert_type(server_tools.image_generation(aspect_ratio="1:1"), dict[str, Any])
    searching = [server_tools.web_search(user_location={"city": "Paris"}), server_tools.datetime()]
    client.complete(
        "hi", tools=searching, stop_server_tools_when=[server_tools.steps(5), server_tools.tool_called("x")]
    )
    client.stream("hi", plugins=[plugins.auto_router(cost_tier="low")])


def headers(client: SyncClient, completion: Completion) -> None:
    client.complete("hi", response_cache=True, response_cache_clear=True, router_metadata=True)
    client.complete("hi", response_cache=300)
    assert_type(completion.cache, ResponseCache | None)
    assert_type(completion.router_metadata, RouterMetadata | None)


def variants(client: SyncClient) -> None:
    client.complete("hi", variant="nitro")
    client.complete("hi", variant="brand-new", model=KnownModel.AUTO)
    shared: ChatOptions = {"variant": Variant.FREE, "model": KnownModel.GPT_LATEST}
    client.stream("hi", **shared)
    assert_type(apply_variant(KnownModel.GPT_LATEST, Variant.NITRO), str)
    assert_type(parse_slug("vendor/model:free").variants, tuple[str, ...])
    client.complete("hi", variant=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete("hi", variant=["nitro"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def preferences(client: SyncClient) -> None:
    careful = provider(max_prompt_usd_per_million=Decimal("0.5"), max_latency_seconds={"p90": 3}, sort="price")
    assert_type(careful, dict[str, Any])
    client.complete("hi", provider={**careful, "new": 1})
    provider(max_prompt_usd_per_milion=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    provider(max_latency_seconds=PercentileCutoffs(p50=1), min_tokens_per_second=30.5, max_usd_per_image="0.01")
    provider(max_latency_seconds="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    provider(zdr="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
