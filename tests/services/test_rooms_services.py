"""Rooms, invites, people and history, over real rows."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import Conflict, Forbidden, Invalid, NotFound
from apps.rooms import selectors, services
from apps.rooms.adapters import secrets
from apps.rooms.adapters.room_clock import RoomClock, database_now_ms
from apps.rooms.domain.commands import Command, Op, Outcome
from apps.rooms.domain.members import Preset, Role
from apps.rooms.domain.playback import Cause
from apps.rooms.models import Invite, Membership, Room, RoomCommand, RoomEvent, RoomTimeline
from tests.accounts_cast import person
from tests.rooms_party import film, guest_of, memberships, room_of

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


def invite(room: Room, by: User, **options: object) -> str:
    token, _ = services.create_invite(room_id=room.pk, by=by.pk, **options)
    return token


def command(room: Room, by: User, op: Op, *, base: int = 1, cid: str = "", **more: object) -> services.CommandResult:
    wanted = Command(op=op, base=base, by=str(by.pk), **more)
    return services.command(room_id=room.pk, person=by.as_person(), cid=cid or uuid4().hex, wanted=wanted, lead_ms=100)


def test_a_new_room_rests_at_the_start_and_its_owner_is_in_it(alice: User) -> None:
    room = services.create_room(owner_id=alice.pk, title_id=film(), name="  ")
    timeline = RoomTimeline.objects.get(room=room).as_timeline()
    assert (timeline.rev, timeline.position_ms, timeline.playing, timeline.cause) == (1, 0, False, Cause.CREATED)
    assert selectors.room(room.pk, alice.pk).name == "Night Train"
    assert selectors.card(selectors.room(room.pk, alice.pk), alice.pk)["role"] == "owner"


def test_a_room_for_no_film_is_refused(alice: User) -> None:
    with pytest.raises(NotFound):
        services.create_room(owner_id=alice.pk, title_id=uuid4())


def test_charlie_does_not_see_the_room(alice: User, charlie: User) -> None:
    room = room_of(alice)
    with pytest.raises(NotFound):
        selectors.room(room.pk, charlie.pk)
    for attempt in (
        lambda: services.create_invite(room_id=room.pk, by=charlie.pk),
        lambda: services.close_room(room_id=room.pk, by=charlie.pk),
        lambda: services.kick(room_id=room.pk, by=charlie.pk, user_id=alice.pk),
        lambda: services.play_in_room(room_id=room.pk, user_id=charlie.pk),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(Forbidden):
        command(room, charlie, Op.PLAY)
    with pytest.raises(Forbidden):
        services.say(room_id=room.pk, person=charlie.as_person(), message=services.Message("c", "hi", 0, None))


def test_only_the_digest_of_an_invite_is_kept(alice: User) -> None:
    token = invite(room_of(alice), alice)
    assert all(token not in str(value) for row in Invite.objects.values() for value in row.values())


@pytest.mark.parametrize("fault", ["wrong", "expired", "used up", "closed", "other room"])
def test_an_invite_that_is_no_good_lets_nobody_in(alice: User, bob: User, fault: str) -> None:
    room = room_of(alice)
    token = invite(room, alice, uses=1)
    target = room
    if fault == "wrong":
        token = "x" * 22
    elif fault == "expired":
        Invite.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif fault == "used up":
        services.join_as_guest(token=token, name="Gwen")
    elif fault == "closed":
        services.close_room(room_id=room.pk, by=alice.pk)
    else:
        target = room_of(alice)
    before = memberships(target)
    with pytest.raises(NotFound):
        services.join_by_invite(room_id=target.pk, user_id=bob.pk, token=token)
    assert memberships(target) == before


def test_coming_twice_costs_one_use(alice: User, bob: User) -> None:
    room = room_of(alice)
    token = invite(room, alice, uses=2)
    for _ in range(3):
        services.join_by_invite(room_id=room.pk, user_id=bob.pk, token=token)
    assert Invite.objects.get(digest=secrets.digest(token)).uses_left == 1
    assert memberships(room) == 2


def test_a_wrong_pin_is_refused_and_ten_of_them_end_the_invite(alice: User, bob: User) -> None:
    room = room_of(alice)
    token = invite(room, alice, pin="4711")
    for _ in range(10):
        with pytest.raises(Forbidden):
            services.join_by_invite(room_id=room.pk, user_id=bob.pk, token=token, pin="0000")
    with pytest.raises(NotFound):
        services.join_by_invite(room_id=room.pk, user_id=bob.pk, token=token, pin="4711")


def test_the_right_pin_lets_in(alice: User, bob: User) -> None:
    room = room_of(alice)
    services.join_by_invite(room_id=room.pk, user_id=bob.pk, token=invite(room, alice, pin="4711"), pin="4711")
    assert memberships(room) == 2


def test_the_owners_plan_sets_the_size_of_the_room(alice: User) -> None:
    room = room_of(alice)
    token = invite(room, alice)
    for n in range(7):
        services.join_as_guest(token=token, name=f"Guest {n}")
    guests = User.objects.filter(is_guest=True).count()
    with pytest.raises(Conflict, match="8 seats"):
        services.join_as_guest(token=token, name="One too many")
    assert memberships(room) == 8
    assert User.objects.filter(is_guest=True).count() == guests


def test_a_guest_may_not_invite_or_kick_or_close(alice: User) -> None:
    room = room_of(alice)
    guest = guest_of(room)
    for attempt in (
        lambda: services.create_invite(room_id=room.pk, by=guest.pk),
        lambda: services.kick(room_id=room.pk, by=guest.pk, user_id=alice.pk),
        lambda: services.close_room(room_id=room.pk, by=guest.pk),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_the_kicked_do_not_come_back_with_an_old_invite(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    services.kick(room_id=room.pk, by=alice.pk, user_id=bob.pk)
    with pytest.raises(Forbidden):
        services.join_by_invite(room_id=room.pk, user_id=bob.pk, token=invite(room, alice))
    with pytest.raises(NotFound):
        services.kick(room_id=room.pk, by=alice.pk, user_id=bob.pk)
    assert not selectors.rooms_of(bob.pk).exists()


def test_closing_ends_the_guests_sessions_and_is_told_once(alice: User) -> None:
    room = room_of(alice)
    guest = guest_of(room)
    services.close_room(room_id=room.pk, by=alice.pk)
    guest.refresh_from_db()
    assert guest.is_active is False
    assert RoomEvent.objects.filter(room=room, kind="closed").count() == 1
    with pytest.raises(NotFound):
        services.close_room(room_id=room.pk, by=alice.pk)


def test_events_are_numbered_without_gaps_and_tell_of_each_change(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    command(room, alice, Op.PLAY)
    command(room, bob, Op.SEEK, base=2, position_s=30.0)
    services.say(room_id=room.pk, person=bob.as_person(), message=services.Message("c1", "  here?  ", 30.0, None))
    rows = list(RoomEvent.objects.filter(room=room))
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert [row.kind for row in rows] == ["joined", "joined", "played", "seeked", "chat"]
    assert (rows[3].position_s, rows[3].rev, rows[4].text) == (30.0, 3, "here?")


def test_old_snapshot_and_news_give_the_new_snapshot(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    before = selectors.entrance(room.pk, bob.pk, None)
    command(room, alice, Op.PLAY)
    services.say(room_id=room.pk, person=alice.as_person(), message=services.Message("c1", "hello", 1.0, None))
    news = selectors.news(room.pk, before.seq)
    after = selectors.entrance(room.pk, bob.pk, None)
    assert [*before.events, *news.events] == after.events
    assert news.timeline == after.timeline
    assert selectors.entrance(room.pk, bob.pk, before.seq).events == news.events


def test_whoever_missed_too_much_gets_a_fresh_tail(alice: User) -> None:
    room = room_of(alice)
    found = selectors.entrance(room.pk, alice.pk, 0)
    assert (found.resumed, len(found.events)) == (True, 1)
    rows = [
        RoomEvent(room=room, seq=seq, kind="chat", at=timezone.now(), by=alice.pk, cid=str(seq))
        for seq in range(2, 2 + selectors.REPLAY_MAX + 5)
    ]
    RoomEvent.objects.bulk_create(rows)
    Room.objects.filter(pk=room.pk).update(seq=rows[-1].seq)
    found = selectors.entrance(room.pk, alice.pk, 0)
    assert (found.resumed, len(found.events), found.events[-1].seq) == (False, selectors.TAIL, rows[-1].seq)
    assert selectors.entrance(room.pk, alice.pk, 10**9).resumed is False


def test_the_same_cid_has_one_effect(alice: User) -> None:
    room = room_of(alice)
    first = command(room, alice, Op.SEEK, position_s=10.0, cid="same")
    again = command(room, alice, Op.SEEK, position_s=99.0, cid="same", base=2)
    assert (first.outcome, again.outcome, again.event) == (Outcome.APPLIED, Outcome.APPLIED, None)
    assert RoomTimeline.objects.get(room=room).position_ms == 10_000
    message = services.Message("m", "hello", 0, None)
    assert services.say(room_id=room.pk, person=alice.as_person(), message=message) is not None
    assert services.say(room_id=room.pk, person=alice.as_person(), message=message) is None


def test_what_was_superseded_stays_without_effect_when_it_arrives_again(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    assert command(room, alice, Op.SEEK, position_s=100.0).outcome is Outcome.APPLIED
    late = command(room, bob, Op.SEEK, position_s=5.0, cid="late")
    assert late.outcome is Outcome.SUPERSEDED
    RoomTimeline.objects.filter(room=room).update(made_ms=0)  # a minute later, on a new connection
    again = command(room, bob, Op.SEEK, position_s=5.0, cid="late")
    assert (again.outcome, again.event, again.timeline.position_ms) == (Outcome.SUPERSEDED, None, 100_000)


def test_a_command_without_an_effect_stays_without_one(alice: User, bob: User) -> None:
    room = room_of(alice, bob)
    assert command(room, bob, Op.PAUSE, cid="idle").outcome is Outcome.UNCHANGED
    assert command(room, alice, Op.PLAY).outcome is Outcome.APPLIED
    assert command(room, bob, Op.PAUSE, base=2, cid="idle").outcome is Outcome.UNCHANGED
    assert RoomTimeline.objects.get(room=room).playing


def test_what_was_refused_may_be_allowed_later(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.HOST_DRIVES)
    with pytest.raises(Forbidden):
        command(room, bob, Op.PLAY, cid="please")
    Membership.objects.filter(room=room, user=bob).update(role=Role.HOST)
    assert command(room, bob, Op.PLAY, cid="please").outcome is Outcome.APPLIED


@pytest.mark.django_db(transaction=True)
def test_a_right_that_is_taken_away_while_a_command_is_on_its_way_is_gone() -> None:
    alice, bob = person("alice"), person("bob")
    room = room_of(alice, bob)

    def seek() -> object:
        try:
            return command(room, bob, Op.SEEK, position_s=9.0)
        except Forbidden as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Room.objects.hold(room.pk)
            on_its_way = pool.submit(seek)
            time.sleep(0.3)
            Membership.objects.filter(room=room, user=bob).update(removed_at=timezone.now())
        assert isinstance(on_its_way.result(10), Forbidden)
    assert RoomTimeline.objects.get(room=room).position_ms == 0


def test_the_sweep_forgets_commands_that_nobody_sends_again(alice: User) -> None:
    room = room_of(alice)
    command(room, alice, Op.PLAY, cid="old")
    command(room, alice, Op.PAUSE, base=2, cid="new")
    RoomCommand.objects.filter(cid="old").update(at=timezone.now() - timedelta(days=2))
    services.sweep()
    assert list(RoomCommand.objects.values_list("cid", flat=True)) == ["new"]
    assert RoomEvent.objects.filter(room=room, kind="played").count() == 1


def test_a_revision_that_the_room_does_not_have_is_refused(alice: User) -> None:
    with pytest.raises(Invalid):
        command(room_of(alice), alice, Op.PLAY, base=99)


def test_when_the_host_drives_members_are_refused(alice: User, bob: User) -> None:
    room = room_of(alice, bob, preset=Preset.HOST_DRIVES)
    for op, more in ((Op.PLAY, {}), (Op.PAUSE, {}), (Op.SEEK, {"position_s": 1.0}), (Op.RATE, {"rate": 1.5})):
        with pytest.raises(Forbidden):
            command(room, bob, op, **more)
    assert command(room, alice, Op.PLAY).outcome is Outcome.APPLIED


def test_an_empty_room_rests_where_the_last_one_left(alice: User) -> None:
    room = room_of(alice)
    RoomTimeline.objects.filter(room=room).update(playing=True, at_ms=round(database_now_ms()) - 60_000)
    assert services.rest_room(room_id=room.pk, left_at_ms=database_now_ms() - 30_000) is not None
    assert services.rest_room(room_id=room.pk, left_at_ms=database_now_ms()) is None
    timeline = RoomTimeline.objects.get(room=room)
    assert timeline.playing is False
    assert timeline.position_ms == pytest.approx(30_000, abs=500)
    assert RoomEvent.objects.filter(room=room, kind="paused").count() == 1


def test_room_time_is_the_databases_clock() -> None:
    clock = RoomClock()
    assert clock.is_usable is False
    clock.probe()
    assert clock.is_usable is True
    assert clock.now_ms() == pytest.approx(database_now_ms(), abs=50)


def test_the_sweep_forgets_links_that_nobody_can_use(alice: User) -> None:
    room = room_of(alice)
    invite(room, alice)
    Invite.objects.update(expires_at=timezone.now() - timedelta(days=8))
    kept = invite(room, alice)
    services.sweep()
    assert Invite.objects.count() == 1
    assert selectors.open_invite(kept)


# --- races, with committed rows -------------------------------------------------------------------------------
def at_once(*jobs: object) -> list[object]:
    """Run on threads with connections of their own; a refusal is a result."""

    def run(job: object) -> object:
        try:
            return job()
        except (NotFound, Conflict) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_the_last_use_of_an_invite_goes_to_one_person() -> None:
    alice = person("alice")
    room = room_of(alice)
    token = invite(room, alice, uses=1)
    found = at_once(*[lambda n=n: services.join_as_guest(token=token, name=f"G{n}") for n in range(4)])
    assert sum(isinstance(item, NotFound) for item in found) == 3
    assert memberships(room) == 2
    assert Invite.objects.get(digest=secrets.digest(token)).uses_left == 0


@pytest.mark.django_db(transaction=True)
def test_a_crowd_of_guesses_has_ten_tries_together(monkeypatch: pytest.MonkeyPatch) -> None:
    room = room_of(person("alice"))
    token = invite(room, room.owner, pin="4711")
    looked_at: list[str | None] = []

    def slow_look(pin: str | None, _hash: str) -> bool:
        looked_at.append(pin)
        time.sleep(0.02)
        return False

    monkeypatch.setattr(secrets, "is_pin", slow_look)

    def guess() -> None:
        with pytest.raises((Forbidden, NotFound)):
            services.join_as_guest(token=token, name="Gwen", pin="0000")

    at_once(*[guess] * 16)
    assert len(looked_at) == 10


@pytest.mark.django_db(transaction=True)
def test_commands_of_many_at_once_become_one_history() -> None:
    alice, bob = person("alice"), person("bob")
    room = room_of(alice, bob)
    jobs = [
        (lambda n=n, who=who: command(room, who, Op.SEEK, position_s=float(n), cid=f"c{n}"))
        for n, who in enumerate([alice, bob] * 4)
    ]
    doubled = [*jobs, jobs[0], jobs[1]]
    found = [item for item in at_once(*doubled) if isinstance(item, services.CommandResult)]
    events = list(RoomEvent.objects.filter(room=room, kind="seeked"))
    timeline = RoomTimeline.objects.get(room=room)
    applied = [item for item in found if item.event is not None]
    assert timeline.rev == 1 + len(events) == 1 + len(applied)
    assert [event.rev for event in events] == list(range(2, timeline.rev + 1))
    assert [event.seq for event in events] == list(range(3, 3 + len(events)))
    assert events[-1].position_s == timeline.position_ms / 1000
    assert len({(event.by, event.cid) for event in events}) == len(events)


def test_every_table_has_the_constraints_that_the_races_need() -> None:
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, RoomEvent._meta.db_table)
    assert {"rooms_event_number", "rooms_event_once"} <= set(names)
    assert Membership._meta.constraints[0].name == "rooms_once_per_room"
    assert Role.OWNER == "owner"
