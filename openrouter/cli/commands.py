"""What can be typed: commands, options and their help. The work is done elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..core.version import __version__
from .asking import Question, ask
from .connecting import connect
from .ending import run
from .models import Choice, list_models, write_enum
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
models = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(models, name="models")

Offline = Annotated[
    bool, typer.Option("--offline", help="Talk to a simulated service on this machine: no key, no network.")
]
OnlyFree = Annotated[bool, typer.Option("--free", help="Only models whose tokens cost nothing.")]
With = Annotated[
    str | None,
    typer.Option("--filter", help="Only models with this text in their ids or names.", show_default=False),
]


def _screen() -> Screen:
    """Give what the user looks at; an output that the shell has closed is nowhere."""
    out, err = (
        # It is None then, whatever its type says. That is held to the end, as the outputs are.
        stream or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - see above
        for stream in (sys.stdout, sys.stderr)
    )
    return Screen(out, err, os.environ)


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
    offline: Offline = False,
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
    screen = _screen()

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
    screen = _screen()
    serving = Serving(host=host, port=port, faults=faults, seed=seed, quiet=quiet)
    raise typer.Exit(run(lambda: serve(serving, screen), screen))


@models.callback()
def models_group() -> None:
    """See which models there are."""


@models.command(name="list", short_help="Show id, context and prices of each model.")
def list_command(
    *,
    free: OnlyFree = False,
    with_text: With = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all that is known of them as one JSON array.")] = False,
    offline: Offline = False,
) -> None:
    """Show the models that write text: id, context in tokens, prices of input and output in USD per million tokens.

    A price of "varies" is that of the model which a router will pick.
    """
    screen = _screen()

    def show() -> None:
        with connect(model=None, offline=offline, watched=False) as client:
            list_models(Choice(free=free, text=with_text), client, screen, as_json=as_json)

    raise typer.Exit(run(show, screen))


@models.command(name="enum", short_help="Write a Python enum of the models of today.")
def enum_command(
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write, else, or with -, standard output.", show_default=False),
    ] = None,
    name: Annotated[str, typer.Option("--class", help="What the enum is called.")] = "Model",
    free: OnlyFree = False,
    with_text: With = None,
    offline: Offline = False,
) -> None:
    """Write a Python enum of the models of today, for code of your own: Model.OPENAI_GPT_5 is "openai/gpt-5".

    A member is named after its id, and does not come to mean another model because one was added. The file is replaced
    in one step.
    """
    screen = _screen()

    def write() -> None:
        with connect(model=None, offline=offline, watched=False) as client:
            write_enum(Choice(free=free, text=with_text), client, screen, name=name, output=output)

    raise typer.Exit(run(write, screen))
