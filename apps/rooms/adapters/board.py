"""Where web processes leave the figures of their rooms for each other: one key of Redis each, which ends by itself.

Invariant: what this very process said last is always found, with or without Redis.
"""

import json
import time
from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

import redis
from django.conf import settings
from structlog import get_logger

from apps.rooms.domain.figures import RoomFigures

log = get_logger(__name__)

Figures = dict[UUID, RoomFigures]

KEPT_S = 15  # three times said, then forgotten
TIMEOUT_S = 2
PROCESSES = "matinee.figures"  # the set of those whose keys may exist


class FigureBoard:
    def __init__(self) -> None:
        self._me = ""
        self._own: Figures = {}
        self._said_at = float("-inf")

    def publish(self, process: str, figures: Figures) -> None:
        self._me, self._own, self._said_at = process, figures, time.monotonic()
        packed = json.dumps({str(room_id): asdict(found) for room_id, found in figures.items()})
        try:
            with _client() as client:
                client.set(_key(process), packed, ex=KEPT_S)
                client.sadd(PROCESSES, process)
        except redis.RedisError as error:
            log.warning("figures.unpublished", error=str(error))

    def read(self) -> tuple[list[Figures], bool]:
        """What each process said last, and whether the others could be asked."""
        own = [self._own] if time.monotonic() - self._said_at < KEPT_S else []
        try:
            return [*own, *self._others()], True
        except redis.RedisError as error:
            log.warning("figures.unread", error=str(error))
            return own, False

    def _others(self) -> list[Figures]:
        with _client() as client:
            members = cast("set[bytes]", client.smembers(PROCESSES))
            names = [name.decode() for name in members if name.decode() != self._me]
            said = cast("list[bytes | None]", client.mget([_key(name) for name in names])) if names else []
            silent = [name for name, text in zip(names, said, strict=True) if text is None]
            if silent:
                client.srem(PROCESSES, *silent)
        return [_unpack(json.loads(text)) for text in said if text is not None]


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)


def _key(process: str) -> str:
    return f"{PROCESSES}.{process}"


def _unpack(packed: dict[str, dict[str, Any]]) -> Figures:
    return {UUID(room_id): RoomFigures(**found) for room_id, found in packed.items()}


board = FigureBoard()
