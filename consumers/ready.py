"""Who of a room is ready, in memory, merged from all processes; the film starts when everybody is.

Invariant: a check ends for everybody with the film's start, whoever starts it.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import asdict, dataclass, field
from functools import partial
from uuid import UUID

from structlog import get_logger

from apps.common.errors import DomainError
from apps.rooms import live
from apps.rooms.domain import ready
from apps.rooms.domain.playback import Timeline, is_going
from apps.rooms.domain.ready import ReadyCheck, Word
from apps.rooms.services import RoomChange
from consumers.background import OneAtATime
from consumers.bus import Frame
from consumers.protocol.room_server import ReadyState

log = get_logger(__name__)

Tell = Callable[[RoomChange], Awaitable[None]]


@dataclass
class ReadyDesk:
    """Of one room in this process."""

    check: ReadyCheck = field(default_factory=ReadyCheck)
    starting: OneAtATime = field(default_factory=OneAtATime)

    def take(self, check: ReadyCheck) -> bool:
        """What this process knows with ``check``; whether that is news."""
        before, self.check = self.check, ready.merge(self.check, check)
        return self.check != before

    def frame(self) -> ReadyState:
        is_open = self.check.is_open
        return ReadyState(open=is_open, by=self.check.by or None, ids=self.check.ready if is_open else [])

    def close(self) -> None:
        self.check = ready.close(self.check, now_ms=live.now_ms())

    def mind(self, room_id: UUID, timeline: Timeline, present: Collection[str], tell_start: Tell) -> bool:
        """Once a pulse, while a check is open; whether it has just ended by a start that nobody told us of."""
        if is_going(timeline, live.now_ms()):
            self.close()
            return True
        if ready.are_all_ready(self.check, present):
            self.starting.start(partial(_start, room_id, tell_start))
        return False


async def _start(room_id: UUID, tell_start: Tell) -> None:
    try:
        change = await live.start_when_ready(room_id=room_id)
    except DomainError as error:
        log.warning("ready.not_started", room=str(room_id), error=error.message)
        return
    if change is not None:
        await tell_start(change)


def pack(check: ReadyCheck) -> Frame:
    return asdict(check)


def unpack(packed: Frame) -> ReadyCheck:
    words = {uid: Word(**word) for uid, word in packed["words"].items()}
    return ReadyCheck(**{**packed, "words": words})
