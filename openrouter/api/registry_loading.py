"""Loading the list of models: once for all clients of the same settings, and again when it is old."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

from ..core.errors import APITimeoutError, OpenRouterError, ResponseError
from ..effects import Flow, Here, Invoke, Now, Once
from ..registry.catalogue import Catalogue
from ..registry.saved import read_saved, write_saved
from ..registry.telling import logger
from .models import Models

if TYPE_CHECKING:
    from ..core.wire import Moment
    from ..registry.shelf import Shelf
    from ..settings import Settings


PATIENCE: Final = 30.0
"""Seconds that loading may take in all."""
PATIENCE_AGAIN: Final = 10.0
"""Seconds, where there is an old list to go on with."""


def catalogue_flow(within: float | None = None, *, again: bool = True) -> Generator[Any, Any, Catalogue]:
    """Give the list of models, loaded where that is needed.

    Threads, and tasks of one event loop, that need it at the same time have it loaded by one of them. While one loads
    it again because it is old, the others go on with what there is, and so do all where that fails: the log says so,
    and it is tried again in a minute. Where there is nothing at all, the error is raised.

    It takes at most `within` seconds, else the `deadline` of the settings, and raises `APITimeoutError` where that is
    not enough. Where not even the first list could be loaded, that is tried anew each time; without `again`, only after
    a while.
    """
    here = yield from Here()
    settings, shelf = here.settings, here.settings.shelf
    moment = yield from Now()
    within = settings.deadline if within is None else within
    ends = None if within is None else moment.monotonic + within
    while True:
        fresh = shelf.fresh(settings.registry_ttl, moment.monotonic)
        if fresh is not None:
            return fresh
        if not again and shelf.has_failed(moment.monotonic):
            raise OpenRouterError(shelf.failure)
        kept = shelf.catalogue
        left = None if ends is None else ends - moment.monotonic
        if left is not None and left <= 0:
            if kept is not None:
                return kept
            raise _late(within)
        loading = _Loading(settings, left)
        try:
            yield from Once(shelf, loading.begin, timeout=left if kept is None else 0.0)
        except APITimeoutError as error:
            # Another may have had less time than there is here.
            if loading.has_begun or error.clock != "deadline" or (shelf.failed_at or 0.0) >= moment.monotonic:
                raise
        # Where the one that was waited for was cancelled, there still is nothing.
        if shelf.catalogue is not None:
            return shelf.catalogue
        moment = yield from Now()


class _Loading:
    """A flow that loads the list, and whether it was begun."""

    def __init__(self, settings: Settings, seconds: float | None) -> None:
        self._settings, self._seconds = settings, seconds
        self.has_begun = False

    def begin(self) -> Flow[None]:
        self.has_begun = True
        return _load(self._settings, self._seconds)


def _late(within: float | None) -> APITimeoutError:
    error = APITimeoutError(f"The list of models did not come within {within:g} s.")
    error.clock = "deadline"
    return error


def refresh_flow() -> Generator[Any, Any, Catalogue]:
    """Load the list of models from the service, whatever there is; raise where that fails."""
    here = yield from Here()
    settings, shelf = here.settings, here.settings.shelf
    started = yield from Now()
    while True:
        has_run = yield from Once(shelf, lambda: _fetch(settings, settings.deadline))
        loaded = shelf.catalogue
        # What was waited for may have been another's look into the file.
        if loaded is not None and (has_run or (shelf.loaded_at or 0.0) >= started.monotonic):
            return loaded


def _load(settings: Settings, seconds: float | None) -> Flow[None]:
    """Take the list out of the file where it is young enough, else from the service."""
    shelf = settings.shelf
    moment = yield from Now()
    if shelf.fresh(settings.registry_ttl, moment.monotonic) is not None:
        return  # between a look at the shelf and this, another has done it
    saved = yield from _saved(settings, moment.utc)
    if saved is not None:
        # A clock that was set back does not make a list younger than new.
        age = max(0.0, moment.utc - saved.loaded_at)
        if shelf.loaded_at is None or moment.monotonic - age > shelf.loaded_at:
            _put(shelf, saved, moment.monotonic - age)
            if age < settings.registry_ttl:
                return
    try:
        yield from _fetch(settings, seconds)
    except OpenRouterError as error:
        failed = yield from Now()
        is_hurried = seconds is not None and seconds < PATIENCE and isinstance(error, APITimeoutError)
        if shelf.catalogue is None:
            if not is_hurried:
                shelf.fail(moment.monotonic, failed.monotonic, str(error))
            raise
        shelf.failed_at = failed.monotonic
        minutes = (failed.monotonic - (shelf.loaded_at or 0.0)) / 60
        logger.warning(
            "The list of models, %.0f minutes old, is kept, as a newer one cannot be had: %s", minutes, error
        )


def _saved(settings: Settings, utc: float) -> Flow[Catalogue | None]:
    if settings.registry_file is None:
        return None
    invoked = yield from Invoke[Catalogue | None](
        read_saved, settings.registry_file, settings.base_url, utc, what="reading registry_file", apart=True
    )
    return invoked.result()


def _fetch(settings: Settings, seconds: float | None) -> Flow[None]:
    patience = PATIENCE if settings.shelf.catalogue is None else PATIENCE_AGAIN
    deadline = patience if seconds is None else min(seconds, patience)
    # The service lists models that write text where nothing else is said, and embeddings and images are models too.
    models = yield from Models.list(output_modalities="all", deadline=deadline)
    moment: Moment = yield from Now()
    catalogue = Catalogue(models, loaded_at=moment.utc)
    if not len(catalogue):
        raise ResponseError(f"The list of models of {settings.base_url} is empty.")
    _put(settings.shelf, catalogue, moment.monotonic)
    if settings.registry_file is not None:
        written = yield from Invoke[None](
            write_saved,
            settings.registry_file,
            settings.base_url,
            catalogue,
            what="writing registry_file",
            apart=True,
        )
        written.result()


def _put(shelf: Shelf, catalogue: Catalogue, loaded_at: float) -> None:
    shelf.failed_at = None
    shelf.loaded_at = loaded_at
    shelf.catalogue = catalogue
