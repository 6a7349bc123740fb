"""How well rooms stay together, from the status frames of their members: for Prometheus and the operator's page.

Invariant: what is kept is bounded for each room, and no metric names a room or a person.
"""

from collections import deque
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from prometheus_client import Gauge, Histogram

from apps.rooms import live
from apps.rooms.domain.figures import SAMPLES_KEPT, RoomFigures
from consumers.background import OneAtATime
from consumers.protocol.room_client import Status

PUBLISH_EVERY_S = 5.0
MINUTES_KEPT = 60
LONGEST_GAP_S = 10.0  # members speak every 5 s; longer silence was not watching
DRIFT_BUCKETS_S = (0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.2, 0.4, 1.0, 2.0, 5.0)

DRIFT = Histogram(
    "matinee_room_drift_seconds", "How far playing members are from their room's timeline.", buckets=DRIFT_BUCKETS_S
)
ROOMS = Gauge("matinee_rooms", "Rooms with people in this process.")
MEMBERS = Gauge("matinee_room_members", "People in rooms, by their sockets in this process.")
SOCKETS = Gauge("matinee_sockets", "Open sockets of this process, of rooms and of updates.")


@dataclass
class Minute:
    number: int
    watched_s: float = 0.0
    stalls: int = 0
    seeks: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What a socket said last."""

    at_s: float
    is_watching: bool
    stall: bool
    seeks: int


@dataclass
class RoomLog:
    """One room in this process."""

    drifts_ms: deque[int] = field(default_factory=lambda: deque(maxlen=SAMPLES_KEPT))
    minutes: deque[Minute] = field(default_factory=lambda: deque(maxlen=MINUTES_KEPT))
    heard: dict[str, Heard] = field(default_factory=dict)

    def note(self, sid: str, status: Status, now_s: float, *, is_playing: bool) -> None:
        """``is_playing``: the room. Who has the page in the background is not watching."""
        is_watching = is_playing and status.vis
        before = self.heard.get(sid)
        self.heard[sid] = Heard(now_s, is_watching, status.stall, status.seeks)
        if not is_watching:
            return
        if before is not None and before.is_watching:
            minute = self._minute(now_s)
            minute.watched_s += min(now_s - before.at_s, LONGEST_GAP_S)
            minute.stalls += status.stall and not before.stall
            minute.seeks += max(0, status.seeks - before.seeks)
        if status.e is not None and not status.stall:
            self.drifts_ms.append(round(abs(status.e) * 1000))
            DRIFT.observe(abs(status.e))

    def forget(self, sid: str) -> None:
        self.heard.pop(sid, None)

    def figures(self, now_s: float, *, people: int, talkers: int) -> RoomFigures:
        oldest = int(now_s // 60) - MINUTES_KEPT
        recent = [minute for minute in self.minutes if minute.number > oldest]
        return RoomFigures(
            people=people,
            talkers=talkers,
            drifts_ms=list(self.drifts_ms),
            watched_s=sum(minute.watched_s for minute in recent),
            stalls=sum(minute.stalls for minute in recent),
            seeks=sum(minute.seeks for minute in recent),
        )

    def _minute(self, now_s: float) -> Minute:
        number = int(now_s // 60)
        if not self.minutes or self.minutes[-1].number != number:
            self.minutes.append(Minute(number))
        return self.minutes[-1]


class Telemetry:
    """Of one process, which calls itself ``me``."""

    def __init__(self, me: str, sockets: Set[object]) -> None:
        self.me = me
        SOCKETS.set_function(partial(len, sockets))
        self._published_at = float("-inf")
        self._publishing = OneAtATime()

    def is_due(self, now_s: float) -> bool:
        return now_s - self._published_at >= PUBLISH_EVERY_S

    def publish(self, figures: Mapping[UUID, RoomFigures], now_s: float) -> None:
        """For scrapers, and beside the pulse for the other processes."""
        self._published_at = now_s
        ROOMS.set(len(figures))
        MEMBERS.set(sum(room.people for room in figures.values()))
        self._publishing.start_or_repeat(partial(live.publish_figures, process=self.me, figures=dict(figures)))
