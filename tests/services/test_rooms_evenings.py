"""Planned parties, their letters and reminders, history, and going on another evening: over real rows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connections
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import Forbidden, Invalid, NotFound, TooMany
from apps.notifications.models import Delivery, Notification
from apps.rooms import selectors, services
from apps.rooms.domain.members import Preset
from apps.rooms.domain.schedule import INVITED_MAX, LETTERS_A_DAY, MOVED_MAX, LetterState, News
from apps.rooms.models import Membership, PartyLetter, Room, RoomEvent, RoomTimeline
from apps.streaming.models import TitleCare
from tests.accounts_cast import person
from tests.rooms_party import film, guest_of, room_of

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Stands for kill -9: nothing of ours may catch it or run after it."""


class KilledWhileSending(EmailBackend):
    def send_messages(self, messages: list[object]) -> int:
        super().send_messages(messages)
        raise Killed


class AwayBackend(EmailBackend):
    def open(self) -> None:
        raise ConnectionRefusedError("nobody listens")


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


def in_hours(hours: float) -> datetime:
    return (timezone.now() + timedelta(hours=hours)).replace(microsecond=0)


def plan(room: Room, by: User, starts_at: datetime, *addresses: str) -> None:
    services.plan_party(room_id=room.pk, by=by.pk, starts_at=starts_at, addresses=addresses)


def post_all() -> None:
    for letter_id in PartyLetter.objects.order_by("pk").values_list("pk", flat=True):
        services.post_letter(letter_id)


def subjects() -> list[str]:
    return [message.subject for message in mail.outbox]


def test_people_of_the_room_and_addresses_are_invited_once(alice: User, bob: User, room: Room) -> None:
    starts_at = in_hours(48)
    for _ in range(3):
        plan(room, alice, starts_at, "Gwen@Example.org", "gwen@example.org ")
    assert [row.user_id for row in Notification.objects.all()] == [bob.pk]
    assert Delivery.objects.count() == 1
    assert list(PartyLetter.objects.values_list("to", "news")) == [("gwen@example.org", "invited")]
    for _ in range(3):
        post_all()
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["gwen@example.org"], "Alice invites you: Night Train")
    assert "/join/" in message.body
    ((name, calendar, media_type),) = message.attachments
    assert (name, media_type) == ("party.ics", "text/calendar")
    assert f"UID:room-{room.pk}@matinee" in calendar
    token = message.body.split("/join/")[1].strip()
    assert selectors.invite_info(token)["room_id"] == room.pk


def test_another_time_is_told_once_and_raises_the_sequence(alice: User, room: Room) -> None:
    plan(room, alice, in_hours(48), "gwen@example.org")
    later = in_hours(72)
    for _ in range(2):
        plan(room, alice, later)
    post_all()
    assert subjects() == ["New time: Friday"], "the first letter was not sent yet, and is not true any more"
    assert "SEQUENCE:2" in mail.outbox[0].attachments[0][1]
    assert Notification.objects.count() == 2
    assert RoomEvent.objects.filter(room=room, kind="scheduled").count() == 2


def test_closing_the_room_cancels_the_party(alice: User, room: Room) -> None:
    plan(room, alice, in_hours(48), "gwen@example.org")
    post_all()
    services.close_room(room_id=room.pk, by=alice.pk)
    post_all()
    assert subjects() == ["Alice invites you: Night Train", "Cancelled: Friday"]
    calendar = mail.outbox[1].attachments[0][1]
    assert "STATUS:CANCELLED" in calendar
    assert "SEQUENCE:2" in calendar
    assert "/join/" not in mail.outbox[1].body


def test_members_get_no_second_mail_by_their_address(alice: User, bob: User, room: Room) -> None:
    plan(room, alice, in_hours(48), "bob@example.org", "gwen@example.org")
    gwen = person("gwen")
    token, _ = services.create_invite(room_id=room.pk, by=alice.pk)
    services.join_by_invite(room_id=room.pk, user_id=gwen.pk, token=token)
    plan(room, alice, in_hours(49))
    letters = list(PartyLetter.objects.values_list("to", "news"))
    assert letters == [("gwen@example.org", "invited")], "Gwen came in meanwhile"
    assert Notification.objects.filter(user=bob).count() == 2
    assert Notification.objects.filter(user=gwen).count() == 1


