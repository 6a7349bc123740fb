from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from accounts_cast import client_of, person
from stored_films import RUNG_BYTES, stored_film

from apps.streaming.domain.signing import SHORT_LIFE_S
from apps.streaming.models import TitleCare
from apps.streaming.services import eviction
from apps.streaming.services.care import set_leaving

pytestmark = pytest.mark.django_db
STORAGE = "/api/v1/storage"


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def film():
    return stored_film("Metropolis")


@pytest.fixture
def olivia():
    return client_of(person("olivia", is_staff=True))


def test_the_operator_sees_what_takes_the_room_and_what_went(olivia, film, settings):
    eviction.evict_rung(film.track("v480").pk, "The room was needed.")
    body = olivia.get(STORAGE).json()
    [title] = body["titles"]
    assert (body["quota_bytes"], body["is_full"]) == (settings.MEDIA_QUOTA_BYTES, False)
    assert body["used_bytes"] == title["bytes"] == 4 * RUNG_BYTES - RUNG_BYTES // 2 + 1
    assert body["free_bytes"] > 0
    assert (title["name"], title["source_bytes"], title["kept"]) == ("Metropolis", RUNG_BYTES, False)
    assert {"name": "v480", "bytes": RUNG_BYTES // 2, "state": "evicted"} in title["renditions"]
    [event] = body["events"]
    assert event["reason"] == "The room was needed."
    assert (event["kind"], event["title"], event["bytes"]) == ("rung", "Metropolis", RUNG_BYTES // 2)


def test_a_full_store_says_so(olivia, film, settings):
    settings.MEDIA_QUOTA_BYTES = 10
    assert olivia.get(STORAGE).json()["is_full"] is True


def test_the_operator_keeps_a_title_and_lets_it_go_again(olivia, film):
    keep = f"/api/v1/titles/{film.title_id}/keep"
    assert [olivia.post(keep).status_code for _ in range(2)] == [204, 204]
    assert olivia.get(STORAGE).json()["titles"][0]["kept"] is True
    assert olivia.delete(keep).status_code == 204
    assert TitleCare.objects.get().is_kept is False


def test_a_title_that_is_not_there_cannot_be_kept(olivia):
    assert olivia.post(f"/api/v1/titles/{uuid4()}/keep").status_code == 404
    assert olivia.delete(f"/api/v1/titles/{uuid4()}/keep").status_code == 404


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_members_neither_see_the_store_nor_keep_titles(film, name):
    client = client_of(person(name))
    keep = f"/api/v1/titles/{film.title_id}/keep"
    answers = [client.get(STORAGE), client.post(keep), client.delete(keep)]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert not TitleCare.objects.filter(is_kept=True).exists()


def test_somebody_who_is_not_signed_in_is_refused(client, film):
    assert client.get(STORAGE).status_code == 401
    keep = f"/api/v1/titles/{film.title_id}/keep"
    assert [client.post(keep).status_code, client.delete(keep).status_code] == [401, 401]


def test_fields_that_nobody_knows_are_refused(olivia, film):
    keep = f"/api/v1/titles/{film.title_id}/keep"
    answers = [ask(keep, {"until": "friday"}, format="json") for ask in (olivia.post, olivia.delete)]
    assert [(answer.status_code, list(answer.json()["fields"])) for answer in answers] == [(400, ["until"])] * 2
    assert not TitleCare.objects.filter(is_kept=True).exists()


def test_watch_later_protects_a_title_until_the_last_person_takes_it_off(film):
    alice, bob = client_of(person("alice")), client_of(person("bob"))
    url = f"/api/v1/watch-later/{film.title_id}"
    alice.put(url)
    bob.put(url)
    alice.delete(url)
    assert TitleCare.objects.get().is_listed
    assert not eviction.make_room(1, "")
    bob.delete(url)
    assert not TitleCare.objects.get().is_listed
    assert eviction.make_room(1, "")


def test_a_film_that_somebody_opened_stays_while_their_links_last(film):
    assert client_of(person("alice")).post(f"/api/v1/titles/{film.title_id}/play", {}, format="json").status_code == 200
    assert TitleCare.objects.get().held_until > datetime.now(UTC) + timedelta(seconds=SHORT_LIFE_S)
    assert not eviction.make_room(1, "")


def test_a_card_says_when_its_title_may_leave(film):
    alice = client_of(person("alice"))
    assert alice.get(f"/api/v1/titles/{film.title_id}").json()["leaves_at"] is None
    set_leaving(film.title_id, datetime(2026, 11, 25, tzinfo=UTC))
    assert alice.get(f"/api/v1/titles/{film.title_id}").json()["leaves_at"] == "2026-11-25T00:00:00Z"
