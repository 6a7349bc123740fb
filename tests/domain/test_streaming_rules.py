"""States over all pairs, disguises, and the boxes of fragmented MP4."""

import struct
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest

from apps.streaming.domain import states
from apps.streaming.domain.assembly import PictureAssembler, PlanBroken, SoundAssembler
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.mp4 import BadBox, InitFacts, PieceFacts, read_init, read_piece
from apps.streaming.domain.source import SourceFacts, disguise_of, implausibility_of
from tests.domain.streaming_samples import SUBTITLE, VIDEO, facts

INIT = InitFacts(25, 2, "avc1.64001e")


@pytest.mark.parametrize(
    ("table", "state_type", "event_type", "ends"),
    [
        (states.ASSET, states.AssetState, states.AssetEvent, set()),
        (states.RENDITION, states.RenditionState, states.RenditionEvent, set()),
        (states.UNIT, states.UnitState, states.UnitEvent, {"done", "failed"}),
    ],
)
def test_every_pair_of_state_and_event_is_a_move_or_is_refused(table, state_type, event_type, ends):
    for state, event in product(state_type, event_type):
        movable = states.sources_of(table, event)
        assert ((state, event) in table) == (state in movable)
    assert {state for state in state_type if not any(known == state for known, _ in table)} == ends
    for event in event_type:
        assert states.target_of(table, event) in state_type


def test_nothing_leaves_done():
    assert not [event for state, event in states.UNIT if state == states.UnitState.DONE]


def test_an_ambiguous_event_is_a_fault_of_the_table():
    table = {("a", "e"): "b", ("b", "e"): "c"}
    with pytest.raises(ValueError, match="leads to"):
        states.target_of(table, "e")


@pytest.mark.parametrize(
    ("head", "is_refused"),
    [(b"#EXTM3U\n", True), (b"\xef\xbb\xbf#extm3u", True), (b"  ffconcat version 1.0", True), (b"\xff\xd8\xff", True),
     (b"<MPD>", True), (b"\x1aE\xdf\xa3", False), (b"\x00\x00\x00\x20ftypisom", False), (b"RIFF", False),
     (b"G@", False)],
)  # fmt: skip
def test_disguises(head, is_refused):
    assert (disguise_of(head) is not None) is is_refused


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"video": None}, "no video"),
        ({"video": replace(VIDEO, width=16384, height=8192)}, "8K"),
        ({"video": replace(VIDEO, width=8)}, "too small"),
        ({"video": replace(VIDEO, fps="1000")}, "frame rate"),
        ({"video": replace(VIDEO, fps="0")}, "frame rate"),
        ({"duration_s": 0.1}, "last as long"),
        ({"duration_s": 90_000.0}, "last as long"),
        ({"duration_s": 5002.0, "size_bytes": 3000}, "far longer"),
        ({"stream_count": 65}, "tracks"),
    ],
)
def test_what_no_film_has_is_refused_before_any_work(changes, word):
    assert word in implausibility_of(replace(facts(), **changes))


def test_a_plain_film_is_plausible_and_survives_the_database():
    found = facts(subtitles=(SUBTITLE,))
    assert implausibility_of(found) is None
    assert SourceFacts.from_json(found.to_json()) == found


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def fragment(start: int, offsets: list[int], duration: int = 1) -> bytes:
    rows = b"".join(struct.pack(">IIII", duration, 9, 0, offset) for offset in offsets)
    trun = box(b"trun", struct.pack(">II", 0xF01, len(offsets)) + struct.pack(">i", 0) + rows)
    tfdt = box(b"tfdt", struct.pack(">IQ", 1 << 24, start))
    return box(b"moof", box(b"traf", box(b"tfhd", struct.pack(">II", 0, 1)) + tfdt + trun)) + box(b"mdat", b"xx")


def test_a_piece_tells_its_start_offset_and_frames():
    assert read_piece(fragment(100, [2, 4, 1])) == PieceFacts(100, 2, 3, 3)


def test_joined_pieces_add_up():
    assert read_piece(fragment(100, [2, 4]) + fragment(102, [2])) == PieceFacts(100, 2, 3, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"abc",
        b"\x00\x00\x00\x01moof",
        struct.pack(">I4s", 900, b"moof"),
        box(b"mdat", b"x"),
        box(b"moof", box(b"traf", box(b"tfdt", b""))),
    ],
)
def test_what_is_no_piece_is_refused(data):
    with pytest.raises(BadBox):
        read_piece(data)


def test_what_is_no_init_is_refused():
    with pytest.raises(BadBox):
        read_init(box(b"moov", b""))


PLAN = Segments(25, (0, 100, 200), 250, (100, 100, 50))


def piece(start: int, frames: int) -> PieceFacts:
    return PieceFacts(start, 2, frames, frames)


def pictures(first: int = 0, last: int = 3) -> PictureAssembler:
    return PictureAssembler(PLAN, first, last, Fraction(1, 50))


def test_pieces_are_joined_to_grid_segments():
    assembler = pictures()
    found = [assembler.add(str(n), INIT, piece(n * 50, 50)) for n in range(5)]
    assert [(joined.index, joined.pieces) for joined in found if joined] == [
        (0, ("0", "1")), (1, ("2", "3")), (2, ("4",)),
    ]  # fmt: skip


def test_pieces_outside_the_unit_are_ignored():
    assembler = pictures(1, 2)
    found = [assembler.add(str(n), INIT, piece(n * 50, 50)) for n in range(5)]
    assert [joined.index for joined in found if joined] == [1]


@pytest.mark.parametrize("pieces", [[(0, 101)], [(0, 60), (60, 60)], [(0, 60), (100, 100)]])
def test_pictures_that_differ_from_the_plan_are_refused(pieces):
    assembler = pictures()
    with pytest.raises(PlanBroken):
        [assembler.add("x", INIT, piece(start, frames)) for start, frames in pieces]


def test_a_piece_that_starts_late_opens_nothing():
    assert pictures().add("x", INIT, piece(3, 100)) is None


def test_sound_may_be_cut_one_frame_beside_the_plan():
    sound = SoundAssembler(PLAN)
    assert [sound.add(str(n), INIT, piece(*cut)).index for n, cut in enumerate([(0, 101), (101, 99), (200, 50)])] == [
        0,
        1,
        2,
    ]


def test_the_last_segment_takes_a_tail_that_was_cut_off_and_waits_for_it():
    sound = SoundAssembler(PLAN)
    found = [sound.add(str(cut), INIT, piece(*cut)) for cut in [(0, 100), (100, 100), (200, 49), (249, 1)]]
    assert [joined.index if joined else None for joined in found] == [0, 1, None, 2]
    assert len(found[-1].pieces) == 2


@pytest.mark.parametrize(
    "cuts",
    [[(0, 100), (99, 101)], [(0, 100), (101, 99)], [(5, 95)],
     [(0, 100), (100, 100), (200, 50), (250, 1)]],
)  # fmt: skip
def test_sound_with_a_hole_an_overlap_or_another_length_is_refused(cuts):
    sound = SoundAssembler(PLAN)
    with pytest.raises(PlanBroken):
        [sound.add("x", INIT, piece(*cut)) for cut in cuts]
