"""What a room remembers: one row per event, numbered without gaps in the order of their commits."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from apps.rooms.domain.commands import Op
from apps.rooms.domain.playback import Cause, Timeline


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
    SWITCHED = "switched"
    QUEUED = "queued"
    UNQUEUED = "unqueued"
    QUEUE_MOVED = "queue_moved"
    QUEUE_VOTED = "queue_voted"
    NEXT_OFFERED = "next_offered"
    NEXT_DECLINED = "next_declined"
    POLL_OPENED = "poll_opened"
    POLL_VOTED = "poll_voted"
    POLL_CLOSED = "poll_closed"
    READY_ASKED = "ready_asked"
    STARTED = "started"
    SCHEDULED = "scheduled"
    UNDONE = "undone"
    ROLE = "role"
    RULES = "rules"
    HOSTING = "hosting"
    PROPOSED = "proposed"
    DECLINED = "declined"


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
    Cause.ITEM: EventKind.SWITCHED,
    Cause.TOGETHER: EventKind.STARTED,
    Cause.UNDO: EventKind.UNDONE,
}


def kind_of_command(op: Op, after: Timeline) -> EventKind:
    """What a command that made ``after`` is told as; a start at another speed was made by the command before."""
    return EventKind.RATED if op is Op.RATE else KIND_OF_CAUSE[after.cause]


# What is seen on a room's board (queue, poll, what comes next) changes with these, and while the next film is counted
# down with a speed, which makes a new revision of the same end.
OF_BOARD = frozenset({
    EventKind.SWITCHED, EventKind.QUEUED, EventKind.UNQUEUED, EventKind.QUEUE_MOVED, EventKind.QUEUE_VOTED,
    EventKind.NEXT_OFFERED, EventKind.NEXT_DECLINED, EventKind.POLL_OPENED, EventKind.POLL_VOTED, EventKind.POLL_CLOSED,
    EventKind.KICKED, EventKind.READY_ASKED,
})  # fmt: skip


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
