"""The server's side of the rules that `make bench-party` compares with: what each product's server makes of a command.

One room per product, in memory. Pages reach it through their own shaped line; the rules of their side are in
party_rivals.js. Written anew from the published sources named at each class; no code of theirs is here.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

Message = dict[str, Any]
START_LIMIT_S = 10
FROM_S = 1.0  # every comparison begins here, at rest


def now_ms() -> float:
    return time.time() * 1000


class Party:
    """Who is there, and what they are told."""

    def __init__(self) -> None:
        self.people: set[ServerConnection] = set()

    def tell(self, message: Message, *, but: ServerConnection | None = None) -> None:
        broadcast(self.people - {but}, json.dumps(message))

    def join(self, person: ServerConnection) -> None:
        self.people.add(person)

    def leave(self, person: ServerConnection) -> None:
        self.people.discard(person)

    def hear(self, person: ServerConnection, message: Message) -> None:
        raise NotImplementedError


class Jellyfin(Party):
    """jellyfin/jellyfin, MediaBrowser.Controller/SyncPlay/GroupStates/{Playing,Paused}GroupState.cs and Group.cs."""

    DEFAULT_PING_MS = 500  # Group.DefaultPing; an unpause lies max(2 x the highest ping, this) ahead

    def __init__(self) -> None:
        super().__init__()
        self.position_s = FROM_S
        self.since_ms = now_ms()
        self.playing = False
        self.pings: dict[ServerConnection, float] = {}

    def hear(self, person: ServerConnection, message: Message) -> None:
        match message["t"]:
            case "ping":
                broadcast({person}, json.dumps({"t": "pong", "c": message["c"], "r": now_ms()}))
            case "rtt":
                self.pings[person] = message["ms"]
            case "unpause" if not self.playing:
                self.since_ms = now_ms() + max(2 * max(self.pings.values(), default=0), self.DEFAULT_PING_MS)
                self._command("unpause")
            case "pause" if self.playing:
                at = now_ms()
                self.position_s += max(0.0, at - self.since_ms) / 1000
                self.since_ms = at
                self._command("pause")

    def _command(self, command: str) -> None:
        self.playing = command == "unpause"
        self.tell({"t": "command", "command": command, "when": self.since_ms, "position": self.position_s})


class OpenTogetherTube(Party):
    """dyc3/opentogethertube, server/room.ts: a change is told 50 ms later, with the position of that moment."""

    DEBOUNCE_S = 0.05  # throttledSync = debounce(sync, 50)

    def __init__(self) -> None:
        super().__init__()
        self.position_s = FROM_S
        self.since_ms: float | None = None

    def hear(self, person: ServerConnection, message: Message) -> None:
        if message["t"] == "play":
            self.since_ms = now_ms()
        elif message["t"] == "pause":
            self.position_s, self.since_ms = self._position(), None
        asyncio.get_running_loop().call_later(self.DEBOUNCE_S, self._sync)

    def _position(self) -> float:
        return self.position_s + (0 if self.since_ms is None else (now_ms() - self.since_ms) / 1000)

    def _sync(self) -> None:
        self.tell({"t": "sync", "playing": self.since_ms is not None, "position": self._position()})


class Watchparty(Party):
    """howardchung/watchparty, server/room.ts: play and pause are passed on as they are, positions once a second."""

    EVERY_S = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.times: dict[ServerConnection, float] = {}
        self.told_ms = now_ms()
        self.telling: asyncio.Task[None] | None = None

    def join(self, person: ServerConnection) -> None:
        super().join(person)
        self.telling = self.telling or asyncio.create_task(self._tell_times())

    def leave(self, person: ServerConnection) -> None:
        super().leave(person)
        self.times.pop(person, None)
        if not self.people and self.telling is not None:
            self.telling.cancel()

    def hear(self, person: ServerConnection, message: Message) -> None:
        if message["t"] == "ts":
            self.times[person] = message["at"] - (now_ms() - self.told_ms) / 1000 + self.EVERY_S
        elif message["t"] in {"play", "pause"}:
            self.tell({"t": message["t"]}, but=person)

    async def _tell_times(self) -> None:
        while True:
            await asyncio.sleep(self.EVERY_S)
            self.told_ms = now_ms()
            for person, own in self.times.items():
                broadcast({person}, json.dumps({"t": "times", "all": list(self.times.values()), "own": own}))


PARTIES: dict[str, Callable[[], Party]] = {
    "jellyfin": Jellyfin,
    "jellyfin-default": Jellyfin,
    "opentogethertube": OpenTogetherTube,
    "watchparty": Watchparty,
}


class Relay:
    """A room for each address ``/<product>/<any name>``, made by the first who comes."""

    def __init__(self) -> None:
        self.parties: dict[str, Party] = {}

    async def serve_one(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        path = connection.request.path
        if path not in self.parties:
            self.parties[path] = PARTIES[path.split("/")[1]]()
        party = self.parties[path]
        party.join(connection)
        try:
            async for text in connection:
                party.hear(connection, json.loads(text))
        except ConnectionClosed:
            return
        finally:
            party.leave(connection)

    async def run(self, ready: threading.Event, end: asyncio.Event, found: list[int]) -> None:
        async with serve(self.serve_one, "127.0.0.1", 0, origins=None, compression=None) as server:
            found.append(next(iter(server.sockets)).getsockname()[1])
            ready.set()
            await end.wait()


@contextmanager
def open_relay() -> Iterator[int]:
    """The relay in a thread of its own; its port."""
    ready, found = threading.Event(), list[int]()
    loop, end = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(Relay().run(ready, end, found),), daemon=True)
    thread.start()
    assert ready.wait(START_LIMIT_S)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(START_LIMIT_S)
