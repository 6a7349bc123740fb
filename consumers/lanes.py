"""The short way to everybody in a room: frames are written without a look at what belongs to each connection.

Consumer, line, protocol and transport of a thousand connections are scattered over the memory. At twenty frames a
second none of it is in the processor's cache, and looking at it was a third of what it costs to tell everybody (0029).

Invariant: a lane is open only while its connection is, nothing waits to be written into it, and nothing is kept back.
"""

from collections.abc import Callable, KeysView
from typing import Protocol

SendNow = Callable[[bytes], int]  # into a socket that never blocks: how much of it went out


class Lane(Protocol):
    """A connection whose way out is open at times."""

    def write_rest(self, data: bytes) -> None:
        """What a full socket did not take: it goes through the transport's buffer."""


class Lanes:
    """Of one room, by the socket's ``sid``."""

    def __init__(self) -> None:
        self._send: dict[str, SendNow] = {}
        self._lane: dict[str, Lane] = {}

    @property
    def sids(self) -> KeysView[str]:
        return self._send.keys()

    def __len__(self) -> int:
        return len(self._send)

    def open(self, sid: str, send_now: SendNow, lane: Lane) -> None:
        self._send[sid], self._lane[sid] = send_now, lane

    def shut(self, sid: str, lane: Lane) -> None:
        """Unless it is another's by now: a tab that was opened again has the same name."""
        if self._lane.get(sid) is lane:
            del self._send[sid], self._lane[sid]

    def write(self, data: bytes, *, but: str = "") -> None:
        """To everybody whose lane is open."""
        size = len(data)
        unsent: list[tuple[Lane, int]] = []
        for sid, send_now in self._send.items():
            if sid != but:
                try:
                    sent = send_now(data)
                except OSError:  # full, or broken, which the transport notices when it writes the rest
                    sent = 0
                if sent < size:
                    unsent.append((self._lane[sid], sent))
        for lane, sent in unsent:
            lane.write_rest(data[sent:])
