"""TMDb through a server of our own: hits, details, pictures, and every way in which it can fail."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from apps.catalog import selectors, services
from apps.catalog.adapters import providers
from apps.catalog.domain.titles import ProviderState
from apps.catalog.models import Title
from apps.common.errors import NotFound, Unavailable
from tests.tmdb_fake import BACKDROP, BROKEN, KEY, POSTER, TmdbFake, movie, tmdb_fake

pytestmark = pytest.mark.django_db
FAULTS = ["slow", "drip", "garbage", "html", "list", "deep", "huge", "error", "limit", "loop", "hang_up"]


@pytest.fixture
def fake(settings) -> Iterator[TmdbFake]:
    with tmdb_fake(movies={10378: movie(10378, "Big Buck Bunny"), 7: movie(7, "Big Fish", popularity=50)}) as running:
        settings.ALLOW_PRIVATE_ADDRESSES = True
        settings.TMDB_API_KEY, settings.TMDB_BASE_URL = KEY, f"{running.url}/3"
        yield running


def test_without_a_key_the_provider_is_off_and_local_titles_come_back() -> None:
    services.create_manual_title(name="Big Buck Bunny")
    cards, state = selectors.find("big")
    assert [card["name"] for card in cards] == ["Big Buck Bunny"]
    assert state == ProviderState.OFF
    with pytest.raises(NotFound):
        services.ensure_tmdb_title(7)


def test_hits_that_are_not_stored_have_no_id_but_a_number(fake: TmdbFake) -> None:
    cards, state = selectors.find("big")
    assert state == ProviderState.OK
    assert {(card["id"], card["tmdb_id"], card["year"]) for card in cards} == {(None, 10378, 2008), (None, 7, 2008)}
    assert all(card["poster_url"] is None and card["color"].startswith("#") for card in cards)


def test_own_titles_come_first_and_are_not_doubled(fake: TmdbFake) -> None:
    own = services.ensure_tmdb_title(10378)
    cards, _ = selectors.find("big")
    assert [card["id"] for card in cards] == [str(own.pk), None]


def test_a_film_is_stored_once_with_its_details(fake: TmdbFake, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as later:
        title = services.ensure_tmdb_title(10378)
        assert services.ensure_tmdb_title(10378).pk == title.pk
    assert len(later) == 1
    assert (title.name, title.runtime_min, title.genres) == ("Big Buck Bunny", 10, ["Comedy"])
    assert selectors.card(title)["tmdb_id"] == 10378
    assert fake.calls.count("/3/movie/10378") == 1


def test_an_old_title_is_refreshed_and_kept_when_the_provider_is_down(fake: TmdbFake) -> None:
    title = services.ensure_tmdb_title(10378)
    Title.objects.filter(pk=title.pk).update(refreshed_at=timezone.now() - timedelta(days=31))
    fake.mode = "error"
    assert services.ensure_tmdb_title(10378).name == "Big Buck Bunny"
    fake.mode = "ok"
    fake.movies[10378]["title"] = "Big Buck Bunny (restored)"
    assert services.ensure_tmdb_title(10378).name == "Big Buck Bunny (restored)"


def test_a_stored_title_outlives_its_entry_in_the_film_database(fake: TmdbFake) -> None:
    title = services.ensure_tmdb_title(10378)
    Title.objects.filter(pk=title.pk).update(refreshed_at=timezone.now() - timedelta(days=31))
    del fake.movies[10378]
    assert services.ensure_tmdb_title(10378).pk == title.pk


@pytest.mark.parametrize("mode", FAULTS)
def test_a_provider_in_trouble_leaves_the_local_results(fake: TmdbFake, mode: str) -> None:
    services.create_manual_title(name="Big Sleep")
    fake.mode = mode
    cards, state = selectors.find("big")
    assert [card["name"] for card in cards] == ["Big Sleep"]
    assert state == ProviderState.UNAVAILABLE


@pytest.mark.parametrize("mode", ["garbage", "html", "list", "error", "hang_up", "limit"])
def test_details_from_a_provider_in_trouble_are_unavailable(fake: TmdbFake, mode: str) -> None:
    fake.mode = mode
    with pytest.raises(Unavailable):
        services.ensure_tmdb_title(7)
    assert Title.objects.count() == 0


def test_after_a_fault_the_next_search_does_not_wait_for_the_provider(fake: TmdbFake) -> None:
    fake.mode = "error"
    selectors.find("big")
    calls = len(fake.calls)
    assert selectors.find("big")[1] == ProviderState.UNAVAILABLE
    assert len(fake.calls) == calls


def test_a_wrong_key_is_said_plainly(fake: TmdbFake, settings) -> None:
    settings.TMDB_API_KEY = "wrong"
    with pytest.raises(Unavailable, match="key"):
        services.ensure_tmdb_title(7)


def test_a_number_that_no_film_has_is_not_found(fake: TmdbFake) -> None:
    with pytest.raises(NotFound):
        services.ensure_tmdb_title(999)


def test_hits_with_nonsense_in_them_are_bounded_or_left_out(fake: TmdbFake) -> None:
    fake.movies = {
        1: movie(
            1, "Big \u0000\u202e one", release_date="20x8", overview=None, popularity="NaN", poster_path="/../x.jpg"
        ),
        2: movie(2, ""),
        3: {"id": "3", "title": "Big"},
        4: movie(-4, "Big"),
        5: movie(True, "Big"),
        6: movie(2**40, "Big"),
        8: movie(8, "Big " + "x" * 5000, release_date="0001-01-01", popularity=1e308),
    }
    cards, _ = selectors.find("big")
    assert [(card["tmdb_id"], card["name"][:8], card["year"]) for card in cards] == [
        (1, "Big one", None),
        (8, "Big xxxx", None),
    ]
    assert len(cards[1]["name"]) == 300
    assert services.ensure_tmdb_title(1).poster_path == ""


def test_pictures_are_fetched_and_stored(fake: TmdbFake) -> None:
    title = services.ensure_tmdb_title(10378)
    drawn = title.poster_key
    services.fetch_artwork(title.pk)
    title = selectors.title(title.pk)
    assert title.poster_key != drawn
    assert selectors.card(title)["backdrop_url"] == f"/artwork/{title.backdrop_key}.w1280.webp"
    assert services.artwork_file(f"{title.poster_key}.w154.webp")[:4] == b"RIFF"
    assert f"/t/p/w780{POSTER}" in fake.calls
    assert f"/t/p/w1280{BACKDROP}" in fake.calls


def test_a_picture_that_is_none_leaves_the_drawn_poster(fake: TmdbFake) -> None:
    fake.pictures[BROKEN] = b"<svg onload='alert(1)'/>"
    fake.movies[9] = movie(9, "Big trouble", poster_path=BROKEN, backdrop_path="/missingAAAAAAAA.jpg")
    title = services.ensure_tmdb_title(9)
    services.fetch_artwork(title.pk)
    assert selectors.title(title.pk).poster_key == title.poster_key
    assert selectors.title(title.pk).backdrop_key == ""


def wake_ups(capture: Any) -> int:
    """How many wake-ups a sweep sends."""
    with capture() as later:
        services.sweep()
    return len(later)


def test_a_lost_wake_up_for_pictures_is_repaired_by_the_sweep(fake, django_capture_on_commit_callbacks) -> None:
    title = services.ensure_tmdb_title(10378)
    assert wake_ups(django_capture_on_commit_callbacks) == 1
    services.fetch_artwork(title.pk)
    assert wake_ups(django_capture_on_commit_callbacks) == 0


def test_pictures_are_fetched_once_for_a_doubled_wake_up(fake: TmdbFake) -> None:
    title = services.ensure_tmdb_title(10378)
    services.fetch_artwork(title.pk)
    calls = len(fake.calls)
    services.fetch_artwork(title.pk)
    assert len(fake.calls) == calls


def test_a_worker_killed_while_it_fetched_pictures_costs_a_minute(
    fake, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    title = services.ensure_tmdb_title(10378)
    with monkeypatch.context() as killed:
        killed.setattr(services, "store_artwork", lambda *_: sys.exit("kill -9"))
        with pytest.raises(SystemExit):
            services.fetch_artwork(title.pk)
    assert wake_ups(django_capture_on_commit_callbacks) == 0
    Title.objects.update(artwork_due_at=F("artwork_due_at") - timedelta(minutes=1))
    assert wake_ups(django_capture_on_commit_callbacks) == 1
    services.fetch_artwork(title.pk)
    assert selectors.title(title.pk).backdrop_key


def test_pictures_are_asked_for_again_five_times_with_growing_waits_when_the_provider_is_down(fake: TmdbFake) -> None:
    title = services.ensure_tmdb_title(10378)
    fake.mode = "error"
    waits = []
    for _ in range(services.ARTWORK_TRIES):
        services.fetch_artwork(title.pk)
        due_at = selectors.title(title.pk).artwork_due_at
        waits.append(due_at and round((due_at - timezone.now()).total_seconds(), -1))
        Title.objects.exclude(artwork_due_at=None).update(artwork_due_at=timezone.now())
    assert waits == [60, 240, 960, 3840, None]
    fake.mode = "ok"
    services.fetch_artwork(title.pk)
    assert selectors.title(title.pk).backdrop_key == ""


def test_pictures_are_not_fetched_from_a_foreign_place(fake: TmdbFake) -> None:
    title = services.ensure_tmdb_title(10378)
    provider = providers.active()
    with pytest.raises(NotFound):
        provider.image("//evil.example/aaaaaaaaaa.jpg", "poster")
    assert title.poster_path == POSTER
