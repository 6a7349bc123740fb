"""The turnstile before Django: a rush waits in order, and what is served without a thread of its own passes it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from project import embedded
from project.turnstile import AT_ONCE, Turnstile
from tests.product import ROOT

Message = dict[str, Any]


class Desk:
    """An application that answers when it may, and then takes its time with the body."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_end = asyncio.Event()

    async def __call__(self, scope: Message, _receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
        self.inside.append(scope["path"])
        await self.may_answer.wait()
        if scope["path"].endswith("/broken"):
            raise RuntimeError("a fault of ours")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.may_end.wait()


class Visit:
    """One request, and what was sent to it."""

    def __init__(self, turnstile: Turnstile, path: str, kind: str = "http") -> None:
        self.sent: list[Message] = []
        self.task = asyncio.create_task(turnstile({"type": kind, "path": path}, self._receive, self._send))

    async def _receive(self) -> Message:
        return {"type": "http.request"}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)


async def test_so_many_are_inside_at_once_and_the_next_comes_in_when_one_has_ended() -> None:
    desk = Desk()
    turnstile = Turnstile(desk, at_once=2)
    visits = [Visit(turnstile, f"/api/v1/{number}") for number in range(4)]
    await asyncio.sleep(0.01)
    assert desk.inside == ["/api/v1/0", "/api/v1/1"]
    desk.may_answer.set()
    await asyncio.sleep(0.01)
    assert [len(visit.sent) for visit in visits] == [1, 1, 0, 0]
    assert len(desk.inside) == 2, "whoever has answered still has a connection to the database"
    desk.may_end.set()
    await asyncio.gather(*(visit.task for visit in visits))
    assert [visit.sent[0]["status"] for visit in visits] == [200] * 4


async def test_films_and_sockets_pass_by() -> None:
    desk = Desk()
    turnstile = Turnstile(desk, at_once=0)
    visits = [Visit(turnstile, "/media/film.m4s"), Visit(turnstile, "/api/v1/ws", kind="websocket")]
    await asyncio.sleep(0.01)
    assert len(desk.inside) == 2
    desk.may_answer.set(), desk.may_end.set()
    await asyncio.gather(*(visit.task for visit in visits))


async def test_who_waits_too_long_is_told_when_to_come_back() -> None:
    visit = Visit(Turnstile(Desk(), at_once=0, patience_s=0.01), "/api/v1/me")
    await visit.task
    start, body = visit.sent
    assert (start["status"], dict(start["headers"])[b"retry-after"]) == (503, b"5")
    assert json.loads(body["body"])["code"] == "busy"


async def test_a_request_that_breaks_or_is_given_up_leaves_its_place() -> None:
    desk = Desk()
    turnstile = Turnstile(desk, at_once=1)
    given_up = Visit(turnstile, "/api/v1/slow")
    await asyncio.sleep(0.01)
    broken = Visit(turnstile, "/api/v1/broken")
    given_up.task.cancel()
    await asyncio.sleep(0.01)
    desk.may_answer.set(), desk.may_end.set()
    last = Visit(turnstile, "/api/v1/last")
    done = await asyncio.gather(given_up.task, broken.task, last.task, return_exceptions=True)
    assert [type(outcome) for outcome in done] == [asyncio.CancelledError, RuntimeError, type(None)]


def test_every_database_that_comes_with_us_takes_two_webs_in_a_rush_and_the_workers() -> None:
    compose = (ROOT / "docker" / "compose.yaml").read_text()
    given = embedded.POSTGRES_SETTINGS["max_connections"]
    assert f'"max_connections={given}"' in compose
    assert int(given) > 2 * (AT_ONCE + 32), "32: the most threads of a process that its sockets share"
