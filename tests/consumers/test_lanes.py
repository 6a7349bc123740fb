"""The short way to everybody: who gets what when sockets are full, broken, or opened again under the same name."""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import cast
from uuid import UUID

from consumers.desk import Desk, RoomSocket
from consumers.lanes import Lanes
from consumers.wire import Parcel


class Way:
    """A socket that takes ``room`` bytes, or is broken, and what went through the buffer instead."""

    def __init__(self, room: int = 1_000, *, is_broken: bool = False) -> None:
        self.room, self.is_broken = room, is_broken
        self.sent, self.buffered = b"", b""
        self.then: Callable[[], None] = lambda: None  # what the transport does when its buffer is used

    def send(self, data: bytes) -> int:
        if self.is_broken or not self.room:
            raise BlockingIOError if not self.is_broken else BrokenPipeError
        part = data[: self.room]
        self.room -= len(part)
        self.sent += part
        return len(part)

    def write_rest(self, data: bytes) -> None:
        self.buffered += data
        self.then()


def lanes_of(**ways: Way) -> Lanes:
    lanes = Lanes()
    for sid, way in ways.items():
        lanes.open(sid, way.send, way)
    return lanes


def test_everybody_gets_it_but_who_said_it() -> None:
    a, b = Way(), Way()
    lanes_of(a=a, b=b).write(b"hello", but="a")
    assert (a.sent, b.sent) == (b"", b"hello")


def test_what_a_full_or_broken_socket_does_not_take_goes_through_its_buffer_and_the_others_do_not_notice() -> None:
    ways = {"half": Way(2), "full": Way(0), "broken": Way(is_broken=True), "well": Way()}
    lanes_of(**ways).write(b"hello")
    assert [way.sent for way in ways.values()] == [b"he", b"", b"", b"hello"]
    assert [way.buffered for way in ways.values()] == [b"llo", b"hello", b"hello", b""]


def test_a_lane_that_shuts_while_all_are_written_to_costs_nobody_a_frame() -> None:
    lanes = Lanes()
    ways = [Way(0), Way(), Way(0), Way()]
    for number, way in enumerate(ways):
        way.then = partial(lanes.shut, str(number), way)
        lanes.open(str(number), way.send, way)
    lanes.write(b"hello")
    assert [way.sent + way.buffered for way in ways] == [b"hello"] * 4
    assert set(lanes.sids) == {"1", "3"}


def test_the_lane_of_a_tab_that_was_opened_again_is_not_shut_by_the_old_one() -> None:
    old, new = Way(), Way()
    lanes = lanes_of(tab=old)
    lanes.open("tab", new.send, new)
    lanes.shut("tab", old)
    lanes.write(b"hello")
    assert (old.sent, new.sent, len(lanes)) == (b"", b"hello", 1)
    lanes.shut("tab", new)
    lanes.shut("tab", new)
    assert len(lanes) == 0


def test_a_desk_hands_out_by_open_lanes_and_to_the_others_one_by_one_but_to_nobody_before_their_welcome() -> None:
    desk, heard = Desk(UUID(int=1)), dict[str, list[bytes]]()

    def seat(sid: str, rev: int) -> None:
        heard[sid] = []
        desk.sockets[sid] = cast(
            RoomSocket, SimpleNamespace(rev=rev, put=lambda parcel: heard[sid].append(parcel.wire))
        )

    ways = {"open": Way(), "self": Way()}
    for sid, rev in (("open", 3), ("shut", 3), ("entering", -1), ("self", 3)):
        seat(sid, rev)
    for sid, way in ways.items():
        desk.lanes.open(sid, way.send, way)
    parcel = Parcel({"t": "typing", "id": "a"})
    desk.hand_out(parcel, but="self")
    assert (ways["open"].sent, ways["self"].sent) == (parcel.wire, b"")
    assert heard == {"open": [], "shut": [parcel.wire], "entering": [], "self": []}
    desk.hand_out(parcel, but="shut")
    assert ways["self"].sent == parcel.wire
    assert heard["shut"] == [parcel.wire]
