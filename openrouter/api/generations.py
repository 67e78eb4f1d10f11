"""Generations: the records that the service keeps of what models made (API page "Generations")."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final, Unpack

from ..core.arguments import number
from ..core.errors import NotFoundError
from ..core.structuring import structurer
from ..core.wire import Call, Reply
from ..effects import Flow, Now, Sleep
from ..operation import DriverT, FlowOperation, Operation, Resource
from ..types.generations import Generation, GenerationContent
from ..types.options import RequestOptions, make_request
from .addresses import check_generation_id
from .data import object_in

FIRST_PAUSE: Final = 0.5
"""Seconds until a record that is not there yet is asked for again; each next pause is twice as long."""
LONGEST_PAUSE: Final = 8.0
"""Seconds, however often it was asked for."""
SHORTEST_PAUSE: Final = 0.001
"""Seconds: where less is left of the time-out, it is over."""
LEAST_TIME: Final = 1.0
"""Seconds that each request for a record has, also where less is left of the time-out."""
_TIMEOUT: Final = number(0, 1e6)


class Generations(Resource[DriverT]):
    """Look up what became of a request: who answered, how long it took, and what it cost in the end.

    A generation is known by the id of its reply: `reply.id`, `chunk.id`, `error.generation_id`. So the cost of a stream
    that was not read to its end can still be had.
    """

    @Operation
    @staticmethod
    def get(generation_id: str, **options: Unpack[RequestOptions]) -> Call[Generation]:
        """Give the record of a generation.

        It appears some time after the reply: until then this raises `NotFoundError`, and `wait` waits for it. Raises
        `InvalidArgumentError`, before anything is sent, for what is no id.
        """
        return Call(_request("/generation", generation_id, options), _read_generation)

    @FlowOperation
    @staticmethod
    def wait(generation_id: str, *, timeout: float = 60.0) -> Flow[Generation]:
        """Give the record of a generation, as soon as there is one.

        It is asked for again after 0.5 seconds, 1, 2, 4, and then every 8, for `timeout` seconds in all; 0 asks once.
        Where there is no record then, this raises `NotFoundError`; any other error is raised at once.
        """
        check_generation_id(generation_id)
        _TIMEOUT("timeout", timeout)
        return _wait(generation_id, timeout)

    @Operation
    @staticmethod
    def content(generation_id: str, **options: Unpack[RequestOptions]) -> Call[GenerationContent]:
        """Give what a generation was made from, and what was made.

        The service keeps that only where the account has logging of inputs and outputs turned on. Errors are those of
        `get`.
        """
        return Call(_request("/generation/content", generation_id, options), _read_content)


def _request(path: str, generation_id: str, options: RequestOptions) -> Any:
    check_generation_id(generation_id)
    return make_request("GET", path, options, query={"id": generation_id})


def _wait(generation_id: str, timeout: float) -> Generator[Any, Any, Generation]:
    begun = (yield from Now()).monotonic
    left, pause = timeout, FIRST_PAUSE
    while True:
        try:
            # So that a service that does not answer is not waited for longer than the caller wants to wait.
            return (yield from Generations.get(generation_id, deadline=max(left, LEAST_TIME)))
        except NotFoundError as error:
            missing = error
        passed = (yield from Now()).monotonic - begun
        if (left := timeout - passed) < SHORTEST_PAUSE:
            raise _never(generation_id, passed, missing) from missing
        yield from Sleep(min(pause, left))
        left = timeout - ((yield from Now()).monotonic - begun)
        pause = min(2 * pause, LONGEST_PAUSE)


def _never(generation_id: str, passed: float, missing: NotFoundError) -> NotFoundError:
    message = (
        f"There is no record of the generation {generation_id!r} after {passed:.1f} s ({missing.message}). "
        "Wait longer with timeout=…, and check the id and that the key is one of the account that made the request"
    )
    return NotFoundError(message).with_facts(
        status_code=missing.status_code,
        error_type=missing.error_type,
        body=missing.body,
        headers=missing.headers,
        request_id=missing.request_id,
        attempts=missing.attempts,
        generation_id=generation_id,
    )


def _read_generation(reply: Reply) -> Generation:
    return structurer(Generation)(object_in(reply))


def _read_content(reply: Reply) -> GenerationContent:
    return structurer(GenerationContent)(object_in(reply))
