"""Replies, changes and reactions, over real rows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import Forbidden, Invalid, NotFound, TooMany
from apps.rooms import selectors, services
from apps.rooms.domain.events import CHANGES_OF_MESSAGES, EventKind
from apps.rooms.domain.talk import Emoji, Place
from apps.rooms.models import FilmReaction, MessageReaction, Room, RoomEvent, RoomTimeline
from apps.rooms.services import Message, MessageTouch
from tests.accounts_cast import person
from tests.rooms_party import room_of

pytestmark = pytest.mark.django_db

NOON = Place(Emoji.WOW, 12)


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


def say(room: Room, by: User, text: str = "hello", *, reply: int | None = None, cid: str = "") -> int:
    message = Message(cid=cid or uuid4().hex, text=text, position_s=12.5, reply=reply)
    event = services.say(room_id=room.pk, person=by.as_person(), message=message)
    assert event is not None
    return event.seq


def edit(room: Room, by: User, seq: int, text: str, *, cid: str = "") -> object:
    cid = cid or uuid4().hex
    return services.edit_message(room_id=room.pk, person=by.as_person(), cid=cid, seq=seq, text=text)


def delete(room: Room, by: User, seq: int, *, cid: str = "") -> object:
    return services.delete_message(room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, seq=seq)


def react(room: Room, by: User, seq: int, *, is_on: bool = True, cid: str = "", emoji: Emoji = Emoji.WOW) -> object:
    touch = MessageTouch(cid=cid or uuid4().hex, seq=seq, emoji=emoji, is_on=is_on)
    return services.react_to_message(room_id=room.pk, person=by.as_person(), touch=touch)


def text_of(room: Room, seq: int) -> str:
    return RoomEvent.objects.get(room=room, seq=seq).text


def make_old(room: Room, seq: int) -> None:
    RoomEvent.objects.filter(room=room, seq=seq).update(at=timezone.now() - timedelta(minutes=16))


def kinds(room: Room) -> list[str]:
    return list(RoomEvent.objects.filter(room=room).values_list("kind", flat=True))


def test_a_reply_names_an_earlier_message(room: Room, alice: User, bob: User) -> None:
    first = say(room, alice)
    assert RoomEvent.objects.get(room=room, seq=say(room, bob, reply=first)).reply == first


def test_a_reply_to_what_is_not_in_the_room_is_refused(room: Room, alice: User) -> None:
    elsewhere = room_of(alice)
    for _ in range(3):
        say(elsewhere, alice)
    joined = 1  # an event of this room, but nobody said it
    for seq in (joined, 5, 99):
        with pytest.raises(NotFound, match="not in this room"):
            say(room, alice, reply=seq)


def test_an_edit_is_the_message_now_and_an_event_for_those_who_have_it(room: Room, alice: User) -> None:
    seq = say(room, alice, "helo")
    event = edit(room, alice, seq, "  hello  ")
    assert (event.kind, event.reply, event.text) == (EventKind.EDITED, seq, "hello")
    assert text_of(room, seq) == "hello"
    newcomer = selectors.entrance(room.pk, alice.pk, None).events[-1]
    assert (newcomer.seq, newcomer.text, newcomer.data) == (seq, "hello", {"edited": str(event.seq)})


def test_who_comes_back_is_told_of_each_change(room: Room, alice: User, bob: User) -> None:
    seq = say(room, alice)
    edit(room, alice, seq, "better")
    react(room, bob, seq)
    found = selectors.entrance(room.pk, alice.pk, seq)
    assert found.resumed
    assert [event.kind for event in found.events] == [EventKind.EDITED, EventKind.REACTED]


def test_a_removed_text_is_in_no_row_any_more(room: Room, alice: User, bob: User) -> None:
    seq = say(room, alice, "my secret one")
    edit(room, alice, seq, "my secret two")
    react(room, bob, seq)
    event = delete(room, alice, seq)
    assert (event.kind, event.reply, event.text) == (EventKind.DELETED, seq, None)
    assert not RoomEvent.objects.filter(room=room, text__contains="secret").exists()
    assert not MessageReaction.objects.filter(room=room).exists()
    newcomer = selectors.entrance(room.pk, bob.pk, None).events[-1]
    assert (newcomer.seq, newcomer.text, newcomer.data) == (seq, None, {"deleted": str(event.seq)})
    with pytest.raises(Forbidden, match="removed"):
        edit(room, alice, seq, "back again")
    with pytest.raises(Invalid, match="removed"):
        react(room, bob, seq)


def test_only_the_writer_edits_and_hosts_remove(room: Room, alice: User, bob: User) -> None:
    by_bob, by_alice = say(room, bob), say(room, alice)
    with pytest.raises(Forbidden):
        edit(room, alice, by_bob, "words in the mouth")
    with pytest.raises(Forbidden):
        delete(room, bob, by_alice)
    make_old(room, by_bob)
    delete(room, alice, by_bob)
    assert text_of(room, by_bob) == ""
    assert text_of(room, by_alice) == "hello"


def test_slow_mode_holds_changes_like_messages_and_not_those_of_hosts(room: Room, alice: User, bob: User) -> None:
    by_bob, by_alice = say(room, bob), say(room, alice)
    Room.objects.filter(pk=room.pk).update(slow_s=30)
    with pytest.raises(TooMany) as refused:
        edit(room, bob, by_bob, "more words")
    assert (refused.value.code, text_of(room, by_bob)) == ("slow_mode", "hello")
    for text in ("one", "two"):
        assert edit(room, alice, by_alice, text) is not None
    RoomEvent.objects.filter(room=room, by=bob.pk).update(at=timezone.now() - timedelta(seconds=31))
    assert edit(room, bob, by_bob, "later words", cid="later") is not None
    assert edit(room, bob, by_bob, "later words", cid="later") is None, "the same change again is no second one"
    with pytest.raises(TooMany):
        say(room, bob)


def test_after_a_quarter_of_an_hour_words_stay(room: Room, bob: User) -> None:
    seq = say(room, bob)
    make_old(room, seq)
    for attempt in (lambda: edit(room, bob, seq, "other"), lambda: delete(room, bob, seq)):
        with pytest.raises(Forbidden, match="15 minutes"):
            attempt()
    assert text_of(room, seq) == "hello"


@pytest.mark.parametrize("seq", [1, 77])
def test_what_is_no_message_of_this_room_cannot_be_changed(room: Room, alice: User, seq: int) -> None:
    for attempt in (
        lambda: edit(room, alice, seq, "x"),
        lambda: delete(room, alice, seq),
        lambda: react(room, alice, seq),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_the_same_cid_has_one_outcome_however_late_it_comes_again(room: Room, alice: User) -> None:
    seq = say(room, alice, "one")
    assert edit(room, alice, seq, "one", cid="same") is None
    assert edit(room, alice, seq, "two", cid="e1") is not None
    assert edit(room, alice, seq, "three", cid="e2") is not None
    assert edit(room, alice, seq, "one", cid="same") is None
    assert edit(room, alice, seq, "two", cid="e1") is None
    assert text_of(room, seq) == "three"
    assert react(room, alice, seq, cid="r1") is not None
    assert react(room, alice, seq, cid="r2") is None
    assert react(room, alice, seq, cid="r3", is_on=False) is not None
    assert react(room, alice, seq, cid="r1") is None
    assert react(room, alice, seq, cid="r2") is None
    assert not MessageReaction.objects.filter(room=room).exists()
    assert delete(room, alice, seq, cid="d1") is not None
    assert delete(room, alice, seq, cid="d1") is None
    assert delete(room, alice, seq, cid="d2") is None
    assert kinds(room)[2:] == ["chat", "edited", "edited", "reacted", "reacted", "deleted"]


def test_a_newcomer_finds_reactions_at_the_message_and_a_storm_of_them_hides_no_message(
    room: Room, alice: User, bob: User
) -> None:
    seq = say(room, alice)
    for _ in range(selectors.TAIL):
        react(room, bob, seq)
        react(room, bob, seq, is_on=False)
    react(room, bob, seq)
    react(room, alice, seq)
    react(room, alice, seq, emoji=Emoji.SAD)
    found = selectors.entrance(room.pk, bob.pk, None)
    assert [event.kind for event in found.events] == [EventKind.JOINED, EventKind.JOINED, EventKind.CHAT]
    assert found.events[-1].data == {"wow": f"{bob.pk} {alice.pk}", "sad": str(alice.pk)}
    assert found.seq == room_seq(room)


def room_seq(room: Room) -> int:
    return Room.objects.values_list("seq", flat=True).get(pk=room.pk)


def attempts(room: Room, by: User, seq: int) -> list[Callable[[], object]]:
    return [
        lambda: say(room, by, reply=seq),
        lambda: edit(room, by, seq, "x"),
        lambda: delete(room, by, seq),
        lambda: react(room, by, seq),
    ]


def test_charlie_and_whoever_was_removed_are_refused(room: Room, alice: User, bob: User, charlie: User) -> None:
    seq = say(room, bob)
    services.kick(room_id=room.pk, by=alice.pk, user_id=bob.pk)
    before = room_seq(room)
    for attempt in attempts(room, charlie, seq) + attempts(room, bob, seq):
        with pytest.raises(Forbidden):
            attempt()
    given = {(charlie.pk, NOON): 3, (bob.pk, NOON): 2}
    kept = services.keep_film_reactions(room_id=room.pk, item=str(room.title_id), given=given)
    assert (kept.sums, kept.refused) == ({}, {charlie.pk, bob.pk})
    assert room_seq(room) == before
    assert not FilmReaction.objects.exists()
    with pytest.raises(NotFound):
        selectors.film_reactions(room.pk, charlie.pk)


def test_a_closed_room_takes_nothing(room: Room, alice: User) -> None:
    seq = say(room, alice)
    services.close_room(room_id=room.pk, by=alice.pk)
    for attempt in attempts(room, alice, seq):
        with pytest.raises(NotFound):
            attempt()
    assert (
        services.keep_film_reactions(room_id=room.pk, item=str(room.title_id), given={(alice.pk, NOON): 1}).sums == {}
    )


def test_reactions_on_the_film_add_up_by_second_and_belong_to_its_item(room: Room, alice: User, bob: User) -> None:
    for given in ({(alice.pk, NOON): 2, (bob.pk, NOON): 1}, {(bob.pk, NOON): 4, (bob.pk, Place(Emoji.SAD, 12)): 1}):
        services.keep_film_reactions(room_id=room.pk, item=str(room.title_id), given=given)
    assert selectors.film_reactions(room.pk, bob.pk)["reactions"] == [
        {"e": "wow", "mt": 12, "n": 7},
        {"e": "sad", "mt": 12, "n": 1},
    ]
    RoomTimeline.objects.filter(room=room).update(item=uuid4())
    late = services.keep_film_reactions(room_id=room.pk, item=str(room.title_id), given={(bob.pk, NOON): 1})
    assert late == services.Kept({}, frozenset())
    assert selectors.film_reactions(room.pk, bob.pk)["reactions"] == []


def test_only_changes_of_messages_are_left_out_for_newcomers() -> None:
    assert {EventKind.EDITED, EventKind.DELETED, EventKind.REACTED} == set(CHANGES_OF_MESSAGES)


@pytest.mark.django_db(transaction=True)
def test_reactions_that_many_processes_count_at_once_are_all_there(alice: User, bob: User) -> None:
    room = room_of(alice, bob)

    def count(_: int) -> None:
        services.keep_film_reactions(
            room_id=room.pk, item=str(room.title_id), given={(alice.pk, NOON): 1, (bob.pk, NOON): 2}
        )
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(12)))
    assert FilmReaction.objects.get(room=room).count == 36


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_reaction(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    seq = say(room, alice)

    def click(_: int) -> bool:
        event = react(room, bob, seq)
        connections.close_all()
        return event is not None

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(click, range(8))).count(True) == 1
    assert MessageReaction.objects.filter(room=room).count() == 1
