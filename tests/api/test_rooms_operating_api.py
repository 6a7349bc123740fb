"""The operator's rooms over HTTP: merged from every web process, with and without Redis; for nobody else."""

import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.rooms.adapters import board as boards
from apps.rooms.adapters.board import FigureBoard
from apps.rooms.domain.figures import RoomFigures
from apps.rooms.models import Room, RoomTimeline
from apps.rooms.services import overview
from tests.accounts_cast import client_of, person
from tests.rooms_party import guest_of, room_of

pytestmark = pytest.mark.django_db
PATH = "/api/v1/operator/rooms"


@pytest.fixture(autouse=True)
def board(monkeypatch: pytest.MonkeyPatch) -> FigureBoard:
    """Of the process that answers."""
    fresh = FigureBoard()
    monkeypatch.setattr(boards, "PROCESSES", f"matinee.test.{uuid4().hex}")
    monkeypatch.setattr(overview, "board", fresh)
    return fresh


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def operator(alice: User) -> APIClient:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    return client_of(alice)


@pytest.fixture
def room(alice: User) -> Room:
    return room_of(alice)


def seen(**more: Any) -> RoomFigures:
    return RoomFigures(**{"people": 2, "talkers": 1, "drifts_ms": [10, 30], "watched_s": 3600.0, "stalls": 2} | more)


def test_the_figures_of_all_processes_stand_in_one_row(operator: APIClient, room: Room, board: FigureBoard) -> None:
    board.publish("one", {room.pk: seen()})
    FigureBoard().publish("two", {room.pk: seen(people=1, talkers=0, drifts_ms=[200], stalls=0, seeks=4)})
    body = operator.get(PATH).json()
    assert body["is_whole"] is True
    assert body["rooms"] == [
        {
            "id": str(room.pk),
            "name": "Friday",
            "title": "Night Train",
            "owner_name": "Alice",
            "people": 3,
            "talkers": 1,
            "state": "paused",
            "waiting_for": [],
            "drift": {"p50_ms": 30, "p95_ms": 200, "p99_ms": 200, "samples": 3},
            "stalls_per_hour": 1.0,
            "seeks_per_hour": 2.0,
        }
    ]


def test_without_redis_the_process_that_is_asked_says_what_it_knows(
    operator: APIClient, room: Room, board: FigureBoard, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    board.publish("one", {room.pk: seen()})
    body = operator.get(PATH).json()
    assert body["is_whole"] is False
    assert [found["people"] for found in body["rooms"]] == [2]


def test_a_process_that_says_something_new_is_counted_once_and_one_that_ended_is_forgotten(
    operator: APIClient, room: Room, board: FigureBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "KEPT_S", 1)
    FigureBoard().publish("two", {room.pk: seen()})
    board.publish("one", {room.pk: seen()})
    board.publish("one", {room.pk: seen(people=5)})
    assert operator.get(PATH).json()["rooms"][0]["people"] == 7
    time.sleep(1.2)
    assert operator.get(PATH).json()["rooms"] == []


def test_a_room_that_waits_says_for_whom(operator: APIClient, alice: User, room: Room, board: FigureBoard) -> None:
    wait = {"bid": "b", "waiting_for": [str(alice.pk)], "until_ms": 1}
    RoomTimeline.objects.filter(room=room).update(wait=wait)
    board.publish("one", {room.pk: RoomFigures(people=1)})
    [found] = operator.get(PATH).json()["rooms"]
    assert (found["state"], found["waiting_for"]) == ("waiting", ["Alice"])
    assert (found["drift"], found["stalls_per_hour"], found["seeks_per_hour"]) == (None, None, None)


def test_rooms_that_are_closed_or_unknown_are_left_out_and_the_largest_comes_first(
    operator: APIClient, alice: User, room: Room, board: FigureBoard
) -> None:
    larger, closed = room_of(alice), room_of(alice)
    Room.objects.filter(pk=closed.pk).update(closed_at="2026-01-01T00:00:00Z")
    unknown: UUID = uuid4()
    board.publish("one", {room.pk: seen(), larger.pk: seen(people=9), closed.pk: seen(), unknown: seen()})
    assert [found["id"] for found in operator.get(PATH).json()["rooms"]] == [str(larger.pk), str(room.pk)]


def test_charlie_members_and_guests_are_refused(room: Room) -> None:
    assert APIClient().get(PATH).status_code == 401
    for other in (person("charlie"), guest_of(room)):
        assert client_of(other).get(PATH).status_code == 403
