from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from accounts_cast import guest, person
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.common.models import OutboxMail
from apps.notifications import services
from apps.notifications.domain import MAX_ATTEMPTS, Category, Channel, Kind, State
from apps.notifications.models import Delivery, Notification


class Killed(BaseException):
    """Stands for kill -9: nothing of ours may catch it or run after it."""


class KilledWhileSending(EmailBackend):
    def send_messages(self, messages):
        super().send_messages(messages)
        raise Killed


class AwayBackend(EmailBackend):
    def open(self):
        raise ConnectionRefusedError("nobody listens")


class BrokenOffBackend(EmailBackend):
    """The connection breaks after the server has read the mail."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise TimeoutError("no answer")


LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


def tell(who, kind=Kind.READY, key="k:1"):
    services.notify(key=key, kind=kind, recipients=[who.pk], title="Ready: The General", body="Now.", link="/title/1")
    return Delivery.objects.get(notification__announcement__key=key, notification__user=who)


def make_due():
    Delivery.objects.update(due_at=timezone.now())


def age(**by):
    Delivery.objects.update(moved_at=timezone.now() - timedelta(**by))


def state():
    return Delivery.objects.get().state


@pytest.mark.django_db
class TestDelivering:
    def test_a_due_delivery_becomes_one_mail_with_a_link_to_this_site(self):
        services.deliver(tell(person("bob")).pk)
        (message,) = mail.outbox
        assert message.to == ["bob@example.org"]
        assert message.subject == "Ready: The General"
        assert "http://localhost:8000/title/1" in message.body
        assert state() == State.SENT

    def test_a_doubled_wakeup_and_the_sweep_add_nothing(self):
        delivery = tell(person("bob"))
        for _ in range(3):
            services.deliver(delivery.pk)
            services.deliver_due()
        assert len(mail.outbox) == 1

    def test_a_lost_wakeup_is_repaired_by_the_sweep(self):
        tell(person("bob"))
        services.deliver_due()
        assert len(mail.outbox) == 1

    def test_an_unknown_delivery_is_nothing_to_do(self):
        services.deliver(999_999)

    @pytest.mark.parametrize("change", [{"is_verified": False}, {"is_active": False}])
    def test_only_verified_addresses_of_active_people_are_written_to(self, change):
        delivery = tell(person("bob"))
        User.objects.update(**change)
        services.deliver(delivery.pk)
        assert mail.outbox == []
        assert state() == State.SUPPRESSED

    def test_a_guest_has_no_address(self):
        services.deliver(tell(guest(uuid4())).pk)
        assert state() == State.SUPPRESSED

    def test_the_ready_mail_comes_even_to_somebody_who_saw_it(self):
        bob = person("bob")
        delivery = tell(bob)
        services.mark_seen(bob.pk)
        services.deliver(delivery.pk)
        assert len(mail.outbox) == 1

    def test_other_mails_wait_and_are_not_sent_to_somebody_who_saw_it(self):
        bob = person("bob")
        delivery = tell(bob, Kind.FAILED)
        services.deliver(delivery.pk)
        assert state() == State.QUEUED
        services.mark_seen(bob.pk)
        make_due()
        services.deliver(delivery.pk)
        assert mail.outbox == []
        assert state() == State.SUPPRESSED

    def test_other_mails_are_sent_to_somebody_who_did_not_look(self):
        delivery = tell(person("bob"), Kind.FAILED)
        make_due()
        services.deliver(delivery.pk)
        assert len(mail.outbox) == 1

    def test_a_category_that_is_switched_off_stays_in_the_inbox(self):
        bob = person("bob")
        services.set_preferences(bob.pk, {(Category.FILMS, Channel.EMAIL): False})
        services.deliver(tell(bob).pk)
        assert mail.outbox == []
        assert Notification.objects.count() == 1
        services.set_preferences(bob.pk, {(Category.FILMS, Channel.EMAIL): True})
        services.deliver(tell(bob, key="k:2").pk)
        assert len(mail.outbox) == 1

    def test_control_characters_in_a_films_name_cannot_forge_headers(self):
        services.notify(
            key="k",
            kind=Kind.READY,
            recipients=[person("bob").pk],
            title="Ready\r\nBcc: charlie@example.org",
            body="",
            link="",
        )
        services.deliver_due()
        assert "\n" not in mail.outbox[0].subject
        assert mail.outbox[0].recipients() == ["bob@example.org"]


@pytest.mark.django_db
class TestKilled:
    def test_a_worker_killed_while_the_server_had_the_mail_leaves_unknown_and_never_a_double(self, settings):
        settings.EMAIL_BACKEND = f"{__name__}.KilledWhileSending"
        delivery = tell(person("bob"))
        with pytest.raises(Killed):
            services.deliver(delivery.pk)
        assert state() == State.HANDED
        settings.EMAIL_BACKEND = LOCMEM
        for _ in range(3):
            services.deliver(delivery.pk)
            services.deliver_due()
        assert state() == State.HANDED
        age(minutes=3)
        for _ in range(3):
            services.deliver_due()
            services.deliver(delivery.pk)
        assert state() == State.UNKNOWN
        assert len(mail.outbox) == 1
        assert Delivery.objects.get().reason

    def test_a_worker_killed_before_handing_over_is_made_up_for_after_a_minute(self):
        delivery = tell(person("bob"))
        Delivery.objects.update(state=State.SENDING, attempts=1)
        age(seconds=59)
        services.deliver_due()
        assert mail.outbox == []
        age(seconds=61)
        services.deliver_due()
        assert len(mail.outbox) == 1
        assert Delivery.objects.get(pk=delivery.pk).state == State.SENT


@pytest.mark.django_db
class TestRefusals:
    def test_a_server_that_is_away_is_tried_five_times(self, settings):
        settings.EMAIL_BACKEND = f"{__name__}.AwayBackend"
        delivery = tell(person("bob"))
        states = []
        for _ in range(MAX_ATTEMPTS + 2):
            make_due()
            services.deliver(delivery.pk)
            states.append(state())
        assert states == [State.FAILED] * 4 + [State.DEAD] * 3

    def test_a_failed_delivery_waits_and_then_arrives(self, settings):
        settings.EMAIL_BACKEND = f"{__name__}.AwayBackend"
        tell(person("bob"))
        services.deliver_due()
        settings.EMAIL_BACKEND = LOCMEM
        services.deliver_due()
        assert mail.outbox == []
        assert "nobody listens" in Delivery.objects.get().reason
        make_due()
        services.deliver_due()
        assert len(mail.outbox) == 1
        assert state() == State.SENT

    def test_a_connection_that_breaks_while_the_server_had_it_is_not_tried_again(self, settings):
        settings.EMAIL_BACKEND = f"{__name__}.BrokenOffBackend"
        delivery = tell(person("bob"))
        for _ in range(3):
            make_due()
            services.deliver(delivery.pk)
        assert state() == State.UNKNOWN
        assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_workers_send_forty_mails_once_each(settings):
    settings.EMAIL_BACKEND = "apps.common.mail.OutboxBackend"
    for number in range(40):
        tell(person(f"bob{number}"))
    together = Barrier(8)

    def work(_):
        try:
            together.wait()
            services.deliver_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert OutboxMail.objects.count() == OutboxMail.objects.values("to").distinct().count() == 40
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.SENT, 1)}
