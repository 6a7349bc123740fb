"""At the end of a film: offers the next one of the queue, and begins it when the countdown is over.

Invariant: every process with people in the room looks; the database lets the first one do it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from structlog import get_logger

from apps.common.errors import DomainError
from apps.rooms import live
from apps.rooms.domain.events import RoomEventData
from apps.rooms.domain.playback import Timeline, is_over
from apps.rooms.selectors import Board
from consumers.background import OneAtATime

log = get_logger(__name__)

Tell = Callable[[RoomEventData, Timeline | None], Awaitable[None]]
LookAgain = Callable[[], None]


@dataclass
class Succession:
    """Of one room in this process."""

    minding: OneAtATime = field(default_factory=OneAtATime)

    def mind(self, room_id: UUID, timeline: Timeline, board: Board, tell: Tell, look_again: LookAgain) -> None:
        """Beside the pulse. ``tell`` hands out what has changed; ``look_again`` is for a board that is behind."""
        now_ms = live.now_ms()
        if not board.entries or not is_over(timeline, now_ms):
            return
        if board.next_rev != timeline.rev:
            self.minding.start(partial(_offer, room_id, timeline.rev, tell, look_again))
        elif board.next_at_ms is not None and now_ms >= board.next_at_ms:
            self.minding.start(partial(_begin, room_id, timeline.rev, tell, look_again))


async def _offer(room_id: UUID, rev: int, tell: Tell, look_again: LookAgain) -> None:
    try:
        event = await live.offer_next(room_id=room_id, rev=rev)
    except DomainError as error:
        log.warning("succession.not_offered", room=str(room_id), error=error.message)
        return
    if event is None:
        look_again()
    else:
        await tell(event, None)


async def _begin(room_id: UUID, rev: int, tell: Tell, look_again: LookAgain) -> None:
    try:
        change = await live.begin_next(room_id=room_id, rev=rev)
    except DomainError as error:
        log.warning("succession.not_begun", room=str(room_id), error=error.message)
        return
    if change is None:  # somebody said no, or was faster
        look_again()
    else:
        await tell(change.event, change.timeline)
