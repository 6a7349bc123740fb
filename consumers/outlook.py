"""What a room plays next, said to those who make films: often while it plays, soon after a jump, no storms."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from structlog import get_logger

from apps.common.errors import DomainError
from apps.rooms import live
from apps.rooms.domain.playback import Timeline
from consumers.background import OneAtATime

log = get_logger(__name__)

PLAYING_EVERY_S = 5.0
RESTING_EVERY_S = 60.0  # people who talk over a paused film come back to it
CHANGED_EVERY_S = 2.0


@dataclass
class Outlook:
    """Of one room in this process: when it was told last, and of which revision."""

    told_at: float = float("-inf")
    rev: int = -1
    telling: OneAtATime = field(default_factory=OneAtATime)

    def is_due(self, timeline: Timeline, now_s: float) -> bool:
        if timeline.rev != self.rev:
            every_s = CHANGED_EVERY_S
        else:
            every_s = PLAYING_EVERY_S if timeline.playing else RESTING_EVERY_S
        return now_s - self.told_at >= every_s

    def tell(self, room_id: UUID, timeline: Timeline, heights: Collection[int], now_s: float) -> None:
        """Beside the pulse, not in it: what the makers have to do with it may take as long as it likes."""
        if self.is_due(timeline, now_s):
            self.told_at, self.rev = now_s, timeline.rev
            self.telling.start(partial(_look_ahead, room_id, timeline, heights))


async def _look_ahead(room_id: UUID, timeline: Timeline, heights: Collection[int]) -> None:
    try:
        await live.look_ahead(room_id=room_id, timeline=timeline, heights=heights)
    except DomainError as error:
        log.warning("outlook.not_told", room=str(room_id), error=error.message)
