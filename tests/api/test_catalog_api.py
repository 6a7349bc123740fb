"""The catalogue over HTTP: search, titles, artwork; bad input, strangers, and a provider in trouble."""

import io
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from rest_framework.test import APIClient

from apps.catalog import services
from apps.catalog.domain.titles import Availability
from apps.catalog.models import Title
from tests.accounts_cast import client_of, guest, person
from tests.tmdb_fake import KEY, TmdbFake, movie, tmdb_fake

pytestmark = pytest.mark.django_db
CARD = {
    "id",
    "name",
    "year",
    "poster_url",
    "backdrop_url",
    "color",
    "availability",
    "runtime_min",
    "tmdb_id",
    "leaves_at",
}
DETAIL = CARD | {"overview", "genres", "original_name", "provider", "created_at"}


@pytest.fixture
def alice() -> APIClient:
    return client_of(person("alice"))


@pytest.fixture
def fake(settings) -> Iterator[TmdbFake]:
    with tmdb_fake(movies={10378: movie(10378, "Big Buck Bunny")}) as running:
        settings.ALLOW_PRIVATE_ADDRESSES = True
        settings.TMDB_API_KEY, settings.TMDB_BASE_URL = KEY, f"{running.url}/3"
        yield running


def create(client: APIClient, **body: Any) -> Any:
    return client.post("/api/v1/titles", body, format="json")


def test_a_title_is_typed_found_and_shown(alice: APIClient) -> None:
    made = create(alice, name="Big Buck Bunny", year=2008, overview="A rabbit.")
    assert made.status_code == 201
    assert set(made.json()) == DETAIL
    found = alice.get("/api/v1/search", {"q": "big b"}).json()
    assert found["provider"] == "off"
    assert [card["id"] for card in found["results"]] == [made.json()["id"]]
    assert set(found["results"][0]) == CARD
    shown = alice.get(f"/api/v1/titles/{made.json()['id']}").json()
    assert (shown["overview"], shown["provider"], shown["tmdb_id"]) == ("A rabbit.", "manual", None)
    assert shown["created_at"].endswith("Z")


def test_a_film_of_the_provider_is_stored_by_its_number(alice: APIClient, fake: TmdbFake) -> None:
    found = alice.get("/api/v1/search", {"q": "bunny"}).json()
    assert found["provider"] == "ok"
    assert (found["results"][0]["id"], found["results"][0]["tmdb_id"]) == (None, 10378)
    made = create(alice, tmdb_id=10378).json()
    assert (made["name"], made["runtime_min"], made["genres"]) == ("Big Buck Bunny", 10, ["Comedy"])
    assert alice.get("/api/v1/search", {"q": "bunny"}).json()["results"][0]["id"] == made["id"]


def test_a_provider_in_trouble_is_named_and_takes_nothing_away(alice: APIClient, fake: TmdbFake) -> None:
    create(alice, name="Big Sleep")
    fake.mode = "garbage"
    found = alice.get("/api/v1/search", {"q": "big"}).json()
    assert (found["provider"], [card["name"] for card in found["results"]]) == ("unavailable", ["Big Sleep"])
    answer = create(alice, tmdb_id=10378)
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_a_film_that_the_provider_does_not_know_is_404(alice: APIClient, fake: TmdbFake) -> None:
    assert create(alice, tmdb_id=5).status_code == 404


def test_titles_are_listed_by_availability(alice: APIClient) -> None:
    ready, _ = (services.create_manual_title(name=name) for name in ("Ready", "Not"))
    services.set_availability(ready.pk, Availability.READY)
    assert len(alice.get("/api/v1/titles").json()["results"]) == 2
    found = alice.get("/api/v1/titles", {"availability": "ready"}).json()["results"]
    assert [card["name"] for card in found] == ["Ready"]


@pytest.mark.parametrize("query", [{}, {"q": "x" * 201}, {"q": "x", "page": "2"}, {"q": "x\u0000"}])
def test_bad_searches_are_400(alice: APIClient, query: dict[str, str]) -> None:
    assert alice.get("/api/v1/search", query).status_code == 400


@pytest.mark.parametrize("query", [{"availability": "soon"}, {"order": "name"}, {"page_size": "many"}])
def test_bad_lists_are_400(alice: APIClient, query: dict[str, str]) -> None:
    assert alice.get("/api/v1/titles", query).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": ""}, {"name": "x" * 301}, {"name": "x", "year": 1}, {"name": "x", "year": 3000}, {"name": None},
        {"name": "x", "tmdb_id": 1}, {"tmdb_id": 1, "overview": "x"}, {"tmdb_id": -1}, {"tmdb_id": "x"},
        {"name": "x", "provider": "tmdb"}, {"name": "x", "overview": "x" * 5001}, {"name": {"$ne": 1}}, [], "x",
    ],
    ids=str,
)  # fmt: skip
def test_bad_titles_are_400_and_leave_nothing(alice: APIClient, body: Any) -> None:
    answer = alice.post("/api/v1/titles", body, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert Title.objects.count() == 0


def test_unknown_titles_are_404(alice: APIClient) -> None:
    assert alice.get(f"/api/v1/titles/{uuid4()}").status_code == 404
    assert alice.get("/api/v1/titles/nonsense").status_code == 404


def test_charlie_without_an_account_and_guests_are_refused() -> None:
    title = services.create_manual_title(name="Big Buck Bunny")
    visitor = client_of(guest(uuid4()))
    for path in ("/api/v1/search?q=x", "/api/v1/titles", f"/api/v1/titles/{title.pk}"):
        assert APIClient().get(path).status_code == 401
        assert visitor.get(path).status_code == 403
    assert create(APIClient(), name="x").status_code == 401
    assert create(visitor, name="x").status_code == 403
    assert create(client_of(person("charlie", is_verified=False)), name="x").status_code == 403
    assert Title.objects.count() == 1


def test_artwork_is_served_to_everybody_and_may_be_kept_for_ever(alice: APIClient) -> None:
    url = create(alice, name="Big Buck Bunny").json()["poster_url"]
    for width in (154, 500):
        answer = APIClient().get(url.replace("w500", f"w{width}"))
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/webp"
        assert "immutable" in answer["Cache-Control"]
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert Image.open(io.BytesIO(answer.content)).width == width


@pytest.mark.parametrize(
    "name", ["x", "..%2f..%2fsettings.py", "....", "a" * 32 + ".w500.webp", "g" * 32 + ".w500.webp", "g" * 32 + ".svg"]
)
def test_artwork_that_is_none_is_404(name: str) -> None:
    assert APIClient().get(f"/artwork/{name}").status_code == 404
