"""Progress, history and lists of one person."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from apps.catalog import services as catalog
from apps.catalog.domain.titles import Availability
from apps.catalog.models import Title
from apps.common.errors import Invalid, NotFound
from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.states import RenditionState
from apps.streaming.models import MediaAsset, TitleCare
from apps.viewing import selectors, services
from apps.viewing.models import Progress, WatchLater
from tests.accounts_cast import person
from tests.streaming_rows import add_track, ready_asset, unit_of


@pytest.fixture
def title(db) -> Title:
    found = catalog.create_manual_title(name="Big Buck Bunny")
    catalog.set_availability(found.pk, Availability.READY)
    return found


def report(user_id: UUID, title: Title, position_s: float, *, session: str = "tv", duration_s: float = 600) -> Progress:
    return services.save_progress(
        user_id=user_id, title_id=title.pk, position_s=position_s, duration_s=duration_s, session=session
    )


def test_a_report_is_kept_and_listed(title: Title) -> None:
    alice = person("alice").pk
    assert selectors.progress(alice, title.pk)["position_s"] == 0
    report(alice, title, 120)
    assert selectors.progress(alice, title.pk)["position_s"] == 120
    shelf = selectors.library(alice)["continue_watching"]
    assert [(item["title"]["name"], item["position_s"], item["duration_s"]) for item in shelf] == [
        ("Big Buck Bunny", 120, 600)
    ]


def test_the_packaged_duration_wins_over_the_players_and_bounds_the_position(title: Title) -> None:
    MediaAsset.objects.create(title=title, source="/x", state="complete", duration_s=100.0)
    row = report(person("alice").pk, title, 5000, duration_s=9999)
    assert (row.position_s, row.duration_s) == (100, 100)


def test_a_report_brings_forward_what_comes_next_and_keeps_the_film_here(title: Title) -> None:
    asset = ready_asset()
    unit_of(add_track(asset, "v480", state=RenditionState.BUILDING, done=0, mode=Mode.ENCODE))
    report(person("alice").pk, asset.title, 5)
    assert [(unit.first, unit.last) for unit in asset.units.filter(priority=Priority.SOON)] == [(1, 3)]
    care = TitleCare.objects.get(title=asset.title_id)
    assert care.watched_at is not None
    assert care.held_until > timezone.now()


def test_the_newest_session_wins_while_it_is_alive(title: Title) -> None:
    alice = person("alice").pk
    report(alice, title, 100, session="tv")
    report(alice, title, 200, session="phone")
    assert report(alice, title, 101, session="tv").position_s == 200
    Progress.objects.update(updated_at=timezone.now() - timedelta(seconds=31))
    assert report(alice, title, 110, session="tv").position_s == 110


def test_watched_stays_when_watching_again(title: Title) -> None:
    alice = person("alice").pk
    assert report(alice, title, 560).watched_at
    assert selectors.library(alice)["continue_watching"] == []
    report(alice, title, 100)
    assert selectors.progress(alice, title.pk)["watched"] is True
    assert len(selectors.library(alice)["continue_watching"]) == 1


def test_a_film_that_is_gone_is_not_to_be_continued(title: Title) -> None:
    alice = person("alice").pk
    report(alice, title, 120)
    catalog.set_availability(title.pk, Availability.NONE)
    assert selectors.library(alice)["continue_watching"] == []
    assert selectors.history(alice).count() == 1


def test_reports_about_nothing_are_refused(title: Title) -> None:
    alice = person("alice").pk
    with pytest.raises(Invalid):
        report(alice, title, 0, duration_s=0)
    with pytest.raises(NotFound):
        services.save_progress(user_id=alice, title_id=uuid4(), position_s=1, duration_s=2, session="x")
    assert Progress.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_first_reports_at_the_same_moment_make_one_row() -> None:
    title, alice = catalog.create_manual_title(name="Big Buck Bunny"), person("alice").pk
    gate = threading.Barrier(10)

    def work(number: int) -> None:
        try:
            gate.wait()
            report(alice, title, number, session=f"s{number}")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Progress.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_film_that_is_forgotten_during_a_report_ends_forgotten_and_the_report_is_answered() -> None:
    alice = person("alice").pk
    title = catalog.create_manual_title(name="Big Buck Bunny")
    report(alice, title, 60)

    def forget() -> None:
        try:
            services.forget(user_id=alice, title_id=title.pk)
        finally:
            connection.close()

    elsewhere = threading.Thread(target=forget)

    def forget_before_the_read(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SELECT") and "viewing_progress" in sql and elsewhere.ident is None:
            elsewhere.start()
            elsewhere.join(0.3)  # it ends before this read, or waits for the report
        return execute(sql, *rest)

    with connection.execute_wrapper(forget_before_the_read):
        assert report(alice, title, 120).position_s == 120
    elsewhere.join()
    assert Progress.objects.count() == 0


def test_shelves_hold_each_title_where_it_belongs(title: Title) -> None:
    alice = person("alice").pk
    for name, availability in (
        ("Asked", Availability.REQUESTED), ("Loading", Availability.DOWNLOADING),
        ("Early", Availability.PLAYABLE), ("Nothing", Availability.NONE),
    ):  # fmt: skip
        catalog.set_availability(catalog.create_manual_title(name=name).pk, availability)
    library = selectors.library(alice)
    names = {shelf: {card["name"] for card in library[shelf]} for shelf in ("ready", "coming", "new")}
    assert names == {
        "ready": {"Big Buck Bunny"}, "coming": {"Asked", "Loading", "Early"}, "new": {"Big Buck Bunny", "Early"},
    }  # fmt: skip


def test_watch_later_is_a_set_with_the_last_one_first(title: Title) -> None:
    alice, bob = person("alice").pk, person("bob").pk
    other = catalog.create_manual_title(name="Other")
    for one in (title, other, title):
        services.watch_later(user_id=alice, title_id=one.pk)
    assert [card["name"] for card in selectors.watch_later(alice)] == ["Other", "Big Buck Bunny"]
    assert selectors.watch_later(bob) == []
    services.unwatch_later(user_id=bob, title_id=other.pk)
    services.unwatch_later(user_id=alice, title_id=other.pk)
    services.unwatch_later(user_id=alice, title_id=other.pk)
    assert WatchLater.objects.count() == 1
    with pytest.raises(NotFound):
        services.watch_later(user_id=alice, title_id=uuid4())


def test_forgetting_removes_ones_own_row_only(title: Title) -> None:
    alice, bob = person("alice").pk, person("bob").pk
    report(alice, title, 100)
    report(bob, title, 200)
    services.forget(user_id=alice, title_id=title.pk)
    assert selectors.history(alice).count() == 0
    assert selectors.progress(bob, title.pk)["position_s"] == 200
