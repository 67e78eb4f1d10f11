"""Messages that were made, and conversations, go where messages go, as both type checkers see it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any, assert_type

from openrouter import AsyncClient, Completion, Message, SyncClient, Usage
from openrouter.conversation import Conversation
from openrouter.messages import (
    PathPart,
    assistant,
    audio,
    cache,
    developer,
    file,
    image,
    pdf,
    system,
    text,
    tool_result,
    user,
    video,
)
from openrouter.types.usage_sum import sum_usage


def parts() -> None:
    assert_type(image("a.png", detail="low"), dict[str, Any] | PathPart)
    assert_type(text("a"), dict[str, Any])
    with Path("a.png").open("rb") as opened:
        user("a", text("b"), image(opened), pdf(BytesIO()), audio(b"", format="wav"), video(Path("a.mp4")))
    user({"type": "hologram"}, cache("a", ttl="1h"), cache(image("a.png")), file(file_id="a"))
    with Path("a.png").open() as opened_as_text:
        image(opened_as_text)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  # text is no image


def made(client: SyncClient, completion: Completion) -> None:
    messages = [system("a"), developer("b"), user("c"), assistant("d"), tool_result("id", {"a": 1})]
    client.complete(messages)
    client.complete([user("c"), completion.message, tool_result(completion.tool_calls[0], None)])
    client.complete(user("c", image("a.png")))
    assistant(completion.text, tool_calls=completion.tool_calls, reasoning_details=completion.message.reasoning_details)


async def conversation(client: SyncClient, awaiting: AsyncClient, completion: Completion) -> None:
    talk = Conversation(user("a"), completion.message, system="b").say("c", image("a.png")).add(completion)
    assert_type(talk, Conversation)
    with client.stream(talk) as stream:
        talk.add(stream).add(stream.completion)
    async with awaiting.stream(talk) as awaited:
        talk.add(awaited).add(awaited.completion)
    talk.add(client.run_tools(talk, []))
    talk.add(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete(talk)
    await awaiting.complete(talk.fork())
    assert_type(talk.usage, Usage)
    assert_type(sum_usage([talk.usage]), Usage)
    assert_type(Conversation.from_json(talk.to_json()), Conversation)
    talk.add([user("a"), completion.message]).add({"role": "user", "content": "a"}).add(Message())
    talk.add(5)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  # no message
