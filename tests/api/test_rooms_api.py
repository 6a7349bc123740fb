"""Rooms over HTTP: the shapes, and charlie refused everywhere."""

import time
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.rooms import services
from apps.rooms.domain.members import Preset
from apps.rooms.domain.talk import Emoji, Place
from apps.rooms.models import Membership, Room
from tests.accounts_cast import client_of, person
from tests.rooms_party import film, guest_of, room_of

pytestmark = pytest.mark.django_db
API = "/api/v1"


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


def post(client: APIClient, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"{API}/{path}", body or {}, format="json")


def new_token(alice: User, room: Room, **options: Any) -> str:
    return post(client_of(alice), f"rooms/{room.pk}/invites", options).json()["token"]


def test_alice_opens_a_room_and_finds_it(alice: User) -> None:
    client = client_of(alice)
    answer = post(client, "rooms", {"title_id": str(film()), "name": "Friday"})
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {
        "id",
        "name",
        "title",
        "preset",
        "role",
        "owner_name",
        "member_count",
        "created_at",
        "starts_at",
    }
    assert (body["name"], body["role"], body["owner_name"], body["member_count"]) == ("Friday", "owner", "Alice", 1)
    assert body["title"]["name"] == "Night Train"
    assert client.get(f"{API}/rooms/{body['id']}").json() == body
    assert [item["id"] for item in client.get(f"{API}/rooms").json()["results"]] == [body["id"]]


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"title_id": "x"}, 400), ({"title_id": str(uuid4())}, 404), ({"preset": "chaos"}, 400)],
)
def test_a_room_for_nothing_is_refused(alice: User, body: dict[str, str], status: int) -> None:
    answer = post(client_of(alice), "rooms", body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_unknown_field_is_refused(alice: User) -> None:
    answer = post(client_of(alice), "rooms", {"title_id": str(film()), "tittle": "x"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["tittle"])


def test_hosting_needs_a_verified_address() -> None:
    answer = post(client_of(person("dora", is_verified=False)), "rooms", {"title_id": str(film())})
    assert answer.status_code == 403


def test_an_invite_shows_where_it_leads_and_lets_a_guest_in(alice: User, room: Room) -> None:
    invite = post(client_of(alice), f"rooms/{room.pk}/invites", {"uses": 3}).json()
    assert invite["url"].endswith(f"/join/{invite['token']}")
    nobody = APIClient()
    info = nobody.get(f"{API}/invites/{invite['token']}").json()
    assert set(info) == {"room_id", "room_name", "title", "host_name", "needs_pin"}
    assert (info["room_name"], info["host_name"], info["needs_pin"]) == ("Friday", "Alice", False)
    answer = post(nobody, "auth/guest", {"invite": invite["token"], "name": "Gwen"})
    assert answer.status_code == 201
    user = answer.json()["user"]
    assert (user["is_guest"], user["name"], user["room_id"]) == (True, "Gwen", str(room.pk))
    cookie = answer.cookies["matinee_refresh"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    nobody.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    assert nobody.get(f"{API}/rooms/{room.pk}").json()["role"] == "guest"


def test_a_guest_reaches_one_room_and_nothing_else(alice: User, room: Room) -> None:
    other = room_of(alice)
    client = client_of(guest_of(room))
    assert client.get(f"{API}/rooms/{room.pk}").status_code == 200
    assert client.get(f"{API}/rooms/{other.pk}").status_code == 404
    assert client.get(f"{API}/rooms/{room.pk}/reactions").json()["reactions"] == []
    assert client.get(f"{API}/rooms/{other.pk}/reactions").status_code == 404
    assert client.get(f"{API}/rooms").status_code == 403
    assert post(client, f"rooms/{room.pk}/invites").status_code == 403
    assert post(client, f"rooms/{room.pk}/close").status_code == 403
    assert client.delete(f"{API}/rooms/{room.pk}/members/{alice.pk}").status_code == 403
    assert post(client, "ws/ticket", {"purpose": "room", "room": str(other.pk)}).status_code == 404


def test_reactions_on_the_film_are_for_people_of_the_room(alice: User, bob: User, room: Room) -> None:
    given = {(alice.pk, Place(Emoji.WOW, 61)): 2, (bob.pk, Place(Emoji.WOW, 61)): 1}
    services.keep_film_reactions(room_id=room.pk, item=str(room.title_id), given=given)
    body = client_of(guest_of(room)).get(f"{API}/rooms/{room.pk}/reactions").json()
    assert body == {"item": str(room.title_id), "reactions": [{"e": "wow", "mt": 61, "n": 3}]}


def test_a_member_joins_by_invite(alice: User, charlie: User, room: Room) -> None:
    answer = post(client_of(charlie), f"rooms/{room.pk}/join", {"invite": new_token(alice, room)})
    assert (answer.status_code, answer.json()["role"], answer.json()["member_count"]) == (200, "member", 3)


@pytest.mark.parametrize("token", ["wrong", "../../etc/passwd", "x" * 60])
def test_a_wrong_invite_is_refused_in_plain_words(room: Room, charlie: User, token: str) -> None:
    for answer in (
        post(APIClient(), "auth/guest", {"invite": token, "name": "Gwen"}),
        post(client_of(charlie), f"rooms/{room.pk}/join", {"invite": token}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "invite_invalid")
        assert "invite" in answer.json()["detail"]


def test_a_used_up_invite_is_refused(alice: User, room: Room) -> None:
    token = new_token(alice, room, uses=1)
    assert post(APIClient(), "auth/guest", {"invite": token, "name": "Gwen"}).status_code == 201
    assert post(APIClient(), "auth/guest", {"invite": token, "name": "Hugo"}).status_code == 404
    assert APIClient().get(f"{API}/invites/{token}").status_code == 404


def test_a_pin_is_asked_for_and_checked(alice: User, room: Room) -> None:
    token = new_token(alice, room, pin="4711")
    assert APIClient().get(f"{API}/invites/{token}").json()["needs_pin"] is True
    refused = post(APIClient(), "auth/guest", {"invite": token, "name": "Gwen", "pin": "0000"})
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_pin")
    assert post(APIClient(), "auth/guest", {"invite": token, "name": "Gwen", "pin": "4711"}).status_code == 201


@pytest.mark.parametrize("name", ["", "   ", "\u202e", "x" * 61])
def test_a_guest_needs_a_name(alice: User, room: Room, name: str) -> None:
    answer = post(APIClient(), "auth/guest", {"invite": new_token(alice, room), "name": name})
    assert answer.status_code == 400


def test_a_film_that_is_not_ready_says_so(alice: User, room: Room) -> None:
    answer = post(client_of(alice), f"rooms/{room.pk}/play")
    assert answer.status_code in {404, 409}
    assert answer.json()["detail"]


def test_kicking_removes_and_closing_ends(alice: User, bob: User, room: Room) -> None:
    client = client_of(alice)
    assert client.delete(f"{API}/rooms/{room.pk}/members/{bob.pk}").status_code == 204
    assert client_of(bob).get(f"{API}/rooms/{room.pk}").status_code == 404
    assert post(client, f"rooms/{room.pk}/close").status_code == 204
    assert client.get(f"{API}/rooms/{room.pk}").status_code == 404


def calls(room: Room, alice: User) -> list[tuple[str, str]]:
    return [
        ("get", f"rooms/{room.pk}"),
        ("get", f"rooms/{room.pk}/reactions"),
        ("post", f"rooms/{room.pk}/invites"),
        ("post", f"rooms/{room.pk}/play"),
        ("post", f"rooms/{room.pk}/close"),
        ("delete", f"rooms/{room.pk}/members/{alice.pk}"),
    ]


def test_charlie_is_refused_everywhere(alice: User, charlie: User, room: Room) -> None:
    client = client_of(charlie)
    for method, path in calls(room, alice):
        answer = getattr(client, method)(f"{API}/{path}", format="json")
        assert answer.status_code == 404, (method, path)
    assert post(client, f"rooms/{room.pk}/join", {"invite": "wrong"}).status_code == 404
    assert client.get(f"{API}/rooms").json()["results"] == []


def test_nobody_is_asked_to_sign_in(alice: User, room: Room) -> None:
    for method, path in [*calls(room, alice), ("get", "rooms"), ("post", "rooms"), ("post", f"rooms/{room.pk}/join")]:
        answer = getattr(APIClient(), method)(f"{API}/{path}", format="json")
        assert answer.status_code == 401, (method, path)


def test_without_settings_voice_needs_no_server(bob: User, room: Room) -> None:
    answer = client_of(bob).get(f"{API}/rooms/{room.pk}/voice")
    assert (answer.status_code, answer.json()) == (200, {"ice_servers": []})
    assert answer["Cache-Control"] == "no-store"


def test_a_turn_server_of_the_house_lets_the_people_of_a_room_in_for_an_evening(
    bob: User, room: Room, settings: Any
) -> None:
    settings.VOICE_STUN = ["stun:stun.example.org:3478"]
    settings.VOICE_TURN_URL = ["turn:turn.example.org:3478"]
    settings.VOICE_TURN_SECRET = "north"
    [stun, turn] = client_of(bob).get(f"{API}/rooms/{room.pk}/voice").json()["ice_servers"]
    assert stun == {"urls": ["stun:stun.example.org:3478"], "username": None, "credential": None}
    until_s, name = turn["username"].split(":")
    assert name == bob.pk.hex
    assert 11 * 3600 < int(until_s) - time.time() <= 12 * 3600 + 1
    assert "north" not in str(turn)


def test_charlie_and_who_may_not_talk_learn_no_voice_server(
    bob: User, charlie: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{API}/rooms/{room.pk}/voice"
    assert APIClient().get(path).status_code == 401
    assert client_of(charlie).get(path).status_code == 404
    monkeypatch.setattr(Membership, "may", lambda _self, _permission: False)
    assert client_of(bob).get(path).status_code == 403


def test_a_locked_room_says_so_to_members_and_guests(alice: User, charlie: User, room: Room) -> None:
    token = new_token(alice, room)
    Room.objects.filter(pk=room.pk).update(locked=True)
    for answer in (
        post(client_of(charlie), f"rooms/{room.pk}/join", {"invite": token}),
        post(APIClient(), "auth/guest", {"invite": token, "name": "Gwen"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "room_locked")
        assert "locked" in answer.json()["detail"]


@pytest.mark.parametrize("preset", Preset)
def test_a_room_is_opened_with_any_preset(alice: User, preset: Preset) -> None:
    answer = post(client_of(alice), "rooms", {"title_id": str(film()), "preset": preset})
    assert (answer.status_code, answer.json()["preset"]) == (201, preset)
