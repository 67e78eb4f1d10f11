"""`openrouter models`: which there are, as lines, as JSON and as Python."""

from __future__ import annotations

import json
import os
import runpy
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from openrouter.testing import FakeOpenRouter
from tests.cli.test_command import environment, run, server

__all__ = ["environment", "server"]

HEADING = "id, context in tokens, USD per million tokens of the input and of the output\n"
MODELS = [
    {
        "id": "vendor/dear",
        "name": "Dear",
        "context_length": 200_000,
        "pricing": {"prompt": "0.000015", "completion": "0.000075"},
    },
    {"id": "vendor/cheap", "context_length": 8192, "pricing": {"prompt": "0.00000002", "completion": "0.0000001"}},
    {
        "id": "vendor/dear:free",
        "name": "Dear (free)",
        "context_length": None,
        "pricing": {"prompt": "0", "completion": "0"},
    },
    {"id": "openrouter/auto", "context_length": 2_000_000, "pricing": {"prompt": "-1", "completion": "-1"}},
    {"id": "vendor/half-free", "pricing": {"prompt": "0"}, "context_length": 1},
]
HEAD = '"""Models of OpenRouter: '


@pytest.fixture(name="fake")
def fake_with_models() -> FakeOpenRouter:
    return FakeOpenRouter(models=MODELS)


def test_each_model_is_a_line(environment: dict[str, str]) -> None:
    ended = run("models", "list", environment=environment)
    assert (ended.returncode, ended.stderr) == (0, HEADING)
    assert ended.stdout == (
        "openrouter/auto   2000000  varies  varies\n"
        "vendor/cheap         8192    0.02     0.1\n"
        "vendor/dear        200000      15      75\n"
        "vendor/dear:free        -       0       0\n"
        "vendor/half-free        1       0       -\n"
    )


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--free"], ["vendor/dear:free"]),
        (["--filter", "DEAR"], ["vendor/dear", "vendor/dear:free"]),
        (["--filter", "(free)"], ["vendor/dear:free"]),
        (["--filter", "vendor/", "--free"], ["vendor/dear:free"]),
    ],
)
def test_some_of_them(environment: dict[str, str], options: list[str], ids: list[str]) -> None:
    ended = run("models", "list", "--json", *options, environment=environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [model["id"] for model in json.loads(ended.stdout)] == ids


@pytest.mark.parametrize("command", ["list", "enum"])
@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--filter", "zzz"], "No model has 'zzz' in its id or name."),
        (["--free", "--filter", "auto"], "No model is free and has 'auto' in its id or name."),
    ],
)
def test_none_of_them(environment: dict[str, str], command: str, options: list[str], why: str) -> None:
    ended = run("models", command, *options, environment=environment)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"Error: {why}\n")


def test_a_service_without_models(environment: dict[str, str]) -> None:
    with FakeOpenRouter(models=[]).serve() as empty:
        ended = run("models", "list", environment={**environment, "OPENROUTER_BASE_URL": empty.url})
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "Error: No model is offered.\n")


def test_a_request_that_fails_gives_one_line(environment: dict[str, str]) -> None:
    nowhere = {**environment, "OPENROUTER_BASE_URL": f"{environment['OPENROUTER_BASE_URL']}/nowhere"}
    for command in ("list", "enum"):
        ended = run("models", command, environment=nowhere)
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
        assert ended.stderr.startswith("Error: ")


def test_an_enum_goes_to_standard_output(environment: dict[str, str]) -> None:
    ended = run("models", "enum", "--filter", "dear", environment=environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"{HEAD}2, as of 20")
    assert ended.stdout.endswith(
        '    VENDOR_DEAR = "vendor/dear"\n'
        '    VENDOR_DEAR_FREE = "vendor/dear:free"\n'
    )  # fmt: skip
    assert "sk-or-v1-secret" not in ended.stdout


