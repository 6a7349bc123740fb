"""A server frame as sockets send it: JSON text and the RFC 6455 frame around it, built once for however many sockets.

Invariant: the bytes are one whole text frame, unmasked and without extensions; a server that negotiated an extension
gets the text and frames it itself.
"""

import json
from functools import cached_property
from typing import Any

from consumers import strict
from consumers.protocol import ServerFrame
from consumers.protocol.room_server import Pres

FINAL_TEXT = 0x81
SHORT_MAX = 125  # payload lengths that fit into the header's second byte; 126 and 127 announce a longer field
MEDIUM_MAX = 0xFFFF

# What a reader who is behind gets afterwards: of these only the newest, of those nothing, of all others each in order.
ONLY_NEWEST = frozenset({"tl", "pres", "snap", "q", "rdy", "rules", "you", "wishes", "voice"})
NEWEST_PER_ID = frozenset({"req", "prog"})
FLEETING = frozenset({"typing", "reacts", "clk"})


def text_frame(text: str) -> bytes:
    payload = text.encode()
    size = len(payload)
    if size <= SHORT_MAX:
        return bytes((FINAL_TEXT, size)) + payload
    if size <= MEDIUM_MAX:
        return bytes((FINAL_TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((FINAL_TEXT, 127)) + size.to_bytes(8, "big") + payload


class Parcel:
    """One frame, on its way to one socket or to all of a room."""

    def __init__(self, frame: ServerFrame | dict[str, Any]) -> None:
        """``frame``: a declared frame, or a push as another process sent it."""
        self.frame = frame

    @cached_property
    def text(self) -> str:
        if isinstance(self.frame, dict):
            return json.dumps(self.frame, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=str)
        return strict.encode(self.frame)

    @cached_property
    def wire(self) -> bytes:
        return text_frame(self.text)

    @property
    def kind(self) -> str:
        return str(self.frame["t"]) if isinstance(self.frame, dict) else self.frame.t

    @property
    def slot(self) -> str | None:
        """Of frames that share a slot only the newest counts. None: each counts."""
        if self.kind in NEWEST_PER_ID:
            name = self.frame["id"] if isinstance(self.frame, dict) else getattr(self.frame, "id", "")
            return f"{self.kind} {name}"
        return self.kind if self.kind in ONLY_NEWEST else None

    @property
    def is_fleeting(self) -> bool:
        return self.kind in FLEETING

    def after(self, older: "Parcel") -> "Parcel":
        """What says as much as ``older`` and this one after it, which share a slot."""
        if isinstance(self.frame, Pres) and isinstance(older.frame, Pres) and not self.frame.full:
            members = {member.id: member for member in (*older.frame.m, *self.frame.m)}
            return Parcel(Pres(m=list(members.values()), full=older.frame.full))
        return self
