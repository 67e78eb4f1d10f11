"""Recorded replies of the real service. They are no part of this repository, and need not lie beside it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

WIRE: Final = Path(__file__).parents[3] / "shared" / "wire"

NEEDED: Final = pytest.mark.skipif(not WIRE.is_dir(), reason="There are no recordings beside this checkout.")


@cache
def recording(name: str) -> dict[str, Any]:
    """Give a recording: what was asked, and what came back."""
    found: dict[str, Any] = json.loads((WIRE / f"{name}.json").read_bytes())
    return found


def names(*, endpoint: str = "POST /chat/completions", streams: bool | None = None, status: int = 200) -> list[str]:
    """Name the recordings of an endpoint, those that have a body."""
    found: list[str] = []
    for path in sorted(WIRE.glob("*.json")):
        kept = recording(path.stem)
        response, is_stream = kept["response"], kept["is_stream"]
        if kept["endpoint"] == endpoint and response["status"] == status and response["body"]:
            found += [path.stem] if streams in {None, is_stream} else []
    return found


def body_of(name: str) -> bytes:
    """Give the body of a recorded reply."""
    return str(recording(name)["response"]["body"]).encode()


def headers_of(name: str) -> dict[str, str]:
    """Give the headers of a recorded reply, without those that were about the connection and the encoding then."""
    left_out = {"content-encoding", "content-length", "transfer-encoding", "connection"}
    return {key: value for key, value in recording(name)["response"]["headers"] if key.lower() not in left_out}


def documents_of(name: str) -> list[Any]:
    """Give the JSON documents of a recorded reply."""
    body = body_of(name).decode()
    lines = [line.removeprefix("data: ") for line in body.split("\n") if line.startswith("data: {")]
    return [json.loads(document) for document in lines or [body]]
