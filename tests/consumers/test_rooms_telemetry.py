"""From status frames to the operator's page and to Prometheus."""

import re
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from prometheus_client import generate_latest

from apps.accounts.models import User
from apps.rooms import services
from apps.rooms.adapters import board as boards
from apps.rooms.models import Room
from consumers import telemetry
from tests.rooms_party import Frame, room_of, sitting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidied_rooms", "collected")]


@pytest.fixture
def room(alice: User) -> Room:
    return room_of(alice)


def st(e: float, **more: object) -> Frame:
    said = {"rev": 1, "buf": 9, "stall": False, "rate": 1, "level": None, "rtt": 20, "vis": True}
    return {"t": "st", "e": e, **said, **more}


def metric(name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", generate_latest().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_what_members_say_of_their_films_reaches_the_operator_and_the_metrics(
    alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "PUBLISH_EVERY_S", 0.5)
    monkeypatch.setattr(boards, "PROCESSES", f"matinee.test.{uuid4().hex}")
    counted = metric("matinee_room_drift_seconds_count")
    async with sitting(alice, room) as viewer:
        welcome = await viewer.hello(room, sid="tab")
        await viewer.cmd("play", welcome["tl"]["rev"])
        for error in (0.011, -0.052, 0.9):
            await viewer.send(st(error))
        await viewer.send(st(5, vis=False))
        await viewer.hear_for(2.5)
        seen = await sync_to_async(services.rooms_overview)()
        [found] = seen.rooms
        assert (found.id, found.people, found.state, seen.is_whole) == (room.pk, 1, "playing", True)
        assert found.drift is not None
        assert (found.drift.p50_ms, found.drift.p99_ms, found.drift.samples) == (52, 900, 3)
        assert metric("matinee_room_drift_seconds_count") == counted + 3
        assert (metric("matinee_rooms"), metric("matinee_room_members")) == (1, 1)
        assert metric("matinee_sockets") == 1
        assert str(room.pk) not in generate_latest().decode()
    assert metric("matinee_sockets") == 0
