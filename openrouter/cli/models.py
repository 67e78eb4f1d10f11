"""The models that are offered: shown in lines, or written as an enum."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from attrs import frozen

from ..client import SyncClient
from ..core.errors import InvalidArgumentError
from ..types.models import Model
from .models_enum import enum_source
from .screen import Screen

_MILLION: Final = 1_000_000


@frozen(kw_only=True)
class Choice:
    """Which of the models are wanted."""

    free: bool = False
    text: str | None = None
    """What stands in the id or the name; upper and lower case are the same."""

    def among(self, models: Iterable[Model]) -> list[Model]:
        """Give the wanted ones in the order of their ids; raise `InvalidArgumentError` where there are none."""
        chosen = sorted((model for model in models if self._takes(model)), key=lambda model: model.id)
        if not chosen:
            wanted = [*["is free"] * self.free, *([f"has {self.text!r} in its id or name"] if self.text else [])]
            raise InvalidArgumentError(f"No model {' and '.join(wanted or ['is offered'])}.")
        return chosen

    def _takes(self, model: Model) -> bool:
        known = f"{model.id}\n{model.name or ''}".casefold()
        costs_nothing = model.pricing.prompt == model.pricing.completion == 0
        return bool(model.id) and (self.text or "").casefold() in known and (costs_nothing or not self.free)


def list_models(choice: Choice, client: SyncClient, screen: Screen, *, as_json: bool) -> None:
    """Show a line for each model, or, `as_json`, all that the service says of them as one JSON array."""
    models = choice.among(client.models.list())
    if as_json:
        screen.show_json([model.raw for model in models])
        return
    rows = [_row(model) for model in models]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    screen.note("id, context in tokens, USD per million tokens of the input and of the output")
    for slug, *numbers in rows:
        aligned = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True)]
        screen.show_text("  ".join([slug.ljust(widths[0]), *aligned]) + "\n")


def _row(model: Model) -> tuple[str, str, str, str]:
    context = "-" if model.context_length is None else str(model.context_length)
    if model.pricing.varies:
        return model.id, context, "varies", "varies"
    return model.id, context, _per_million(model.pricing.prompt), _per_million(model.pricing.completion)


def _per_million(price: Decimal | None) -> str:
    return "-" if price is None else f"{(price * _MILLION).normalize():f}"


def write_enum(choice: Choice, client: SyncClient, screen: Screen, *, name: str, output: Path | None) -> None:
    """Write an enum of the models to a file, which is the old or the whole new one; to `-`, or nothing, show it."""
    enum_source((), name=name, day=_today())  # for the name, before anything is asked for
    ids = {model.id for model in choice.among(client.models.list())}
    source = enum_source(ids, name=name, day=_today())
    if output is None or str(output) == "-":
        screen.show_text(source)
        return
    _replace(output, source)
    screen.note(f"{output}: {len(ids)} model{'s' if len(ids) > 1 else ''}")


def _today() -> date:
    return datetime.now(UTC).date()


def _replace(path: Path, text: str) -> None:
    """Write a file in one step: who reads it meanwhile sees the old one."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        # A pipe, or /dev/null: what is put in its place would be nobody's.
        target.write_text(text, encoding="utf-8", newline="\n")
        return
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if target.exists():
            draft.chmod(target.stat().st_mode)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
