"""Viewing over HTTP: shelves, progress, history, watch later; each person sees their own only."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apps.catalog import services as catalog
from apps.catalog.domain.titles import Availability
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.progress import empty_bitmap
from apps.streaming.domain.states import RenditionState
from apps.viewing.models import Progress, WatchLater
from tests.accounts_cast import client_of, guest, person
from tests.streaming_rows import ready_asset

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> APIClient:
    return client_of(person("alice"))


@pytest.fixture
def charlie() -> APIClient:
    return client_of(person("charlie"))


@pytest.fixture
def title_id() -> str:
    title = catalog.create_manual_title(name="Big Buck Bunny")
    catalog.set_availability(title.pk, Availability.READY)
    return str(title.pk)


def put(client: APIClient, title_id: str, body: Any) -> Any:
    return client.put(f"/api/v1/progress/{title_id}", body, format="json")


def test_progress_is_reported_and_continued(alice: APIClient, title_id: str) -> None:
    nothing = alice.get(f"/api/v1/progress/{title_id}").json()
    assert nothing == {"position_s": 0.0, "duration_s": 0.0, "watched": False, "updated_at": None}
    saved = put(alice, title_id, {"position_s": 90, "duration_s": 600, "session": "s-1"})
    assert saved.status_code == 200
    assert (saved.json()["position_s"], saved.json()["watched"]) == (90.0, False)
    library = alice.get("/api/v1/library").json()
    assert set(library) == {"continue_watching", "ready", "coming", "watch_later", "new"}
    assert library["continue_watching"][0]["position_s"] == 90.0
    assert library["ready"][0]["id"] == title_id


def test_the_copy_on_screen_is_made_again_ahead_of_the_report(alice: APIClient) -> None:
    asset = ready_asset()
    copied = asset.renditions.filter(name="v-src")
    copied.update(state=RenditionState.EVICTED, on_demand=True, bitmap=empty_bitmap(3))
    put(alice, str(asset.title_id), {"position_s": 1, "duration_s": 11, "session": "s-1", "height": 360})
    assert list(asset.units.values_list("rungs", "first", "last", "priority")) == [(["v-src"], 0, 3, Priority.SOON)]


def test_history_is_listed_and_forgotten(alice: APIClient, title_id: str) -> None:
    put(alice, title_id, {"position_s": 590, "duration_s": 600, "session": "s-1"})
    entry = alice.get("/api/v1/history").json()["results"][0]
    assert (entry["title"]["id"], entry["watched"]) == (title_id, True)
    assert alice.delete(f"/api/v1/history/{title_id}").status_code == 204
    assert alice.get("/api/v1/history").json()["results"] == []


def test_watch_later_is_put_listed_and_deleted(alice: APIClient, title_id: str) -> None:
    assert alice.put(f"/api/v1/watch-later/{title_id}").status_code == 204
    assert [card["id"] for card in alice.get("/api/v1/watch-later").json()] == [title_id]
    assert [card["id"] for card in alice.get("/api/v1/library").json()["watch_later"]] == [title_id]
    assert alice.delete(f"/api/v1/watch-later/{title_id}").status_code == 204
    assert alice.get("/api/v1/watch-later").json() == []


def test_charlie_sees_and_changes_nothing_of_alices(alice: APIClient, charlie: APIClient, title_id: str) -> None:
    put(alice, title_id, {"position_s": 90, "duration_s": 600, "session": "s-1"})
    alice.put(f"/api/v1/watch-later/{title_id}")
    assert charlie.get(f"/api/v1/progress/{title_id}").json()["position_s"] == 0
    assert charlie.get("/api/v1/history").json()["results"] == []
    assert charlie.get("/api/v1/watch-later").json() == []
    assert charlie.get("/api/v1/library").json()["continue_watching"] == []
    charlie.delete(f"/api/v1/history/{title_id}")
    charlie.delete(f"/api/v1/watch-later/{title_id}")
    assert (Progress.objects.count(), WatchLater.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "library"), ("get", "history"), ("get", "watch-later"), ("get", "progress/{}"), ("put", "progress/{}"),
        ("delete", "history/{}"), ("put", "watch-later/{}"), ("delete", "watch-later/{}"),
    ],
)  # fmt: skip
def test_guests_and_nobody_are_refused(method: str, path: str, title_id: str) -> None:
    url = f"/api/v1/{path.format(title_id)}"
    assert getattr(APIClient(), method)(url).status_code == 401
    assert getattr(client_of(guest(uuid4())), method)(url).status_code == 403


@pytest.mark.parametrize(
    "text",
    [
        "{}", "[]", '"x"', "{", '{"position_s": NaN, "duration_s": 1, "session": "x"}',
        '{"position_s": 1e400, "duration_s": 1, "session": "x"}',
        '{"position_s": "nan", "duration_s": 1, "session": "x"}',
        '{"position_s": "inf", "duration_s": 1, "session": "x"}',
        '{"position_s": -1, "duration_s": 1, "session": "x"}',
        '{"position_s": 1, "duration_s": 1e9, "session": "x"}',
        '{"position_s": %s, "duration_s": 1, "session": "x"}' % ("9" * 400),
        '{"position_s": [], "duration_s": 1, "session": "x"}',
        '{"position_s": 1, "duration_s": 1, "session": ""}',
        '{"position_s": 1, "duration_s": 1, "session": "a b"}',
        '{"position_s": 1, "duration_s": 1, "session": "%s"}' % ("x" * 65),
        '{"position_s": 1, "duration_s": 1, "session": "x", "watched": true}',
        '{"position_s": 0, "duration_s": 0, "session": "x"}',
    ],
)  # fmt: skip
def test_bad_reports_are_400_and_leave_nothing(alice: APIClient, title_id: str, text: str) -> None:
    answer = alice.put(f"/api/v1/progress/{title_id}", text, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert Progress.objects.count() == 0


def test_unknown_titles_are_404(alice: APIClient) -> None:
    unknown = str(uuid4())
    assert alice.get(f"/api/v1/progress/{unknown}").status_code == 404
    assert put(alice, unknown, {"position_s": 1, "duration_s": 2, "session": "x"}).status_code == 404
    assert alice.put(f"/api/v1/watch-later/{unknown}").status_code == 404
    assert alice.delete(f"/api/v1/watch-later/{unknown}").status_code == 204
    assert alice.delete(f"/api/v1/history/{unknown}").status_code == 204
