"""Formats: how content tells its own, what is taken, and what an error says of the rest."""

from __future__ import annotations

import pytest

from openrouter.core.errors import InvalidArgumentError
from openrouter.types.media import (
    AUDIO,
    FILE,
    IMAGE,
    MEDIA_TYPES,
    PDF,
    VIDEO,
    Content,
    Medium,
    declared_format,
    encoded,
    name_in,
    shown_text,
    taken_apart,
)

BEGINNINGS = [
    (IMAGE, b"\x89PNG\r\n\x1a\n\0\0", "png"),
    (IMAGE, b"\xff\xd8\xff\xe0\0\x10JFIF", "jpeg"),
    (IMAGE, b"GIF87a..", "gif"),
    (IMAGE, b"GIF89a..", "gif"),
    (IMAGE, b"RIFF\n\0\0\0WEBPVP8 ", "webp"),
    (AUDIO, b"RIFF\n\0\0\0WAVEfmt ", "wav"),
    (AUDIO, b"ID3\x04\0", "mp3"),
    (AUDIO, b"\xff\xfb\x90", "mp3"),
    (AUDIO, b"\xff\xf3\x90", "mp3"),
    (AUDIO, b"FORM\0\0\0\0AIFF", "aiff"),
    (AUDIO, b"FORM\0\0\0\0AIFC", "aiff"),
    (AUDIO, b"\xff\xf1\x50", "aac"),
    (AUDIO, b"\xff\xf9\x50", "aac"),
    (AUDIO, b"OggS\0", "ogg"),
    (AUDIO, b"fLaC\0", "flac"),
    (AUDIO, b"\0\0\0\x20ftypM4A \0", "m4a"),
    (AUDIO, b"\0\0\0\x20ftypmp42\0", "m4a"),
    (VIDEO, b"\0\0\0\x20ftypmp42\0", "mp4"),
    (VIDEO, b"\n\0\0\x20ftypisom\0", "mp4"),
    (VIDEO, b"\0\0\0\x14ftypqt  \0", "mov"),
    (VIDEO, b"\0\0\1\xba\x44", "mpeg"),
    (VIDEO, b"\0\0\1\xb3\x44", "mpeg"),
    (VIDEO, b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\x82\x84webm", "webm"),
    (PDF, b"%PDF-1.7\n", "pdf"),
    (PDF, b"\n" * 1000 + b"%PDF-1.7\n", "pdf"),
    (FILE, b"%PDF-1.7\n", "pdf"),
]


@pytest.mark.parametrize(("medium", "data", "found"), BEGINNINGS)
@pytest.mark.parametrize("name", ["", "misleading.jpg", "speech.wav"])
def test_content_tells_its_format_whatever_its_name_says(medium: Medium, data: bytes, found: str, name: str) -> None:
    assert encoded(medium, data, None, name, "it").format == found


@pytest.mark.parametrize(
    ("medium", "name", "found"),
    [
        (IMAGE, "a.png", "png"),
        (IMAGE, "a.JPG", "jpeg"),
        (IMAGE, "/x.y/a.jfif", "jpeg"),
        (AUDIO, "a.opus", "ogg"),
        (AUDIO, "a.aif", "aiff"),
        (AUDIO, "a.b.pcm16", None),
        (AUDIO, "a.mp3", "mp3"),
        (VIDEO, "a.m4v", "mp4"),
        (VIDEO, "a.mpg", "mpeg"),
        (VIDEO, "a.qt", "mov"),
        (PDF, "a.pdf", "pdf"),
        (PDF, "a", None),
        (IMAGE, ".png", None),
    ],
)
def test_a_name_tells_the_format_of_content_that_tells_none(medium: Medium, name: str, found: str | None) -> None:
    if found is None:
        with pytest.raises(InvalidArgumentError, match="neither its first bytes nor its name tell its format"):
            encoded(medium, b"?", None, name, "it")
    else:
        assert encoded(medium, b"?", None, name, "it") == Content("Pw==", found)


@pytest.mark.parametrize("medium", [IMAGE, AUDIO, VIDEO, PDF])
def test_what_is_declared_wins(medium: Medium) -> None:
    for known in medium.formats:
        assert encoded(medium, b"%PDF-", known, "a.gif", "it").format == known
        assert declared_format(medium, known) == known
        if known in MEDIA_TYPES:
            assert declared_format(medium, MEDIA_TYPES[known].upper()) == known
    assert declared_format(medium, None) is None


@pytest.mark.parametrize(
    ("medium", "told", "found"),
    [
        (IMAGE, "image/jpg", "jpeg"),
        (AUDIO, "audio/x-wav", "wav"),
        (AUDIO, "audio/mp3", "mp3"),
        (AUDIO, "pcm24", "pcm24"),
        (VIDEO, "video/quicktime", "mov"),
        (FILE, "text/csv", "text/csv"),
        (FILE, "application/pdf", "pdf"),
        (FILE, "Image/PNG", "image/png"),
        (FILE, "application/vnd.ms-excel", "application/vnd.ms-excel"),
        (FILE, "image/svg+xml", "image/svg+xml"),
    ],
)
def test_a_format_has_several_names(medium: Medium, told: str, found: str) -> None:
    assert declared_format(medium, told) == found


@pytest.mark.parametrize(
    ("medium", "told", "words"),
    [
        (IMAGE, "image/tiff", "media_type='image/tiff' cannot be sent: it has to be one of image/png, image/jpeg, "),
        (IMAGE, "mp3", "media_type='mp3'"),
        (
            AUDIO,
            "wma",
            "format='wma' cannot be sent: it has to be one of wav, mp3, aiff, aac, ogg, flac, m4a, pcm16, pcm24;",
        ),
        (AUDIO, "", "format=''"),
        (
            VIDEO,
            "video/avi",
            "one of video/mp4, video/mpeg, video/mov, video/webm; a part that is given as a dict is sent",
        ),
        (
            FILE,
            "csv",
            "media_type='csv' cannot be sent: it has to be a media type such as 'text/csv', without parameters",
        ),
        (FILE, "text/plain; charset=utf-8", "without parameters; those of a data URL are sent."),
        (FILE, "text/plain\r\nX: y", "media_type='text/plain\\r\\nX: y'"),
        (FILE, "text/a,b", "media_type='text/a,b'"),
        (FILE, "text/", "media_type='text/'"),
        (IMAGE, 5, "media_type=5 cannot be sent: it has to be a string"),
    ],
)
def test_a_format_that_the_api_does_not_know_is_refused(medium: Medium, told: str, words: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        declared_format(medium, told)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("medium", "data", "words"),
    [
        (IMAGE, b"", "image(it) cannot be sent: it is empty."),
        (IMAGE, b"%PDF-1.7", "image(it) cannot be sent: its first bytes are those of pdf. Use pdf() for it."),
        (IMAGE, b"\0\0\0\x20ftypisom", "those of mp4. Use video() for it."),
        (
            IMAGE,
            b"\0\0\0\x20ftypheic",
            "those of heic. Taken: png, jpeg, webp, gif. Say with media_type= which of them it",
        ),
        (IMAGE, b"\0\0\0\x20ftypavif", "those of avif. Taken: png"),
        (IMAGE, b"II*\0\x08", "those of tiff. Taken: png"),
        (IMAGE, b"MM\0*\x08", "those of tiff. Taken: png"),
        (VIDEO, b"\x1aE\xdf\xa3\x9fB\x82\x88matroska", "those of mkv. Taken: mp4, mpeg, mov, webm."),
        (VIDEO, b"OggS", "those of ogg. Use audio() for it."),
        (AUDIO, b"\x1aE\xdf\xa3\x9fB\x82\x84webm", "those of webm. Use video() for it."),
        (PDF, b"\x89PNG\r\n\x1a\n", "pdf(it) cannot be sent: its first bytes are those of png. Use image() for it."),
        (PDF, b"PK\3\4", "neither its first bytes nor its name tell its format. Taken: pdf. Convert it."),
        (FILE, b"a,b", "Taken: pdf. Say with media_type= what it is, if your model takes that."),
        (AUDIO, b"\0\1", "pcm16, pcm24. Say with format= which of them it is, convert it, or give the part as a dict"),
    ],
)
def test_content_that_is_not_taken_is_refused_with_the_way_out(medium: Medium, data: bytes, words: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        encoded(medium, data, None, "", "it")
    assert words in str(caught.value)


def test_a_name_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"audio\(it\) cannot be sent: it is png. Use image\(\) for it."):
        encoded(AUDIO, b"?", None, "a.png", "it")


def test_a_beginning_that_is_far_away_is_none() -> None:
    with pytest.raises(InvalidArgumentError, match="neither its first bytes"):
        encoded(PDF, b"\n" * 1100 + b"%PDF-", None, "", "it")


@pytest.mark.parametrize(
    ("medium", "url", "content"),
    [
        (IMAGE, "data:image/png;base64,QUJD", Content("QUJD", "png")),
        (IMAGE, "DATA:IMAGE/JPG;BASE64,QUJD", Content("QUJD", "jpeg")),
        (AUDIO, "data:audio/mpeg;rate=8000;base64,QUJD", Content("QUJD", "mp3")),
        (FILE, "data:text/csv;base64,QUJD", Content("QUJD", "text/csv")),
        (FILE, "data:image/png;base64,QUJD", Content("QUJD", "image/png")),
        (FILE, "data:application/pdf;base64,QUJD", Content("QUJD", "pdf")),
        (PDF, "data:application/pdf;base64,QUJD", Content("QUJD", "pdf")),
        (IMAGE, "data:image/png;base64,QQ%3D%3D", Content("QQ==", "png")),
        (IMAGE, "data:image/png;base64, QU\nJD%0A", Content("QUJD", "png")),
        (IMAGE, "data:image/png;charset=utf-8;base64,QUJD", Content("QUJD", "png")),
    ],
)
def test_a_data_url_is_taken_apart(medium: Medium, url: str, content: Content) -> None:
    assert taken_apart(medium, url, None) == content


def test_the_parameters_of_a_document_are_kept() -> None:
    url = "data:text/plain;charset=UTF-8;name=a.txt;base64,QUJD"
    assert taken_apart(FILE, url, None).data_url == url
    assert taken_apart(FILE, url, "text/csv").data_url == "data:text/csv;base64,QUJD"


def test_what_is_declared_wins_over_a_data_url() -> None:
    content = taken_apart(IMAGE, "data:;base64,QUJD", "webp")
    assert content.data_url == "data:image/webp;base64,QUJD"


@pytest.mark.parametrize(
    ("medium", "url", "words"),
    [
        (IMAGE, "data:image/svg+xml,<svg/>", "a data URL has to say its type and base64"),
        (FILE, "data:text/plain;a=b\r\nX: y;base64,QUJD", "a data URL has to say its type and base64"),
        (IMAGE, "data:image/png;base64,%%%", "what follows its comma is not base64."),
        (IMAGE, "data:image/png;base64,QÜJD", "what follows its comma is not base64."),
        (FILE, "data:text;base64,QUJD", "it says that it is text. Taken: pdf"),
        (IMAGE, "data:image/png;base64", "it is empty"),
        (IMAGE, "data:image/png;base64, ", "it is empty"),
        (IMAGE, "data:image/svg+xml;base64,QUJD", "it says that it is image/svg+xml. Taken: png"),
        (IMAGE, "data:;base64,QUJD", "it does not say what it is. Taken: png"),
        (FILE, "data:;base64,QUJD", "it does not say what it is. Taken: pdf"),
        (AUDIO, "data:video/mp4;base64,QUJD", "it says that it is video/mp4. Use video() for it."),
    ],
)
def test_a_data_url_that_cannot_be_sent(medium: Medium, url: str, words: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        taken_apart(medium, url, None)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a/b%20c.pdf?x=/y#z", "b c.pdf"),
        ("https://example.org/a/", ""),
        ("https://example.org", ""),
        ("https://example.org?file=a.pdf", ""),
        ("http://[", ""),
    ],
)
def test_a_url_may_name_a_file(url: str, name: str) -> None:
    assert name_in(url) == name


def test_what_is_long_is_shown_short() -> None:
    assert shown_text("a.png") == "'a.png'"
    assert len(shown_text("data:" + "x" * 10**6)) == len("'…'") + 80
    assert len(shown_text("https://example.org/" + "x" * 10**6)) == len("'…'") + 80
    assert "x" * 100 not in repr(Content("x" * 100, "png"))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("s3://key:hush@bucket/a.mp4?token=hush#hush", "'s3://bucket/a.mp4'"),
        ("DATA:text/plain;base64,aHVzaA==", "'DATA:text/plain;base64,…'"),
        ("https://example.org/a,b.mp3?token=hush", "'https://example.org/a,b.mp3'"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret_in_it(address: str, shown: str) -> None:
    assert shown_text(address) == shown
