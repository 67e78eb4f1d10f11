"""The command within this process: forms of an answer, and how it ends."""

from __future__ import annotations

import io

import pytest

from openrouter.cli.asking import Question, ask
from openrouter.cli.ending import ExitCode, run
from openrouter.cli.screen import Screen
from openrouter.testing import FakeOpenRouter, RawReply, Reply, TextReply
from tests.cli.test_command import EVENT_STREAM, chunk


class Output(io.TextIOWrapper):
    """An output that can be looked at."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")

    @property
    def shown(self) -> str:
        self.seek(0)
        return self.read()


def answer_to(question: Question, *replies: Reply, out: Output, err: Output) -> ExitCode:
    screen = Screen(out, err, {})
    with FakeOpenRouter(replies).sync_client() as client:
        return run(lambda: ask(question, client, screen), screen)


@pytest.fixture
def out() -> Output:
    return Output()


@pytest.fixture
def err() -> Output:
    return Output()


def test_a_whole_answer_has_no_first_token(out: Output, err: Output) -> None:
    code = answer_to(Question(prompt="Hello", streamed=False), TextReply("Yes.\n"), out=out, err=err)
    assert (code, out.shown) == (0, "Yes.\n")
    assert "first token" not in err.shown
    assert err.shown.endswith(" · simulated\n")


@pytest.mark.parametrize("streamed", [True, False])
def test_in_a_pipe_the_answer_is_there_alone_and_as_it_came(streamed: bool, out: Output, err: Output) -> None:  # noqa: FBT001
    reply = TextReply("\x1b[1mbold\x1b[0m\r\n", reasoning="Hm.")
    code = answer_to(Question(prompt="Hello", streamed=streamed), reply, out=out, err=err)
    assert (code, out.shown) == (0, "\x1b[1mbold\x1b[0m\r\n")
    assert err.shown.count("\n") == 1


@pytest.mark.parametrize("streamed", [True, False])
def test_a_reply_without_text_is_a_failure_that_still_tells_its_cost(streamed: bool, out: Output, err: Output) -> None:  # noqa: FBT001
    reply = TextReply("", reasoning="Too long a thought", finish_reason="length")
    code = answer_to(Question(prompt="Hello", streamed=streamed), reply, out=out, err=err)
    assert (code, out.shown) == (1, "")
    summary, error = err.shown.splitlines()
    assert " · $0.000009 · " in summary
    assert summary.endswith(" · stopped by length · simulated")
    assert error == "Error: The reply has no text."


def test_a_refusal_is_shown_as_the_failure_that_it_is(out: Output, err: Output) -> None:
    segments = [chunk({"refusal": "Not this."}), chunk({}, "stop"), b"data: [DONE]\n\n"]
    code = answer_to(Question(prompt="Hello"), RawReply(200, EVENT_STREAM, segments), out=out, err=err)
    assert (code, out.shown) == (1, "")
    assert err.shown.endswith("Error: The model refused: Not this.\n")


def test_what_an_output_cannot_hold_is_replaced(err: Output) -> None:
    out = Output(encoding="ascii")
    segments = [
        b'data: {"choices": [{"delta": {"content": "Gr\xc3\xbc\xc3\x9fe \\ud83d"}, "finish_reason": "stop"}]}\n\n'
    ]
    code = answer_to(Question(prompt="Hello"), RawReply(200, EVENT_STREAM, segments), out=out, err=err)
    assert (code, out.shown) == (0, "Gr??e ?\n")


def test_half_a_surrogate_pair_is_no_reason_to_stop(out: Output, err: Output) -> None:
    segments = [b'data: {"choices": [{"delta": {"content": "\\ud83d!"}, "finish_reason": "stop"}]}\n\n']
    code = answer_to(Question(prompt="Hello"), RawReply(200, EVENT_STREAM, segments), out=out, err=err)
    assert (code, out.shown) == (0, "?!\n")
