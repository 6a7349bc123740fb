"""Every frame of the two sockets, typed. Declarations only: ``strict`` reads and writes them, ``schema`` publishes.

Rules that all frames follow: ``t`` is the type; unknown fields are ignored; a field whose default is ``None`` is left
out when it has no value; a trailing underscore is not part of the name. Room times are database-clock milliseconds
since 1970, other bare times are seconds, except ``rtt``, ``jitter`` and the clock probe (milliseconds).
"""

from consumers.protocol.room_client import ROOM_CLIENT, RoomClientFrame
from consumers.protocol.room_server import ROOM_SERVER, RoomServerFrame
from consumers.protocol.updates import UPDATES_SERVER, UpdatesServerFrame

ServerFrame = RoomServerFrame | UpdatesServerFrame

CLOSE_CODES: dict[int, str] = {
    1009: "The frame was larger than 1 MiB.",
    1012: "The server restarts, as a bye 4010 said; come back after its retry_ms.",
    4001: "Not signed in, or the ticket was used or too old.",
    4003: "Removed from the room, or not let in.",
    4004: "There is no such room.",
    4008: "The connection was too slow.",
    4009: "Opened somewhere else.",
    4010: "The server is not ready; come back after bye's retry_ms.",
    4029: "Too many frames or open tabs, or a frame larger than 8 KiB.",
}

__all__ = [
    "CLOSE_CODES",
    "ROOM_CLIENT",
    "ROOM_SERVER",
    "UPDATES_SERVER",
    "RoomClientFrame",
    "RoomServerFrame",
    "ServerFrame",
    "UpdatesServerFrame",
]
