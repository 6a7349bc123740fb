"""Who is in the voice chat, whatever order things are heard in; and passwords for a TURN server."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import Conflict
from apps.rooms.domain.voice import IceServer, choose_ice_servers
from consumers.voice import MOST_TALKERS, REMOTE_KEPT_S, Farewell, Place, VoiceGroup


def place(name: str, since_ms: float = 0.0, *, tab: str = "1", talking: bool = False) -> Place:
    return Place(name, f"{name}:{tab}", since_ms, talking)


def names(group: VoiceGroup, now_s: float = 0.0) -> list[str]:
    return [found.sid for found in group.everybody(now_s)]


def full_group() -> VoiceGroup:
    group = VoiceGroup()
    for number in range(MOST_TALKERS):
        group.take(place(f"p{number}", number), 0)
    return group


def test_the_longest_there_stand_first() -> None:
    group = VoiceGroup()
    group.take(place("bob", 2), 0)
    group.take(place("alice", 1), 0)
    assert names(group) == ["alice:1", "bob:1"]


def test_the_ninth_is_refused_in_words_and_comes_in_when_somebody_leaves() -> None:
    group = full_group()
    with pytest.raises(Conflict, match="8 people") as caught:
        group.take(place("late", 100), 0)
    assert caught.value.code == "voice_full"
    group.leave("p3:1")
    group.take(place("late", 101), 0)
    assert len(names(group)) == MOST_TALKERS


def test_a_person_talks_on_the_device_that_joined_last_even_when_voice_is_full() -> None:
    group = full_group()
    group.take(place("p0", 50, tab="phone"), 0)
    assert group.settle(0) == {"p0:1": Farewell.MOVED}
    assert "p0:phone" in names(group)
    assert "p0:1" not in names(group)


def test_when_two_processes_let_the_eighth_in_the_later_one_goes() -> None:
    one, two = VoiceGroup(), VoiceGroup()
    for number in range(MOST_TALKERS - 1):
        one.take(place(f"p{number}", number), 0)
    two.hear("one", list(one.local.values()), 0)
    one.take(place("early", 100), 0)
    two.take(place("late", 101), 0)
    one.hear("two", list(two.local.values()), 0)
    two.hear("one", list(one.local.values()), 0)
    assert one.settle(0) == {}
    assert two.settle(0) == {"late:1": Farewell.FULL}
    assert names(one) == names(two)


def test_a_socket_that_comes_back_in_time_finds_its_place() -> None:
    group = VoiceGroup()
    group.take(place("alice", 1, talking=True), 0)
    group.depart("alice:1", 10)
    assert [found.talking for found in group.everybody(11)] == [False]
    group.say("alice:1", talking=True)
    assert group.settle(100) == {}
    assert [found.talking for found in group.everybody(100)] == [True]


def test_a_socket_that_stays_away_loses_its_place_and_nobody_is_told_who_is_not_there() -> None:
    group = VoiceGroup()
    group.take(place("alice", 1), 0)
    group.depart("alice:1", 10)
    assert names(group, 24) == ["alice:1"]
    assert names(group, 25) == []
    assert group.settle(25) == {}
    assert group.local == {}


def test_who_comes_back_through_another_process_stays_without_a_break() -> None:
    one, two = VoiceGroup(), VoiceGroup()
    one.take(place("alice", 1, talking=True), 0)
    two.hear("one", list(one.local.values()), 0)
    two.take(place("alice", 5), 0)
    assert [(found.sid, found.talking) for found in two.everybody(0)] == [("alice:1", False)]
    one.depart("alice:1", 1)
    one.hear("two", list(two.local.values()), 1)
    assert one.settle(1) == {}
    assert (one.local, names(one, 1)) == ({}, ["alice:1"])


def test_the_people_of_a_process_that_fell_silent_fade() -> None:
    group = VoiceGroup()
    group.hear("one", [place("bob")], 0)
    assert names(group, REMOTE_KEPT_S - 0.1) == ["bob:1"]
    assert names(group, REMOTE_KEPT_S) == []


def test_the_removed_are_out_at_once_wherever_they_sit() -> None:
    group = VoiceGroup()
    group.take(place("alice"), 0)
    group.take(place("bob", 1), 0)
    group.hear("one", [place("carol", 2)], 0)
    group.remove("bob")
    group.remove("carol")
    assert names(group) == ["alice:1"]


sides = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 11), st.integers(0, 3), st.integers(0, 1000)), max_size=40, unique=True
)


@given(sides)
def test_processes_that_heard_each_other_agree_and_keep_one_device_each_and_eight_people(
    joins: list[tuple[int, int, int, int]],
) -> None:
    groups = [VoiceGroup() for _ in range(3)]
    for at, who, tab, since_ms in joins:
        one = Place(f"p{who}", f"p{who}:{at}{tab}", since_ms)
        groups[at].local[one.sid] = one
    said = [list(group.local.values()) for group in groups]
    for me, group in enumerate(groups):
        for other in range(3):
            if other != me:
                group.hear(str(other), said[other], 0)
    assert names(groups[0]) == names(groups[1]) == names(groups[2])
    kept = groups[0].everybody(0)
    assert len({found.id for found in kept}) == len(kept) <= MOST_TALKERS
    for group in groups:
        group.settle(0)
        assert set(group.local.values()) <= set(kept)


def test_without_settings_no_server_is_asked() -> None:
    assert choose_ice_servers(stun=[], turn=[], secret="", name="alice", until_s=1) == []


def test_a_turn_password_names_its_end_as_coturn_reads_it() -> None:
    found = choose_ice_servers(
        stun=["stun:a:3478"], turn=["turn:b:3478"], secret="north", name="alice", until_s=1_700_000_000
    )
    digest = hmac.new(b"north", b"1700000000:alice", hashlib.sha1).digest()
    assert found == [
        IceServer(["stun:a:3478"]),
        IceServer(["turn:b:3478"], "1700000000:alice", base64.b64encode(digest).decode()),
    ]
