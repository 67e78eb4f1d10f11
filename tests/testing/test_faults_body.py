"""What the faults do to an answer: its bytes, its segments, its cost; and that they leave the answer itself alone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter import InvalidArgumentError
from openrouter.testing import (
    Answer,
    Comments,
    Cut,
    Disconnect,
    EmptyBody,
    ErrorInBody,
    ErrorInChoice,
    Exchange,
    FakeOpenRouter,
    Fault,
    FaultyReply,
    Gzip,
    HTMLPage,
    Late,
    LineEnds,
    NoChoices,
    RawReply,
    RecordedRequest,
    Silent,
    Split,
    SplitAt,
    SplitCharacters,
    SplitEvents,
    TextReply,
    Together,
    Unfinished,
    WhiteSpace,
)
from openrouter.testing.endings import Break, Ending
from tests.testing.fault_cases import CASES

COST = Decimal("0.25")
EVENT_STREAM = {"Content-Type": "text/event-stream"}
JSON = {"Content-Type": "application/json"}


def exchange(*, stream: bool = False, path: str = "/api/v1/chat/completions") -> Exchange:
    payload = {"messages": [{"role": "user", "content": "Grüße"}], "input": "Grüße", "stream": stream}
    headers = [(b"Authorization", b"Bearer key")]
    return Exchange(RecordedRequest.received("POST", path, headers, json.dumps(payload).encode()), 1)


def answer(*segments: bytes, headers: dict[str, str] = JSON, **fields: Any) -> Answer:
    return Answer(200, headers, segments, cost=COST, **fields)


def struck(fault: Fault, *segments: bytes, headers: dict[str, str] = JSON) -> list[bytes]:
    return list(fault.strike(answer(*segments, headers=headers), exchange()).segments)


def documents(answer: Answer) -> list[Any]:
    lines = b"".join(answer.segments).decode().splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if "{" in line]


FAULTS = [case.fault for case in CASES.values() if isinstance(case.fault, Fault)]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("stream", [False, True])
def test_a_fault_is_pure(fault: Fault, *, stream: bool) -> None:
    good = TextReply("Grüße", usage={"cost": 0.25}).answer(exchange(stream=stream))
    before = (good.status, dict(good.headers), list(good.segments), good.delay, good.pause, good.cost)
    first, second = (fault.strike(good, exchange(stream=stream)) for _ in range(2))
    assert (good.status, dict(good.headers), list(good.segments), good.delay, good.pause, good.cost) == before
    assert list(islice(first.segments, 50)) == list(islice(second.segments, 50)) == list(islice(first.segments, 50))


def test_faults_are_values() -> None:
    assert Cut(after=3) == Cut(after=3) != Cut(after=4)
    assert {Gzip(), Gzip(), Cut(after=3), Cut(after=3)} == {Gzip(), Cut(after=3)}
    assert repr(Together((Gzip(), Cut(after=3)))) == ("Together(faults=(Gzip(), Cut(after=3, reset=False)))")


def test_faults_on_a_faulty_reply_come_together() -> None:
    reply = TextReply("Hello")
    faulty = Cut(after=3).on(Together((Gzip(), Split())).on(reply))
    assert isinstance(faulty, FaultyReply)
    assert faulty.reply is reply
    assert faulty.fault == Together((Gzip(), Split(), Cut(after=3)))
    assert Late(1).on(reply).fault == Late(1)


def test_the_faults_of_one_reply_strike_in_their_order() -> None:
    late = Together((Late(1), Late(0.5), WhiteSpace(2), Split(2))).strike(answer(b"abc", delay=2), exchange())
    assert late.delay == 3.5
    assert list(late.segments) == [b"\n ", b"ab", b"c"]


@pytest.mark.parametrize("faults", [(Cut(after=5), Silent(after=45)), (Silent(after=45), Cut(after=5))], ids=repr)
def test_a_reply_breaks_off_where_it_does_first(faults: tuple[Fault, ...]) -> None:
    sent = Together(faults).strike(answer(b"x" * 50), exchange())
    assert sent.breaks == Break(Ending.CLOSED, 5)


def test_a_script_holds_replies_and_faults() -> None:
    reply = TextReply("There.")
    fake = FakeOpenRouter([Cut(after=40), Gzip().on(reply), reply])
    fake.add(Late(0))
    for _ in range(5):
        fake.answer(exchange().request)
    fake.answer(RecordedRequest.received("GET", "/api/v1/nothing", [], b""))
    assert [found.fault for found in fake.exchanges] == [Cut(after=40), Gzip(), None, Late(0), None, None]
    assert [found.number for found in fake.exchanges] == [1, 2, 3, 4, 5, 6]
    assert fake.exchanges[1].reply is fake.exchanges[2].reply is reply
    assert isinstance(fake.exchanges[0].reply, TextReply)
    assert [found.answer.status for found in fake.exchanges if found.answer] == [200] * 5 + [404]
    assert [found.request for found in fake.exchanges] == fake.requests


def test_an_exchange_whose_reply_could_not_be_made_has_none() -> None:
    def respond(request: RecordedRequest) -> TextReply:
        raise LookupError(request.path)

    fake = FakeOpenRouter(respond=respond)
    with pytest.raises(LookupError):
        fake.answer(exchange().request)
    assert (fake.exchanges[0].reply, fake.exchanges[0].answer) == (None, None)


bodies = st.lists(st.binary(max_size=20), max_size=8)


@given(bodies, st.integers(1, 12))
def test_equal_pieces_are_equal_but_for_the_last(segments: list[bytes], every: int) -> None:
    pieces = struck(Split(every=every), *segments)
    assert b"".join(pieces) == b"".join(segments)
    assert {len(piece) for piece in pieces[:-1]} <= {every}
    assert all(0 < len(piece) <= every for piece in pieces)


@given(bodies, st.lists(st.integers(1, 60), max_size=6))
def test_a_body_is_cut_at_each_offset_inside_it_and_where_it_was_before(segments: list[bytes], at: list[int]) -> None:
    pieces = struck(SplitAt(tuple(at)), *segments)

    def ends(parts: list[bytes]) -> set[int]:
        return {sum(map(len, parts[: count + 1])) for count in range(len(parts))}

    length = sum(map(len, segments))
    assert b"".join(pieces) == b"".join(segments)
    assert ends(pieces) == ends(segments) | {offset for offset in at if offset < length}


def test_each_character_of_several_bytes_is_cut_between_them() -> None:
    assert struck(SplitCharacters(), "aß世".encode()) == [b"a\xc3", b"\x9f\xe4", b"\xb8", b"\x96"]


def test_events_come_one_by_one_whatever_ends_their_lines() -> None:
    body = b": c\n\ndata: 1\n\ndata: 2\r\n\r\ndata: 3\r\rdata: 4"
    events = [b": c\n\n", b"data: 1\n\n", b"data: 2\r\n\r\n", b"data: 3\r\r", b"data: 4"]
    assert struck(SplitEvents(), body) == struck(SplitEvents(), *[bytes([byte]) for byte in body]) == events
    assert SplitEvents(pause=2).strike(answer(body), exchange()).pause == 2


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_all_lines_end_alike(ending: Any) -> None:
    body = struck(LineEnds(ending), b": c\n\n", b"data: 1\r\n\rdata: 2")
    assert b"".join(body) == ": c||data: 1||data: 2".replace("|", ending).encode()


@pytest.mark.parametrize("stream", [False, True])
def test_each_segment_of_a_compressed_body_can_be_read_as_it_comes(*, stream: bool) -> None:
    with FakeOpenRouter([Gzip()]).http() as client:
        payload = exchange(stream=stream).request.payload
        url, headers = "/chat/completions", {"Authorization": "Bearer key"}
        with client.stream("POST", url, json=payload, headers=headers) as response:
            assert response.headers["content-encoding"] == "gzip"
            raw = list(response.iter_raw())
    plain = TextReply("This is a simulated reply to: Grüße").answer(exchange(stream=stream))
    assert gzip.decompress(b"".join(raw)) == b"".join(plain.segments)
    assert len(raw) == len(list(plain.segments)) + 1
    assert ("content-length" in response.headers) is not stream


@pytest.mark.parametrize("size", [0, 1, 11, 4096])
def test_white_space_comes_first(size: int) -> None:
    first, second = struck(WhiteSpace(size), b"{}")
    assert (len(first), first.strip(), second) == (size, b"", b"{}")


def test_keep_alives_have_the_form_of_the_reply() -> None:
    assert struck(Comments(2), b"{}") == [b"\n         \n"] * 2 + [b"{}"]
    assert struck(Comments(1), b"data", headers=EVENT_STREAM) == [b": OPENROUTER PROCESSING\n\n", b"data"]
    endless = Comments(pause=3).strike(answer(b"{}"), exchange())
    assert list(islice(endless.segments, 3)) == [b"\n         \n"] * 3
    assert endless.pause == 3


def test_faults_of_the_body_say_nothing_untrue_of_its_length() -> None:
    reply = RawReply(200, {"Content-Length": "2", **JSON}, [b"{}"])
    for fault in (Gzip(), WhiteSpace(5), Comments(1), EmptyBody(), HTMLPage(), NoChoices(), LineEnds("\r\n")):
        sent = FakeOpenRouter([fault.on(reply)]).answer(exchange().request)
        assert int(sent.headers["content-length"]) == len(b"".join(sent.segments))


def test_a_body_that_is_cut_says_how_long_it_would_have_been() -> None:
    sent = FakeOpenRouter([Cut(after=3).on(RawReply(200, JSON, [b"12345"]))]).answer(exchange().request)
    assert sent.headers["content-length"] == "5"


def test_the_error_in_a_body_stands_in_its_envelope() -> None:
    fault = ErrorInBody("Broken", code="server_error", error_type="server")
    sent = fault.strike(answer(b"data: 1\n\n", headers=EVENT_STREAM), exchange())
    error = {"message": "Broken", "code": "server_error", "metadata": {"error_type": "server"}}
    assert documents(sent) == [{"error": error}]
    assert (sent.status, sent.headers["content-type"], sent.cost) == (200, "application/json", 0)


@pytest.mark.parametrize("stream", [False, True])
def test_the_error_in_a_choice_is_the_last_that_comes(*, stream: bool) -> None:
    good = TextReply("Grüße von fern").answer(exchange(stream=stream))
    sent = ErrorInChoice("Broken", code=429, error_type=None).strike(good, exchange())
    last = documents(sent)[-1]
    assert last["choices"][0]["error"] == {"message": "Broken", "code": 429}
    assert last["choices"][0]["finish_reason"] == last["choices"][0]["native_finish_reason"] == "error"
    assert b"[DONE]" not in b"".join(sent.segments)
    assert (good.cost > 0, sent.cost) == (True, 0)


@pytest.mark.parametrize(("null", "choices"), [(False, []), (True, None)])
@pytest.mark.parametrize("stream", [False, True])
def test_no_document_has_choices(choices: object, *, null: bool, stream: bool) -> None:
    good = TextReply("Grüße von fern").answer(exchange(stream=stream))
    sent = NoChoices(null=null).strike(good, exchange())
    assert [document["choices"] for document in documents(sent)] == [choices] * len(documents(good))
    assert sent.cost == good.cost


def test_an_unfinished_stream_has_all_words_and_no_end() -> None:
    good = TextReply("Grüße von fern").answer(exchange(stream=True))
    sent = Unfinished().strike(good, exchange())
    words = [document["choices"][0]["delta"]["content"] for document in documents(sent)]
    assert words == ["Grüße", " von", " fern"]
    assert sent.cost == good.cost


def test_an_unfinished_response_has_all_words_and_no_end() -> None:
    asked = exchange(stream=True, path="/api/v1/responses")
    good = TextReply("Grüße von fern").answer(asked)
    kinds = [document["type"] for document in documents(good)]
    sent = [document["type"] for document in documents(Unfinished().strike(good, asked))]
    assert kinds[-1] == "response.completed"
    assert sent == kinds[:-1]


@pytest.mark.parametrize("fault", [NoChoices(), ErrorInChoice()], ids=repr)
@pytest.mark.parametrize("stream", [False, True])
def test_a_response_has_no_choices_and_stays_as_it_is(fault: Fault, *, stream: bool) -> None:
    asked = exchange(stream=stream, path="/api/v1/responses")
    good = TextReply("Grüße von fern").answer(asked)
    sent = fault.strike(good, asked)
    assert b"".join(sent.segments) == b"".join(good.segments)
    assert sent.cost == good.cost > 0


def test_an_unfinished_whole_reply_is_its_first_half() -> None:
    assert struck(Unfinished(), b"12", b"3456") == [b"123"]


@pytest.mark.parametrize("fault", [NoChoices(), ErrorInChoice()], ids=repr)
@pytest.mark.parametrize("body", [b"plain text", b'{"not": JSON}', b'{"other": 1}', b"{}"])
def test_what_is_no_completion_keeps_its_bytes(fault: Fault, body: bytes) -> None:
    assert b"".join(struck(fault, body)) == body


@pytest.mark.parametrize(
    ("fault", "cost"),
    [
        (Disconnect(), 0),
        (Disconnect(1), COST),
        (EmptyBody(), COST),
        (HTMLPage(), COST),
        (HTMLPage(502), 0),
        (Unfinished(), COST),
        (Silent(3), COST),
    ],
    ids=repr,
)
def test_what_was_done_is_booked_and_an_error_is_not(fault: Fault, cost: Decimal) -> None:
    assert fault.strike(answer(b"{}"), exchange()).cost == cost


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Cut(after=-1), "Cut.after is -1; it has to be a whole number, 0 or more."),
        (lambda: Silent(after=1.5), "Silent.after is 1.5"),  # type: ignore[arg-type] # what is refused
        (lambda: Late(-1), "Late.by is -1; it has to be a number of seconds, 0 or more."),
        (lambda: Split(every=0), "Split.every is 0; it has to be a whole number, 1 or more."),
        (lambda: Split(pause=float("inf")), "Split.pause is inf"),
        (lambda: SplitAt((3, 0)), "SplitAt.offsets is 0"),
        (lambda: LineEnds("\v"), r"LineEnds.ending is '\\x0b'; it has to be one of"),  # type: ignore[arg-type] # the same
        (lambda: WhiteSpace(-1), "WhiteSpace.size is -1"),
        (lambda: Comments(-1), "Comments.count is -1"),
        (lambda: HTMLPage(99), "HTMLPage.status is 99"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(make: Callable[[], Fault], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        make()


@pytest.mark.parametrize(
    "fault",
    [LineEnds("\r\n"), WhiteSpace(5), Comments(2), NoChoices(), ErrorInChoice(), Unfinished(), Gzip()],
    ids=repr,
)
@pytest.mark.parametrize("stream", [False, True])
def test_the_text_of_a_compressed_body_is_changed_beneath_the_compression(fault: Fault, *, stream: bool) -> None:
    asked = exchange(stream=stream)
    good = TextReply("Grüße von fern").answer(asked)
    plain = fault.strike(good, asked)
    for compressing in (Gzip(), Together((Gzip(), Split(every=1)))):
        sent = fault.strike(compressing.strike(good, asked), asked)
        body = b"".join(plain.segments)
        assert gzip.decompress(b"".join(sent.segments)) == (gzip.decompress(body) if fault == Gzip() else body)


@pytest.mark.parametrize("fault", [EmptyBody(), HTMLPage(), ErrorInBody()], ids=repr)
def test_another_body_in_the_place_of_a_compressed_one_is_not_said_to_be_compressed(fault: Fault) -> None:
    good = answer(b"{}")
    sent = fault.strike(Gzip().strike(good, exchange()), exchange())
    assert "content-encoding" not in sent.headers
    assert list(sent.segments) == list(fault.strike(good, exchange()).segments)