def test_an_enum_goes_to_a_file_that_can_be_imported(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    ended = run("models", "enum", "-o", str(path), "--class", "Some", environment=environment)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", f"{path}: 5 models\n")
    some = runpy.run_path(str(path))["Some"]
    assert [model.value for model in some] == sorted(model["id"] for model in MODELS)  # type: ignore[type-var] # ids
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_as_a_whole_and_keeps_who_may_read_it(environment: dict[str, str], tmp_path: Path) -> None:
    real, link = tmp_path / "real.py", tmp_path / "link.py"
    real.write_text("old", encoding="ascii")
    real.chmod(0o600)
    link.symlink_to(real)
    assert run("models", "enum", "-o", str(link), environment=environment).returncode == 0
    assert link.is_symlink()
    assert real.read_text(encoding="ascii").startswith(HEAD)
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.py", "real.py"]


def test_what_is_no_file_is_written_into_and_not_replaced(environment: dict[str, str], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDWR), "rb", buffering=0) as other_end:
        assert run("models", "enum", "-o", str(pipe), environment=environment).returncode == 0
        assert other_end.read(len(HEAD)) == HEAD.encode()
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_hyphen_is_standard_output(environment: dict[str, str]) -> None:
    ended = run("models", "enum", "-o", "-", environment=environment)
    assert ended.stdout.startswith(HEAD)


def test_a_link_to_itself_becomes_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    link = tmp_path / "loop.py"
    link.symlink_to(link)
    assert run("models", "enum", "-o", str(link), environment=environment).returncode == 0
    assert link.read_text(encoding="ascii").startswith(HEAD)


def test_a_class_may_have_a_name_of_any_language(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    name = os.fsdecode("Mödel".encode())  # the same bytes in every locale
    assert run("models", "enum", "-o", str(path), "--class", name, environment=environment).returncode == 0
    assert "Mödel" in runpy.run_path(str(path))


@pytest.mark.parametrize("closed", [1, 2])
def test_with_an_output_that_is_closed_it_goes_on(environment: dict[str, str], tmp_path: Path, closed: int) -> None:
    path = tmp_path / "models.py"
    ended = subprocess.run(
        [sys.executable, "-m", "openrouter", "models", "enum", "-o", str(path)],
        env=environment,
        preexec_fn=partial(os.close, closed),
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0
    assert path.read_text(encoding="ascii").startswith(HEAD)


def test_a_file_stays_as_it_was_where_there_is_nothing_to_write(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_text("old", encoding="ascii")
    for wrong in (["--filter", "zzz"], ["--class", "two words"]):
        ended = run("models", "enum", "-o", str(path), *wrong, environment=environment)
        assert (ended.returncode, path.read_text(encoding="ascii")) == (2, "old")
    assert list(tmp_path.iterdir()) == [path]


def test_a_class_that_cannot_be_is_refused_before_anything_is_asked(
    fake: FakeOpenRouter, environment: dict[str, str]
) -> None:
    ended = run("models", "enum", "--class", "class", environment=environment)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "Error: 'class' cannot be the name of a class. Give one such as Model.\n"
    assert fake.requests == []


def test_a_file_that_cannot_be_written_gives_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for nowhere in (tmp_path / "no" / "models.py", folder):
        ended = run("models", "enum", "-o", str(nowhere), environment=environment)
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
        assert ended.stderr.startswith("Error: ")
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("command", ["list", "enum"])
def test_offline_there_are_the_models_of_the_simulated_service(command: str) -> None:
    without_key = {name: value for name, value in os.environ.items() if not name.startswith("OPENROUTER_")}
    ended = run("models", command, "--offline", environment=without_key)
    assert ended.returncode == 0
    assert "openrouter/simulated:free" in ended.stdout


def test_without_a_key_nothing_is_asked() -> None:
    without_key = {name: value for name, value in os.environ.items() if not name.startswith("OPENROUTER_")}
    ended = run("models", "list", environment=without_key)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "There is no API key." in ended.stderr


def test_the_group_says_what_it_can_do() -> None:
    shown = run("models", "--help").stdout
    assert "list  Show id, context and prices of each model." in shown
    assert "enum  Write a Python enum of the models of today." in shown
