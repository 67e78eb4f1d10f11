"""Server-sent events out of bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

from attrs import define, field

_BOM = b"\xef\xbb\xbf"


@define
class EventDecoder:
    """Push bytes in as they come, take the data of complete events out.

    Lines end at LF, CR LF or CR and nowhere else. The cost is linear in the bytes, however they are cut.
    """

    comments: int = 0
    """Lines that began with a colon, which keep the connection alive."""
    # What the service says may be a secret, until an error is made of it.
    _fragments: list[bytes] = field(factory=list[bytes], repr=False)
    _data: list[bytes] = field(factory=list[bytes], repr=False)
    _after_cr: bool = False
    _started: bool = False

    def feed(self, segment: bytes) -> list[bytes]:
        """Take the next bytes and give the data of the events that they complete."""
        if (
            segment.startswith(b"data: ")
            and segment.find(b"\n") == len(segment) - 2
            and segment.endswith(b"\n")
            and b"\r" not in segment
            and self._is_between
        ):
            return [segment[6:-2]]  # What a model writes comes token by token: one event, of one line.
        if not self._started:
            segment = self._start(segment)
        if self._after_cr or b"\r" in segment:
            segment = self._only_lf(segment)
        if b"\n" not in segment:
            if segment:
                self._fragments.append(segment)
            return []
        if self._fragments:
            segment = b"".join((*self._fragments, segment))
            self._fragments = []
        events: list[bytes] = []
        if not self._data:
            segment = self._take_blocks(segment, events)
        *lines, rest = segment.split(b"\n")
        for line in lines:
            self._take_line(line, events)
        if rest:
            self._fragments.append(rest)
        return events

    @property
    def _is_between(self) -> bool:
        """Nothing is left over of what came before."""
        return self._started and not (self._fragments or self._data or self._after_cr)

    def _start(self, segment: bytes) -> bytes:
        """Drop a byte order mark, which may itself come in pieces."""
        segment = b"".join((*self._fragments, segment))
        self._fragments = []
        if _BOM.startswith(segment):
            self._fragments = [segment]
            return b""
        self._started = True
        return segment.removeprefix(_BOM)

    def _only_lf(self, segment: bytes) -> bytes:
        """Turn every line end into LF, also a CR LF that is cut in two."""
        if self._after_cr and segment:
            segment = segment.removeprefix(b"\n")
            self._after_cr = False
        self._after_cr = self._after_cr or segment.endswith(b"\r")
        return segment.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _take_blocks(self, segment: bytes, events: list[bytes]) -> bytes:
        """Take whole events at once, as almost all traffic has them: one line of data and a blank one."""
        head, blank, rest = segment.rpartition(b"\n\n")
        if not blank:
            return segment
        for block in head.split(b"\n\n"):
            if block.startswith(b"data: ") and b"\n" not in block:
                events.append(block[6:])
                continue
            for line in block.split(b"\n"):
                self._take_line(line, events)
            self._take_line(b"", events)
        return rest

    def _take_line(self, line: bytes, events: list[bytes]) -> None:
        if not line:
            if self._data:
                events.append(b"\n".join(self._data))
                self._data = []
        elif line.startswith(b":"):
            self.comments += 1
        else:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(value.removeprefix(b" "))