def test_only_who_hosts_plans_and_only_for_a_time_to_come(alice: User, bob: User, charlie: User, room: Room) -> None:
    with pytest.raises(Forbidden):
        plan(room, bob, in_hours(2))
    with pytest.raises(NotFound):
        plan(room, charlie, in_hours(2))
    for hours in (-1, 24 * 400):
        with pytest.raises(Invalid):
            plan(room, alice, in_hours(hours))
    with pytest.raises(Invalid):
        plan(room, alice, in_hours(2), *(f"friend{number}@example.org" for number in range(51)))
    assert Room.objects.get(pk=room.pk).starts_at is None


def test_a_party_may_be_planned_when_its_room_is_opened(alice: User) -> None:
    starts_at = in_hours(5)
    room = services.create_room(owner_id=alice.pk, title_id=film(), starts_at=starts_at, addresses=["gwen@example.org"])
    assert Room.objects.get(pk=room.pk).starts_at == starts_at
    assert PartyLetter.objects.get().to == "gwen@example.org"


def test_everybody_is_reminded_once_a_quarter_of_an_hour_before(alice: User, bob: User, room: Room) -> None:
    plan(room, alice, in_hours(2), "gwen@example.org")
    services.remind_due()
    assert not PartyLetter.objects.filter(news=News.REMINDER).exists()
    Room.objects.filter(pk=room.pk).update(starts_at=timezone.now() + timedelta(minutes=14))
    for _ in range(3):
        services.sweep()
    assert PartyLetter.objects.filter(news=News.REMINDER).count() == 1
    reminded = Notification.objects.filter(announcement__title="Soon: Friday")
    assert {row.user_id for row in reminded} == {alice.pk, bob.pk}


def test_a_server_that_was_down_does_not_remind_of_yesterday(alice: User, room: Room) -> None:
    plan(room, alice, in_hours(2))
    Room.objects.filter(pk=room.pk).update(starts_at=timezone.now() - timedelta(hours=20))
    services.remind_due()
    assert Room.objects.get(pk=room.pk).reminded_at is None


def test_another_time_is_reminded_of_again(alice: User, room: Room) -> None:
    plan(room, alice, timezone.now() + timedelta(minutes=10))
    services.remind_due()
    plan(room, alice, timezone.now() + timedelta(minutes=12))
    services.remind_due()
    assert Notification.objects.filter(user=alice, announcement__title="Soon: Friday").count() == 2


def test_the_film_is_held_from_an_hour_before(alice: User, room: Room) -> None:
    starts_at = in_hours(2)
    plan(room, alice, starts_at)
    services.remind_due()
    assert not TitleCare.objects.filter(pk=room.title_id).exclude(held_until=None).exists()
    Room.objects.filter(pk=room.pk).update(starts_at=timezone.now() + timedelta(minutes=50))
    services.remind_due()
    assert TitleCare.objects.get(pk=room.title_id).held_until > timezone.now() + timedelta(minutes=25)


def test_a_worker_that_dies_while_it_posts_sends_no_second_letter(
    alice: User, room: Room, settings: pytest.FixtureRequest
) -> None:
    plan(room, alice, in_hours(48), "gwen@example.org")
    settings.EMAIL_BACKEND = f"{__name__}.KilledWhileSending"
    with pytest.raises(Killed):
        post_all()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    services.sweep()
    post_all()
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_away_is_asked_again(alice: User, room: Room, settings: pytest.FixtureRequest) -> None:
    plan(room, alice, in_hours(48), "gwen@example.org")
    settings.EMAIL_BACKEND = f"{__name__}.AwayBackend"
    post_all()
    assert PartyLetter.objects.get().state == LetterState.QUEUED
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    PartyLetter.objects.update(due_at=timezone.now())
    post_all()
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_remind_once_and_post_once(transactional_db: None) -> None:
    alice = person("alice")
    room = room_of(alice)
    plan(room, alice, timezone.now() + timedelta(minutes=10), "gwen@example.org")

    def work(_: int) -> None:
        try:
            services.remind_due()
            post_all()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    post_all()
    assert sorted(subjects()) == ["Alice invites you: Night Train", "Soon: Friday"]
    assert Notification.objects.filter(announcement__title="Soon: Friday").count() == 1


