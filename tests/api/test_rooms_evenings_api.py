"""Films for the queue, history, going on, planning and calendars over HTTP: the shapes, and charlie refused."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.rooms import services
from apps.rooms.models import Room, RoomTimeline
from tests.accounts_cast import client_of, person
from tests.rooms_party import film, guest_of, ready_film, room_of

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def bob() -> User:
    return person("bob")


@pytest.fixture
def room(alice: User, bob: User) -> Room:
    return room_of(alice, bob)


def tomorrow() -> str:
    return (timezone.now() + timedelta(days=1)).isoformat()


def plan(client: APIClient, room: Room, **body: Any) -> Any:
    return client.put(f"{API}/rooms/{room.pk}/schedule", body, format="json")


def test_charlie_and_nobody_get_nothing(room: Room) -> None:
    strangers = ((client_of(person("charlie")), 404), (APIClient(), 401))
    for client, status in strangers:
        assert client.get(f"{API}/rooms/{room.pk}/films").status_code == status
        assert client.get(f"{API}/rooms/{room.pk}/calendar.ics").status_code == status
        assert client.post(f"{API}/rooms/{room.pk}/continue", {}, format="json").status_code == status
        assert plan(client, room, starts_at=tomorrow()).status_code == status
    assert strangers[0][0].get(f"{API}/rooms/history").json()["results"] == []
    assert APIClient().get(f"{API}/rooms/history").status_code == 401
    assert APIClient().get(f"{API}/invites/nonsense/calendar.ics").status_code == 404


def test_guests_see_films_for_the_queue_and_the_calendar_only(alice: User, room: Room) -> None:
    title_id = ready_film()
    plan(client_of(alice), room, starts_at=tomorrow())
    guest = client_of(guest_of(room))
    assert [card["id"] for card in guest.get(f"{API}/rooms/{room.pk}/films?q=harbour").json()] == [str(title_id)]
    assert guest.get(f"{API}/rooms/{room.pk}/films?q={'x' * 201}").status_code == 400
    assert guest.get(f"{API}/rooms/{room.pk}/calendar.ics").status_code == 200
    assert guest.get(f"{API}/rooms/history").status_code == 403
    assert guest.post(f"{API}/rooms/{room.pk}/continue", {}, format="json").status_code == 403
    assert plan(guest, room, starts_at=tomorrow()).status_code == 403


def test_a_calendar_comes_with_the_room_and_with_a_link(alice: User, room: Room) -> None:
    client = client_of(alice)
    assert client.get(f"{API}/rooms/{room.pk}/calendar.ics").status_code == 404
    planned = plan(client, room, starts_at="2027-01-04T20:00:00+01:00" if timezone.now().year == 2026 else tomorrow())
    assert planned.status_code == 200
    assert planned.json()["starts_at"] is not None
    token, _ = services.create_invite(room_id=room.pk, by=alice.pk)
    own = client.get(f"{API}/rooms/{room.pk}/calendar.ics")
    public = APIClient().get(f"{API}/invites/{token}/calendar.ics")
    for answer in (own, public):
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer.content.decode().startswith("BEGIN:VCALENDAR\r\n")
    assert f"/join/{token}" in public.content.decode().replace("\r\n ", "")


@pytest.mark.parametrize(
    "body",
    [{}, {"starts_at": "soon"}, {"starts_at": "2020-01-01T00:00:00Z"}, {"emails": ["no address"]}, {"when": "now"}],
)
def test_bad_plans_are_refused(alice: User, room: Room, body: dict[str, Any]) -> None:
    given = {"starts_at": tomorrow(), **body} if "emails" in body or "when" in body else body
    assert plan(client_of(alice), room, **given).status_code == 400
    opened = client_of(alice).post(
        f"{API}/rooms", {"title_id": str(film()), "starts_at": "2020-01-01T00:00:00Z"}, format="json"
    )
    assert opened.status_code == 400
    assert Room.objects.count() == 1


def test_history_and_going_on(alice: User, bob: User, room: Room) -> None:
    RoomTimeline.objects.filter(room=room).update(position_ms=90_000)
    services.close_room(room_id=room.pk, by=alice.pk)
    client = client_of(bob)
    (past,) = client.get(f"{API}/rooms/history").json()["results"]
    assert set(past) == {
        "id", "name", "title", "people", "position_s", "duration_s", "is_open", "created_at", "closed_at",
    }  # fmt: skip
    assert (past["id"], past["position_s"], past["people"]) == (str(room.pk), 90.0, ["Alice", "Bob"])
    answer = client.post(f"{API}/rooms/{room.pk}/continue", {}, format="json")
    assert answer.status_code == 200
    assert answer.json()["role"] == "owner"
    assert client.post(f"{API}/rooms/{room.pk}/continue", {"x": 1}, format="json").status_code == 400
    assert client.post(f"{API}/rooms/{uuid4()}/continue", {}, format="json").status_code == 404
