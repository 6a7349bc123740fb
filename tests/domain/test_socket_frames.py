"""A frame on the wire, and what is kept for a reader who is behind."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.backlog import KEPT_MAX, KEPT_MAX_BYTES, Backlog
from consumers.protocol.parts import Member
from consumers.protocol.room_server import Pres, TypingBy
from consumers.wire import Parcel, text_frame


def unframed(frame: bytes) -> tuple[bytes, bytes]:
    """(payload, what follows it), read as RFC 6455 says."""
    assert frame[0] == 0x81, "a whole text frame without extensions"
    size, start = frame[1], 2
    if size == 126:
        size, start = int.from_bytes(frame[2:4], "big"), 4
        assert size > 125, "the shortest form of the length"
    elif size == 127:
        size, start = int.from_bytes(frame[2:10], "big"), 10
        assert size > 0xFFFF, "the shortest form of the length"
    return frame[start : start + size], frame[start + size :]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_of_any_length_is_read_back(size: int) -> None:
    assert unframed(text_frame("x" * size)) == (b"x" * size, b"")


@given(st.text(max_size=300))
def test_lengths_count_bytes_and_not_characters(text: str) -> None:
    assert unframed(text_frame(text)) == (text.encode(), b"")


def member(name: str, state: str = "playing") -> Member:
    return Member(id=name, name=name, role="member", guest=False, state=state)


def tl(rev: int) -> Parcel:
    return Parcel({"t": "tl", "rev": rev})


def ev(seq: int, text: str = "") -> Parcel:
    return Parcel({"t": "ev", "seq": seq, "text": text})


def kept(*parcels: Parcel) -> list[dict[str, Any]]:
    backlog = Backlog()
    for parcel in parcels:
        assert backlog.keep(parcel)
    return [json.loads(parcel.text) for parcel in backlog.parcels()]


def test_events_are_kept_in_order_and_of_timelines_the_newest() -> None:
    found = kept(tl(1), ev(1), tl(2), ev(2), tl(3), ev(3))
    assert [frame.get("rev") or frame["seq"] for frame in found] == [1, 2, 3, 3]
    assert [frame["t"] for frame in found] == ["ev", "ev", "tl", "ev"]


def test_presence_is_merged_and_who_left_is_still_told() -> None:
    found = kept(
        Parcel(Pres(m=[member("alice"), member("bob")], full=False)),
        Parcel(Pres(m=[member("bob", "left")], full=False)),
    )
    assert len(found) == 1
    assert {m["id"]: m["state"] for m in found[0]["m"]} == {"alice": "playing", "bob": "left"}
    whole = Pres(m=[member("carol")], full=True)
    assert [m["id"] for m in kept(Parcel(Pres(m=[member("bob")], full=False)), Parcel(whole))[0]["m"]] == ["carol"]


def test_typing_is_not_worth_keeping_and_costs_nothing() -> None:
    backlog = Backlog()
    assert all(backlog.keep(Parcel(TypingBy(id="alice"))) for _ in range(1000))
    assert backlog.parcels() == []


def test_of_a_request_the_newest_progress_is_kept_beside_notes() -> None:
    found = kept(
        Parcel({"t": "prog", "id": "a", "p": 0.1}),
        Parcel({"t": "note", "id": "n"}),
        Parcel({"t": "prog", "id": "b", "p": 0.5}),
        Parcel({"t": "prog", "id": "a", "p": 0.2}),
    )
    assert [(frame["t"], frame["id"], frame.get("p")) for frame in found] == [
        ("note", "n", None),
        ("prog", "b", 0.5),
        ("prog", "a", 0.2),
    ]


def test_who_misses_too_many_events_or_too_much_is_given_up() -> None:
    backlog = Backlog()
    assert all(backlog.keep(ev(seq)) for seq in range(KEPT_MAX))
    assert not backlog.keep(ev(KEPT_MAX))
    long = Backlog()
    answers = [long.keep(ev(seq, "x" * 4000)) for seq in range(KEPT_MAX)]
    assert answers.count(True) == KEPT_MAX_BYTES // len(ev(1, "x" * 4000).wire)


@given(st.lists(st.sampled_from(["tl", "ev", "pres", "typing", "wait"])))
def test_whatever_happens_a_reader_ends_at_the_newest_and_hears_events_in_order(kinds: list[str]) -> None:
    backlog = Backlog()
    for number, kind in enumerate(kinds):
        if not backlog.keep(Parcel({"t": kind, "n": number})):
            return
    found = [json.loads(parcel.text) for parcel in backlog.parcels()]
    assert [frame["n"] for frame in found] == sorted(frame["n"] for frame in found)
    newest = {kind: max(n for n, k in enumerate(kinds) if k == kind) for kind in set(kinds) & {"tl", "pres", "wait"}}
    assert {frame["t"]: frame["n"] for frame in found if frame["t"] in {"tl", "pres", "wait"}} == newest
    assert [frame["n"] for frame in found if frame["t"] == "ev"] == [n for n, k in enumerate(kinds) if k == "ev"]
