"""The endpoints that the fake answers by itself: which there are, who may ask, and what comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from openrouter.testing import FakeOpenRouter, TextReply

KEY = {"Authorization": "Bearer sk-or-v1-secret"}

MODEL = {
    "id",
    "canonical_slug",
    "hugging_face_id",
    "name",
    "created",
    "description",
    "context_length",
    "architecture",
    "pricing",
    "top_provider",
    "per_request_limits",
    "supported_parameters",
    "default_parameters",
    "supported_voices",
    "knowledge_cutoff",
    "expiration_date",
    "links",
}
"""The fields of every model in the real list."""

ENDPOINT = {
    "name",
    "model_id",
    "model_name",
    "context_length",
    "pricing",
    "provider_name",
    "tag",
    "quantization",
    "max_completion_tokens",
    "max_prompt_tokens",
    "supported_parameters",
    "status",
    "uptime_last_5m",
    "uptime_last_30m",
    "uptime_last_1d",
    "supports_implicit_caching",
    "latency_last_30m",
    "throughput_last_30m",
}
"""The fields of every endpoint of a real model."""


@pytest.fixture
def service() -> Iterator[httpx.Client]:
    with FakeOpenRouter().http() as client:
        yield client


def data(service: httpx.Client, path: str, **query: Any) -> Any:
    reply = service.get(path, params=query, headers=KEY)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-openrouter-simulated"] == "true"
    return reply.json()["data"]


def ids(models: list[dict[str, Any]]) -> list[str]:
    return [model["id"].removeprefix("openrouter/simulated") for model in models]


def error_of(reply: httpx.Response) -> tuple[int, str]:
    body = reply.json()
    assert body == {"error": {"message": body["error"]["message"], "code": reply.status_code}}
    return reply.status_code, body["error"]["message"]


def test_the_models_are_listed_in_the_shape_of_the_real_ones(service: httpx.Client) -> None:
    page = service.get("/models").json()
    assert set(page) == {"data", "total_count", "links"}
    assert (page["total_count"], page["links"]) == (len(page["data"]), {"next": None})
    assert ids(page["data"]) == ["", ":free", "-reasoning", "-vision"]
    for model in page["data"]:
        assert model.keys() - {"reasoning"} == MODEL
        assert model["architecture"].keys() == {
            "modality",
            "input_modalities",
            "output_modalities",
            "tokenizer",
            "instruct_type",
        }
        assert all(isinstance(price, str) for price in model["pricing"].values())
        assert {"prompt", "completion"} <= model["pricing"].keys()
        assert model["top_provider"].keys() == {"context_length", "max_completion_tokens", "is_moderated"}
        assert model["links"] == {"details": f"/api/v1/models/{model['id']}/endpoints"}


def test_each_model_is_there_for_something(service: httpx.Client) -> None:
    plain, free, reasoning, vision = data(service, "/models")
    assert plain["pricing"] == {"prompt": "0.000001", "completion": "0.000002"}
    assert free["pricing"] == {"prompt": "0", "completion": "0"}
    assert reasoning["reasoning"]["supported_efforts"] == ["high", "medium", "low"]
    assert "reasoning" in reasoning["supported_parameters"]
    assert "reasoning" not in plain
    assert vision["architecture"]["modality"] == "text+image->text"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"output_modalities": "embeddings"}, ["-embedding"]),
        ({"output_modalities": "text,embeddings"}, ["", ":free", "-reasoning", "-vision", "-embedding"]),
        ({"output_modalities": "all"}, ["", ":free", "-reasoning", "-vision", "-embedding"]),
        ({"output_modalities": "audio"}, []),
        ({"input_modalities": "image,text"}, ["-vision"]),
        ({"supported_parameters": "tools,reasoning"}, ["-reasoning"]),
        ({"supported_parameters": "tools", "input_modalities": "audio"}, []),
        ({"providers": "Anthropic,Simulated", "output_modalities": "embeddings"}, ["-embedding"]),
        ({"providers": "simulated", "input_modalities": "image"}, ["-vision"]),
        ({"providers": "Anthropic"}, []),
    ],
)
def test_models_are_filtered(service: httpx.Client, query: dict[str, str], found: list[str]) -> None:
    assert ids(data(service, "/models", **query)) == found
    assert data(service, "/models/count", **query) == {"count": len(found)}


def test_models_come_in_pages_where_that_is_asked_for(service: httpx.Client) -> None:
    path, pages = "/models?limit=2&output_modalities=all", list[list[str]]()
    while path:
        page = service.get(path).json()
        assert page["total_count"] == 5
        pages.append(ids(page["data"]))
        path = (page["links"]["next"] or "").removeprefix("/api/v1")
    assert pages == [["", ":free"], ["-reasoning", "-vision"], ["-embedding"]]
    assert ids(data(service, "/models", offset=3)) == ["-vision"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "offset=-1", "limit=many"])
def test_a_page_that_cannot_be_is_refused(service: httpx.Client, query: str) -> None:
    assert error_of(service.get(f"/models?{query}")) == (400, "Invalid request parameters")


def test_the_embedding_models_have_a_list_of_their_own(service: httpx.Client) -> None:
    assert ids(data(service, "/embeddings/models")) == ["-embedding"]


@pytest.mark.parametrize("slug", ["openrouter/simulated", "openrouter/simulated:free", "openrouter/simulated%3Afree"])
def test_one_model_and_who_serves_it(service: httpx.Client, slug: str) -> None:
    model = data(service, f"/model/{slug}")
    assert model["id"] == slug.replace("%3A", ":")
    found = data(service, f"/models/{slug}/endpoints")
    assert found.keys() == {"id", "name", "created", "description", "architecture", "endpoints"}
    (endpoint,) = found["endpoints"]
    assert endpoint.keys() == ENDPOINT
    assert (endpoint["provider_name"], endpoint["tag"], endpoint["model_id"]) == ("Simulated", "simulated", model["id"])
    assert endpoint["pricing"] == {**model["pricing"], "discount": 0}


def test_how_fast_a_model_is_is_told_to_those_who_have_a_key(service: httpx.Client) -> None:
    path = "/models/openrouter/simulated/endpoints"
    for headers, told in ((KEY, {"p50", "p75", "p90", "p99"}), ({}, None)):
        (endpoint,) = service.get(path, headers=headers).json()["data"]["endpoints"]
        for name in ("latency_last_30m", "throughput_last_30m"):
            assert (endpoint[name] and endpoint[name].keys()) == told


@pytest.mark.parametrize("path", ["/model/acme/none", "/models/acme/none/endpoints"])
def test_a_model_that_is_not_there(service: httpx.Client, path: str) -> None:
    assert error_of(service.get(path)) == (404, "Model acme/none not found")


def test_other_models_can_be_offered() -> None:
    told: list[dict[str, Any]] = [
        {"id": "acme/small"},
        {
            "id": "acme/large",
            "name": "Large",
            "pricing": {"prompt": "0.00001", "completion": "0.00005", "request": "0.01"},
            "architecture": {"input_modalities": ["text", "audio"]},
            "context_length": 8192,
        },
    ]
    with FakeOpenRouter(models=told).http() as service:
        small, large = data(service, "/models")
        assert (small.keys(), small["name"]) == (MODEL, "acme/small")
        assert {name: large[name] for name in ("name", "pricing", "context_length")} == {
            name: told[1][name] for name in ("name", "pricing", "context_length")
        }
        assert large["architecture"]["input_modalities"] == ["text", "audio"]
        assert ids(data(service, "/models", input_modalities="audio")) == ["acme/large"]
        assert service.get("/model/openrouter/simulated").status_code == 404


ODD_FIELDS: list[dict[str, Any]] = [
    {"architecture": None},
    {"architecture": {"input_modalities": None, "output_modalities": ["text", None, []]}},
    {"pricing": None},
    {"pricing": []},
    {"top_provider": None},
    {"supported_parameters": None},
    {"supported_parameters": [None, 5, "tools"]},
    {"alias_target": None, "reasoning": None},
]


@pytest.mark.parametrize("told", ODD_FIELDS)
def test_entries_may_be_as_odd_as_those_of_the_real_service(told: dict[str, Any]) -> None:
    with FakeOpenRouter(models=[{"id": "acme/odd", **told}]).http() as service:
        (listed,) = data(service, "/models", output_modalities="all")
        assert {name: listed[name] for name in told if name != "architecture"} == {
            name: value for name, value in told.items() if name != "architecture"
        }
        assert data(service, "/models/count", supported_parameters="reasoning") == {"count": 0}
        (endpoint,) = data(service, "/models/acme/odd/endpoints")["endpoints"]
        assert endpoint["model_id"] == "acme/odd"
        assert data(service, "/endpoints/zdr") == [endpoint]


def test_a_model_needs_no_place_in_the_catalogue_to_answer() -> None:
    with FakeOpenRouter([TextReply("Here.")], models=[]).sync_client(model="acme/unheard-of") as client:
        reply = client.complete("Where?")
    assert (reply.text, reply.model) == ("Here.", "acme/unheard-of")


ALIASES = [
    {"id": "acme/large"},
    {"id": "~acme/latest", "alias_target": {"slug": "acme/large", "name": "Large"}},
    {"id": "~acme/gone", "alias_target": {"slug": "acme/gone"}},
]


def test_an_alias_is_the_model_that_it_stands_for_where_that_is_offered() -> None:
    with FakeOpenRouter(models=ALIASES).http() as service:
        asked = ("acme/large", "~acme/latest", "~acme/gone")
        assert [data(service, f"/model/{slug}")["id"] for slug in asked] == ["acme/large", "acme/large", "~acme/gone"]
        assert [model["id"] for model in data(service, "/models")] == [model["id"] for model in ALIASES]
        assert data(service, "/models/~acme/latest/endpoints") == data(service, "/models/acme/large/endpoints")


def test_who_keeps_nothing_is_everybody() -> None:
    with FakeOpenRouter(models=ALIASES).http() as service:
        (endpoint,) = data(service, "/endpoints/zdr")
        assert [endpoint] == data(service, "/models/acme/large/endpoints")["endpoints"]
        assert service.get("/endpoints/zdr").json()["data"][0]["latency_last_30m"] is None


def test_the_providers(service: httpx.Client) -> None:
    (provider,) = data(service, "/providers")
    assert provider == {
        "name": "Simulated",
        "slug": "simulated",
        "privacy_policy_url": None,
        "terms_of_service_url": None,
        "status_page_url": None,
        "headquarters": None,
        "datacenters": None,
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/models/user"),
        ("GET", "/generation?id=gen-1"),
        ("GET", "/generation/content?id=gen-1"),
        ("GET", "/credits"),
        ("GET", "/key"),
        ("POST", "/chat/completions"),
        ("POST", "/responses"),
        ("POST", "/embeddings"),
    ],
)
def test_what_is_the_accounts_needs_a_key(service: httpx.Client, method: str, path: str) -> None:
    assert error_of(service.request(method, path)) == (401, "Missing Authentication header")
    assert service.request(method, path, headers=KEY).status_code != 401


@pytest.mark.parametrize(
    "path",
    [
        "/models",
        "/models/count",
        "/embeddings/models",
        "/model/openrouter/simulated",
        "/models/openrouter/simulated/endpoints",
        "/endpoints/zdr",
        "/providers",
    ],
)
def test_what_is_everybodys_needs_none(service: httpx.Client, path: str) -> None:
    assert service.get(path).status_code == 200


def test_a_list_for_the_account_is_the_same_list(service: httpx.Client) -> None:
    assert data(service, "/models/user", limit=1) == data(service, "/models", limit=1)


@pytest.mark.parametrize(("method", "path"), [("POST", "/models"), ("GET", "/responses"), ("DELETE", "/key")])
def test_another_method_is_not_allowed(service: httpx.Client, method: str, path: str) -> None:
    assert error_of(service.request(method, path, headers=KEY)) == (405, "Method Not Allowed")


@pytest.mark.parametrize("path", ["/nothing", "/models/", "/models/acme", "/models/a/b/c/endpoints", "/modelsx"])
def test_a_path_that_the_api_has_not(service: httpx.Client, path: str) -> None:
    assert error_of(service.get(path, headers=KEY)) == (404, "Not Found")


@pytest.mark.parametrize("path", ["/", "/chat/completions", "/v1/models", "/api/v2/models", "/api/v1"])
def test_what_is_not_the_api_is_a_page_of_the_web_site(service: httpx.Client, path: str) -> None:
    reply = service.post(f"https://openrouter.ai{path}", headers=KEY, json={"messages": ["Hello"]})
    assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert reply.text.startswith("<!DOCTYPE html>")


def test_what_the_service_answers_uses_up_no_reply() -> None:
    fake = FakeOpenRouter([TextReply("Mine.")])
    with fake.http() as service, fake.sync_client() as client:
        service.get("/models")
        service.post("/embeddings", json={"model": "m", "input": "Hello"}, headers=KEY)
        service.post("/responses", headers=KEY)
        assert client.generate_text("Whose?") == "Mine."
    assert [request.path.removeprefix("/api/v1") for request in fake.requests] == [
        "/models",
        "/embeddings",
        "/responses",
        "/chat/completions",
    ]


def test_a_socket_answers_the_same() -> None:
    fake = FakeOpenRouter()
    with fake.serve() as server, httpx.Client(base_url=server.url) as served, fake.http() as direct:
        assert served.get("/models?limit=2").json() == direct.get("/models?limit=2").json()
