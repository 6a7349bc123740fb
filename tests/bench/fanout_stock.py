"""What the tutorial of channels teaches: each socket in a group of the channel layer, each frame sent to the group.

`python -m daphne tests.bench.fanout_stock:application` with REDIS_URL.
"""

import os
from typing import Any

from django.conf import settings

settings.configure(
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": os.environ["REDIS_URL"], "socket_timeout": None}]},
        }
    }
)

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402 - needs the settings above


class Relay(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.room = self.scope["path"].rpartition("/")[2]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.room, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.channel_layer.group_send(self.room, {"type": "said", "text": text_data})

    async def said(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


application = Relay.as_asgi()
