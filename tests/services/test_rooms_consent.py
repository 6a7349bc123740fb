"""What was agreed to and cannot be done any more, and wishes of a film that the room has left, over real rows."""

from uuid import UUID, uuid4

import pytest

from apps.accounts.models import User
from apps.catalog.domain.titles import Availability
from apps.catalog.models import Title
from apps.common.errors import Conflict, Forbidden, Invalid
from apps.rooms import selectors, services
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.commands import Command, Op, Outcome
from apps.rooms.domain.members import Permission, Preset
from apps.rooms.domain.wishes import WishState
from apps.rooms.models import Membership, Room, RoomCommand, RoomEvent, RoomTimeline, RoomWish
from apps.rooms.services.timeline import PERMISSION_OF
from apps.streaming import services as streaming
from tests.accounts_cast import person
from tests.rooms_party import ready_film, room_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def bob() -> User:
    return person("bob")


@pytest.fixture
def same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room time stands still: what follows is done within the time in which commands are superseded."""
    now_ms = room_clock.now_ms()
    monkeypatch.setattr(room_clock, "now_ms", lambda: now_ms)


def command(room: Room, by: User, op: Op, *, base: int = 1, cid: str = "", **more: object) -> services.CommandResult:
    wanted = Command(op=op, base=base, by=str(by.pk), **more)
    return services.command(room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, wanted=wanted, lead_ms=100)


def say(room: Room, by: User, cid: str) -> object:
    message = services.Message(cid, "hello", 0, None)
    return services.say(room_id=room.pk, person=by.as_person(), message=message)


def ask(room: Room, by: User, op: Op, *, cid: str = "ask", **more: object) -> RoomWish:
    wanted = Command(op=op, base=1, by=str(by.pk), **more)
    services.ask(room_id=room.pk, person=by.as_person(), cid=cid, wanted=wanted)
    return RoomWish.objects.get(room=room, cid=cid)


def grant(room: Room, by: User, wish: RoomWish) -> None:
    services.grant(room_id=room.pk, person=by.as_person(), wish_id=wish.pk, ok=True, lead_ms=100)


def settle(room: Room, wish: RoomWish, *present: User) -> bool:
    people = {str(user.pk) for user in present}
    return services.settle_vote(room_id=room.pk, wish_id=wish.pk, present=people, lead_ms=100)


def state_of(wish: RoomWish) -> str:
    return RoomWish.objects.get(pk=wish.pk).state


def declined(room: Room) -> RoomEvent:
    return RoomEvent.objects.get(room=room, kind="declined")


# --- what cannot be done any more ------------------------------------------------------------------------------
def test_a_vote_for_a_place_that_has_not_arrived_is_declined_once(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    room = room_of(alice, preset=Preset.DEMOCRACY)
    assert command(room, alice, Op.SEEK, position_s=500.0).outcome is Outcome.PROPOSED
    wish = RoomWish.objects.get(room=room)
    monkeypatch.setattr(streaming, "available_until_s", lambda *_: 60.0)
    assert settle(room, wish, alice) is True
    assert settle(room, wish, alice) is False
    assert (state_of(wish), declined(room).by, declined(room).uid) == (WishState.DECLINED, None, alice.pk)
    assert RoomTimeline.objects.get(room=room).rev == 1
    assert selectors.power(room.pk, [])[0].wishes == ()


def test_a_grant_for_a_film_that_is_gone_is_declined_by_the_room(alice: User, bob: User) -> None:
    room, title_id = room_of(alice, bob, preset=Preset.ASK_HOST), ready_film()
    wish = ask(room, bob, Op.ITEM, item=str(title_id))
    Title.objects.filter(pk=title_id).delete()
    grant(room, alice, wish)
    assert (state_of(wish), declined(room).by) == (WishState.DECLINED, None)
    timeline = RoomTimeline.objects.get(room=room)
    assert (timeline.rev, timeline.item) == (1, room.title_id)
    assert not RoomCommand.objects.filter(room=room, cid="ask").exists()


def test_what_would_change_nothing_is_not_asked(alice: User, bob: User) -> None:
    """A play of a film that plays, granted after its end, would start it over."""
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    assert command(room, alice, Op.PLAY).outcome is Outcome.APPLIED
    wanted = Command(op=Op.PLAY, base=2, by=str(bob.pk))
    services.ask(room_id=room.pk, person=bob.as_person(), cid="ask", wanted=wanted)
    assert not RoomWish.objects.filter(room=room).exists()


def test_whoever_asks_for_what_is_so_already_takes_their_last_ask_back(alice: User, bob: User) -> None:
    carl = person("carl")
    room = room_of(alice, bob, carl, preset=Preset.ASK_HOST)
    others = ask(room, carl, Op.RATE, cid="other", rate=2.0)
    faster = ask(room, bob, Op.RATE, rate=1.5)
    wanted = Command(op=Op.RATE, base=1, by=str(bob.pk), rate=1.0)
    services.ask(room_id=room.pk, person=bob.as_person(), cid="usual", wanted=wanted)
    assert (state_of(faster), state_of(others)) == (WishState.WITHDRAWN, WishState.OPEN)
    assert [wish.id for wish in selectors.power(room.pk, [])[0].wishes] == [str(others.pk)]


def test_an_ask_stays_open_when_its_sender_wants_something_else_that_cannot_be_now(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    jump = ask(room, bob, Op.SEEK, position_s=61.0)
    wanted = Command(op=Op.PAUSE, base=1, by=str(bob.pk))
    services.ask(room_id=room.pk, person=bob.as_person(), cid="pause", wanted=wanted)
    assert state_of(jump) == WishState.OPEN


def test_a_pause_takes_a_play_that_was_asked_for_back(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    started = ask(room, bob, Op.PLAY)
    wanted = Command(op=Op.PAUSE, base=1, by=str(bob.pk))
    services.ask(room_id=room.pk, person=bob.as_person(), cid="pause", wanted=wanted)
    assert state_of(started) == WishState.WITHDRAWN


def test_a_pause_that_a_host_just_made_is_not_asked(alice: User, bob: User, same_moment: None) -> None:
    """Granted later it would stop a film that went on meanwhile."""
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    command(room, alice, Op.PLAY)
    command(room, alice, Op.PAUSE, base=2)
    wanted = Command(op=Op.PAUSE, base=2, by=str(bob.pk))
    services.ask(room_id=room.pk, person=bob.as_person(), cid="pause", wanted=wanted)
    assert not RoomWish.objects.filter(room=room).exists()


def test_a_place_is_asked_for_although_a_host_just_went_to_another(alice: User, bob: User, same_moment: None) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    command(room, alice, Op.SEEK, position_s=10.0)
    jump = ask(room, bob, Op.SEEK, position_s=61.0)
    assert state_of(jump) == WishState.OPEN


def test_a_grant_that_the_host_overtook_is_declined_by_the_room(alice: User, bob: User, same_moment: None) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    jump = ask(room, bob, Op.SEEK, position_s=61.0)
    command(room, alice, Op.SEEK, position_s=10.0)
    grant(room, alice, jump)
    assert (state_of(jump), declined(room).by) == (WishState.DECLINED, None)
    assert RoomTimeline.objects.get(room=room).position_ms == 10_000


def test_a_grant_whose_cid_was_used_for_a_message_is_declined(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    wish = ask(room, bob, Op.PLAY, cid="same")
    say(room, bob, "same")
    grant(room, alice, wish)
    assert state_of(wish) == WishState.DECLINED
    assert RoomTimeline.objects.get(room=room).playing is False


def test_the_cid_of_a_command_names_no_message(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.DEMOCRACY)
    assert command(room, bob, Op.SEEK, cid="same", position_s=9.0).outcome is Outcome.PROPOSED
    with pytest.raises(Conflict) as refused:
        say(room, bob, "same")
    assert refused.value.code == "cid_used"
    assert say(room, alice, "same") is not None, "people choose their cids for themselves"


def watchable(room: Room) -> Room:
    """Its film is ready, so that the room can come back to it."""
    Title.objects.filter(pk=room.title_id).update(availability=Availability.READY)
    return room


# --- another film ----------------------------------------------------------------------------------------------
def test_of_a_jump_and_a_step_to_another_film_the_step_is_taken_back_and_no_more(alice: User) -> None:
    room = watchable(room_of(alice))
    command(room, alice, Op.SEEK, position_s=300.0)
    command(room, alice, Op.ITEM, base=2, item=str(ready_film()))
    command(room, alice, Op.UNDO, base=3)
    assert RoomTimeline.objects.get(room=room).item == room.title_id
    with pytest.raises(Invalid, match="no jump"):
        command(room, alice, Op.UNDO, base=4)


def test_a_film_that_somebody_did_not_see_come_they_do_not_send_away(alice: User, bob: User) -> None:
    room, other = room_of(alice, bob), ready_film()
    command(room, bob, Op.SEEK, position_s=300.0)
    command(room, alice, Op.ITEM, base=2, item=str(other))
    with pytest.raises(Invalid, match="no jump"):
        command(room, bob, Op.UNDO, base=2)
    assert RoomTimeline.objects.get(room=room).item == other


def test_in_a_democracy_a_step_is_taken_back_by_vote_and_the_vote_says_what_it_is(alice: User, bob: User) -> None:
    room = watchable(room_of(alice, bob))
    command(room, alice, Op.ITEM, item=str(ready_film()))
    Room.objects.filter(pk=room.pk).update(preset=Preset.DEMOCRACY)
    assert command(room, bob, Op.UNDO, base=2).outcome is Outcome.PROPOSED
    assert RoomWish.objects.get(room=room).as_wish().wanted.about is Op.ITEM


def test_taking_a_step_back_needs_the_right_to_choose_the_film() -> None:
    seek, step = Command(Op.UNDO, 1, "bob", position_s=5.0), Command(Op.UNDO, 1, "bob", position_s=5.0, item="film")
    assert [PERMISSION_OF[wanted.about] for wanted in (seek, step)] == [Permission.SEEK, Permission.ITEM]


@pytest.mark.parametrize("op", [op for op in Op if op is not Op.UNDO])
def test_a_film_named_beside_something_else_changes_nothing_about_what_is_done(op: Op) -> None:
    assert Command(op, 1, "bob", item="film").about is op


def test_who_may_jump_and_not_choose_the_film_takes_back_a_jump_and_no_step(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, other = watchable(room_of(alice, bob)), ready_film()
    command(room, alice, Op.SEEK, position_s=300.0)
    monkeypatch.setattr(Membership, "may", lambda _self, permission: permission is Permission.SEEK)
    assert command(room, bob, Op.UNDO, base=2).outcome is Outcome.APPLIED
    monkeypatch.undo()
    command(room, alice, Op.ITEM, base=3, item=str(other))
    monkeypatch.setattr(Membership, "may", lambda _self, permission: permission is Permission.SEEK)
    with pytest.raises(Forbidden):
        command(room, bob, Op.UNDO, base=4)
    assert RoomTimeline.objects.get(room=room).item == other


def test_wishes_end_with_the_film_that_they_were_made_for(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    wish, before = ask(room, bob, Op.SEEK, position_s=300.0), power_of(room.pk)
    command(room, alice, Op.ITEM, item=str(ready_film()))
    assert state_of(wish) == WishState.WITHDRAWN
    assert power_of(room.pk) > before
    grant(room, alice, wish)
    assert RoomTimeline.objects.get(room=room).position_ms == 0


def test_a_wish_for_another_film_comes_true_and_ends_the_others(alice: User, bob: User) -> None:
    carl, film_id = person("carl"), ready_film()
    room = room_of(alice, bob, carl, preset=Preset.ASK_HOST)
    other, wish = ask(room, carl, Op.SEEK, cid="seek", position_s=300.0), ask(room, bob, Op.ITEM, item=str(film_id))
    grant(room, alice, wish)
    assert (state_of(wish), state_of(other)) == (WishState.GRANTED, WishState.WITHDRAWN)
    assert RoomTimeline.objects.get(room=room).item == film_id


def power_of(room_id: UUID) -> int:
    return Room.objects.values_list("power", flat=True).get(pk=room_id)
