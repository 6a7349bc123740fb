"""Roles, rules, asks, votes, undo and the host's stand-in, over real rows."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from apps.rooms import selectors, services
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.commands import Command, Op, Outcome
from apps.rooms.domain.handover import HOST_AWAY_S
from apps.rooms.domain.members import Permission, Preset, Role, can, can_change_role, can_kick
from apps.rooms.domain.patience import WaitRule
from apps.rooms.domain.playback import Why
from apps.rooms.domain.rules import RoomRules
from apps.rooms.domain.waiting import Wish
from apps.rooms.domain.wishes import WishState, needs_vote
from apps.rooms.models import Membership, Room, RoomEvent, RoomTimeline, RoomWish
from apps.rooms.services import RuleChange
from tests.accounts_cast import person
from tests.rooms_party import guest_of, ready_film, room_of

pytestmark = pytest.mark.django_db
WANTED = {Op.PLAY: {}, Op.PAUSE: {}, Op.SEEK: {"position_s": 30.0}, Op.RATE: {"rate": 1.5}, Op.UNDO: {}}


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def bob() -> User:
    return person("bob")


@pytest.fixture
def charlie() -> User:
    return person("charlie")


def command(room: Room, by: User, op: Op, *, base: int = 1, cid: str = "", **more: object) -> services.CommandResult:
    wanted = Command(op=op, base=base, by=str(by.pk), **more)
    return services.command(room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, wanted=wanted, lead_ms=100)


def ask(room: Room, by: User, op: Op = Op.PLAY, *, cid: str = "", **more: object) -> RoomWish:
    wanted, cid = Command(op=op, base=1, by=str(by.pk), **more), cid or uuid4().hex
    services.ask(room_id=room.pk, person=by.as_person(), cid=cid, wanted=wanted)
    return RoomWish.objects.get(room=room, by=by.pk, cid=cid)


def grant(room: Room, by: User, wish: RoomWish, *, ok: bool = True) -> None:
    services.grant(room_id=room.pk, person=by.as_person(), wish_id=wish.pk, ok=ok, lead_ms=100)


def vote(room: Room, by: User, wish: RoomWish, *, ok: bool) -> None:
    services.vote(room_id=room.pk, person=by.as_person(), wish_id=wish.pk, ok=ok)


def settle(room: Room, wish: RoomWish, *present: User) -> bool:
    people = {str(user.pk) for user in present}
    return services.settle_vote(room_id=room.pk, wish_id=wish.pk, present=people, lead_ms=100)


def give(room: Room, by: User, to: User, role: Role, cid: str = "") -> None:
    services.change_role(room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, user_id=to.pk, role=role)


def rule(room: Room, by: User, cid: str = "", **change: object) -> None:
    given = RuleChange(**change)
    services.change_rules(room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, change=given)


def say(room: Room, by: User, cid: str = "") -> object:
    message = services.Message(cid or uuid4().hex, "hello", 0, None)
    return services.say(room_id=room.pk, person=by.as_person(), message=message)


def kinds(room: Room) -> list[str]:
    return list(RoomEvent.objects.filter(room=room).values_list("kind", flat=True))


def role_of(room: Room, user: User) -> str:
    return Membership.objects.get(room=room, user=user).role


def stand(room: Room, *present: User, away_s: float = HOST_AWAY_S) -> bool:
    return services.keep_host(room_id=room.pk, present={str(user.pk) for user in present}, away_s=away_s)


# --- the matrix ------------------------------------------------------------------------------------------------
def actor_in(preset: Preset, role: Role) -> tuple[Room, User, User]:
    """A room of dora, with bob in ``role`` (the owner's role: bob's own room) and carl as a member."""
    dora, bob, carl = person("dora"), person("bob"), person("carl")
    owner, members = (bob, [carl]) if role is Role.OWNER else (dora, [bob, carl])
    room = room_of(owner, *members, preset=preset)
    Membership.objects.filter(room=room, user=bob).update(role=role)
    return room, bob, carl


@pytest.mark.parametrize("preset", Preset)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("op", Op)
def test_every_command_as_every_role_in_every_preset(op: Op, role: Role, preset: Preset) -> None:
    room, bob, _carl = actor_in(preset, role)
    RoomTimeline.objects.filter(room=room).update(playing=op is Op.PAUSE)
    wanted = {"item": str(ready_film())} if op is Op.ITEM else WANTED[op]
    if op is Op.UNDO:
        room.events.create(seq=Room.objects.next_seq(room.pk), kind="seeked", at=timezone.now(), data=jumped())
    if not can(preset, role, services.PERMISSION_OF[op]):
        with pytest.raises(Forbidden):
            command(room, bob, op, **wanted)
        assert RoomTimeline.objects.get(room=room).rev == 1
        return
    is_voted = needs_vote(preset, op, is_waiting=False)
    expected = Outcome.PROPOSED if is_voted else Outcome.APPLIED
    assert command(room, bob, op, **wanted).outcome is expected
    assert RoomTimeline.objects.get(room=room).rev == (1 if is_voted else 2)


def jumped() -> dict[str, str]:
    return {"from_ms": "5000", "at_ms": str(round(time.time() * 1000))}


@pytest.mark.parametrize("preset", Preset)
@pytest.mark.parametrize("role", Role)
def test_everything_else_as_every_role_in_every_preset(role: Role, preset: Preset) -> None:
    room, bob, carl = actor_in(preset, role)
    wish = RoomWish.objects.create(
        room=room, kind="ask", by=carl.pk, name="Carl", cid="w", until_ms=10**14,
        wanted={"op": "play", "base": 1, "by": str(carl.pk)},
    )  # fmt: skip
    attempts = {
        "say": (can(preset, role, Permission.CHAT), lambda: say(room, bob)),
        "invite": (can(preset, role, Permission.INVITE), lambda: services.create_invite(room_id=room.pk, by=bob.pk)),
        "grant": (can(preset, role, Permission.GRANT), lambda: grant(room, bob, wish, ok=False)),
        "role": (can_change_role(role, Role.MEMBER, Role.COHOST), lambda: give(room, bob, carl, Role.COHOST)),
        "rules": (can(preset, role, Permission.RULES), lambda: rule(room, bob, wait=WaitRule.NEVER)),
    }
    for name, (is_allowed, attempt) in attempts.items():
        assert is_allowed_to(attempt) is is_allowed, name
    Membership.objects.filter(room=room, user=carl).update(role=Role.MEMBER)
    kick = partial(services.kick, room_id=room.pk, by=bob.pk, user_id=carl.pk)
    assert is_allowed_to(kick) is can_kick(preset, role, Role.MEMBER)


def is_allowed_to(attempt: object) -> bool:
    try:
        attempt()
    except Forbidden:
        return False
    return True


def test_charlie_is_refused(alice: User, bob: User, charlie: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    wish = ask(room, bob)
    for attempt in (
        lambda: give(room, charlie, bob, Role.HOST),
        lambda: rule(room, charlie, locked=True),
        lambda: ask(room, charlie),
        lambda: grant(room, charlie, wish),
        lambda: vote(room, charlie, wish, ok=True),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert Room.objects.get(pk=room.pk).rules == RoomRules(preset=Preset.ASK_HOST)


# --- roles -----------------------------------------------------------------------------------------------------
def test_a_role_counts_from_now_on_and_is_told(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.HOST_DRIVES)
    before = Room.objects.get(pk=room.pk).power
    give(room, alice, bob, Role.COHOST)
    assert command(room, bob, Op.PLAY).outcome is Outcome.APPLIED
    event = RoomEvent.objects.get(room=room, kind="role")
    assert (event.by, event.uid, event.data) == (alice.pk, bob.pk, {"role": "cohost"})
    assert Room.objects.get(pk=room.pk).power == before + 1


def test_the_own_role_the_owner_and_the_owners_role_stay(alice: User, bob: User, charlie: User) -> None:
    room = room_of(alice, bob, charlie)
    give(room, alice, bob, Role.HOST)
    for by, to, role in (
        (bob, bob, Role.MEMBER), (alice, alice, Role.GUEST), (bob, alice, Role.MEMBER), (alice, bob, Role.OWNER),
        (charlie, bob, Role.MEMBER), (charlie, charlie, Role.HOST),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            give(room, by, to, role)
    with pytest.raises(NotFound):
        give(room, alice, person("stranger"), Role.HOST)
    assert [role_of(room, user) for user in (alice, bob, charlie)] == ["owner", "host", "member"]


def test_a_frame_that_arrives_again_does_not_undo_what_came_after(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    give(room, alice, bob, Role.HOST, cid="first")
    give(room, alice, bob, Role.MEMBER, cid="second")
    give(room, alice, bob, Role.HOST, cid="first")
    rule(room, alice, cid="lock", locked=True)
    rule(room, alice, cid="open", locked=False)
    rule(room, alice, cid="lock", locked=True)
    assert role_of(room, bob) == "member"
    assert Room.objects.get(pk=room.pk).locked is False
    assert kinds(room).count("role") == 2
    assert kinds(room).count("rules") == 2


# --- rules -----------------------------------------------------------------------------------------------------
def test_rules_are_kept_and_only_what_changes_is_told(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    rule(room, alice, preset=Preset.CINEMA, slow_s=15, wait=WaitRule.ALWAYS)
    rule(room, alice, preset=Preset.CINEMA)
    assert Room.objects.get(pk=room.pk).rules == RoomRules(Preset.CINEMA, False, 15, WaitRule.ALWAYS)
    told = RoomEvent.objects.get(room=room, kind="rules")
    assert told.data == {"preset": "cinema", "slow_s": "15", "wait": "always"}
    with pytest.raises(Forbidden):
        say(room, bob)


@pytest.mark.parametrize("slow_s", [-1, 301])
def test_a_slow_mode_out_of_bounds_is_refused(alice: User, slow_s: int) -> None:
    room = room_of(alice)
    with pytest.raises(Invalid):
        rule(room, alice, slow_s=slow_s)
    assert Room.objects.get(pk=room.pk).slow_s == 0


def test_nobody_new_comes_into_a_locked_room_and_who_is_in_comes_back(alice: User, bob: User, charlie: User) -> None:
    room = room_of(alice, bob)
    token, _ = services.create_invite(room_id=room.pk, by=alice.pk)
    rule(room, alice, locked=True)
    guests = User.objects.filter(is_guest=True).count()
    with pytest.raises(Forbidden) as refused:
        services.join_by_invite(room_id=room.pk, user_id=charlie.pk, token=token)
    assert refused.value.code == "room_locked"
    with pytest.raises(Forbidden):
        services.join_as_guest(token=token, name="Gwen")
    assert User.objects.filter(is_guest=True).count() == guests
    services.join_by_invite(room_id=room.pk, user_id=bob.pk, token=token)
    rule(room, alice, locked=False)
    services.join_by_invite(room_id=room.pk, user_id=charlie.pk, token=token)


def test_slow_mode_holds_people_and_not_hosts(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    rule(room, alice, slow_s=30)
    assert say(room, bob, cid="one") is not None
    assert say(room, bob, cid="one") is None, "the same message again is no second one"
    with pytest.raises(TooMany) as refused:
        say(room, bob)
    assert (refused.value.code, 0 < refused.value.retry_after_s <= 30) == ("slow_mode", True)
    for _ in range(2):
        assert say(room, alice) is not None
    RoomEvent.objects.filter(room=room, by=bob.pk).update(at=timezone.now() - timedelta(seconds=31))
    assert say(room, bob) is not None


# --- asking ----------------------------------------------------------------------------------------------------
def test_a_granted_ask_is_done_as_the_asker(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    wish = ask(room, bob, Op.SEEK, position_s=30.0)
    assert [item.id for item in selectors.power(room.pk, [])[0].wishes] == [str(wish.pk)]
    grant(room, alice, wish)
    timeline, event = RoomTimeline.objects.get(room=room), RoomEvent.objects.get(room=room, kind="seeked")
    assert (timeline.position_ms, timeline.by, event.by, event.name) == (30_000, bob.pk, bob.pk, "Bob")
    assert selectors.power(room.pk, [])[0].wishes == ()


def test_a_declined_ask_changes_nothing_and_is_told(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    grant(room, alice, ask(room, bob), ok=False)
    assert RoomTimeline.objects.get(room=room).rev == 1
    event = RoomEvent.objects.get(room=room, kind="declined")
    assert (event.by, event.uid, event.data["op"]) == (alice.pk, bob.pk, "play")


@pytest.mark.django_db(transaction=True)
def test_two_hosts_who_tap_at_once_have_one_effect() -> None:
    alice, bob, carl = person("alice"), person("bob"), person("carl")
    room = room_of(alice, bob, carl, preset=Preset.ASK_HOST)
    give(room, alice, carl, Role.COHOST)
    wish = ask(room, bob, Op.SEEK, position_s=30.0)
    at_once(*[lambda who=who: grant(room, who, wish) for who in (alice, carl) * 3])
    assert RoomTimeline.objects.get(room=room).rev == 2
    assert kinds(room).count("seeked") == 1


def at_once(*jobs: object) -> list[object]:
    def run(job: object) -> object:
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_asks_that_make_no_sense_are_refused(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    with pytest.raises(Conflict):
        ask(room, alice)
    with pytest.raises(Invalid):
        ask(room, bob, Op.SEEK)
    with pytest.raises(Invalid):
        ask(room, bob, Op.UNDO)
    with pytest.raises(NotFound):
        services.grant(room_id=room.pk, person=alice.as_person(), wish_id=uuid4(), ok=True, lead_ms=100)
    rule(room, alice, preset=Preset.HOST_DRIVES)
    with pytest.raises(Forbidden):
        ask(room, bob)


def test_an_ask_is_too_old_after_a_while_and_a_new_one_takes_its_place(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    old, new = ask(room, bob, cid="old"), ask(room, bob, cid="new")
    assert ask(room, bob, cid="new").pk == new.pk
    grant(room, alice, old)
    assert RoomTimeline.objects.get(room=room).rev == 1
    RoomWish.objects.filter(pk=new.pk).update(until_ms=0)
    with pytest.raises(Conflict):
        grant(room, alice, new)
    assert RoomTimeline.objects.get(room=room).rev == 1


def test_who_was_removed_gets_nothing_any_more(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.ASK_HOST)
    wish = ask(room, bob)
    services.kick(room_id=room.pk, by=alice.pk, user_id=bob.pk)
    grant(room, alice, wish)
    assert RoomTimeline.objects.get(room=room).rev == 1


# --- voting ----------------------------------------------------------------------------------------------------
def proposed(room: Room, by: User, op: Op = Op.SEEK, **more: object) -> RoomWish:
    given = more or WANTED[op]
    assert command(room, by, op, **given).outcome is Outcome.PROPOSED
    return RoomWish.objects.get(room=room, kind="vote", state="open")


def test_pause_is_at_once_and_a_seek_is_voted_on(alice: User, bob: User, charlie: User) -> None:
    room = room_of(alice, bob, charlie, preset=Preset.DEMOCRACY)
    RoomTimeline.objects.filter(room=room).update(playing=True)
    assert command(room, bob, Op.PAUSE).outcome is Outcome.APPLIED
    wish = proposed(room, bob)
    assert settle(room, wish, alice, bob, charlie) is False
    vote(room, charlie, wish, ok=True)
    assert settle(room, wish, alice, bob, charlie) is True
    assert settle(room, wish, alice, bob, charlie) is False
    timeline = RoomTimeline.objects.get(room=room)
    assert (timeline.rev, timeline.position_ms, timeline.by) == (3, 30_000, bob.pk)
    assert kinds(room)[-2:] == ["proposed", "seeked"]


def test_alone_one_is_the_majority(alice: User) -> None:
    room = room_of(alice, preset=Preset.DEMOCRACY)
    assert settle(room, proposed(room, alice, Op.PLAY), alice)
    assert RoomTimeline.objects.get(room=room).playing is True


def test_a_vote_that_is_lost_or_too_old_changes_nothing_and_is_told(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.DEMOCRACY)
    wish = proposed(room, bob)
    vote(room, alice, wish, ok=True)
    vote(room, alice, wish, ok=False)
    assert settle(room, wish, alice, bob) is True
    late = proposed(room, bob)
    RoomWish.objects.filter(pk=late.pk).update(until_ms=0)
    with pytest.raises(Conflict):
        vote(room, alice, late, ok=True)
    assert settle(room, late, alice, bob) is True
    assert RoomTimeline.objects.get(room=room).rev == 1
    assert kinds(room).count("declined") == 2


def test_one_vote_at_a_time_and_the_same_command_again_opens_no_other(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.DEMOCRACY)
    assert command(room, bob, Op.SEEK, cid="c", position_s=9.0).outcome is Outcome.PROPOSED
    assert command(room, bob, Op.SEEK, cid="c", position_s=9.0).outcome is Outcome.PROPOSED
    with pytest.raises(Conflict) as refused:
        command(room, alice, Op.SEEK, position_s=50.0)
    assert refused.value.code == "vote_open"
    RoomWish.objects.update(until_ms=0)
    assert command(room, alice, Op.SEEK, position_s=50.0).outcome is Outcome.PROPOSED
    assert list(RoomWish.objects.order_by("made_at").values_list("state", flat=True)) == ["withdrawn", "open"]


def test_what_would_change_nothing_is_not_voted_on(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.DEMOCRACY)
    RoomTimeline.objects.filter(room=room).update(playing=True)
    assert command(room, bob, Op.PLAY).outcome is Outcome.UNCHANGED
    with pytest.raises(Invalid):
        command(room, bob, Op.SEEK)
    assert not RoomWish.objects.exists()


def test_going_on_without_somebody_is_not_voted_on(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.DEMOCRACY)
    RoomTimeline.objects.filter(room=room).update(playing=True, at_ms=round(room_clock.now_ms()))
    stall = Wish("b1", Why.STALL, {str(alice.pk): 25_000.0}, present=2)
    assert services.begin_wait(room_id=room.pk, wish=stall, lead_ms=100) is not None
    RoomTimeline.objects.filter(room=room).update(wait={**RoomTimeline.objects.get(room=room).wait, "began_ms": 0})
    assert command(room, bob, Op.PLAY, base=2).outcome is Outcome.APPLIED


def test_another_preset_withdraws_the_vote(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.DEMOCRACY)
    wish = proposed(room, bob)
    rule(room, alice, preset=Preset.FRIENDS)
    assert settle(room, wish, alice, bob) is False
    assert RoomWish.objects.get().state == WishState.WITHDRAWN


@pytest.mark.django_db(transaction=True)
def test_processes_that_count_at_once_carry_out_once() -> None:
    alice, bob = person("alice"), person("bob")
    room = room_of(alice, bob, preset=Preset.DEMOCRACY)
    wish = proposed(room, bob)
    vote(room, alice, wish, ok=True)
    assert sorted(at_once(*[lambda: settle(room, wish, alice, bob)] * 6)) == [False] * 5 + [True]
    assert kinds(room).count("seeked") == 1


# --- undo ------------------------------------------------------------------------------------------------------
def test_undo_goes_back_to_where_the_jump_began_once(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    RoomTimeline.objects.filter(room=room).update(position_ms=61_500)
    command(room, bob, Op.SEEK, position_s=300.0)
    assert command(room, alice, Op.UNDO, base=2).outcome is Outcome.APPLIED
    assert RoomTimeline.objects.get(room=room).position_ms == 61_500
    assert kinds(room)[-2:] == ["seeked", "undone"]
    with pytest.raises(Invalid):
        command(room, alice, Op.UNDO, base=3)


def test_undo_is_over_after_ten_seconds_and_needs_the_right_to_seek(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.HOST_DRIVES)
    with pytest.raises(Invalid):
        command(room, alice, Op.UNDO)
    command(room, alice, Op.SEEK, position_s=300.0)
    with pytest.raises(Forbidden):
        command(room, bob, Op.UNDO, base=2)
    event = RoomEvent.objects.get(room=room, kind="seeked")
    event.data |= {"at_ms": str(int(event.data["at_ms"]) - 11_000)}
    event.save()
    with pytest.raises(Invalid):
        command(room, alice, Op.UNDO, base=2)


# --- standing in for the host ----------------------------------------------------------------------------------
def test_the_hosts_control_moves_once_and_returns(alice: User, bob: User, charlie: User) -> None:
    room = room_of(alice, bob, charlie, preset=Preset.HOST_DRIVES)
    assert stand(room, bob, charlie, away_s=HOST_AWAY_S - 1) is False
    assert stand(room, bob, charlie) is True
    assert stand(room, bob, charlie) is False
    assert Room.objects.get(pk=room.pk).stand_in == bob.pk
    assert command(room, bob, Op.PLAY).outcome is Outcome.APPLIED
    assert selectors.entrance(room.pk, bob.pk, None).can == frozenset(Permission)
    assert stand(room, alice, bob, away_s=0) is True
    with pytest.raises(Forbidden):
        command(room, bob, Op.PAUSE, base=2)
    assert kinds(room).count("hosting") == 2


def test_cohosts_come_first_and_guests_last(alice: User, bob: User, charlie: User) -> None:
    room = room_of(alice)
    guest = guest_of(room)
    token, _ = services.create_invite(room_id=room.pk, by=alice.pk)
    for user in (bob, charlie):
        services.join_by_invite(room_id=room.pk, user_id=user.pk, token=token)
    stand(room, guest, bob, charlie)
    assert stand_in(room) == bob.pk
    give(room, alice, charlie, Role.COHOST)
    stand(room, guest, charlie)
    assert stand_in(room) == charlie.pk
    stand(room, guest)
    assert stand_in(room) == guest.pk


def stand_in(room: Room) -> UUID | None:
    return Room.objects.get(pk=room.pk).stand_in


def test_who_stands_in_removes_no_host_and_makes_none(alice: User, bob: User, charlie: User) -> None:
    room = room_of(alice, bob, charlie)
    stand(room, bob, charlie)
    with pytest.raises(Forbidden):
        give(room, bob, charlie, Role.HOST)
    with pytest.raises(Forbidden):
        services.kick(room_id=room.pk, by=bob.pk, user_id=alice.pk)
    services.kick(room_id=room.pk, by=alice.pk, user_id=bob.pk)
    assert stand_in(room) is None


@pytest.mark.django_db(transaction=True)
def test_processes_that_look_at_once_move_it_once() -> None:
    alice, bob = person("alice"), person("bob")
    room = room_of(alice, bob)
    assert sorted(at_once(*[lambda: stand(room, bob)] * 6)) == [False] * 5 + [True]
    assert kinds(room).count("hosting") == 1


def test_old_snapshot_and_news_agree_with_a_fresh_look(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    before = selectors.entrance(room.pk, bob.pk, None)
    rule(room, alice, preset=Preset.DEMOCRACY)
    proposed(room, bob)
    after = selectors.entrance(room.pk, bob.pk, None)
    power, roles = selectors.power(room.pk, [bob.pk])
    assert (power, roles) == (after.power, {str(bob.pk): Role.MEMBER})
    news = selectors.news(room.pk, before.seq)
    assert news.power == after.power.rev > before.power.rev
    assert [event.kind for event in news.events] == ["rules", "proposed"]
