"""Token buckets, presence and origins: the small pure rules around a socket."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.limits import LIMITS, Meter, TokenBucket, Verdict
from consumers.presence import RECONNECT_S, REMOTE_FRESH_S, Presence, Seen
from consumers.protocol.parts import Member
from consumers.protocol.room_client import Status

BOB = Member(id="bob", name="Bob", role="member", guest=False, state="playing")
FINE = Status(rev=1, e=0.0, buf=10.0, stall=False, rate=1.0, level=0, rtt=40.0, vis=True, jitter=3.0)
STALLED = Status(rev=1, e=0.0, buf=0.0, stall=True, rate=1.0, level=0, rtt=40.0, vis=True)
HIDDEN = Status(rev=1, e=0.0, buf=10.0, stall=False, rate=1.0, level=0, rtt=40.0, vis=False)


@pytest.mark.parametrize("kind", LIMITS)
def test_whoever_keeps_to_a_limit_never_notices_it(kind: str) -> None:
    rate, burst = LIMITS[kind]
    meter = Meter()
    now = 0.0
    for _ in range(int(burst)):
        assert meter.take(kind, now) is Verdict.OK
    for _ in range(50):
        now += 1.001 / rate
        assert meter.take(kind, now) is Verdict.OK


@pytest.mark.parametrize("kind", [*LIMITS, "no such type"])
def test_three_times_the_burst_is_the_end(kind: str) -> None:
    meter = Meter()
    _, burst = LIMITS.get(kind, (1.0, 10.0))
    verdicts = [meter.take(kind, 0.0) for _ in range(int(burst * 3))]
    assert verdicts[int(burst)] is Verdict.SLOW_DOWN
    assert verdicts[-1] is Verdict.CLOSE


def test_one_kind_does_not_use_up_another() -> None:
    meter = Meter()
    while meter.take("chat", 0.0) is Verdict.OK:
        pass
    assert meter.take("cmd", 0.0) is Verdict.OK


@given(st.lists(st.floats(0, 10), max_size=50))
def test_a_bucket_never_holds_more_than_its_burst(gaps: list[float]) -> None:
    bucket, now = TokenBucket(5, 10), 0.0
    for gap in gaps:
        now += gap
        bucket.take(now)
        assert bucket.tokens <= 9


def test_a_member_is_reconnecting_for_a_while_before_they_have_left() -> None:
    presence = Presence()
    presence.arrive("tab", BOB, 0.0)
    presence.depart("tab", 10.0)
    assert [member.state for member in presence.changes(11.0)] == ["reconnecting"]
    assert presence.changes(10.0 + RECONNECT_S - 1) == []
    assert [member.state for member in presence.changes(10.0 + RECONNECT_S)] == ["left"]


def test_coming_back_in_time_is_no_leaving() -> None:
    presence = Presence()
    presence.arrive("tab", BOB, 0.0)
    presence.changes(0.0)
    presence.depart("tab", 10.0)
    presence.arrive("tab", BOB, 12.0)
    assert presence.changes(30.0) == []


def test_the_liveliest_of_two_tabs_counts() -> None:
    presence = Presence()
    presence.arrive("one", BOB, 0.0)
    presence.arrive("two", BOB, 0.0)
    presence.update("one", HIDDEN, 1.0)
    presence.update("two", STALLED, 1.0)
    assert [member.state for member in presence.changes(1.0)] == ["buffering"]
    presence.depart("two", 2.0)
    assert [member.state for member in presence.changes(2.0)] == ["away"]


def test_what_a_dead_process_knew_fades() -> None:
    presence = Presence()
    presence.hear("other", {"bob": Seen(BOB, 0.0)})
    assert [member.state for member in presence.changes(1.0)] == ["playing"]
    assert [member.state for member in presence.changes(REMOTE_FRESH_S + 1)] == ["reconnecting"]
    assert [member.state for member in presence.changes(REMOTE_FRESH_S + RECONNECT_S + 1)] == ["left"]


def test_a_process_repeats_all_it_knows_so_one_word_replaces_the_last() -> None:
    presence = Presence()
    presence.hear("other", {"bob": Seen(BOB, 0.0)})
    presence.hear("other", {})
    assert presence.members(1.0) == {}


def test_delays_of_members_here_and_elsewhere_schedule_the_start() -> None:
    presence = Presence()
    presence.arrive("tab", BOB, 0.0)
    presence.update("tab", FINE, 1.0)
    presence.hear("other", {"eve": Seen(Member("eve", "Eve", "guest", True, "playing"), 1.0, rtt=80.0, jitter=9.0)})
    assert sorted(presence.delays(2.0)) == [(40.0, 3.0), (80.0, 9.0)]


def test_the_kicked_are_gone_at_once() -> None:
    presence = Presence()
    presence.arrive("tab", BOB, 0.0)
    presence.changes(0.0)
    presence.remove("bob")
    assert [member.state for member in presence.changes(0.1)] == ["left"]


def test_a_room_knows_the_commonest_heights_that_its_people_here_watch() -> None:
    presence = Presence()
    for number, level in enumerate([360, 720, 720, None, 240, 480, 480, 144, 720]):
        sid = f"tab-{number}"
        presence.arrive(sid, BOB, 0.0)
        presence.update(sid, replace(FINE, level=level), 1.0)
    presence.hear("other", {"alice": Seen(BOB, 0.0, level=1080)})
    assert presence.heights() == [720, 480, 360, 240]
    presence.update("tab-0", replace(FINE, level=240), 2.0)
    assert presence.heights() == [720, 240, 480, 144], "the last report counts"
    presence.depart("tab-7", 3.0)
    assert presence.heights() == [720, 240, 480]


def test_a_room_whose_people_said_nothing_knows_no_heights() -> None:
    presence = Presence()
    presence.arrive("tab", BOB, 0.0)
    assert presence.heights() == []
