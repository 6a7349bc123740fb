"""Live pushes: published after commit, to groups named here and nowhere else.

Invariant: a push carries whole, current values, so losing, doubling or reordering one only delays the screen.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError
from structlog import get_logger

log = get_logger(__name__)

PUSH_TIMEOUT_S = 2  # a frozen Redis must not hold a web request


def user_group(user_id: UUID | str) -> str:
    return f"user.{user_id}"


def room_group(room_id: UUID | str) -> str:
    return f"room.{room_id}"


def publish(group: str, message: Mapping[str, Any]) -> None:
    """Send ``message`` (JSON values; ``t`` is the frame type) to ``group`` once the transaction commits.

    Consumers receive it as ``{"type": "push", "group": ..., "frame": message}``. Redis being down loses the push,
    never the row.
    """
    frame = dict(message)
    transaction.on_commit(lambda: _send(group, frame))


def _send(group: str, frame: dict[str, Any]) -> None:
    try:
        async_to_sync(publish_now)(group, frame)
    except (RedisError, OSError) as error:
        log.warning("push.lost", group=group, error=str(error))


async def publish_now(group: str, frame: Mapping[str, Any]) -> None:
    """The async form, for ``live`` modules outside a transaction. Raises RedisError or OSError when Redis is down."""
    layer = get_channel_layer()
    if layer is not None:
        async with asyncio.timeout(PUSH_TIMEOUT_S):  # raises TimeoutError, an OSError
            await layer.group_send(group, {"type": "push", "group": group, "frame": dict(frame)})