def test_history_shows_what_was_watched_with_whom_and_where_it_stopped(
    alice: User, bob: User, charlie: User, room: Room
) -> None:
    assert not selectors.past_rooms(alice.pk).exists()
    RoomTimeline.objects.filter(room=room).update(position_ms=60_000)
    assert selectors.past_card(selectors.past_rooms(bob.pk).get())["is_open"] is True
    services.close_room(room_id=room.pk, by=alice.pk)
    card = selectors.past_card(selectors.past_rooms(bob.pk).get())
    assert (card["title"]["name"], card["people"], card["position_s"]) == ("Night Train", ["Alice", "Bob"], 60.0)
    assert (card["duration_s"], card["is_open"]) == (600.0, False)
    assert not selectors.past_rooms(charlie.pk).exists()


def test_a_party_goes_on_where_it_stopped_with_the_same_members(
    alice: User, bob: User, charlie: User, room: Room
) -> None:
    guest = guest_of(room)
    RoomTimeline.objects.filter(room=room).update(position_ms=60_000)
    assert services.continue_room(room_id=room.pk, user_id=bob.pk).pk == room.pk, "it is open still"
    services.close_room(room_id=room.pk, by=alice.pk)
    for stranger in (charlie, guest):
        with pytest.raises(NotFound):
            services.continue_room(room_id=room.pk, user_id=stranger.pk)
    again = services.continue_room(room_id=room.pk, user_id=bob.pk)
    assert services.continue_room(room_id=room.pk, user_id=alice.pk).pk == again.pk
    assert RoomTimeline.objects.get(room=again).position_ms == 60_000
    roles = dict(Membership.objects.filter(room=again).values_list("user_id", "role"))
    assert roles == {bob.pk: "owner", alice.pk: "host"}
    assert Notification.objects.filter(user=alice, announcement__title="Bob goes on with Friday").count() == 1
    services.close_room(room_id=again.pk, by=bob.pk)
    third = services.continue_room(room_id=room.pk, user_id=alice.pk)
    assert third.pk not in {room.pk, again.pk}
    assert Room.objects.get(pk=third.pk).continues_id == again.pk


def test_who_was_removed_does_not_come_back(alice: User, bob: User, room: Room) -> None:
    services.kick(room_id=room.pk, by=alice.pk, user_id=bob.pk)
    services.close_room(room_id=room.pk, by=alice.pk)
    again = services.continue_room(room_id=room.pk, user_id=alice.pk)
    assert list(Membership.objects.filter(room=again).values_list("user_id", flat=True)) == [alice.pk]
    assert Room.objects.get(pk=again.pk).preset == Preset.FRIENDS


# --- no mail cannon ----------------------------------------------------------------------------------------------
def test_a_party_is_moved_so_often_and_no_more(alice: User, room: Room) -> None:
    starts_at = timezone.now() + timedelta(days=2)
    for number in range(MOVED_MAX):
        plan(room, alice, starts_at + timedelta(hours=number))
    with pytest.raises(TooMany):
        plan(room, alice, starts_at + timedelta(days=3))
    plan(room, alice, starts_at + timedelta(hours=MOVED_MAX - 1), "late@example.org")


def test_one_person_writes_so_many_letters_a_day(alice: User) -> None:
    starts_at = timezone.now() + timedelta(days=2)
    crowd = [f"guest{number}@example.org" for number in range(INVITED_MAX)]
    for _ in range(LETTERS_A_DAY // INVITED_MAX):
        plan(room_of(alice), alice, starts_at, *crowd)
    with pytest.raises(TooMany):
        plan(last := room_of(alice), alice, starts_at, "one.more@example.org")
    assert Room.objects.get(pk=last.pk).starts_at is None
    PartyLetter.objects.update(due_at=timezone.now() - timedelta(days=2))
    plan(last, alice, starts_at, "one.more@example.org")
