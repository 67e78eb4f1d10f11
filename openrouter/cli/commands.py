"""What can be typed: commands, options and their help. The work is done elsewhere."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from ..core.version import __version__
from .asking import Question, ask
from .connecting import connect
from .ending import run
from .prompt import read_prompt
from .screen import Screen
from .serving import Serving, serve

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes and colours have no place in the output of a pipe
)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        typer.echo(f"openrouter-duo {__version__}")
        raise typer.Exit


@app.callback()
def openrouter(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Ask language models through OpenRouter.

    The key is read from OPENROUTER_API_KEY. With --offline, neither key nor network is needed.
    """


@app.command()
def chat(
    prompt: Annotated[
        str | None,
        typer.Argument(help="What to ask. Without it, or with -, it is read from standard input.", show_default=False),
    ] = None,
    *,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="The model to ask, else OPENROUTER_MODEL.", show_default=False)
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", help="How the model is to behave.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole reply as one JSON object.")] = False,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="Print the answer when all of it is there.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Talk to a simulated service on this machine: no key, no network.")
    ] = False,
) -> None:
    """Ask a model, and show its answer as it arrives.

    What is piped in is appended to PROMPT: git diff | openrouter chat "Review this." Where nothing comes within
    5 seconds it goes without; with - as PROMPT, standard input is waited for.

    The answer goes to standard output. A line about it goes to standard error: model, provider, tokens, cost in USD,
    and times. With --json there is no such line. On a terminal, reasoning is shown dimmed before the answer, and
    control characters are left out. In a pipe or a file there is the answer alone, as it came. NO_COLOR is honoured.

    Exit codes: 0 answered; 1 the request failed; 2 it could not be sent as asked; 130 interrupted; 141 nobody reads
    the output any more.
    """
    screen = Screen(sys.stdout, sys.stderr, os.environ)

    def answer() -> None:
        question = Question(
            prompt=read_prompt(prompt, sys.stdin, screen.note),
            system=system,
            as_json=as_json,
            streamed=not no_stream,
        )
        with connect(model=model, offline=offline, watched=screen.is_terminal) as client:
            ask(question, client, screen)

    raise typer.Exit(run(answer, screen))


@app.command(name="serve")
def serve_command(
    *,
    host: Annotated[
        str, typer.Option("--host", help="The address to listen at: loopback, so that only this machine is served.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port to listen at; 0 takes one that is free.")
    ] = 0,
    faults: Annotated[
        float,
        typer.Option(
            "--faults",
            min=0,
            max=1,
            help="Strike this share of the replies, from 0 to 1. About a third of the kinds of fault are odd but good, "
            "the others fail.",
        ),
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Decides which replies are struck, and how.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no line for each request.")] = False,
) -> None:
    """Run a simulated OpenRouter on this machine, for any program that can be given a base URL.

    The base URL is the first line of standard output. Any key will do. All answers are simulated: nothing is charged,
    and their prices and costs are simulated too.

    A line for each request goes to standard error: method, path, status, and the fault that struck it.

    Exit codes: 0 stopped, by Ctrl-C or by the system; 1 it could not listen; 2 it could not run as asked.
    """
    screen = Screen(sys.stdout, sys.stderr, os.environ)
    serving = Serving(host=host, port=port, faults=faults, seed=seed, quiet=quiet)
    raise typer.Exit(run(lambda: serve(serving, screen), screen))
