"""Connections to the database that requests leave behind at a real web process: none."""

import asyncio
import socket

import httpx
import pytest
from django.db import connection

from apps.accounts import services
from tests.accounts_cast import person
from tests.rooms_servers import Server, redis_server, running, wait_until, web_server

pytestmark = pytest.mark.django_db(transaction=True)


def open_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


async def ask_for_me(web: Server, access: str, *, times: int, at_once: int) -> set[int]:
    """The statuses that were answered."""
    own = {"Authorization": f"Bearer {access}"}
    limits = httpx.Limits(max_connections=at_once)
    async with httpx.AsyncClient(headers=own, limits=limits, timeout=60, trust_env=False) as http:
        answers = [http.get(f"http://localhost:{web.port}/api/v1/me") for _ in range(times)]
        return {answer.status_code for answer in await asyncio.gather(*answers)}


def ask_and_go(web: Server, access: str) -> None:
    """Somebody who closes the page before it has answered."""
    head = f"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {access}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", web.port)) as line:
        line.sendall(head.encode())


def test_requests_leave_no_connection_behind() -> None:
    access = services.open_session(person("alice"), services.Origin()).access
    redis = redis_server()
    with running(redis, web := web_server(redis)):
        before = open_connections()
        assert asyncio.run(ask_for_me(web, access, times=120, at_once=60)) == {200}
        wait_until("the connections of those who were answered", lambda: open_connections() == before)
        for _ in range(20):
            ask_and_go(web, access)
        assert asyncio.run(ask_for_me(web, access, times=1, at_once=1)) == {200}
        wait_until("the connections of those who went", lambda: open_connections() == before)
