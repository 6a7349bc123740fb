from uuid import uuid4

import pytest
from accounts_cast import client_of, guest, person

from apps.accounts import services
from apps.common.models import OutboxMail

pytestmark = pytest.mark.django_db

TICKET = "/api/v1/ws/ticket"


def test_me_is_me():
    body = client_of(person("alice", is_staff=True)).get("/api/v1/me").json()
    assert (body["name"], body["is_operator"], body["plan"]) == ("Alice", True, "premium")


def test_a_guest_sees_their_room():
    room = uuid4()
    body = client_of(guest(room)).get("/api/v1/me").json()
    assert (body["is_guest"], body["email"], body["room_id"]) == (True, None, str(room))


def test_a_ticket_opens_the_updates_socket_as_me():
    alice = person("alice")
    body = client_of(alice).post(TICKET, {"purpose": "updates"}, format="json").json()
    assert body["expires_in"] == 30
    redeemed = services.redeem_ticket(value=body["ticket"], purpose="updates", room_id=None)
    assert redeemed.id == alice.pk
    assert redeemed.family is not None


def test_a_ticket_is_bound_to_its_room():
    room = uuid4()
    body = client_of(person("alice")).post(TICKET, {"purpose": "room", "room": str(room)}, format="json").json()
    assert services.redeem_ticket(value=body["ticket"], purpose="room", room_id=room)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"purpose": "other"},
        {"purpose": "room"},
        {"purpose": "room", "room": "x"},
        {"purpose": "room", "room": None},
        {"purpose": "updates", "room": str(uuid4())},
        {"purpose": "updates", "more": 1},
        {"purpose": ["updates"]},
    ],
)
def test_a_ticket_needs_a_purpose_that_fits(body):
    assert client_of(person("alice")).post(TICKET, body, format="json").status_code == 400


def test_a_guest_gets_tickets_for_their_own_room_only():
    room = uuid4()
    client = client_of(guest(room))
    own = client.post(TICKET, {"purpose": "room", "room": str(room)}, format="json")
    foreign = client.post(TICKET, {"purpose": "room", "room": str(uuid4())}, format="json")
    updates = client.post(TICKET, {"purpose": "updates"}, format="json")
    assert (own.status_code, foreign.status_code, updates.status_code) == (200, 404, 403)


def test_the_operator_reads_the_outbox_newest_first():
    for number in range(3):
        OutboxMail.objects.create(to="bob@example.org", subject=f"Mail {number}", text="Hello")
    rows = client_of(person("alice", is_staff=True)).get("/api/v1/outbox").json()
    assert [row["subject"] for row in rows] == ["Mail 2", "Mail 1", "Mail 0"]
    assert set(rows[0]) == {"id", "to", "subject", "text", "created_at"}


def test_charlie_is_refused_on_the_outbox():
    assert client_of(person("charlie")).get("/api/v1/outbox").status_code == 403
    assert client_of(guest(uuid4())).get("/api/v1/outbox").status_code == 403
