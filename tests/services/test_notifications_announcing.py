from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from accounts_cast import person
from django.db import connection, transaction

from apps.common.jobs import Job
from apps.notifications import selectors, services
from apps.notifications.domain import Kind, State
from apps.notifications.models import Announcement, Delivery, Notification


def announce(*people, key="ready:1", kind=Kind.READY, title="Ready: The General"):
    services.notify(
        key=key,
        kind=kind,
        recipients=[who.pk for who in people],
        title=title,
        body="You can watch it now.",
        link="/title/1",
    )


@pytest.fixture
def wire(monkeypatch):
    """What leaves the house after commit: pushes and wake-ups."""
    pushes, jobs = [], []
    monkeypatch.setattr("apps.common.events._send", lambda group, frame: pushes.append((group, frame)))
    monkeypatch.setattr("apps.common.jobs._send", lambda job, args, wait: jobs.append((job, args, wait)))
    return pushes, jobs


@pytest.mark.django_db
class TestAnnouncing:
    def test_everybody_gets_one_row_and_one_delivery(self):
        announce(person("alice"), person("bob"))
        assert Notification.objects.count() == 2
        assert set(Delivery.objects.values_list("state", flat=True)) == {State.QUEUED}
        assert Delivery.objects.count() == 2

    def test_the_same_key_again_adds_nothing_and_keeps_the_words(self):
        alice = person("alice")
        announce(alice)
        announce(alice, title="Other words")
        assert Announcement.objects.get().title == "Ready: The General"
        assert Notification.objects.count() == Delivery.objects.count() == 1

    def test_a_late_follower_gets_it_and_the_others_hear_nothing_new(self, wire, django_capture_on_commit_callbacks):
        alice, bob = person("alice"), person("bob")
        announce(alice)
        with django_capture_on_commit_callbacks(execute=True):
            announce(alice, bob)
        pushes, jobs = wire
        assert [group for group, _ in pushes] == [f"user.{bob.pk}"]
        assert [job for job, _, _ in jobs] == [Job.DELIVER_NOTIFICATIONS]

    def test_a_recipient_named_twice_gets_one(self):
        alice = person("alice")
        announce(alice, alice)
        assert Notification.objects.count() == 1

    def test_nobody_to_tell_is_fine(self):
        announce()
        assert Announcement.objects.count() == 1

    def test_the_push_is_the_row(self, wire, django_capture_on_commit_callbacks):
        alice = person("alice")
        with django_capture_on_commit_callbacks(execute=True):
            announce(alice)
        row = Notification.objects.get()
        ((group, frame),) = wire[0]
        assert group == f"user.{alice.pk}"
        assert frame == {
            "t": "note",
            "id": str(row.pk),
            "kind": "ready",
            "title": "Ready: The General",
            "body": "You can watch it now.",
            "link": "/title/1",
            "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
        }

    def test_the_ready_mail_goes_at_once_and_others_wait_twenty_seconds(self, wire, django_capture_on_commit_callbacks):
        alice = person("alice")
        with django_capture_on_commit_callbacks(execute=True):
            announce(alice)
            announce(alice, key="failed:1", kind=Kind.FAILED)
        assert [round(wait) for _, _, wait in wire[1]] == [0, 20]

    def test_what_is_rolled_back_was_never_told(self, wire, django_capture_on_commit_callbacks):
        alice = person("alice")
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            announce(alice)
            transaction.set_rollback(True)
        assert wire == ([], [])
        assert not Announcement.objects.exists()

    def test_an_overlong_title_is_cut(self):
        announce(person("alice"), title="x" * 1000)
        assert len(Announcement.objects.get().title) == 200


@pytest.mark.django_db
class TestInbox:
    def test_seeing_some_leaves_the_rest(self):
        alice = person("alice")
        for number in range(3):
            announce(alice, key=f"ready:{number}")
        newest = selectors.inbox(alice.pk).first()
        assert services.mark_seen(alice.pk, [newest.pk]) == 2
        assert services.mark_seen(alice.pk, [newest.pk]) == 2
        assert services.mark_seen(alice.pk) == 0

    def test_charlie_is_refused_on_alices_inbox(self):
        alice, charlie = person("alice"), person("charlie")
        announce(alice)
        services.mark_seen(charlie.pk, [Notification.objects.get().pk, uuid4()])
        services.mark_seen(charlie.pk)
        assert selectors.unread_count(alice.pk) == 1
        assert list(selectors.inbox(charlie.pk)) == []

    def test_the_first_sight_counts(self):
        alice = person("alice")
        announce(alice)
        services.mark_seen(alice.pk)
        first = Notification.objects.get().seen_at
        services.mark_seen(alice.pk)
        assert Notification.objects.get().seen_at == first


@pytest.mark.django_db(transaction=True)
def test_eight_workers_that_announce_the_same_tell_each_person_once():
    everybody = [person(f"follower{number}") for number in range(12)]

    def work(number):
        try:
            for turn in range(3):
                shift = (number + turn) % 5
                announce(*reversed(everybody[shift:]), *everybody[:shift], key="ready:race")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert Notification.objects.count() == Delivery.objects.count() == 12
