"""The list of models in a file, which the next program starts with."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.injected_time import InjectedTime, awaiting_client
from tests.listing import FEW, Listing, blocking, settings, warnings
from tests.models_350 import MODELS_350, made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "made" / "on the way" / "models.json"


def test_another_program_starts_with_the_file(file: Path) -> None:
    listing, clock = Listing(MODELS_350), InjectedTime()
    first = blocking(listing, clock, settings=settings(registry_file=file))
    loaded = first.registry.all()
    clock.passed = 3_000
    second = blocking(listing, clock, settings=settings(registry_file=str(file)))
    assert second.registry.all() == loaded
    assert len(listing.requests) == 1
    # The file is an hour old when the list was loaded an hour ago, whoever reads it when.
    clock.passed = 3_600
    second.registry.all()
    assert len(listing.requests) == 2


@pytest.mark.anyio
async def test_the_same_with_a_client_that_awaits(file: Path) -> None:
    listing, clock = Listing(FEW), InjectedTime()
    first = awaiting_client(clock, http=listing.async_http(), settings=settings(registry_file=file))
    second = awaiting_client(clock, http=listing.async_http(), settings=settings(registry_file=file))
    assert await first.registry.all() == await second.registry.all()
    assert len(listing.requests) == 1


def test_what_another_program_has_loaded_meanwhile_is_taken_from_the_file(file: Path) -> None:
    listing, clock = Listing(FEW), InjectedTime()
    first = blocking(listing, clock, settings=settings(registry_file=file))
    second = blocking(listing, clock, settings=settings(registry_file=file))
    first.registry.all()
    clock.passed = 3_600
    listing.models.append(made("e/f"))
    second.registry.all()
    assert len(first.registry.all()) == 3
    assert len(listing.requests) == 2


def test_an_old_file_is_better_than_nothing(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    listing, clock = Listing(FEW), InjectedTime()
    blocking(listing, clock, settings=settings(registry_file=file)).registry.all()
    clock.passed = 86_400
    listing.status = 500
    later = blocking(listing, clock, settings=settings(registry_file=file))
    assert len(later.registry.all()) == len(later.registry.all()) == 2
    assert [told.partition(" old")[0] for told in warnings(caplog)] == ["The list of models, 1440 minutes"]
    assert len(listing.requests) == 2


def test_an_old_file_does_not_keep_the_newest_list_from_being_loaded(file: Path) -> None:
    listing, clock = Listing(FEW), InjectedTime()
    blocking(listing, clock, settings=settings(registry_file=file)).registry.all()
    clock.passed = 3_600
    listing.models.append(made("e/f"))
    assert len(blocking(listing, clock, settings=settings(registry_file=file)).registry.all()) == 3


def test_refresh_looks_into_no_file(file: Path) -> None:
    listing = Listing(FEW)
    client = blocking(listing, settings=settings(registry_file=file))
    client.registry.all()
    client.registry.refresh()
    assert len(listing.requests) == 2


def test_where_the_file_cannot_be_written_the_list_is_there_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = blocking(Listing(FEW), settings=settings(registry_file=tmp_path))
    assert len(client.registry.all()) == 2
    assert warnings(caplog) == [
        f"The list of models in {tmp_path} is not used: it is no file.",
        f"The list of models could not be saved in {tmp_path}: it is no file.",
    ]
    assert all(record.levelno == logging.WARNING for record in caplog.records if record.name == "openrouter.registry")
