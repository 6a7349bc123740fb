"""What the room's row decides about waits: once, by the room's rule, and told where it belongs."""

from uuid import uuid4

import pytest

from apps.rooms import services
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.playback import Why
from apps.rooms.domain.waiting import Wish
from apps.rooms.models import Room, RoomEvent, RoomTimeline
from tests.accounts_cast import person
from tests.rooms_party import room_of

pytestmark = pytest.mark.django_db

LEAD = 100


@pytest.fixture
def room() -> Room:
    alice = person("alice")
    room = room_of(alice, person("bob"))
    room_clock.probe()
    RoomTimeline.objects.filter(room=room).update(playing=True, at_ms=room_clock.now_ms() - 60_000)
    return room


def stall(*uids: str) -> Wish:
    return Wish(uuid4().hex, Why.STALL, dict.fromkeys(uids, 25_000.0), present=3)


def history(room: Room) -> list[tuple[str, dict[str, str]]]:
    found = RoomEvent.objects.filter(room=room, kind__in=["waited", "resumed"]).order_by("seq")
    return list(found.values_list("kind", "data"))


def test_two_processes_that_see_one_stall_begin_and_end_one_wait(room: Room) -> None:
    bob, rev = str(uuid4()), RoomTimeline.objects.get(room=room).rev
    first, second = (services.begin_wait(room_id=room.pk, wish=stall(bob), lead_ms=LEAD) for _ in range(2))
    assert first is not None
    assert first.timeline.wait is not None
    assert second is None
    bid = first.timeline.wait.bid
    on, again = (services.settle_wait(room_id=room.pk, bid=bid, done=[bob], lead_ms=LEAD) for _ in range(2))
    assert on is not None
    assert again is None
    row = RoomTimeline.objects.get(room=room)
    assert (row.rev, row.playing, row.wait) == (rev + 2, True, None)
    assert history(room) == [("waited", {"why": "stall"}), ("resumed", {})]


def test_two_stalls_are_one_wait_for_both(room: Room) -> None:
    bob, eve = str(uuid4()), str(uuid4())
    services.begin_wait(room_id=room.pk, wish=stall(bob), lead_ms=LEAD)
    both = services.begin_wait(room_id=room.pk, wish=stall(eve), lead_ms=LEAD)
    assert both is not None
    assert both.event is None
    assert both.timeline.wait is not None
    assert both.timeline.wait.waiting_for == (bob, eve)


@pytest.mark.parametrize(("rule", "waits"), [("never", False), ("smart", True), ("always", True)])
def test_the_rule_of_the_room_decides(room: Room, rule: str, waits: bool) -> None:
    Room.objects.filter(pk=room.pk).update(wait_rule=rule)
    change = services.begin_wait(room_id=room.pk, wish=stall(str(uuid4())), lead_ms=LEAD)
    assert (change is not None) is waits


def test_a_closed_room_stays_as_it_was(room: Room) -> None:
    services.close_room(room_id=room.pk, by=room.owner_id)
    before = RoomTimeline.objects.get(room=room).as_timeline()
    assert services.begin_wait(room_id=room.pk, wish=stall(str(uuid4())), lead_ms=LEAD) is None
    assert services.rest_room(room_id=room.pk, left_at_ms=room_clock.now_ms()) is None
    assert RoomTimeline.objects.get(room=room).as_timeline() == before
    assert RoomEvent.objects.filter(room=room).last().kind == "closed"


def test_a_room_that_is_gone_waits_for_nobody() -> None:
    assert services.begin_wait(room_id=uuid4(), wish=stall(str(uuid4())), lead_ms=LEAD) is None
    assert services.mind_source(room_id=uuid4(), lead_ms=LEAD).is_whole
