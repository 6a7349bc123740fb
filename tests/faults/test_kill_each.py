"""kill -9 of each process while it works: the request still ends ready exactly once, the room is where it should be."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import httpx
import pytest
import websockets

from tests.films import seeded_film
from tests.product import TEST_LIMIT_S, Person, Product, frames_until, run_async, wait_for

pytestmark = pytest.mark.timeout(TEST_LIMIT_S)

TRANSPORT_ERRORS = (httpx.TransportError,)
READY_LIMIT_S = 150
BACK_LIMIT_S = 30
SECOND_SWEEP_S = 16  # the sweep of deliveries, every 15 s, is what could send twice
POSITION_TOLERANCE_S = 0.5
FILM_S = 40
FIRST_FILM_S = 240

# who dies -> (pattern of its command line, the request's states in which it is at work)
VICTIMS = {
    "web": (r"daphne", {"downloading", "verifying", "packaging"}),
    "worker": (r"celery.*worker", {"packaging"}),
    "torrentd": (r"manage\.py torrentd", {"downloading"}),
    "ffmpeg": (r"ffmpeg", {"packaging"}),
    "valkey": (r"valkey-server", {"downloading", "verifying", "packaging"}),
    "postgres": (r"postgres", {"downloading", "verifying", "packaging"}),
}


@pytest.fixture(scope="module")
def title_id(product: Product, operator: Person, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A first film, ready to be watched in the room while the others are made."""
    with seeded_film(tmp_path_factory.mktemp("first"), name="First film", seconds=FIRST_FILM_S) as film:
        row = operator.post("requests", {"name": film.name}, torrent=("first.torrent", film.torrent))
        wait_ready(operator, row["id"])
    return str(operator.get(f"requests/{row['id']}")["title"]["id"])


def request_state(person: Person, request_id: str) -> str:
    return str(person.get(f"requests/{request_id}")["state"])


def wait_ready(person: Person, request_id: str) -> None:
    def ended() -> str | None:
        row = person.get(f"requests/{request_id}")
        assert row["state"] not in {"failed", "needs_attention", "cancelled"}, row
        return row["state"] if row["state"] == "ready" else None

    wait_for("the request to be ready", ended, limit_s=READY_LIMIT_S)


async def enter(person: Person, room_id: str, last: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
    """Open the room's socket as a returning client does: again and again until it is back, within a limit."""
    deadline = time.monotonic() + BACK_LIMIT_S
    while True:
        try:
            connecting = await asyncio.to_thread(
                lambda: person.socket(f"/ws/rooms/{room_id}", purpose="room", room=room_id)
            )
            connection = await connecting
            hello = {"t": "hello", "v": 1, "room": room_id, "vis": True} | ({"last": last} if last else {})
            await connection.send(json.dumps(hello))
            frames = await frames_until(connection, lambda frame: frame["t"] == "welcome", limit_s=10)
            return connection, frames[-1]
        except (AssertionError, OSError, TimeoutError, websockets.WebSocketException, *TRANSPORT_ERRORS):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)


async def command(connection: Any, frame: dict[str, Any]) -> dict[str, Any]:
    await connection.send(json.dumps(frame))
    frames = await frames_until(
        connection, lambda answer: answer["t"] == "res" and answer["cid"] == frame["cid"], limit_s=10
    )
    assert frames[-1]["ok"], frames[-1]
    return frames[-1]


async def start_the_room(connection: Any, rev: int) -> float:
    """Seek to 10 s, play, chat; gives the wall time at which the play was acknowledged."""
    await command(connection, {"t": "cmd", "cid": f"seek-{rev}", "base": rev, "op": "seek", "position": 10})
    await command(connection, {"t": "cmd", "cid": f"play-{rev}", "base": rev + 1, "op": "play"})
    started = time.time()
    await command(connection, {"t": "chat", "cid": f"chat-{rev}", "text": f"said at {rev}", "mt": 10})
    return started


@contextmanager
def somebody_watches(alice: Person, room_id: str) -> Iterator[float]:
    """Alice starts the film and stays, coming back whenever her line breaks; gives the time of the start.

    A room that everybody left rests, so without her there would be no position to be right about.
    """
    started: Queue[float] = Queue()
    leaving = Event()

    async def stay() -> None:
        connection, welcome = await enter(alice, room_id)
        started.put(await start_the_room(connection, welcome["tl"]["rev"]))
        while not leaving.is_set():
            try:
                async with asyncio.timeout(0.5):
                    await connection.recv()
            except TimeoutError:
                continue
            except websockets.ConnectionClosed:
                connection, _ = await enter(alice, room_id)
        await connection.close()

    with ThreadPoolExecutor(1) as thread:
        visit = thread.submit(asyncio.run, stay())
        try:
            yield started.get(timeout=BACK_LIMIT_S)
        finally:
            leaving.set()
        visit.result(timeout=BACK_LIMIT_S)


async def look_in(person: Person, room_id: str) -> dict[str, Any]:
    connection, welcome = await enter(person, room_id)
    await connection.close()
    return welcome


def position_of(welcome: dict[str, Any]) -> float:
    """Where the room is now, s: the timeline's own rule with the room time that the welcome carries."""
    timeline = welcome["tl"]
    moved = timeline["rate"] * max(0, welcome["now"] - timeline["at_ms"]) if timeline["playing"] else 0
    return float(timeline["position_ms"] + moved) / 1000


def kill_while_working(product: Product, pattern: str, is_at_work: Callable[[], bool]) -> None:
    wait_for("the victim to be at work", is_at_work, limit_s=60, every_s=0.05)
    wait_for(f"a process like {pattern}", lambda: product.kill(pattern), limit_s=20, every_s=0.02)


@pytest.mark.parametrize("victim", VICTIMS)
def test_nothing_is_lost_when_a_process_is_killed(
    victim: str, product: Product, operator: Person, alice: Person, title_id: str, tmp_path: Path
) -> None:
    pattern, states = VICTIMS[victim]
    bob = Person.member(product, "bob", operator)
    room_id = alice.post("rooms", {"title_id": title_id})["id"]
    name = f"Film for {victim}"
    with (
        somebody_watches(alice, room_id) as started,
        seeded_film(tmp_path, name=name, seconds=FILM_S, rate_bytes=1_500_000) as film,
    ):
        row = bob.post("requests", {"name": name}, torrent=("film.torrent", film.torrent))
        kill_while_working(product, pattern, lambda: request_state(bob, row["id"]) in states)
        wait_for("the server to be ready again", product.is_ready, limit_s=BACK_LIMIT_S)
        welcome = run_async(look_in(alice, room_id))
        assert welcome["tl"]["playing"]
        assert abs(position_of(welcome) - (10 + time.time() - started)) <= POSITION_TOLERANCE_S
        assert "said at" in json.dumps(welcome["events"])
        wait_ready(bob, row["id"])
    told = [note for note in bob.get("notifications")["results"] if note["kind"] == "ready"]
    assert len(told) == 1

    def mails() -> list[dict[str, Any]]:
        return [mail for mail in operator.mails(bob.email) if name in mail["subject"]]

    wait_for("the mail that the film is ready", mails, limit_s=40)
    time.sleep(SECOND_SWEEP_S)
    assert len(mails()) == 1
