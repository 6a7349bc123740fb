"""Requests over HTTP: shapes, bad input for each endpoint, and charlie is refused everywhere."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.catalog import services as catalog
from apps.catalog.models import Title
from apps.movie_requests.models import Acquisition
from apps.torrents.domain.bencode import encode
from apps.torrents.models import Torrent
from tests import acquisitions as at
from tests.accounts_cast import client_of, guest, person

NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"

URL = "/api/v1/requests"
MAGNET = f"magnet:?xt=urn:btih:{'ab' * 20}&dn=Big+Buck+Bunny"
FIELDS = {
    "id", "title", "state", "health", "progress", "bps", "eta_s", "playable", "reason", "fix", "followers",
    "is_following", "is_requester", "created_at", "updated_at", "version", "rungs",
}  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> APIClient:
    return client_of(person("alice"))


@pytest.fixture
def bob() -> APIClient:
    return client_of(person("bob"))


@pytest.fixture
def charlie() -> APIClient:
    return client_of(person("charlie"))


@pytest.fixture
def olivia() -> APIClient:
    return client_of(person("olivia", is_staff=True))


def ask(client: APIClient, **body: Any) -> Any:
    return client.post(URL, {"name": "Big Buck Bunny", "year": 2008} | body, format="json")


def upload(client: APIClient, data: bytes, **form: Any) -> Any:
    file = SimpleUploadedFile("film.torrent", data, content_type="application/x-bittorrent")
    return client.post(URL, {"name": "Big Buck Bunny", "torrent": file} | form, format="multipart")


def assert_refused(answer: Any, status: int, code: str | None = None) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert len(answer.json()["detail"]) >= 15
    if code:
        assert answer.json()["code"] == code


def test_a_film_is_asked_for_by_name_and_magnet(alice: APIClient) -> None:
    answer = ask(alice, magnet=MAGNET)
    item = answer.json()
    assert answer.status_code == 201
    assert set(item) == FIELDS
    assert (item["state"], item["title"]["name"], item["title"]["year"]) == ("queued", "Big Buck Bunny", 2008)
    assert (item["followers"], item["is_following"], item["is_requester"], item["playable"]) == (1, True, True, False)
    assert item["created_at"].endswith("Z")


def test_a_torrent_file_is_uploaded(alice: APIClient) -> None:
    assert upload(alice, at.metainfo()).json()["state"] == "queued"


def test_the_second_person_gets_200_and_follows(alice: APIClient, bob: APIClient) -> None:
    first = ask(alice).json()
    answer = bob.post(URL, {"title_id": first["title"]["id"]}, format="json")
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["followers"]) == (first["id"], 2)
    assert (answer.json()["is_following"], answer.json()["is_requester"]) == (True, False)


def test_lists_hold_ones_own_requests_newest_first(alice: APIClient, bob: APIClient) -> None:
    ids = [ask(alice, name=f"Film {number}").json()["id"] for number in range(3)]
    assert [item["id"] for item in alice.get(URL).json()["results"]] == ids[::-1]
    page = alice.get(URL, {"page_size": 2}).json()
    assert len(page["results"]) == 2
    assert [item["id"] for item in alice.get(page["next"]).json()["results"]] == ids[:1]
    assert bob.get(URL).json()["results"] == []


def test_the_operator_may_list_everything_and_others_may_not(alice, charlie, olivia: APIClient) -> None:
    ask(alice)
    assert len(olivia.get(URL, {"scope": "all"}).json()["results"]) == 1
    assert olivia.get(URL).json()["results"] == []
    assert charlie.get(URL, {"scope": "all"}).json()["results"] == []


def test_the_log_is_told_in_order(alice: APIClient) -> None:
    item = ask(alice, magnet=MAGNET).json()
    entries = alice.get(f"{URL}/{item['id']}/events").json()
    assert [entry["state"] for entry in entries] == ["submitted", "approved", "searching", "queued"]
    assert [entry["seq"] for entry in entries] == [1, 2, 3, 4]
    assert all(entry["text"] and entry["created_at"].endswith("Z") for entry in entries)


def test_leave_come_back_cancel(alice: APIClient, bob: APIClient) -> None:
    item = ask(alice, magnet=MAGNET).json()
    ask(bob)
    one = f"{URL}/{item['id']}"
    assert bob.post(f"{one}/unfollow", {}, format="json").json()["is_following"] is False
    assert bob.post(f"{one}/follow", {}, format="json").json()["is_following"] is True
    assert alice.post(f"{one}/cancel").json()["state"] == "queued"  # bob still waits for it
    assert alice.post(f"{one}/follow", {}, format="json").json()["is_following"] is True
    bob.post(f"{one}/unfollow", {}, format="json")
    assert alice.post(f"{one}/cancel").json()["state"] == "cancelled"
    assert_refused(alice.post(f"{one}/cancel"), 409, "conflict")
    assert_refused(alice.post(f"{one}/retry"), 409, "conflict")


def test_a_failed_request_is_retried(alice: APIClient) -> None:
    item = ask(alice, magnet=MAGNET).json()
    Acquisition.objects.update(state="failed")
    assert alice.post(f"{URL}/{item['id']}/retry").json()["state"] == "queued"


def test_the_operator_approves_and_declines(alice: APIClient, olivia: APIClient, settings) -> None:
    settings.REQUESTS_NEED_APPROVAL = True
    first, second = ask(alice, magnet=MAGNET).json(), ask(alice, name="Other").json()
    assert first["state"] == "pending_approval"
    assert olivia.post(f"{URL}/{first['id']}/approve").json()["state"] == "queued"
    assert_refused(olivia.post(f"{URL}/{second['id']}/decline", {}, format="json"), 400)
    assert_refused(olivia.post(f"{URL}/{second['id']}/decline", {"reason": ""}, format="json"), 400)
    answer = olivia.post(f"{URL}/{second['id']}/decline", {"reason": "No rights."}, format="json").json()
    assert (answer["state"], answer["reason"]) == ("declined", "No rights.")


@pytest.mark.parametrize("command", ["approve", "decline"])
def test_members_neither_approve_nor_decline(alice: APIClient, command: str, settings) -> None:
    settings.REQUESTS_NEED_APPROVAL = True
    item = ask(alice).json()
    assert_refused(alice.post(f"{URL}/{item['id']}/{command}", {"reason": "Mine."}, format="json"), 403)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""), ("get", "/events"), ("post", "/cancel"), ("post", "/retry"), ("post", "/follow"),
        ("post", "/unfollow"),
    ],
)  # fmt: skip
def test_charlie_is_refused_on_what_is_alices(alice: APIClient, charlie: APIClient, method: str, path: str) -> None:
    item = ask(alice, magnet=MAGNET).json()
    assert_refused(getattr(charlie, method)(f"{URL}/{item['id']}{path}"), 404, "not_found")
    assert alice.get(f"{URL}/{item['id']}").json()["version"] == item["version"]


@pytest.mark.parametrize("path", ["", "/events", "/cancel", "/retry", "/follow", "/unfollow", "/approve", "/decline"])
def test_things_that_do_not_exist_are_404(olivia: APIClient, path: str) -> None:
    call = olivia.get if path in {"", "/events"} else olivia.post
    body = {"reason": "Because."} if path == "/decline" else None
    assert_refused(call(f"{URL}/{uuid4()}{path}", body, format="json"), 404, "not_found")


def test_guests_the_unverified_and_nobody_are_refused() -> None:
    room = guest(uuid4())
    assert_refused(ask(client_of(person("dave", is_verified=False))), 403)
    assert_refused(ask(client_of(room)), 403)
    assert_refused(client_of(room).get(URL), 403)
    assert_refused(ask(APIClient()), 401)
    assert client_of(User.objects.get(name="Dave")).get(URL).status_code == 200
    assert Acquisition.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        {}, {"year": 2008}, {"name": ""}, {"name": "x" * 301}, {"name": "x\u0000"}, {"name": "x", "year": 12},
        {"name": "x", "year": "soon"}, {"name": "x", "surprise": 1}, {"title_id": "nonsense"}, {"title_id": {}},
        {"tmdb_id": 0}, {"tmdb_id": "inf"}, {"name": "x", "title_id": NO_SUCH_ID}, {"name": ["x"]}, [1, 2], "text",
        {"name": "x", "magnet": "http://example.org"}, {"name": "x", "magnet": 7}, {"name": "x", "magnet": "m" * 9000},
        {"name": "x", "torrent": "bytes as text"}, {"title_id": NO_SUCH_ID, "year": 2000},
    ],
    ids=str,
)  # fmt: skip
def test_bad_input_is_400_and_leaves_nothing(alice: APIClient, body: Any) -> None:
    answer = alice.post(URL, body, format="json")
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert (Acquisition.objects.count(), Title.objects.count(), Torrent.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("text", ['{"tmdb_id": 1e400}', '{"tmdb_id": NaN}', "{", '{"name": "x"', "\xff", "[" * 5000])
def test_json_that_is_none_is_400(alice: APIClient, text: str) -> None:
    answer = alice.post(URL, text.encode("latin-1"), content_type="application/json")
    assert answer.status_code == 400
    assert Acquisition.objects.count() == 0


def test_a_title_that_does_not_exist_is_404(alice: APIClient) -> None:
    assert_refused(alice.post(URL, {"title_id": str(uuid4())}, format="json"), 404)


def test_both_torrent_and_magnet_are_refused(alice: APIClient) -> None:
    assert_refused(upload(alice, at.metainfo(), magnet=MAGNET), 400)


def many_files(count: int) -> bytes:
    files = [{b"length": 1, b"path": [b"f%d.mkv" % number]} for number in range(count)]
    pieces = bytes(20) * -(-count // 16_384)
    return encode({b"info": {b"files": files, b"name": b"x", b"piece length": 16_384, b"pieces": pieces}})


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"d4:infod6:lengthi-5e", id="corrupt"),
        pytest.param(b"\xff" * 40_000, id="noise"),
        pytest.param(many_files(2_001), id="2,001 files"),
        pytest.param(many_files(200_000), id="200,000 files"),
        pytest.param(b"x" * (17 << 20), id="17 MB"),
        pytest.param(at.metainfo("readme.txt"), id="no video"),
    ],
)
def test_a_bad_torrent_is_refused_and_leaves_nothing(alice: APIClient, data: bytes) -> None:
    answer = upload(alice, data)
    assert_refused(answer, answer.status_code if answer.status_code == 413 else 400)
    assert (Acquisition.objects.count(), Title.objects.count(), Torrent.objects.count()) == (0, 0, 0)
    assert alice.get(URL).json()["results"] == []


def test_fields_for_commands_without_input_are_refused(alice: APIClient) -> None:
    item = ask(alice).json()
    for command in ("cancel", "retry", "follow", "unfollow"):
        assert_refused(alice.post(f"{URL}/{item['id']}/{command}", {"force": True}, format="json"), 400)


def test_over_quota_is_429_with_the_time_to_wait(alice: APIClient) -> None:
    for number in range(3):
        assert ask(alice, name=f"Film {number}").status_code == 201
    answer = ask(alice, name="Film 4")
    assert_refused(answer, 429, "quota")
    assert int(answer["Retry-After"]) > 600_000


def test_a_film_that_is_ready_answers_200_and_playable(alice: APIClient, bob: APIClient) -> None:
    ask(alice)
    Acquisition.objects.update(state="ready")
    title = catalog.create_manual_title(name="Big Buck Bunny", year=2008)
    answer = bob.post(URL, {"title_id": str(title.pk)}, format="json")
    assert (answer.status_code, answer.json()["playable"], answer.json()["is_following"]) == (200, True, False)


@pytest.mark.parametrize("query", [{"cursor": "nonsense"}, {"page_size": "-1"}, {"scope": "galaxy"}])
def test_odd_list_parameters_never_break(alice: APIClient, query: dict[str, str]) -> None:
    assert alice.get(URL, query).status_code in {200, 400, 404}
