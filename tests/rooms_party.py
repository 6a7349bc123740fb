"""A room and its people for tests: over HTTP services and the real ASGI application, without a server."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connections

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.catalog import services as catalog
from apps.catalog.domain.titles import Availability
from apps.catalog.models import Title
from apps.rooms import services
from apps.rooms.adapters.room_clock import room_clock
from apps.rooms.domain.members import Preset
from apps.rooms.domain.playback import Cause
from apps.rooms.models import Membership, Room, RoomTimeline
from consumers.routing import websocket_application

ORIGIN = "http://localhost:8000"
Frame = dict[str, Any]


def film(name: str = "Night Train") -> UUID:
    return catalog.create_manual_title(name=name, year=2021).pk


def ready_film(name: str = "Harbour Lights") -> UUID:
    """A film that can be watched, as far as the catalogue knows; there is no file behind it."""
    title_id = film(name)
    Title.objects.filter(pk=title_id).update(availability=Availability.READY)
    return title_id


def play_to_the_end(room: Room) -> int:
    """The room has played its film of a minute to the end; returns its revision."""
    RoomTimeline.objects.filter(room=room).update(
        playing=True, position_ms=0, duration_ms=60_000, at_ms=round(room_clock.now_ms()) - 61_000, cause=Cause.PLAY
    )
    return RoomTimeline.objects.get(room=room).rev


def room_of(owner: User, *members: User, preset: Preset = Preset.FRIENDS, duration_s: int = 600) -> Room:
    """A room with ``members``, who joined by a real invite; the film's length is given, there is no file behind it."""
    room = services.create_room(owner_id=owner.pk, title_id=film(), name="Friday", preset=preset)
    RoomTimeline.objects.filter(room=room).update(duration_ms=duration_s * 1000)
    token, _ = services.create_invite(room_id=room.pk, by=owner.pk)
    for member in members:
        services.join_by_invite(room_id=room.pk, user_id=member.pk, token=token)
    return room


def guest_of(room: Room, name: str = "Gwen") -> User:
    token, _ = services.create_invite(room_id=room.pk, by=room.owner_id)
    return services.join_as_guest(token=token, name=name).user


def memberships(room: Room) -> int:
    return Membership.objects.filter(room=room, removed_at=None).count()


@dataclass
class Viewer:
    """One open socket. ``frames`` are all that arrived; ``until`` waits for one and returns it."""

    socket: WebsocketCommunicator
    frames: list[Frame] = field(default_factory=list)
    returned: set[int] = field(default_factory=set)
    close_code: int | None = None

    async def send(self, frame: Frame | str) -> None:
        await self.socket.send_to(text_data=frame if isinstance(frame, str) else json.dumps(frame))

    async def hello(self, room: Room, **more: Any) -> Frame:
        await self.send({"t": "hello", "v": 1, "room": str(room.pk), **more})
        return await self.until("welcome")

    async def cmd(self, op: str, base: int, **more: Any) -> Frame:
        """Send a command and wait for its answer."""
        cid = more.pop("cid", uuid4().hex)
        await self.send({"t": "cmd", "cid": cid, "base": base, "op": op, **more})
        return await self.until("res", lambda frame: frame["cid"] == cid)

    async def until(self, kind: str, fits: Callable[[Frame], bool] = lambda _: True, limit_s: float = 5) -> Frame:
        """The first frame of type ``kind`` that ``fits`` and was not returned before."""
        async with asyncio.timeout(limit_s):
            while True:
                for index, frame in enumerate(self.frames):
                    if index not in self.returned and frame["t"] == kind and fits(frame):
                        self.returned.add(index)
                        return frame
                await self._receive()

    async def closed(self, limit_s: float = 5) -> int:
        async with asyncio.timeout(limit_s):
            while self.close_code is None:
                await self._receive()
        return self.close_code

    async def hear_for(self, seconds: float) -> list[Frame]:
        """Everything that arrives in the next ``seconds``."""
        start = len(self.frames)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    await self._receive()
        return self.frames[start:]

    async def _receive(self) -> None:
        message = await self.socket.output_queue.get()
        if message["type"] == "websocket.close":
            self.close_code = message.get("code", 1000)
        elif message["type"] == "websocket.send":
            self.frames.append(json.loads(message["text"]))


async def ticket_for(user: User, *, room: Room | None) -> str:
    purpose, room_id = ("room", room.pk) if room else ("updates", None)
    return await sync_to_async(accounts.issue_ticket)(user=user, purpose=purpose, room_id=room_id)


def socket_to(path: str, *, subprotocols: list[str], origin: str = ORIGIN) -> WebsocketCommunicator:
    headers = [(b"origin", origin.encode()), (b"host", b"localhost:8000")]
    return WebsocketCommunicator(websocket_application, path, headers=headers, subprotocols=subprotocols)


@asynccontextmanager
async def sitting(user: User, room: Room | None) -> AsyncIterator[Viewer]:
    """``user`` with an open socket to ``room`` (None: the updates socket)."""
    ticket = await ticket_for(user, room=room)
    path = f"/ws/rooms/{room.pk}" if room else "/ws/updates"
    socket = socket_to(path, subprotocols=["matinee.v1", f"ticket.{ticket}"])
    connected, subprotocol = await socket.connect()
    assert connected
    assert subprotocol == "matinee.v1"
    try:
        yield Viewer(socket)
    finally:
        with suppress(asyncio.CancelledError, AssertionError):
            await socket.disconnect()


async def tidy_up() -> None:
    """Leave the event loop and its threads with nothing that would hold the loop or the database after the test.

    A task is asked to end until it has: one cancellation may get lost in a library (``sync_to_async`` waits on for its
    thread), and a loop that is closed waits for such a task without an end.
    """
    me = asyncio.current_task()
    async with asyncio.timeout(20):
        while others := {task for task in asyncio.all_tasks() if task is not me}:
            for task in others:
                task.cancel()
            await asyncio.wait(others, timeout=0.25)
    await sync_to_async(connections.close_all)()  # of the database thread, which outlives the test
