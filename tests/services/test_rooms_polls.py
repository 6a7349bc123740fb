"""What shall we watch? Votes over real rows. And starting together."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from apps.accounts.models import User
from apps.common.errors import Conflict, Forbidden, Invalid, NotFound
from apps.rooms import selectors, services
from apps.rooms.domain.commands import Command, Op
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Preset
from apps.rooms.domain.playback import Cause
from apps.rooms.models import Poll, PollVote, QueueEntry, Room, RoomTimeline
from tests.accounts_cast import person
from tests.rooms_party import film, play_to_the_end, ready_film, room_of

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


def ask(room: Room, by: User, *titles: UUID, cid: str = "") -> RoomEventData | None:
    return services.open_poll(room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, titles=titles)


def vote(room: Room, by: User, title: UUID, cid: str = "") -> RoomEventData | None:
    poll = Poll.objects.get(room=room)
    return services.vote_in_poll(
        room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, poll_id=poll.pk, title_id=title
    )


def close(room: Room, by: User, cid: str = "") -> RoomEventData | None:
    poll_id = Poll.objects.filter(room=room).values_list("pk", flat=True).first() or uuid4()
    return services.close_poll(room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, poll_id=poll_id)


def order(room: Room) -> list[str]:
    return [entry.title for entry in selectors.board(room.pk).entries]


def test_the_film_that_most_people_want_is_first_in_the_queue(alice: User, bob: User, room: Room) -> None:
    one, two, queued = ready_film("One"), ready_film("Two"), ready_film("Queued")
    services.add_to_queue(room_id=room.pk, person=bob.as_person(), cid="q", title_id=queued)
    entry = QueueEntry.objects.get(room=room)
    services.vote_in_queue(room_id=room.pk, person=bob.as_person(), cid="v", entry_id=entry.pk, is_on=True)
    assert ask(room, alice, one, two, cid="p") is not None
    assert ask(room, alice, one, two, cid="p") is None
    assert vote(room, alice, one) is not None
    assert vote(room, alice, two, cid="moved") is not None
    assert vote(room, alice, two) is None
    vote(room, bob, two)
    poll = selectors.board(room.pk).poll
    assert poll is not None
    assert (poll.choices, set(poll.votes.values())) == ((str(one), str(two)), {str(two)})
    closed = close(room, alice)
    assert closed is not None
    assert closed.data == {"title": "Two"}
    assert order(room) == [str(two), str(queued)]
    assert not PollVote.objects.exists()


def test_a_winner_that_is_queued_already_moves_to_the_front(alice: User, room: Room) -> None:
    first, second = ready_film("First"), ready_film("Second")
    for title_id in (first, second):
        services.add_to_queue(room_id=room.pk, person=alice.as_person(), cid=uuid4().hex, title_id=title_id)
    ask(room, alice, first, second)
    vote(room, alice, second)
    close(room, alice)
    assert order(room) == [str(second), str(first)]


def test_a_vote_that_nobody_took_part_in_changes_nothing(alice: User, room: Room) -> None:
    ask(room, alice, ready_film("One"), ready_film("Two"))
    closed = close(room, alice, cid="c")
    assert closed is not None
    assert closed.data == {}
    assert order(room) == []
    assert close(room, alice, cid="c") is None
    with pytest.raises(NotFound):
        close(room, alice)


def test_bad_questions_and_bad_votes_are_refused(alice: User, room: Room) -> None:
    one, two = ready_film("One"), ready_film("Two")
    for titles in ((one,), (one, one), tuple(uuid4() for _ in range(7))):
        with pytest.raises(Invalid):
            ask(room, alice, *titles)
    with pytest.raises(Conflict, match="Ask for it"):
        ask(room, alice, one, film("Soon"))
    ask(room, alice, one, two)
    with pytest.raises(Conflict, match="already"):
        ask(room, alice, one, two)
    with pytest.raises(Invalid):
        vote(room, alice, ready_film("Other"))


def test_where_the_host_drives_members_vote_but_neither_ask_nor_count(alice: User, bob: User, charlie: User) -> None:
    room = room_of(alice, bob, preset=Preset.HOST_DRIVES)
    one, two = ready_film("One"), ready_film("Two")
    with pytest.raises(Forbidden):
        ask(room, bob, one, two)
    ask(room, alice, one, two)
    assert vote(room, bob, one) is not None
    with pytest.raises(Forbidden):
        close(room, bob)
    for attempt in (
        lambda: ask(room, charlie, one, two),
        lambda: vote(room, charlie, one),
        lambda: close(room, charlie),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_who_may_play_asks_whether_everybody_is_ready_and_starts(alice: User, bob: User, charlie: User) -> None:
    room = room_of(alice, bob, preset=Preset.HOST_DRIVES)
    for somebody in (bob, charlie):
        with pytest.raises(Forbidden):
            services.ask_ready(room_id=room.pk, person=somebody.as_person(), cid="a")
        with pytest.raises(Forbidden):
            services.start_anyway(room_id=room.pk, person=somebody.as_person(), cid="s")
    assert services.ask_ready(room_id=room.pk, person=alice.as_person(), cid="a") is not None
    assert services.ask_ready(room_id=room.pk, person=alice.as_person(), cid="a") is None
    change = services.start_anyway(room_id=room.pk, person=alice.as_person(), cid="s")
    assert change is not None
    assert (change.timeline.cause, change.timeline.playing) == (Cause.TOGETHER, True)
    assert change.timeline.at_ms - change.timeline.made_ms == 3_000
    assert services.start_when_ready(room_id=room.pk) is None
    assert RoomTimeline.objects.get(room=room).rev == 2
    with pytest.raises(Conflict, match="plays already"):
        services.ask_ready(room_id=room.pk, person=alice.as_person(), cid="b")
    wanted = Command(op=Op.RATE, base=2, by=str(alice.pk), rate=1.5)
    faster = services.command(room_id=room.pk, person=alice.as_person(), cid="r", wanted=wanted, lead_ms=100)
    assert faster.timeline == replace(change.timeline, rev=3, rate=1.5), "the same start"
    assert faster.event is not None
    assert faster.event.kind == EventKind.RATED


def test_at_the_end_of_the_film_everybody_may_be_asked_to_see_it_again(alice: User, bob: User) -> None:
    charlie = person("charlie")
    room = room_of(alice, bob, preset=Preset.HOST_DRIVES)
    play_to_the_end(room)
    for somebody in (bob, charlie):
        with pytest.raises(Forbidden):
            services.ask_ready(room_id=room.pk, person=somebody.as_person(), cid="a")
    assert services.ask_ready(room_id=room.pk, person=alice.as_person(), cid="a") is not None
    change = services.start_when_ready(room_id=room.pk)
    assert change is not None
    assert (change.timeline.playing, change.timeline.position_ms) == (True, 0)


def test_where_a_start_is_voted_on_only_everybody_together_starts_without_a_vote(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.DEMOCRACY)
    assert services.ask_ready(room_id=room.pk, person=bob.as_person(), cid="a") is not None
    for somebody in (alice, bob):
        with pytest.raises(Forbidden, match="Ask for a vote: press play"):
            services.start_anyway(room_id=room.pk, person=somebody.as_person(), cid="s")
    assert RoomTimeline.objects.get(room=room).rev == 1
    change = services.start_when_ready(room_id=room.pk)
    assert change is not None
    assert (change.timeline.cause, change.timeline.playing) == (Cause.TOGETHER, True)
