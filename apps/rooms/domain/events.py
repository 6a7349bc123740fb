"""What a room remembers: one row per event, numbered without gaps in the order of their commits."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from apps.rooms.domain.playback import Cause


class EventKind(StrEnum):
    JOINED = "joined"
    CHAT = "chat"
    EDITED = "edited"
    DELETED = "deleted"
    REACTED = "reacted"
    PLAYED = "played"
    PAUSED = "paused"
    SEEKED = "seeked"
    RATED = "rated"
    WAITED = "waited"
    RESUMED = "resumed"
    KICKED = "kicked"
    CLOSED = "closed"


# What happened to an earlier message, whose number is in ``reply``. The message's own row says how it stands now, so
# whoever reads only the newest of a room needs none of these.
CHANGES_OF_MESSAGES = (EventKind.EDITED, EventKind.DELETED, EventKind.REACTED)

KIND_OF_CAUSE = {
    Cause.PLAY: EventKind.PLAYED,
    Cause.PAUSE: EventKind.PAUSED,
    Cause.SEEK: EventKind.SEEKED,
    Cause.RATE: EventKind.RATED,
    Cause.WAIT: EventKind.WAITED,
    Cause.RESUME: EventKind.RESUMED,
}


@dataclass(frozen=True, slots=True)
class RoomEventData:
    """``by``/``name``: who did it. ``uid``: whom it was done to. ``position_s``: where the film was.

    ``data`` are texts by name: what only events of this kind have.
    """

    seq: int
    kind: EventKind
    at: datetime
    by: str | None = None
    name: str | None = None
    cid: str | None = None
    text: str | None = None
    reply: int | None = None
    position_s: float | None = None
    uid: str | None = None
    data: dict[str, str] = field(default_factory=dict)
