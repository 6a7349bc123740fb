"""Asking for a film: one acquisition per title, quotas that no race passes, and refusals that leave nothing."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from psycopg.sql import SQL, Identifier

from apps.billing import services as billing
from apps.catalog import services as catalog
from apps.catalog.models import Title
from apps.common.errors import DomainError, Invalid, NotFound, TooLarge, TooMany
from apps.movie_requests import selectors, services
from apps.movie_requests.models import Acquisition, Candidate, Follow, LogEntry
from apps.torrents.models import Torrent
from tests.accounts_cast import person
from tests.acquisitions import followers_of, metainfo, states_of

MAGNET = f"magnet:?xt=urn:btih:{'ab' * 20}&dn=Big+Buck+Bunny"


@pytest.fixture
def title(db) -> Title:
    return catalog.create_manual_title(name="Big Buck Bunny", year=2008)


def in_parallel(count: int, work: Callable[[int], object]) -> list[object]:
    """Results or domain errors of ``work(0..count-1)``, each in a thread with its own connection, started together."""
    results: list[object] = [None] * count
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            gate.wait()
            results[number] = work(number)
        except DomainError as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Title, Acquisition, Candidate, Follow, LogEntry, Torrent))


def test_a_torrent_is_queued_at_once_and_each_step_is_logged(title: Title) -> None:
    alice = person("alice")
    acquisition, is_new = services.submit(user_id=alice.pk, title_id=title.pk, torrent=metainfo())
    assert is_new
    assert states_of(acquisition) == ["submitted", "approved", "searching", "queued"]
    assert list(acquisition.log.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4]
    assert acquisition.version == 4
    assert acquisition.torrent_id == Torrent.objects.get().pk
    title.refresh_from_db()
    assert title.availability == "requested"


def test_without_a_source_the_request_searches_and_says_when_it_tries_again(title: Title) -> None:
    alice = person("alice")
    acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk)
    item = selectors.item(acquisition, alice.pk)
    assert (item["state"], item["health"]) == ("searching", "waiting")
    assert item["reason"].startswith("No source yet, next try at ")
    assert "torrent" in item["fix"]
    assert item["is_following"]
    assert item["is_requester"]


def test_empty_searches_back_off_and_end_after_seven_days(title: Title) -> None:
    acquisition, _ = services.submit(user_id=person("alice").pk, title_id=title.pk)
    for minutes in (5, 15, 60):
        Acquisition.objects.update(next_try_at=timezone.now())
        assert services.sweep() == 1
        acquisition.refresh_from_db()
        assert acquisition.next_try_at
        wait = acquisition.next_try_at - timezone.now()
        assert timedelta(minutes=minutes - 1) < wait <= timedelta(minutes=minutes)
    assert services.sweep() == 0
    Acquisition.objects.update(
        next_try_at=timezone.now(), searching_since=timezone.now() - timedelta(days=7, minutes=1)
    )
    services.sweep()
    acquisition.refresh_from_db()
    assert acquisition.state == "failed"
    title.refresh_from_db()
    assert title.availability == "none"


def test_the_second_person_follows_and_uses_no_quota(title: Title) -> None:
    alice, bob = person("alice"), person("bob")
    first, _ = services.submit(user_id=alice.pk, title_id=title.pk, magnet=MAGNET)
    second, is_new = services.submit(user_id=bob.pk, title_id=title.pk)
    assert (second.pk, is_new) == (first.pk, False)
    assert followers_of(first) == {alice.pk, bob.pk}
    assert not Acquisition.objects.filter(requester=bob).exists()


def test_somebody_with_a_torrent_helps_a_search_that_has_none(title: Title) -> None:
    alice, bob = person("alice"), person("bob")
    acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk)
    services.submit(user_id=bob.pk, title_id=title.pk, torrent=metainfo())
    acquisition.refresh_from_db()
    assert acquisition.state == "queued"
    assert acquisition.reason == ""


def test_a_ready_film_is_found_and_nobody_is_added(title: Title) -> None:
    alice, bob = person("alice"), person("bob")
    acquisition, _ = services.submit(user_id=alice.pk, title_id=title.pk)
    Acquisition.objects.update(state="ready")
    found, is_new = services.submit(user_id=bob.pk, title_id=title.pk)
    assert (found.pk, is_new) == (acquisition.pk, False)
    assert followers_of(acquisition) == {alice.pk}


def test_the_server_itself_may_ask_without_a_person(title: Title) -> None:
    acquisition, is_new = services.submit(user_id=None, title_id=title.pk, torrent=metainfo())
    assert is_new
    assert followers_of(acquisition) == set()
    assert acquisition.state == "queued"


@pytest.mark.django_db(transaction=True)
def test_sixty_people_ask_for_one_film_at_once() -> None:
    title = catalog.create_manual_title(name="Big Buck Bunny")
    people = [person(f"p{number}") for number in range(60)]
    data = metainfo()
    results = in_parallel(60, lambda n: services.submit(user_id=people[n].pk, title_id=title.pk, torrent=data)[1])
    assert results.count(True) == 1
    assert results.count(False) == 59
    acquisition = Acquisition.objects.get()
    assert followers_of(acquisition) == {one.pk for one in people}
    assert Acquisition.objects.exclude(requester=acquisition.requester).count() == 0
    assert Torrent.objects.count() == 1
    seqs = list(acquisition.log.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, acquisition.version + 1))
    assert selectors.item(acquisition, people[0].pk)["followers"] == 60


@pytest.mark.django_db(transaction=True)
def test_one_person_who_asks_for_twenty_films_at_once_gets_three() -> None:
    alice = person("alice")
    titles = [catalog.create_manual_title(name=f"Film {number}") for number in range(20)]
    results = in_parallel(20, lambda n: services.submit(user_id=alice.pk, title_id=titles[n].pk)[1])
    assert results.count(True) == 3
    assert sum(isinstance(result, TooMany) for result in results) == 17
    assert Acquisition.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_same_new_name_asked_by_many_at_once_is_one_film() -> None:
    people = [person(f"p{number}") for number in range(12)]
    film = services.Film(name="Never heard of it", year=1999)
    results = in_parallel(12, lambda n: services.submit_film(user_id=people[n].pk, film=film)[1])
    assert results.count(True) == 1
    assert (Title.objects.count(), Acquisition.objects.count(), Follow.objects.count()) == (1, 1, 12)


@pytest.mark.django_db
def test_the_quota_is_said_with_the_time_it_frees_and_a_plan_raises_it() -> None:
    alice = person("alice")
    ask = lambda number: services.submit(  # noqa: E731
        user_id=alice.pk, title_id=catalog.create_manual_title(name=f"Film {number}").pk
    )
    for number in range(3):
        ask(number)
    with pytest.raises(TooMany, match="3 requests in 7 days") as refused:
        ask(3)
    assert 6.9 * 86_400 < refused.value.retry_after_s <= 7 * 86_400
    billing.grant(alice.pk, "premium", 1)
    assert ask(3)[1]
    Acquisition.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert ask(4)[1]


@pytest.mark.django_db
def test_a_declined_request_gives_its_quota_back(settings) -> None:
    settings.REQUESTS_NEED_APPROVAL = True
    alice = person("alice")
    for number in range(3):
        services.submit(user_id=alice.pk, title_id=catalog.create_manual_title(name=f"Film {number}").pk)
    services.decline(acquisition_id=Acquisition.objects.first().pk, reason="No.")
    assert services.submit(user_id=alice.pk, title_id=catalog.create_manual_title(name="Film 9").pk)[1]


@pytest.mark.parametrize(
    ("torrent", "error"),
    [
        (b"", Invalid),
        (b"d4:infod6:lengthi-5e", Invalid),
        (b"<html>", Invalid),
        (b"\x00" * 5000, Invalid),
        (metainfo()[:-40], Invalid),
        (b"d" * 100_000, Invalid),
        (b"x" * 3_000_000, TooLarge),
        (metainfo("readme.txt"), Invalid),
        (metainfo("setup.exe"), Invalid),
        (metainfo(size=0), Invalid),
    ],
    ids=["empty", "cut", "html", "zeros", "cut late", "nesting", "3 MB", "text", "program", "no bytes"],
)
@pytest.mark.django_db
def test_a_bad_torrent_is_refused_with_a_sentence_and_leaves_nothing(torrent: bytes, error: type[DomainError]) -> None:
    alice = person("alice")
    before = rows()
    with pytest.raises(error) as refused:
        services.submit_film(user_id=alice.pk, film=services.Film(name="Broken"), torrent=torrent)
    assert len(refused.value.message) > 15
    assert rows() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "magnet", ["", "magnet:?dn=none", "http://example.org/x.torrent", "magnet:?xt=urn:btih:zz", "file:///etc/passwd"]
)
def test_a_bad_magnet_is_refused_and_leaves_nothing(magnet: str) -> None:
    alice = person("alice")
    before = rows()
    with pytest.raises(Invalid):
        services.submit_film(user_id=alice.pk, film=services.Film(name="Broken"), magnet=magnet)
    assert rows() == before


@pytest.mark.django_db
def test_a_film_must_be_named_in_exactly_one_way() -> None:
    alice = person("alice")
    for film in (
        services.Film(),
        services.Film(name="  "),
        services.Film(title_id=uuid4(), name="x"),
        services.Film(title_id=uuid4(), tmdb_id=3),
    ):
        with pytest.raises(Invalid, match="which film"):
            services.submit_film(user_id=alice.pk, film=film)
    with pytest.raises(NotFound):
        services.submit_film(user_id=alice.pk, film=services.Film(title_id=uuid4()))
    assert Acquisition.objects.count() == 0


def test_a_torrent_and_a_magnet_together_are_refused(title: Title) -> None:
    with pytest.raises(Invalid, match="not both"):
        services.submit(user_id=person("alice").pk, title_id=title.pk, torrent=metainfo(), magnet=MAGNET)
    assert Acquisition.objects.count() == 0


def test_a_process_of_the_version_before_can_still_add_a_request(title: Title) -> None:
    """While a house is updated: that version names none of the columns that came since."""
    services.submit(user_id=person("alice").pk, title_id=title.pk)
    since = {"push_booked_at", "told_stage", "told_share"}
    same = {field.column for field in Acquisition._meta.concrete_fields} - since - {"id", "profile"}
    insert = SQL(
        "INSERT INTO movie_requests_acquisition (id, profile, {names})"
        " SELECT gen_random_uuid(), 'another', {names} FROM movie_requests_acquisition"
    )
    with connection.cursor() as cursor:
        cursor.execute(insert.format(names=SQL(", ").join(map(Identifier, sorted(same)))))
    added = Acquisition.objects.get(profile="another")
    assert (added.told_stage, added.told_share, added.push_booked_at) == ("", 0.0, None)
