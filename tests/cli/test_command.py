"""The command as a process of its own, in pipes: what goes where, and with which exit code it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from openrouter.cli import main
from openrouter.core.version import __version__
from openrouter.testing import ErrorReply, FakeOpenRouter, LoopbackServer, MidStreamError, RawReply, TextReply

COMMAND = (sys.executable, "-W", "error", "-m", "openrouter")
SUMMARY = re.compile(
    r"openrouter/simulated · Simulated · \d+ tokens in, \d+ out · \$0\.\d+ · "
    r"first token [\d.]+ m?s · total [\d.]+ m?s · simulated\n"
)
FULL = Path("/dev/full")
EVENT_STREAM = {"Content-Type": "text/event-stream"}


def chunk(delta: Mapping[str, object], finish_reason: str | None = None) -> bytes:
    fields = {"id": "gen-1", "model": "vendor/model", "choices": [{"delta": delta, "finish_reason": finish_reason}]}
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def started_and_silent(text: str) -> RawReply:
    """Give a stream that says something and then nothing for an hour."""
    return RawReply(200, EVENT_STREAM, [chunk({"content": text}), b"data: [DONE]\n\n"], pause=3600)


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter()


@pytest.fixture
def server(fake: FakeOpenRouter) -> Iterator[LoopbackServer]:
    with fake.serve() as server:
        yield server


@pytest.fixture
def environment(server: LoopbackServer) -> dict[str, str]:
    return {
        **os.environ,
        "OPENROUTER_BASE_URL": server.url,
        "OPENROUTER_API_KEY": "sk-or-v1-secret",
        # A signal that comes in the instant before a read begins is seen when that read ends.
        "OPENROUTER_TIMEOUT": "20",
    }


def run(
    *arguments: str, piped: str = "", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], input=piped, env=environment, capture_output=True, encoding="utf-8", check=False
    )


def test_an_answer_goes_to_standard_output_and_the_line_about_it_to_standard_error() -> None:
    ended = run("chat", "Hello", "--offline")
    assert (ended.returncode, ended.stdout) == (0, "This is a simulated reply to: Hello\n")
    assert SUMMARY.fullmatch(ended.stderr)


def test_the_settings_come_from_the_environment(fake: FakeOpenRouter, environment: dict[str, str]) -> None:
    ended = run("chat", "-m", "vendor/model", "--system", "Be brief.", "Hello", environment=environment)
    (request,) = fake.requests
    assert ended.stdout == "This is a simulated reply to: Hello\n"
    assert ended.stderr.startswith("vendor/model · Simulated · 3 tokens in, 7 out · $0.000017 · first token ")
    assert request.headers["authorization"] == "Bearer sk-or-v1-secret"
    assert request.payload == {
        "model": "vendor/model",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
        "stream": True,
    }


def test_what_is_piped_in_stands_below_the_prompt(fake: FakeOpenRouter, environment: dict[str, str]) -> None:
    run("chat", "Review this.", piped="-old\n+new\n", environment=environment)
    assert fake.requests[0].payload["messages"] == [{"role": "user", "content": "Review this.\n\n-old\n+new"}]


def test_json_is_the_whole_reply_and_nothing_else(fake: FakeOpenRouter, environment: dict[str, str]) -> None:
    fake.add(TextReply("Grüße\x1b[2J", reasoning="Hm."))
    ended = run("chat", "Hello", "--json", environment=environment)
    reply = json.loads(ended.stdout)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert reply["choices"][0]["message"]["content"] == "Grüße\x1b[2J"
    assert reply["choices"][0]["message"]["reasoning"] == "Hm."
    assert (reply["provider"], reply["usage"]["prompt_tokens"]) == ("Simulated", 1)
    assert ended.stdout.count("\n") == 1
    assert ended.stdout.isascii()


def test_without_a_key_nothing_is_sent_and_the_way_out_is_named() -> None:
    ended = run("chat", "Hello")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "Error: There is no API key. Set OPENROUTER_API_KEY, or use --offline to try without one.\n"


def test_without_a_prompt_nothing_is_sent_and_the_way_out_is_named() -> None:
    ended = run("chat", "--offline")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == ('Error: There is no prompt. Give one, as in: openrouter chat "Hello", or pipe one in.\n')


def test_a_failing_request_gives_one_line(fake: FakeOpenRouter, environment: dict[str, str]) -> None:
    fake.add(ErrorReply(402, "Insufficient credits"))
    ended = run("chat", "Hello", environment=environment)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(r"Error: .*Insufficient credits.*\n", ended.stderr)
    assert "sk-or-v1-secret" not in ended.stderr


def test_what_had_arrived_stays_when_a_reply_breaks_off(fake: FakeOpenRouter, environment: dict[str, str]) -> None:
    fake.add(MidStreamError(text="one two three", after_words=2))
    ended = run("chat", "Hello", environment=environment)
    assert (ended.returncode, ended.stdout) == (1, "one two\n")
    assert re.fullmatch(r"Error: .*Provider disconnected unexpectedly.*\n", ended.stderr)


def test_an_interrupt_closes_the_stream(
    fake: FakeOpenRouter, server: LoopbackServer, environment: dict[str, str]
) -> None:
    fake.add(started_and_silent("Once"))
    command = [*COMMAND, "chat", "Hello"]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, **pipes) as process:  # type: ignore[call-overload] # a dict
        assert process.stdout.read(4) == b"Once"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (130, b"\n", b"")
    server.wait_for_connections(0)


def test_a_reader_that_leaves_ends_it_quietly(
    fake: FakeOpenRouter, server: LoopbackServer, environment: dict[str, str]
) -> None:
    fake.add(TextReply("first\n" + "word " * 100_000))
    command = [*COMMAND, "chat", "Hello"]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, **pipes) as process:  # type: ignore[call-overload] # a dict
        assert process.stdout.readline() == b"first\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
    server.wait_for_connections(0)


@pytest.mark.skipif(not FULL.exists(), reason="only some systems have a disk that is always full")
def test_an_output_that_cannot_be_written_gives_one_line() -> None:
    with FULL.open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [*COMMAND, "chat", "Hello", "--offline"],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ended.returncode == 1
    assert re.fullmatch(rb"Error: .*No space left on device\n", ended.stderr)


@pytest.mark.parametrize("name", ["rich", "typer"])
def test_a_missing_extra_gives_one_line(name: str) -> None:
    code = f"import sys; sys.modules[{name!r}] = None; from openrouter.cli import main; main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f'The command line needs {name}: inside a clone, run pip install ".[cli]"\n'


def test_another_missing_module_is_shown_as_it_is() -> None:
    code = "import sys; sys.modules['openrouter.cli.asking'] = None; from openrouter.cli import main; main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 1
    assert "import of openrouter.cli.asking halted" in ended.stderr


def test_the_library_does_not_load_the_extra() -> None:
    # httpx has a command line of its own, which loads rich where that is installed.
    code = (
        "import sys; sys.modules['httpx._main'] = None\n"
        "import openrouter, openrouter.cli; print({'rich', 'typer'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert ended.stdout == "set()\n", ended.stderr


def test_the_installed_command_is_the_same() -> None:
    (script,) = entry_points(group="console_scripts", name="openrouter")
    assert script.load() is main


def test_importing_the_module_runs_nothing() -> None:
    assert import_module("openrouter.__main__").main is main


def test_the_version() -> None:
    ended = run("--version")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"openrouter-duo {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("chat", "--modle", "x"), "No such option: --modle"), (("talk",), "No such command"), ((), "Usage:")],
)
def test_a_misspelt_command_line_is_a_usage_error(arguments: tuple[str, ...], said: str) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert said in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr


def test_the_help_tells_all_options_without_colours() -> None:
    ended = run("chat", "--help", environment={**os.environ, "FORCE_COLOR": "1", "GITHUB_ACTIONS": "true"})
    assert ended.returncode == 0
    assert "\x1b" not in ended.stdout
    for option in ("--model", "-m", "--system", "--json", "--no-stream", "--offline"):
        assert option in ended.stdout
