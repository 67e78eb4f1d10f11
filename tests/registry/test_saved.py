"""The list of models as a file: what is written, and what of a file is believed."""

from __future__ import annotations

import json
import os
import re
import resource
import stat
from pathlib import Path
from typing import Any

import pytest

from openrouter.core.structuring import structurer
from openrouter.registry.catalogue import Catalogue
from openrouter.registry.saved import LONGEST_AGE, read_saved, write_saved
from openrouter.types.models import Model
from tests.models_350 import MODELS_350, ODD, made

HERE = "https://openrouter.ai/api/v1"
THEN = 1_800_000_000.0
CATALOGUE = Catalogue(map(structurer(Model), [*MODELS_350, *ODD]), loaded_at=THEN)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models.json"


def told(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(record.getMessage() for record in caplog.records)


def test_what_is_written_is_read_again(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_saved(path, HERE, CATALOGUE)
    found = read_saved(path, HERE, THEN + 10)
    assert found is not None
    assert (found.models, found.loaded_at) == (CATALOGUE.models, THEN)
    assert caplog.records == []


def test_the_file_says_where_and_when_and_nothing_else(path: Path) -> None:
    write_saved(path, HERE, CATALOGUE)
    kept = json.loads(path.read_bytes())
    assert kept == {
        "openrouter_models": 1,
        "base_url": HERE,
        "saved_at": "2027-01-15T08:00:00+00:00",
        "models": [model.raw for model in CATALOGUE],
    }


def test_the_file_is_for_its_owner_alone_and_replaces_the_one_before(path: Path) -> None:
    path.write_text("something else", encoding="utf-8")
    path.chmod(0o644)
    write_saved(path, HERE, CATALOGUE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["models.json"]


def test_missing_directories_are_made_and_links_and_homes_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_saved("~/cache/openrouter/models.json", HERE, CATALOGUE)
    real, link = tmp_path / "cache/openrouter/models.json", tmp_path / "link.json"
    link.symlink_to(real)
    real.unlink()
    write_saved(os.fspath(link), HERE, CATALOGUE)
    assert link.is_symlink()
    assert read_saved("~/cache/openrouter/models.json", HERE, THEN) is not None


def test_a_file_that_is_not_there_is_no_matter(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert read_saved(path, HERE, THEN) is None
    assert caplog.records == []


def changed(**fields: Any) -> bytes:
    content = {
        "openrouter_models": 1,
        "base_url": HERE,
        "saved_at": "2027-01-15T08:00:00+00:00",
        "models": [made("a/b")],
    }
    return json.dumps({**content, **fields}).encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Expecting value|unexpected end|zero-length"),
        (changed()[:-20], "models.json is not used"),
        (b"\xff\xfe\x00", "models.json is not used"),
        (b"[" * 100_000, "models.json is not used"),
        (b"[]", "it is no list that this version wrote"),
        (b'{"data": [{"id": "a/b"}]}', "it is no list that this version wrote"),
        (changed(openrouter_models=2), "it is no list that this version wrote"),
        (changed(base_url="https://elsewhere.example/api"), r"it is a list of 'https://elsewhere\.example/api'\."),
        (changed(saved_at=None), "models.json is not used"),
        (changed(saved_at="yesterday\n\x1b[31m"), "models.json is not used"),
        (changed(saved_at="0001-01-01T00:00:00+23:59"), "models.json is not used"),
        (changed(models=[]), r"it is empty\."),
        (changed(models="all"), r"it is empty\."),
        (changed(models=[None, 5, {"name": "no id"}]), r"it is empty\."),
    ],
)
def test_a_file_that_is_damaged_or_foreign_is_ignored_and_told_of(
    path: Path, content: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(content)
    assert read_saved(path, HERE, THEN) is None
    (record,) = caplog.records
    assert (record.levelname, record.name) == ("WARNING", "openrouter.registry")
    assert told(caplog).isprintable()
    assert re.search(why, told(caplog)), told(caplog)


@pytest.mark.parametrize(
    ("passed", "is_used"), [(0, True), (LONGEST_AGE, True), (LONGEST_AGE + 1, False), (-300, True), (-301, False)]
)
def test_a_file_is_used_for_a_week_and_not_when_it_comes_from_the_future(
    path: Path, passed: float, *, is_used: bool, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(changed())
    assert (read_saved(path, HERE, THEN + passed) is not None) is is_used
    assert ("it was saved at 2027-01-15T08:00:00+00:00." in told(caplog)) is not is_used


def test_what_is_no_file_is_not_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert read_saved(tmp_path, HERE, THEN) is read_saved(pipe, HERE, THEN) is None
    assert told(caplog).count("it is no file.") == 2


def test_what_is_no_file_is_not_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    write_saved(pipe, HERE, CATALOGUE)
    assert pipe.is_fifo()
    assert [found.name for found in tmp_path.iterdir()] == ["pipe"]
    assert told(caplog) == f"The list of models could not be saved in {pipe}: it is no file."


def test_where_the_disk_is_full_the_old_file_stays_and_nothing_else(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(changed())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        write_saved(path, HERE, CATALOGUE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == changed()
    assert [found.name for found in path.parent.iterdir()] == ["models.json"]
    assert told(caplog).startswith(f"The list of models could not be saved in {path}: ")


def test_a_file_of_any_size_is_not_read_whole(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with path.open("wb") as sparse:
        sparse.truncate(2**40)
    assert read_saved(path, HERE, THEN) is None
    assert "it has more than 33554432 bytes." in told(caplog)


@pytest.mark.parametrize(
    "place", ["file/models.json", "directory", "\0"], ids=["below a file", "a directory", "no path"]
)
def test_a_file_that_cannot_be_written_is_told_of(tmp_path: Path, place: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "directory").mkdir()
    write_saved(tmp_path / place, HERE, CATALOGUE)
    assert told(caplog).startswith("The list of models could not be saved in ")
    # Nothing half-written stays behind.
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["directory", "file"]
