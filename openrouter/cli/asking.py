"""Ask a question, and show the answer and the line about it."""

from __future__ import annotations

from typing import cast

from attrs import frozen

from ..client import SyncClient
from ..core.errors import OutputError
from ..types.chat import Completion
from .screen import Screen
from .summary import summary_line


@frozen(kw_only=True)
class Question:
    """What to ask, and in which form to show the answer."""

    prompt: str
    system: str | None = None
    as_json: bool = False
    """Show all of the reply, as JSON."""
    streamed: bool = True
    """Show the text as it comes."""

    @property
    def messages(self) -> list[dict[str, str]]:
        """The conversation that the model gets."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": self.prompt}]


def ask(question: Question, client: SyncClient, screen: Screen) -> None:
    """Ask, and show what comes; raise `OutputError` for a reply that has no text to show."""
    if question.as_json:
        screen.show_json(client.complete(question.messages).json())
    elif question.streamed:
        _ask_for_a_stream(question, client, screen)
    else:
        completion = client.complete(question.messages)
        screen.show_text(completion.text)
        _sum_up(completion, None, screen)


def _ask_for_a_stream(question: Question, client: SyncClient, screen: Screen) -> None:
    with client.stream(question.messages) as stream:
        for chunk in stream:
            screen.show_reasoning(chunk.reasoning)
            screen.show_text(chunk.text)
    # a stream without a completion does not come to its end, it raises
    _sum_up(cast("Completion", stream.completion), stream.first_token_after, screen)


def _sum_up(completion: Completion, first_token_after: float | None, screen: Screen) -> None:
    screen.end_line()
    screen.note(summary_line(completion, first_token_after))
    if not completion.text:
        refusal = completion.message.refusal
        raise OutputError(f"The model refused: {refusal}" if refusal else "The reply has no text.")
