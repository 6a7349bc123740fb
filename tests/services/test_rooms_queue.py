"""The queue of a room over real rows: who may do what, and that nothing happens twice."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.db import connections

from apps.accounts.domain import Person
from apps.accounts.models import User
from apps.catalog.domain.titles import Availability
from apps.catalog.models import Title
from apps.common.errors import Conflict, Forbidden, Invalid, NotFound
from apps.rooms import selectors, services
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.commands import Command, Op, Outcome
from apps.rooms.domain.events import OF_BOARD, EventKind
from apps.rooms.domain.members import Permission, Preset, Role, can
from apps.rooms.domain.playback import Cause
from apps.rooms.domain.queue import QUEUE_MAX
from apps.rooms.models import Bookmark, Membership, QueueEntry, Room, RoomEvent, RoomTimeline
from apps.streaming import services as streaming
from apps.streaming.domain.states import AssetState
from apps.streaming.models import Admission, MediaAsset
from tests.accounts_cast import person
from tests.rooms_party import film, guest_of, play_to_the_end, ready_film, room_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def bob() -> User:
    return person("bob")


@pytest.fixture
def charlie() -> User:
    return person("charlie")


@pytest.fixture
def room(alice: User, bob: User) -> Room:
    return room_of(alice, bob)


def add(room: Room, by: User, title_id: UUID, cid: str = "") -> object:
    return services.add_to_queue(room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, title_id=title_id)


def vote(room: Room, by: User, entry_id: UUID, *, is_on: bool = True, cid: str = "") -> object:
    return services.vote_in_queue(
        room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, entry_id=entry_id, is_on=is_on
    )


def skip(room: Room, by: User, base: int, cid: str = "") -> services.CommandResult:
    return services.skip(room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, base=base, lead_ms=100)


def queued(room: Room, by: User, name: str = "Harbour Lights") -> QueueEntry:
    title_id = ready_film(name)
    add(room, by, title_id)
    return QueueEntry.objects.get(room=room, title=title_id)


def titles(room: Room) -> list[str]:
    board = selectors.board(room.pk)
    return [board.titles[entry.title]["name"] for entry in board.entries]


def test_a_film_is_queued_once_however_often_the_wish_arrives(alice: User, room: Room) -> None:
    title_id = ready_film()
    assert add(room, alice, title_id, "same") is not None
    assert add(room, alice, title_id, "same") is None
    assert QueueEntry.objects.filter(room=room).count() == 1
    assert RoomEvent.objects.filter(room=room, kind="queued").count() == 1


def test_only_films_that_can_be_watched_are_queued_and_the_refusal_says_what_to_do(alice: User, room: Room) -> None:
    with pytest.raises(Conflict, match="Ask for it on its page"):
        add(room, alice, film("Not here yet"))
    with pytest.raises(NotFound):
        add(room, alice, uuid4())
    entry = queued(room, alice)
    with pytest.raises(Conflict, match="Vote for it"):
        add(room, alice, entry.title_id)
    Title.objects.filter(pk=room.title_id).update(availability=Availability.READY)
    with pytest.raises(Conflict, match="is on already"):
        add(room, alice, room.title_id)


def test_a_refused_wish_may_be_tried_again_with_the_same_name(alice: User, room: Room) -> None:
    title_id = film("Soon")
    with pytest.raises(Conflict):
        add(room, alice, title_id, "again")
    Title.objects.filter(pk=title_id).update(availability=Availability.PLAYABLE)
    assert add(room, alice, title_id, "again") is not None


def test_a_queue_has_an_end(alice: User, room: Room) -> None:
    QueueEntry.objects.bulk_create(
        [
            QueueEntry(room=room, title_id=ready_film(f"Film {index}"), by=alice.pk, name="Alice", position=index)
            for index in range(QUEUE_MAX)
        ]
    )
    with pytest.raises(Conflict, match="full"):
        add(room, alice, ready_film("One more"))


def test_charlie_and_removed_people_change_nothing(alice: User, bob: User, charlie: User, room: Room) -> None:
    entry = queued(room, alice)
    services.kick(room_id=room.pk, by=alice.pk, user_id=bob.pk)
    for stranger in (charlie, bob):
        somebody: Person = stranger.as_person()
        for attempt in (
            lambda somebody=somebody: services.add_to_queue(
                room_id=room.pk, person=somebody, cid="c", title_id=ready_film()
            ),
            lambda somebody=somebody: services.remove_from_queue(
                room_id=room.pk, person=somebody, cid="c", entry_id=entry.pk
            ),
            lambda somebody=somebody: services.move_in_queue(
                room_id=room.pk, person=somebody, cid="c", entry_id=entry.pk, before=None
            ),
            lambda somebody=somebody: services.vote_in_queue(
                room_id=room.pk, person=somebody, cid="c", entry_id=entry.pk, is_on=True
            ),
            lambda somebody=somebody: services.skip(room_id=room.pk, person=somebody, cid="c", base=1, lead_ms=100),
            lambda somebody=somebody: services.decline_next(room_id=room.pk, person=somebody, cid="c"),
        ):
            with pytest.raises(Forbidden):
                attempt()
        with pytest.raises(NotFound):
            selectors.films(room.pk, stranger.pk, "")
    assert titles(room) == ["Harbour Lights"]


def test_where_the_host_drives_members_add_and_vote_and_take_out_their_own_only(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.HOST_DRIVES)
    own, other = queued(room, bob, "Own"), queued(room, alice, "Other")
    assert vote(room, bob, other.pk) is not None
    with pytest.raises(Forbidden, match="only what you added"):
        services.remove_from_queue(room_id=room.pk, person=bob.as_person(), cid="1", entry_id=other.pk)
    with pytest.raises(Forbidden):
        services.move_in_queue(room_id=room.pk, person=bob.as_person(), cid="2", entry_id=own.pk, before=other.pk)
    with pytest.raises(Forbidden):
        skip(room, bob, 1)
    assert services.remove_from_queue(room_id=room.pk, person=bob.as_person(), cid="3", entry_id=own.pk) is not None
    assert titles(room) == ["Other"]


def test_votes_order_the_queue_and_a_hand_orders_it_too(alice: User, bob: User, room: Room) -> None:
    first, second, third = (queued(room, alice, name) for name in ("First", "Second", "Third"))
    assert vote(room, bob, third.pk, cid="v") is not None
    assert vote(room, bob, third.pk, cid="v") is None
    assert vote(room, bob, third.pk) is None
    assert titles(room) == ["Third", "First", "Second"]
    services.move_in_queue(room_id=room.pk, person=alice.as_person(), cid="m", entry_id=second.pk, before=third.pk)
    assert titles(room) == ["Second", "Third", "First"]
    vote(room, alice, first.pk)
    vote(room, bob, first.pk)
    assert titles(room) == ["First", "Second", "Third"]
    vote(room, bob, third.pk, is_on=False)
    vote(room, alice, first.pk, is_on=False)
    assert titles(room) == ["Second", "First", "Third"]
    with pytest.raises(NotFound):
        services.move_in_queue(room_id=room.pk, person=alice.as_person(), cid="n", entry_id=first.pk, before=uuid4())


def test_the_next_film_is_on_leaves_the_queue_and_keeps_the_rhythm(alice: User, room: Room) -> None:
    entry = queued(room, alice)
    command(room, alice, Op.PLAY)
    result = skip(room, alice, 2, "s")
    assert result.event is not None
    assert (result.event.kind.value, result.event.data["title"]) == ("switched", "Harbour Lights")
    timeline = RoomTimeline.objects.get(room=room)
    assert (timeline.item, timeline.rev, timeline.epoch, timeline.playing) == (entry.title_id, 3, 1, True)
    assert titles(room) == []
    assert Room.objects.get(pk=room.pk).title_id == entry.title_id
    again = skip(room, alice, 2, "s")
    assert (again.outcome, again.event) == (Outcome.APPLIED, None)
    with pytest.raises(Conflict, match="Add a film first"):
        skip(room, alice, 3)


def test_two_presses_of_skip_go_one_film_on(alice: User, bob: User, room: Room) -> None:
    entry, _later = queued(room, alice, "One"), queued(room, alice, "Two")
    assert skip(room, alice, 1).outcome is Outcome.APPLIED
    for who, cid in ((alice, "again"), (bob, "too"), (alice, "again")):
        late = skip(room, who, 1, cid)
        assert (late.outcome, late.event, late.timeline.item) == (Outcome.SUPERSEDED, None, str(entry.title_id))
    assert titles(room) == ["Two"]
    Room.objects.filter(pk=room.pk).update(preset=Preset.HOST_DRIVES)
    with pytest.raises(Forbidden):
        skip(room, bob, 1)
    assert skip(room, alice, 2).outcome is Outcome.APPLIED
    assert skip(room, alice, 2).outcome is Outcome.SUPERSEDED, "and not that the queue is empty"


def test_a_skip_is_taken_back_with_the_place_in_the_film_and_in_the_queue(alice: User, bob: User, room: Room) -> None:
    first = room.title_id
    Title.objects.filter(pk=first).update(availability=Availability.READY)
    RoomTimeline.objects.filter(room=room).update(position_ms=61_500)
    queued(room, alice, "Harbour Lights")
    entry = queued(room, bob, "Low Tide")
    queued(room, alice, "High Noon")
    command(room, alice, Op.ITEM, item=str(entry.title_id))
    command(room, bob, Op.UNDO, base=2)
    timeline = RoomTimeline.objects.get(room=room)
    assert (timeline.item, timeline.position_ms) == (first, 61_500)
    assert titles(room) == ["Harbour Lights", "Low Tide", "High Noon"]
    assert Bookmark.objects.get(room=room, title=entry.title).position_ms == 0
    back = QueueEntry.objects.get(room=room, title=entry.title)
    assert (back.by, back.name) == (bob.pk, "Bob")
    with pytest.raises(Invalid, match="no jump"):
        command(room, bob, Op.UNDO, base=3)
    assert Room.objects.get(pk=room.pk).title_id == first


def test_a_skip_is_taken_back_for_ten_seconds_by_those_who_may_choose_the_film(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    Membership.objects.filter(room=room, user=bob).update(role=Role.GUEST)
    command(room, alice, Op.ITEM, item=str(ready_film("Low Tide")))
    with pytest.raises(Forbidden):
        command(room, bob, Op.UNDO, base=2)
    event = RoomEvent.objects.get(room=room, kind="switched")
    event.data |= {"at_ms": str(int(event.data["at_ms"]) - 11_000)}
    event.save()
    with pytest.raises(Invalid, match="no jump"):
        command(room, alice, Op.UNDO, base=2)


def test_a_film_that_came_by_itself_is_no_slip(alice: User, room: Room) -> None:
    queued(room, alice, "Low Tide")
    rev = play_to_the_end(room)
    services.offer_next(room_id=room.pk, rev=rev)
    Room.objects.filter(pk=room.pk).update(next_at_ms=1)
    assert services.begin_next(room_id=room.pk, rev=rev) is not None
    with pytest.raises(Invalid, match="no jump"):
        command(room, alice, Op.UNDO, base=rev + 1)


def test_a_film_that_went_away_is_passed_over(alice: User, room: Room) -> None:
    gone, here = queued(room, alice, "Gone"), queued(room, alice, "Here")
    Title.objects.filter(pk=gone.title_id).update(availability=Availability.NONE)
    assert skip(room, alice, 1).timeline.item == str(here.title_id)


def test_the_room_comes_back_to_where_it_left_a_film(alice: User, room: Room) -> None:
    Title.objects.filter(pk=room.title_id).update(availability=Availability.READY)
    command(room, alice, Op.SEEK, position_s=120.0)
    other = ready_film()
    command(room, alice, Op.ITEM, base=2, item=str(other))
    assert Bookmark.objects.get(room=room).position_ms == 120_000
    back = command(room, alice, Op.ITEM, base=3, item=str(room.title_id)).timeline
    assert (back.item, back.position_ms, back.playing) == (str(room.title_id), 120_000, False)


def test_guests_reach_the_film_that_is_on_and_no_other_one(alice: User, room: Room) -> None:
    guest, other = guest_of(room), ready_film()
    for title_id in (room.title_id, other):
        Title.objects.filter(pk=title_id).update(availability=Availability.READY)
        MediaAsset.objects.create(title_id=title_id, state=AssetState.COMPLETE, duration_s=60)
    first = services.play_in_room(room_id=room.pk, user_id=guest.pk)
    command(room, alice, Op.ITEM, item=str(other), base=RoomTimeline.objects.get(room=room).rev)
    assert not Admission.objects.filter(viewer=guest.pk, asset=first.asset_id).exists()
    second = services.play_in_room(room_id=room.pk, user_id=guest.pk)
    assert second.asset_id != first.asset_id
    assert [row.asset_id for row in Admission.objects.filter(viewer=guest.pk)] == [second.asset_id]
    assert RoomTimeline.objects.get(room=room).duration_ms == 60_000


def test_whoever_joins_opens_the_film_where_the_room_is(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest, asked = guest_of(room), []
    Title.objects.filter(pk=room.title_id).update(availability=Availability.READY)
    MediaAsset.objects.create(title_id=room.title_id, state=AssetState.COMPLETE, duration_s=600)
    authorise = streaming.authorise_playback

    def note(**given: object) -> object:
        asked.append((given["position_s"], given["session"]))
        return authorise(**given)

    monkeypatch.setattr(streaming, "authorise_playback", note)
    command(room, alice, Op.SEEK, position_s=120.0)
    services.play_in_room(room_id=room.pk, user_id=guest.pk, session="phone")
    assert asked == [(120.0, "phone")]


@pytest.mark.parametrize("meanwhile", ["removed", "moved on"])
def test_who_is_let_in_too_late_keeps_no_way_to_the_film(
    alice: User, room: Room, meanwhile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest, other = guest_of(room), ready_film()
    for title_id in (room.title_id, other):
        Title.objects.filter(pk=title_id).update(availability=Availability.READY)
        MediaAsset.objects.create(title_id=title_id, state=AssetState.COMPLETE, duration_s=60)
    authorise = streaming.authorise_playback

    def slowly(**asked: object) -> object:
        admitted = authorise(**asked)
        if meanwhile == "removed":
            services.kick(room_id=room.pk, by=alice.pk, user_id=guest.pk)
        else:
            command(room, alice, Op.ITEM, item=str(other), base=RoomTimeline.objects.get(room=room).rev)
        authorise(**asked)  # as if the row had been written after whatever happened meanwhile
        return admitted

    monkeypatch.setattr(streaming, "authorise_playback", slowly)
    with pytest.raises(NotFound if meanwhile == "removed" else Conflict):
        services.play_in_room(room_id=room.pk, user_id=guest.pk)
    assert not Admission.objects.filter(viewer=guest.pk).exists()


def test_the_end_of_a_film_is_offered_once_and_the_next_one_begins_once(alice: User, room: Room) -> None:
    entry = queued(room, alice)
    rev = play_to_the_end(room)
    assert services.offer_next(room_id=room.pk, rev=rev - 1) is None
    assert services.offer_next(room_id=room.pk, rev=rev) is not None
    assert services.offer_next(room_id=room.pk, rev=rev) is None
    assert services.begin_next(room_id=room.pk, rev=rev) is None, "people have ten seconds to say no"
    Room.objects.filter(pk=room.pk).update(next_at_ms=round(room_clock.now_ms()) - 1)
    change = services.begin_next(room_id=room.pk, rev=rev)
    assert change is not None
    assert (change.timeline.item, change.timeline.cause, change.timeline.playing) == (
        str(entry.title_id), Cause.ITEM, True,
    )  # fmt: skip
    assert services.begin_next(room_id=room.pk, rev=rev) is None
    assert Bookmark.objects.get(room=room).position_ms == 0, "a film that was seen begins anew"


def test_a_queue_without_a_film_that_can_be_watched_ends_the_countdown_for_all(alice: User, room: Room) -> None:
    entry = queued(room, alice)
    rev = play_to_the_end(room)
    services.offer_next(room_id=room.pk, rev=rev)
    Title.objects.filter(pk=entry.title_id).update(availability=Availability.NONE)
    Room.objects.filter(pk=room.pk).update(next_at_ms=1)
    for _ in range(2):
        assert services.begin_next(room_id=room.pk, rev=rev) is None
    event = RoomEvent.objects.get(room=room, kind="next_declined")
    assert (event.by, event.name, EventKind.NEXT_DECLINED in OF_BOARD) == (None, "", True)
    assert selectors.board(room.pk).next_at_ms is None


def test_who_may_choose_the_film_stays_with_it(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.HOST_DRIVES)
    queued(room, alice)
    rev = play_to_the_end(room)
    services.offer_next(room_id=room.pk, rev=rev)
    with pytest.raises(Forbidden):
        services.decline_next(room_id=room.pk, person=bob.as_person(), cid="d")
    assert services.decline_next(room_id=room.pk, person=alice.as_person(), cid="d") is not None
    assert services.decline_next(room_id=room.pk, person=alice.as_person(), cid="d") is None
    assert services.begin_next(room_id=room.pk, rev=rev) is None
    assert services.offer_next(room_id=room.pk, rev=rev) is None, "no means no"
    command(room, alice, Op.RATE, base=rev, rate=1.5)
    assert services.offer_next(room_id=room.pk, rev=rev + 1) is None, "at any speed"


def test_another_speed_at_the_end_leaves_the_countdown_as_it_is(alice: User, room: Room) -> None:
    entry = queued(room, alice)
    rev = play_to_the_end(room)
    services.offer_next(room_id=room.pk, rev=rev)
    offered = selectors.board(room.pk)
    command(room, alice, Op.RATE, base=rev, rate=1.5)
    board = selectors.board(room.pk)
    assert (board.next_rev, board.next_at_ms) == (rev + 1, offered.next_at_ms)
    Room.objects.filter(pk=room.pk).update(next_at_ms=1)
    change = services.begin_next(room_id=room.pk, rev=rev + 1)
    assert change is not None
    assert (change.timeline.item, change.timeline.rate) == (str(entry.title_id), 1.5)


@pytest.mark.parametrize("is_offered", [True, False])
def test_a_ready_check_at_the_end_is_about_this_film(alice: User, room: Room, is_offered: bool) -> None:
    queued(room, alice)
    rev = play_to_the_end(room)
    if is_offered:
        services.offer_next(room_id=room.pk, rev=rev)
    assert services.ask_ready(room_id=room.pk, person=alice.as_person(), cid="a") is not None
    assert services.offer_next(room_id=room.pk, rev=rev) is None
    assert services.begin_next(room_id=room.pk, rev=rev) is None
    assert selectors.board(room.pk).next_at_ms is None
    change = services.start_when_ready(room_id=room.pk)
    assert change is not None
    assert (change.timeline.item, change.timeline.position_ms) == (str(room.title_id), 0)


def test_going_back_ends_the_countdown(alice: User, room: Room) -> None:
    queued(room, alice)
    rev = play_to_the_end(room)
    services.offer_next(room_id=room.pk, rev=rev)
    command(room, alice, Op.SEEK, base=rev, position_s=1.0)
    Room.objects.filter(pk=room.pk).update(next_at_ms=1)
    assert services.begin_next(room_id=room.pk, rev=rev) is None
    assert RoomTimeline.objects.get(room=room).item == room.title_id


@pytest.mark.django_db(transaction=True)
def test_many_processes_begin_the_next_film_once(transactional_db: None) -> None:
    alice = person("alice")
    room = room_of(alice)
    room_clock.probe()
    for name in ("One", "Two"):
        queued(room, alice, name)
    rev = play_to_the_end(room)

    def race(_: int) -> tuple[bool, bool]:
        try:
            offered = services.offer_next(room_id=room.pk, rev=rev) is not None
            Room.objects.filter(pk=room.pk, next_rev=rev).update(next_at_ms=1)
            return offered, services.begin_next(room_id=room.pk, rev=rev) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(race, range(4)))
    assert sum(offered for offered, _ in outcomes) == 1
    assert sum(begun for _, begun in outcomes) == 1
    assert titles(room) == ["Two"]


def test_a_room_finds_films_that_are_ready_and_no_others(alice: User, room: Room) -> None:
    ready_film("Harbour Lights")
    film("Harbour Nights")
    guest = guest_of(room)
    assert [card["name"] for card in selectors.films(room.pk, guest.pk, "harb")] == ["Harbour Lights"]
    assert [card["name"] for card in selectors.films(room.pk, alice.pk, " ")] == ["Harbour Lights"]


WISHES = {
    "add_to_queue": Permission.QUEUE_ADD,
    "move_in_queue": Permission.QUEUE_EDIT,
    "remove_from_queue": Permission.QUEUE_EDIT,
    "vote_in_queue": Permission.QUEUE_VOTE,
    "skip": Permission.ITEM,
    "decline_next": Permission.ITEM,
    "open_poll": Permission.QUEUE_EDIT,
    "ask_ready": Permission.PLAY_PAUSE,
    "start_anyway": Permission.PLAY_PAUSE,
}


@pytest.mark.parametrize("preset", Preset)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("wish", WISHES)
def test_every_wish_as_every_role(wish: str, role: Role, preset: Preset) -> None:
    alice, bob = person("alice"), person("bob")
    room = room_of(alice, bob, preset=preset)
    entry = queued(room, alice)
    Membership.objects.filter(room=room, user=bob).update(role=role)
    details = {
        "add_to_queue": {"title_id": ready_film("One")},
        "move_in_queue": {"entry_id": entry.pk, "before": None},
        "remove_from_queue": {"entry_id": entry.pk},
        "vote_in_queue": {"entry_id": entry.pk, "is_on": True},
        "skip": {"base": 1, "lead_ms": 100},
        "open_poll": {"titles": [ready_film("One"), ready_film("Two")]} if wish == "open_poll" else {},
    }.get(wish, {})

    def do() -> object:
        return getattr(services, wish)(room_id=room.pk, person=bob.as_person(), cid="c", **details)

    is_voted = wish == "start_anyway" and preset is Preset.DEMOCRACY
    if can(preset, role, WISHES[wish]) and not is_voted:
        do()
        return
    before = RoomEvent.objects.filter(room=room).count()
    with pytest.raises(Forbidden):
        do()
    assert RoomEvent.objects.filter(room=room).count() == before


def command(room: Room, by: User, op: Op, *, base: int = 1, **more: object) -> services.CommandResult:
    wanted = Command(op=op, base=base, by=str(by.pk), **more)
    return services.command(room_id=room.pk, person=by.as_person(), cid=uuid4().hex, wanted=wanted, lead_ms=100)
