"""What a newcomer types, run against the offline service over a real socket: in a script, a service and a notebook."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

import openrouter
from openrouter import AsyncClient, Chat, Completion, Message, Policy, RateLimit, SyncClient
from openrouter.testing import ErrorReply, FakeOpenRouter, ScriptedToolCall, TextReply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpx import HTTPXMock

MODEL = "anthropic/claude-sonnet-4.5:nitro"
PROOF = TextReply(
    "Quod erat demonstrandum.",
    reasoning="Think.",
    tool_calls=[ScriptedToolCall("check", {"step": 1})],
    provider="Acme",
    model="anthropic/claude-4.5-sonnet-20250929",
    finish_reason="stop",
    native_finish_reason="end_turn",
)
STORY = TextReply("Once upon a time.")
messages = [{"role": "user", "content": "Tell me a story."}]
tools = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}]
prompts = ["Rhine", "Rhône", "Po"]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenRouter]:
    """Put the offline service where clients without arguments look for the real one."""
    fake = FakeOpenRouter()
    with fake.serve() as server:
        monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-snippets")
        monkeypatch.setenv("OPENROUTER_BASE_URL", server.url)
        yield fake
        server.wait_for_connections(0)


def check_proof(reply: Completion) -> None:
    assert reply.text == "Quod erat demonstrandum."
    assert reply.reasoning == "Think."
    assert [call.function.name for call in reply.tool_calls] == ["check"]
    assert isinstance(reply.message, Message)
    assert reply.message.content == reply.text
    assert (reply.finish_reason, reply.native_finish_reason) == ("stop", "end_turn")
    assert reply.usage is not None
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    assert isinstance(reply.usage.cost, Decimal)
    assert reply.usage.cost == Decimal(str(reply.raw["usage"]["cost"]))
    assert (reply.model, reply.provider) == ("anthropic/claude-4.5-sonnet-20250929", "Acme")
    assert reply.http is not None
    assert reply.id == reply.http.headers["X-Generation-Id"]
    assert (reply.http.status_code, reply.http.attempts) == (200, 1)
    assert isinstance(reply.latency, float)
    assert reply.raw["choices"][0]["message"]["content"] == reply.text
    assert reply.json() == reply.raw
    assert reply.json() is not reply.raw


def check_story(completion: Completion | None, seen: list[str]) -> None:
    assert "".join(seen) == "Once upon a time."
    assert completion is not None
    assert completion.text == "Once upon a time."
    assert completion.usage is not None
    assert completion.usage.cost is not None


def payloads(fake: FakeOpenRouter) -> list[Any]:
    return [request.payload for request in fake.requests]


class TestScript:
    """The blocking client."""

    def test_a_text(self, fake: FakeOpenRouter, capsys: pytest.CaptureFixture[str]) -> None:
        with SyncClient() as client:
            print(client.generate_text("Name three rivers."))  # noqa: T201 - what is typed
        assert capsys.readouterr().out == "This is a simulated reply to: Name three rivers.\n"
        assert payloads(fake) == [{"messages": [{"role": "user", "content": "Name three rivers."}]}]

    def test_a_whole_reply(self, fake: FakeOpenRouter) -> None:
        fake.add(PROOF)
        with SyncClient() as client:
            reply = client.complete("Prove it.", model=MODEL, reasoning={"effort": "high"})
        check_proof(reply)
        assert payloads(fake)[0]["model"] == MODEL
        assert payloads(fake)[0]["reasoning"] == {"effort": "high"}

    def test_a_stream_in_a_bare_loop(self, fake: FakeOpenRouter) -> None:
        fake.add(STORY)
        with SyncClient() as client:
            seen = [chunk.text for chunk in client.stream("Tell me a story.")]
        assert "".join(seen) == "Once upon a time."
        assert fake.requests[0].streaming

    def test_a_stream_by_hand(self, fake: FakeOpenRouter) -> None:
        fake.add(STORY)
        seen: list[str] = []
        with SyncClient() as client, client.stream(messages, tools=tools) as stream:
            assert len(fake.requests) == 1
            for chunk in stream:
                seen.append(chunk.text)  # noqa: PERF401 - a loop is what is typed
            check_story(stream.completion, seen)
            assert stream.first_token_after is not None
            assert stream.latency is not None
        assert payloads(fake)[0]["tools"] == tools

    def test_nothing_is_sent_before_the_first_iteration(self, fake: FakeOpenRouter) -> None:
        with SyncClient() as client:
            stream = client.stream("Tell me a story.")
            assert fake.requests == []
            assert "".join(chunk.text for chunk in stream) == "This is a simulated reply to: Tell me a story."

    def test_the_totals(self, fake: FakeOpenRouter) -> None:
        with SyncClient() as client:
            first, second = client.complete("One."), client.complete("Two.", model="a/b", user="customer-7")
            totals = client.totals
            assert first.usage is not None
            assert second.usage is not None
            assert totals.requests == totals.successes == len(fake.requests) == 2
            assert totals.total_tokens == first.usage.total_tokens + second.usage.total_tokens
            assert first.usage.cost is not None
            assert second.usage.cost is not None
            assert totals.cost == first.usage.cost + second.usage.cost
            assert client.get_usage_stats()["total_cost"] == float(totals.cost)
            assert client.ledger.by_user["customer-7"].cost == second.usage.cost
            assert client.ledger.by_model["a/b"].cost == second.usage.cost

    def test_outcomes(self, fake: FakeOpenRouter) -> None:
        fake.add(ErrorReply(402, "Insufficient credits", error_type="payment_required"))
        with SyncClient() as client:
            failed = client.try_complete("One.")
            outcomes = client.complete_many(prompts, concurrency=2)
        assert (failed.success, type(failed.error)) == (False, openrouter.PaymentRequiredError)
        assert [outcome.content for outcome in outcomes] == [
            f"This is a simulated reply to: {river}" for river in prompts
        ]

    def test_other_settings_on_the_same_connections(self, fake: FakeOpenRouter) -> None:
        with SyncClient() as client:
            client.with_options(model="a/b", temperature=0.0).complete("One.")
            client.complete("Two.")
            assert client.totals.requests == 2
        assert [payload.get("model") for payload in payloads(fake)] == ["a/b", None]

    def test_a_call_by_hand(self, fake: FakeOpenRouter) -> None:
        call = Chat.complete("Name three rivers.", temperature=0.2)
        assert fake.requests == []
        with SyncClient() as client:
            assert client.send(call.map(lambda reply: reply.text)) == client.send(call).text

    def test_without_a_client(self, fake: FakeOpenRouter) -> None:
        assert openrouter.generate_text("One.", system_prompt="Be brief.").endswith(": One.")
        assert openrouter.complete("Two.").text.endswith(": Two.")
        assert [outcome.success for outcome in openrouter.complete_many(prompts)] == [True] * 3
        assert payloads(fake)[0]["messages"][0] == {"role": "system", "content": "Be brief."}


@pytest.mark.anyio
class TestService:
    """The awaiting client, on both event loops."""

    async def test_a_text(self, fake: FakeOpenRouter) -> None:
        async with AsyncClient() as client:
            text = await client.generate_text("Name three rivers.", context=["The Rhine is one."])
        assert text == "This is a simulated reply to: Name three rivers."
        assert payloads(fake)[0]["messages"][0] == {"role": "system", "content": "The Rhine is one."}

    async def test_a_whole_reply(self, fake: FakeOpenRouter) -> None:
        fake.add(PROOF)
        async with AsyncClient() as client:
            reply = await client.complete("Prove it.", model=MODEL, reasoning={"effort": "high"})
        check_proof(reply)

    async def test_a_stream_in_a_bare_loop(self, fake: FakeOpenRouter) -> None:
        fake.add(STORY)
        async with AsyncClient() as client:
            seen = [chunk.text async for chunk in client.stream("Tell me a story.")]
        assert "".join(seen) == "Once upon a time."

    async def test_a_stream_by_hand(self, fake: FakeOpenRouter) -> None:
        fake.add(STORY)
        seen: list[str] = []
        async with AsyncClient() as client, client.stream(messages, tools=tools) as stream:
            assert len(fake.requests) == 1
            async for chunk in stream:
                seen.append(chunk.text)  # noqa: PERF401 - a loop is what is typed
            check_story(stream.completion, seen)
            assert stream.first_token_after is not None

    async def test_a_text_piece_by_piece(self, fake: FakeOpenRouter) -> None:
        fake.add(STORY)
        async with AsyncClient() as client:
            assert [text async for text in client.stream_text("Tell me a story.")] == ["Once", " upon", " a", " time."]

    async def test_one_policy_for_both_clients(self, fake: FakeOpenRouter) -> None:
        policy = Policy(rate_limit=RateLimit(requests_per_minute=600))
        with closing(SyncClient(policy=policy)) as blocking:
            async with AsyncClient(policy=policy) as client:
                reply = await client.complete(messages)
                outcomes = await client.complete_many(prompts, concurrency=50)
            thread = Thread(target=blocking.complete, args=("One more.",))
            thread.start()
            thread.join()
        assert reply.text == "This is a simulated reply to: Tell me a story."
        assert [outcome.content for outcome in outcomes] == [
            f"This is a simulated reply to: {river}" for river in prompts
        ]
        assert blocking.totals.requests == client.totals.requests == len(fake.requests) == 5
        costs = [
            outcome.completion.usage.cost for outcome in outcomes if outcome.completion and outcome.completion.usage
        ]
        assert len(costs) == 3
        assert blocking.totals.cost > sum(cost for cost in costs if cost is not None)

    async def test_one_failure_spoils_no_other(self, fake: FakeOpenRouter) -> None:
        fake.add(ErrorReply(400, "No.", error_type="invalid_request"))
        async with AsyncClient() as client:
            outcomes = await client.complete_many(prompts, concurrency=1)
            assert client.totals.failures == 1
        assert [outcome.success for outcome in outcomes] == [False, True, True]
        assert isinstance(outcomes[0].error, openrouter.BadRequestError)

    async def test_without_a_client(self, fake: FakeOpenRouter) -> None:
        assert (await openrouter.aio.generate_text("One.")).endswith(": One.")
        assert (await openrouter.aio.complete("Two.")).text.endswith(": Two.")
        assert [outcome.success for outcome in await openrouter.aio.complete_many(prompts)] == [True] * 3
        assert len(fake.requests) == 5


class TestNotebook:
    """Without `with`: cells that come one after another, and nobody who closes."""

    def test_the_words_come_and_the_client_is_dropped(self, fake: FakeOpenRouter) -> None:
        client = SyncClient()
        seen = [chunk.text for chunk in client.stream("Tell me a story.")]
        assert client.complete("And then?").text.endswith(": And then?")
        del client
        assert "".join(seen) == "This is a simulated reply to: Tell me a story."
        assert len(fake.requests) == 2

    def test_an_interrupted_cell_leaves_nothing_open(self, fake: FakeOpenRouter) -> None:
        client = SyncClient()
        for chunk in client.stream("Tell me a story."):
            assert chunk.text == "This"
            break
        assert client.totals.abandoned == len(fake.requests) == 1


@pytest.mark.anyio
async def test_pytest_httpx_catches_both_clients(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        url="https://openrouter.ai/api/v1/chat/completions",
        json={"choices": [{"message": {"content": "Rhine"}, "finish_reason": "stop"}]},
        is_reusable=True,
    )
    with SyncClient(api_key="test") as client:
        assert client.generate_text("Name a river.") == "Rhine"
    async with AsyncClient(api_key="test") as client_of_both_loops:
        assert await client_of_both_loops.generate_text("Name a river.") == "Rhine"


def test_a_script_of_two_lines_in_a_fresh_process(fake: FakeOpenRouter) -> None:
    script = "import openrouter; print(openrouter.generate_text('Name three rivers.'))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("This is a simulated reply to: Name three rivers.\n", "")
    assert len(fake.requests) == 1
