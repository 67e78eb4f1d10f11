"""Parts of messages: the JSON of each from every kind of source, and what is refused before anything is sent."""

from __future__ import annotations

import os
import pickle
from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
from io import BytesIO, StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from openrouter.core.errors import InvalidArgumentError
from openrouter.core.structuring import Unbuilt, as_dict
from openrouter.messages import audio, cache, file, image, pdf, text, video
from openrouter.types.chat import Message
from openrouter.types.messages import message_list
from openrouter.types.parts import PathPart, is_part

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
WAV = b"RIFF\x10\0\0\0WAVEfmt "
MP4 = b"\0\0\0\x20ftypisom"
DOCUMENT = b"%PDF-1.7 text"


def coded(data: bytes) -> str:
    return b64encode(data).decode()


IN_PNG = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{coded(PNG)}"}}
IN_WAV = {"type": "input_audio", "input_audio": {"data": coded(WAV), "format": "wav"}}
IN_MP4 = {"type": "video_url", "video_url": {"url": f"data:video/mp4;base64,{coded(MP4)}"}}
IN_PDF = {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{coded(DOCUMENT)}"}}
MAKERS = [
    (image, PNG, IN_PNG),
    (audio, WAV, IN_WAV),
    (video, MP4, IN_MP4),
    (pdf, DOCUMENT, IN_PDF),
    (file, DOCUMENT, IN_PDF),
]


class Awaited:
    """Reads as the files of libraries that await do."""

    async def read(self) -> bytes:
        return PNG


class Failing(BytesIO):
    def read(self, _size: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")


def with_name(part: dict[str, Any], name: str | None) -> dict[str, Any]:
    """Only documents have a name."""
    if part["type"] != "file":
        return part
    return {"type": "file", "file": {**part["file"], **({} if name is None else {"filename": name})}}


@pytest.mark.parametrize(("make", "data", "part"), MAKERS)
def test_every_source_gives_the_same_part(
    make: Callable[..., Any], data: bytes, part: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    for source in (data, bytearray(data), memoryview(data), BytesIO(data)):
        assert make(source) == with_name(part, "document.pdf")
    with path.open("rb") as opened:
        assert make(opened) == with_name(part, "a.bin")
    for source in (path, str(path)):
        assert isinstance(make(source), PathPart)
        assert as_dict(make(source)) == with_name(part, "a.bin")


@pytest.mark.parametrize(
    ("part", "json"),
    [
        (text("Hi"), {"type": "text", "text": "Hi"}),
        (
            image("https://example.org/a.svg?x=1"),
            {"type": "image_url", "image_url": {"url": "https://example.org/a.svg?x=1"}},
        ),
        (image(" https://example.org/a\n"), {"type": "image_url", "image_url": {"url": "https://example.org/a"}}),
        (image("HTTP://example.org/a"), {"type": "image_url", "image_url": {"url": "HTTP://example.org/a"}}),
        (
            image("https://example.org/a", detail="original"),
            {"type": "image_url", "image_url": {"url": "https://example.org/a", "detail": "original"}},
        ),
        (
            image("data:image/jpg;base64,QUJD", detail="low"),
            {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,QUJD", "detail": "low"}},
        ),
        (
            image(b"ABC", media_type="image/webp"),
            {"type": "image_url", "image_url": {"url": "data:image/webp;base64,QUJD"}},
        ),
        (
            audio("data:audio/mpeg;base64,QUJD"),
            {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "mp3"}},
        ),
        (audio(b"ABC", format="pcm16"), {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "pcm16"}}),
        (
            video("https://youtu.be/x", processing="static"),
            {"type": "video_url", "video_url": {"url": "https://youtu.be/x", "processing": "static"}},
        ),
        (
            pdf("https://example.org/a%20b.pdf#page=2"),
            {"type": "file", "file": {"file_data": "https://example.org/a%20b.pdf#page=2", "filename": "a b.pdf"}},
        ),
        (pdf("https://example.org"), {"type": "file", "file": {"file_data": "https://example.org"}}),
        (
            pdf("https://example.org/a.pdf", filename="b.pdf"),
            {"type": "file", "file": {"file_data": "https://example.org/a.pdf", "filename": "b.pdf"}},
        ),
        (
            pdf("data:application/pdf;base64,QUJD"),
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,QUJD", "filename": "document.pdf"}},
        ),
        (file(file_id="file-1"), {"type": "file", "file": {"file_id": "file-1"}}),
        (file(file_id="file-1", filename="a"), {"type": "file", "file": {"file_id": "file-1", "filename": "a"}}),
        (file(b"a,b", media_type="text/csv"), {"type": "file", "file": {"file_data": "data:text/csv;base64,YSxi"}}),
        (file(PNG, media_type="image/png"), {"type": "file", "file": {"file_data": IN_PNG["image_url"]["url"]}}),
        (
            file("data:text/plain;charset=utf-8;base64,QUJD"),
            {"type": "file", "file": {"file_data": "data:text/plain;charset=utf-8;base64,QUJD"}},
        ),
        (
            cache("Long.", ttl="1h"),
            {"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        ),
        (cache(text("Long.")), {"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}),
        (
            cache({"type": "hologram", "cache_control": {"type": "old"}, "x": [None]}),
            {"type": "hologram", "cache_control": {"type": "ephemeral"}, "x": [None]},
        ),
    ],
)
def test_the_json_of_each_part(part: dict[str, Any], json: dict[str, Any]) -> None:
    assert part == json


def test_a_file_is_read_when_the_request_is_built_and_once(tmp_path: Path) -> None:
    path = tmp_path / "late.png"
    part = image(path)
    message = {"role": "user", "content": ["Look", part]}
    path.write_bytes(PNG)
    first = message_list(message)
    assert first == [{"role": "user", "content": ["Look", IN_PNG]}]
    path.unlink()
    again = message_list([message, message])
    assert again == [*first, *first]
    assert again[0]["content"][1]["image_url"]["url"] is first[0]["content"][1]["image_url"]["url"]
    again[0]["content"][1]["image_url"]["url"] = "changed"
    assert message_list(message) == [{"role": "user", "content": ["Look", IN_PNG]}]


def test_a_file_object_is_read_once_from_where_it_stands() -> None:
    opened = BytesIO(b"skipped" + PNG)
    opened.seek(len(b"skipped"))
    part = image(opened)
    opened.close()
    assert part == IN_PNG


def test_a_part_of_a_received_message_is_built_too(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    message = Message(role="user", content=[text("Look"), image(tmp_path / "a.png")])
    assert message_list(message)[0]["content"] == [text("Look"), IN_PNG]


def test_marking_a_part_leaves_it_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    part, words = image(tmp_path / "a.png", detail="low"), MappingProxyType(text("a"))
    kept = as_dict(part)
    assert as_dict(cache(part, ttl="5m")) == {**kept, "cache_control": {"type": "ephemeral", "ttl": "5m"}}
    assert cache(words) == {**words, "cache_control": {"type": "ephemeral"}}
    assert as_dict(part) == kept
    assert "cache_control" not in words


@pytest.mark.parametrize("copy", [deepcopy, lambda part: pickle.loads(pickle.dumps(part))], ids=["deepcopy", "pickle"])  # noqa: S301 - our own
def test_a_copy_has_what_was_read_and_reads_what_was_not(copy: Callable[[Any], Any], tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    part = cache(image(path, detail="low"), ttl="1h")
    unread = copy(part)
    assert unread == part
    built = as_dict(part)
    read = copy(part)
    assert unread == part
    assert as_dict(unread) == built
    path.unlink()
    assert read == part
    assert as_dict(read) == built


def test_parts_are_equal_when_they_say_the_same() -> None:
    assert image("a.png") == image(Path("a.png"))
    assert image("a.png") != image("b.png")
    assert image("a.png") != image("a.png", detail="low")
    assert image("a.png") != image("a.png", media_type="image/png")
    assert image("a.png") != video("a.png")
    assert image("a.png") != cache(image("a.png"))
    assert image("a.png") != "a.png"


def test_a_part_cannot_be_changed() -> None:
    part = image("a.png")
    assert isinstance(part, PathPart)
    with pytest.raises(AttributeError):
        part.path = "b.png"  # type: ignore[misc]  # what is tested


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (image("a.png"), "image('a.png')"),
        (image("a", detail="low", media_type="image/jpg"), "image('a', media_type='jpeg', detail='low')"),
        (audio("a", format="mp3"), "audio('a', format='mp3')"),
        (pdf("a.pdf"), "pdf('a.pdf')"),
        (file(Path("a"), filename="b", media_type="text/csv"), "file('a', media_type='text/csv', filename='b')"),
        (cache(video("a.mp4")), "cache(video('a.mp4'))"),
        (cache(video("a.mp4"), ttl="1h"), "cache(video('a.mp4'), ttl='1h')"),
    ],
)
def test_a_part_shows_how_it_was_made(part: object, shown: str) -> None:
    assert repr(part) == shown


def test_what_a_part_shows_stays_short_after_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG * 10_000)
    part = image(path)
    as_dict(part)
    assert len(repr(part)) < len(str(path)) + 20
    assert len(repr(image("x" * 10_000))) < 100


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: image(""), "source='' cannot be sent: it has to be a path, a URL, bytes or a binary file"),
        (lambda: image(" \n"), "source=' \\n'"),
        (lambda: image(5), "source=5 cannot be sent: it has to be a path"),
        (lambda: image(b""), "image(<0 bytes>) cannot be sent: it is empty."),
        (lambda: image(BytesIO()), "image(<BytesIO>) cannot be sent: it is empty."),
        (lambda: image(StringIO("a")), "it gives str, not bytes. Open the file in binary mode."),
        (lambda: image(Awaited()), "image(<Awaited>) cannot be sent: its read() has to be awaited. Await it, and give"),
        (lambda: image(Failing()), "image(<Failing>) cannot be sent: the file cannot be read: [Errno 5] Input/output"),
        (lambda: image("gs://bucket/a.png"), "image('gs://bucket/a.png') cannot be sent: of URLs, only http:, https:"),
        (lambda: pdf("file:///a.pdf"), "A file is given by its path."),
        (
            lambda: audio("https://example.org/a.mp3"),
            "the API takes no URL of a recording. Download it, and give its by",
        ),
        (
            lambda: audio("https://ann:hush@example.org/a.mp3?token=hush#hush"),
            "audio('https://example.org/a.mp3') cannot be sent: the API takes no URL of a recording.",
        ),
        (lambda: image("data:text/csv;base64,QUJD"), "image('data:text/csv;base64,…') cannot be sent: it says"),
        (lambda: audio("a.wma", format="wma"), "format='wma' cannot be sent: it has to be one of wav, mp3"),
        (lambda: image("a", detail=""), "detail='' cannot be sent: it has to be a string that is not blank"),
        (lambda: image("a", detail=3), "detail=3"),
        (lambda: video("a", processing=3), "processing=3"),
        (lambda: pdf("a", filename=""), "filename=''"),
        (file, "file_id=None cannot be sent: it has to be the id of an uploaded file, given instead of a"),
        (lambda: file(file_id=""), "file_id=''"),
        (lambda: file(file_id=3), "file_id=3"),
        (lambda: file("a.pdf", file_id="file-1"), "file_id='file-1' cannot be sent"),
        (lambda: cache("a", ttl=""), "ttl=''"),
        (lambda: cache({"role": "user", "content": "a", "type": "x"}), "messages are cached by their parts"),
        (lambda: cache({"text": "a"}), "part={'text': 'a'} cannot be sent: it has to be a string, a part of a message"),
        (lambda: cache(5), "part=5"),
        (lambda: text(5), "text=5 cannot be sent: it has to be a string"),
    ],
)
def test_what_cannot_be_a_part_is_refused_at_once(make: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.png", "missing.png') cannot be sent: the file cannot be read: No such file or directory."),
        (".", "cannot be sent: it is a directory."),
        ("pipe.png", "pipe.png') cannot be sent: it is no file that has an end, but a pipe, a socket or a device, "),
        ("/dev/null", "Open it yourself, and give the file object, or bytes."),
        ("empty.png", "empty.png') cannot be sent: it is empty."),
        ("notes.txt", "notes.txt') cannot be sent: neither its first bytes nor its name tell its format."),
        ("paper.png", "paper.png') cannot be sent: its first bytes are those of pdf. Use pdf() for it."),
        ("nul\0.png", "cannot be sent: the file cannot be read: "),  # Pythons say why in different words
        ("n." * 5_000, "cannot be sent: the file cannot be read: File name too long."),
        ("iVBORw0K" * 5_000 + "==", "name too long. If it is base64, put data:image/png;base64, before it."),
    ],
)
def test_a_file_that_cannot_be_sent_is_refused_when_the_request_is_built(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for made, data in (("empty.png", b""), ("notes.txt", b"text"), ("paper.png", DOCUMENT)):
        Path(made).write_bytes(data)
    os.mkfifo("pipe.png")
    message = {"role": "user", "content": [image(name)]}
    with pytest.raises(InvalidArgumentError) as caught:
        message_list(message)
    assert words in str(caught.value)


def test_a_closed_file_is_refused() -> None:
    opened = BytesIO(PNG)
    opened.close()
    with pytest.raises(InvalidArgumentError, match=r"the file cannot be read: I/O operation on closed file\.$"):
        image(opened)


def test_a_name_that_is_no_text_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    with path.open("rb") as opened, open(opened.fileno(), "rb", closefd=False) as by_number:
        assert by_number.name == opened.fileno()
        assert image(by_number) == IN_PNG


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        (text("a"), True),
        (MappingProxyType(text("a")), True),
        (cache("a"), True),
        (IN_PNG, True),
        (IN_WAV, True),
        (IN_MP4, True),
        (IN_PDF, True),
        ({"type": "input_video", "video_url": {"url": "https://example.org"}}, True),
        ({**text("a"), "prompt_cache_breakpoint": {"mode": "explicit"}}, True),
        (image("a.png"), True),
        ({**text("a"), "id": 5}, False),
        ({"type": "text"}, False),
        ({"type": "text", "text": 5}, False),
        ({"type": "file", "file": "a.txt"}, False),
        ({"type": "hologram", "hologram": {}}, False),
        ({"type": ["text"], "text": "a"}, False),
        ({}, False),
        ("a", False),
        (None, False),
    ],
)
def test_data_that_look_a_little_like_a_part_are_none(value: object, *, is_one: bool) -> None:
    assert is_part(value) is is_one


def test_what_is_not_built_yet_becomes_json_wherever_it_stands() -> None:
    class Late(Unbuilt):
        def to_dict(self) -> dict[str, Any]:
            return {"late": True}

    assert as_dict({"a": [Late(), 1]}) == {"a": [{"late": True}, 1]}
