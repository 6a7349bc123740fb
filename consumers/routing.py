"""Which consumer answers which socket path."""

from typing import Any

from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from consumers.auth import FullOrigin
from consumers.room import RoomConsumer
from consumers.updates import UpdatesConsumer

UUID_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

updates: Any = UpdatesConsumer.as_asgi()
room: Any = RoomConsumer.as_asgi()
nobody: Any = WebsocketDenier.as_asgi()
routes: list[Any] = [
    path("ws/updates", updates),
    re_path(rf"^ws/rooms/(?P<room_id>{UUID_PATTERN})$", room),
    re_path(r"", nobody),
]

websocket_application = FullOrigin(URLRouter(routes))
