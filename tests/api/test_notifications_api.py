from uuid import uuid4

import pytest
from accounts_cast import client_of, guest, person

from apps.notifications import services
from apps.notifications.domain import Kind
from apps.notifications.models import Notification

pytestmark = pytest.mark.django_db

INBOX, SEEN, SWITCHES = "/api/v1/notifications", "/api/v1/notifications/seen", "/api/v1/notification-preferences"


def tell(who, number=1):
    services.notify(
        key=f"ready:{number}", kind=Kind.READY, recipients=[who.pk], title=f"Film {number}", body="", link="/title/1"
    )


def test_the_inbox_lists_mine_newest_first_a_page_at_a_time():
    alice = person("alice")
    for number in range(5):
        tell(alice, number)
    tell(person("bob"), 9)
    client = client_of(alice)
    first = client.get(INBOX, {"page_size": 3}).json()
    second = client.get(first["next"]).json()
    assert [row["title"] for row in first["results"] + second["results"]] == [f"Film {n}" for n in (4, 3, 2, 1, 0)]
    assert second["next"] is None


def test_a_row_has_what_the_screen_needs_and_no_more():
    alice = person("alice")
    tell(alice)
    (row,) = client_of(alice).get(INBOX).json()["results"]
    assert set(row) == {"id", "kind", "title", "body", "link", "created_at", "seen"}
    assert (row["kind"], row["seen"], row["link"]) == ("ready", False, "/title/1")


def test_seeing_one_and_then_all():
    alice = person("alice")
    for number in range(3):
        tell(alice, number)
    client = client_of(alice)
    one = client.get(INBOX).json()["results"][0]["id"]
    assert client.post(SEEN, {"ids": [one]}, format="json").json() == {"unread": 2}
    assert client.get(INBOX).json()["results"][0]["seen"] is True
    assert client.post(SEEN, {"ids": []}, format="json").json() == {"unread": 2}
    assert client.post(SEEN, {}, format="json").json() == {"unread": 0}


def test_charlie_is_refused_on_alices_notifications():
    alice = person("alice")
    tell(alice)
    charlie = client_of(person("charlie"))
    assert charlie.get(INBOX).json()["results"] == []
    charlie.post(SEEN, {"ids": [str(Notification.objects.get().pk)]}, format="json")
    assert Notification.objects.get().seen_at is None


@pytest.mark.parametrize(
    "body", [{"ids": ["x"]}, {"ids": "x"}, {"ids": None}, {"ids": [str(uuid4())] * 501}, {"id": []}, [], "x"]
)
def test_bad_ids_are_refused(body):
    assert client_of(person("alice")).post(SEEN, body, format="json").status_code == 400


@pytest.mark.parametrize("cursor", ["x", "cD0=", "%00", "cD1uYW4="])
def test_a_bad_cursor_is_an_answer_and_no_crash(cursor):
    alice = person("alice")
    tell(alice)
    assert client_of(alice).get(INBOX, {"cursor": cursor}).status_code in {200, 400, 404}


def test_switches_have_defaults_and_can_be_moved():
    client = client_of(person("alice"))
    before = client.get(SWITCHES).json()
    assert {"category": "films", "channel": "email", "is_on": True} in before
    after = client.put(SWITCHES, {"category": "films", "channel": "email", "is_on": False}, format="json").json()
    assert {"category": "films", "channel": "email", "is_on": False} in after
    assert len(after) == len(before)
    assert client.get(SWITCHES).json() == after


def test_charlies_switches_are_his_own():
    alice, charlie = client_of(person("alice")), client_of(person("charlie"))
    charlie.put(SWITCHES, {"category": "films", "channel": "email", "is_on": False}, format="json")
    assert all(row["is_on"] for row in alice.get(SWITCHES).json())


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"category": "films", "channel": "email"},
        {"category": "x", "channel": "email", "is_on": True},
        {"category": "films", "channel": "pigeon", "is_on": True},
        {"category": "films", "channel": "email", "is_on": "maybe"},
        {"category": "films", "channel": "email", "is_on": True, "user": "x"},
    ],
)
def test_bad_switches_are_refused(body):
    assert client_of(person("alice")).put(SWITCHES, body, format="json").status_code == 400


def test_a_guest_has_no_inbox():
    client = client_of(guest(uuid4()))
    assert [client.get(path).status_code for path in (INBOX, SWITCHES)] == [403, 403]
    assert client.post(SEEN, {}, format="json").status_code == 403
