"""Who is in the voice chat of a room: in memory only, merged from all processes. The time comes in as an argument.

Invariant: processes that know of the same places keep the same ones: the newest of each person, and of those the eight
that were taken first. What nobody repeats fades, as people do in ``presence``.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from apps.common.errors import Conflict
from consumers.presence import RECONNECT_S, REMOTE_FRESH_S

MOST_TALKERS = 8  # everybody is connected to everybody: each page sends its voice seven times
REMOTE_KEPT_S = REMOTE_FRESH_S + RECONNECT_S
IS_FULL = f"Voice is full: {MOST_TALKERS} people are talking already."


@dataclass(frozen=True, slots=True)
class Place:
    """One socket in the voice chat, since ``since_ms`` of room time. ``sid`` is its address."""

    id: str
    sid: str
    since_ms: float
    talking: bool = False


class Farewell(StrEnum):
    """Why a place was taken away, for the person who had it."""

    MOVED = "voice_moved"
    FULL = "voice_full"
    NOT_ALLOWED = "not_allowed"


@dataclass
class VoiceGroup:
    """One room in one process. ``parted``: places here whose socket closed a moment ago, and when."""

    local: dict[str, Place] = field(default_factory=dict)
    parted: dict[str, float] = field(default_factory=dict)
    remote: dict[str, tuple[float, list[Place]]] = field(default_factory=dict)
    told: list[Place] = field(default_factory=list)

    def take(self, place: Place, now_s: float) -> None:
        """Come in, or come back. Raises Conflict when eight others are there."""
        if place not in _kept([*self._known(now_s), place]):
            raise Conflict(IS_FULL, code=Farewell.FULL.value)
        self.local[place.sid] = place
        self.parted.pop(place.sid, None)

    def say(self, sid: str, *, talking: bool) -> None:
        """Somebody who is here begins to talk, or stops; their socket may have been away for a moment."""
        self.local[sid] = replace(self.local[sid], talking=talking)
        self.parted.pop(sid, None)

    def leave(self, sid: str) -> None:
        self.local.pop(sid, None)
        self.parted.pop(sid, None)

    def depart(self, sid: str, now_s: float) -> None:
        """The socket closed. The browsers stay connected, so the place waits for it as long as the person's does."""
        if sid in self.local:
            self.local[sid] = replace(self.local[sid], talking=False)
            self.parted[sid] = now_s

    def remove(self, uid: str) -> None:
        """Out at once: kicked."""
        for sid in [sid for sid, place in self.local.items() if place.id == uid]:
            self.leave(sid)
        self.remote = {
            process: (at, [place for place in places if place.id != uid])
            for process, (at, places) in self.remote.items()
        }

    def hear(self, process: str, places: list[Place], now_s: float) -> None:
        """Another process repeated all places of its sockets."""
        self.remote[process] = (now_s, places)

    def settle(self, now_s: float) -> dict[str, Farewell]:
        """Give up what cannot stay; who of those that still listen has to be told, and why."""
        kept = self.everybody(now_s)
        lost = [place for sid, place in self.local.items() if place not in kept or self._is_over(sid, now_s)]
        people = {place.id for place in kept}
        told = {
            place.sid: Farewell.MOVED if place.id in people else Farewell.FULL
            for place in lost
            if place.sid not in self.parted
        }
        for place in lost:
            self.leave(place.sid)
        return told

    def everybody(self, now_s: float) -> list[Place]:
        return _kept(self._known(now_s))

    def _known(self, now_s: float) -> list[Place]:
        self.remote = {process: said for process, said in self.remote.items() if now_s - said[0] < REMOTE_KEPT_S}
        elsewhere = [place for _, places in self.remote.values() for place in places]
        return [*(place for sid, place in self.local.items() if not self._is_over(sid, now_s)), *elsewhere]

    def _is_over(self, sid: str, now_s: float) -> bool:
        return now_s - self.parted.get(sid, now_s) >= RECONNECT_S


def _kept(places: list[Place]) -> list[Place]:
    newest: dict[str, Place] = {}
    for place in sorted(places, key=_age):
        newest[place.id] = place
    return sorted(newest.values(), key=_age)[:MOST_TALKERS]


def _age(place: Place) -> tuple[float, str]:
    return place.since_ms, place.sid
