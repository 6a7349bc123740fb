"""Who is in a room right now: in memory only, merged from all processes.

Invariant: the list heals itself. Every process repeats what it knows; what nobody repeats fades to ``reconnecting``
and then to ``left``.
"""

from collections import Counter
from dataclasses import dataclass, field, replace

from apps.rooms.domain.patience import Attendee
from consumers.protocol.bounds import MemberState, Role
from consumers.protocol.parts import Member
from consumers.protocol.room_client import Status

RECONNECT_S = 15.0
REMOTE_FRESH_S = 12.0
REPEAT_S = 5.0
MAX_HEIGHTS = 4  # a ladder has hardly more rungs, and what a client says costs no more than these

_PREFERENCE: dict[MemberState, int] = {"playing": 0, "buffering": 1, "away": 2, "reconnecting": 3, "left": 4}


@dataclass(frozen=True, slots=True)
class Seen:
    """A member as one process sees them. ``rtt`` and ``jitter`` in ms; ``since`` when the state began, own clock.

    ``level`` is the height of the picture on screen, 0 when it is not known; ``nowait``: nobody needs to wait for them.
    """

    member: Member
    since: float
    rtt: float = 0.0
    jitter: float = 0.0
    level: int = 0
    nowait: bool = False


@dataclass
class Presence:
    """One room in one process. ``local`` by socket id, ``remote`` by (process, person)."""

    local: dict[str, Seen] = field(default_factory=dict)
    parted: dict[str, Seen] = field(default_factory=dict)
    remote: dict[tuple[str, str], Seen] = field(default_factory=dict)
    told: dict[str, Member] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)
    repeated_at: float = 0.0
    is_dirty: bool = False

    def arrive(self, sid: str, member: Member, now_s: float) -> None:
        is_back = not any(seen.member.id == member.id for seen in self.local.values())
        self.local[sid] = Seen(member, now_s)
        self.parted.pop(member.id, None)
        if is_back:  # after a lost line too, people take a moment to get back into the film
            self.arrived[member.id] = now_s
        self.is_dirty = True

    def update(self, sid: str, status: Status, now_s: float) -> None:
        seen = self.local.get(sid)
        if seen is None:
            return
        state = state_of(status)
        if seen.member.companion and state == "buffering":  # without a picture nothing can stand still
            state = "playing"
        member = replace(seen.member, state=state, buf=round(status.buf, 1), error=_rounded(status.e))
        since = seen.since if state == seen.member.state else now_s
        self.local[sid] = Seen(member, since, status.rtt, status.jitter, status.level or 0, status.nowait)
        self.is_dirty = self.is_dirty or state != seen.member.state or status.nowait != seen.nowait

    def take_role(self, uid: str, role: Role) -> None:
        """Somebody here has another role: from now on nobody waits for a companion, and for others they do."""
        for sid, seen in self.local.items():
            if seen.member.id == uid and seen.member.role != role:
                was_by_role = seen.member.role == "companion"
                companion = True if role == "companion" else None if was_by_role else seen.member.companion
                self.local[sid] = replace(seen, member=replace(seen.member, role=role, companion=companion))
                self.is_dirty = True

    def depart(self, sid: str, now_s: float) -> None:
        """A socket closed; its person has 15 s to come back before they have left."""
        seen = self.local.pop(sid, None)
        if seen is not None and not any(other.member.id == seen.member.id for other in self.local.values()):
            self.parted[seen.member.id] = Seen(replace(seen.member, state="reconnecting"), now_s)
            self.is_dirty = True

    def remove(self, uid: str) -> None:
        """Out at once: kicked."""
        self.local = {sid: seen for sid, seen in self.local.items() if seen.member.id != uid}
        self.remote = {key: seen for key, seen in self.remote.items() if key[1] != uid}
        self.parted.pop(uid, None)
        self.is_dirty = True

    def hear(self, process: str, seen: dict[str, Seen]) -> None:
        """Another process repeated all that it knows."""
        self.remote = {key: value for key, value in self.remote.items() if key[0] != process}
        self.remote |= {(process, uid): value for uid, value in seen.items()}

    def own(self, now_s: float) -> dict[str, Seen]:
        """What this process tells the others: one entry per person."""
        self.parted = {uid: seen for uid, seen in self.parted.items() if now_s - seen.since < RECONNECT_S}
        return _best([*self.local.values(), *self.parted.values()])

    def members(self, now_s: float) -> dict[str, Seen]:
        remote = [_faded(seen, now_s) for seen in self.remote.values()]
        return _best([*self.own(now_s).values(), *(seen for seen in remote if seen.member.state != "left")])

    def changes(self, now_s: float) -> list[Member]:
        """What to tell the sockets since the last call; a member who is gone once more as ``left``."""
        present = {uid: seen.member for uid, seen in self.members(now_s).items()}
        gone = [replace(member, state="left") for uid, member in self.told.items() if uid not in present]
        news = [member for uid, member in present.items() if self.told.get(uid) != member]
        self.told = present
        self.arrived = {uid: since for uid, since in self.arrived.items() if uid in present}
        return news + gone

    def stalled(self, now_s: float) -> dict[str, tuple[float, float]]:
        """People here whose film stands still: (for how long, how long they have been here), in seconds."""
        here = _best(list(self.local.values()))
        return {
            uid: (now_s - seen.since, self.here_s(uid, now_s))
            for uid, seen in here.items()
            if seen.member.state == "buffering"
        }

    def here_s(self, uid: str, now_s: float) -> float:
        """Since when somebody here has been in the room without a break."""
        return now_s - self.arrived.get(uid, now_s)

    def attendees(self, now_s: float) -> dict[str, Attendee]:
        """Everybody, as far as waiting for them goes."""
        return {
            uid: Attendee(
                uid, seen.member.role, seen.member.state, now_s - seen.since, seen.nowait, bool(seen.member.companion)
            )
            for uid, seen in self.members(now_s).items()
        }

    def heights(self) -> list[int]:
        """Of the pictures that people here watch, the commonest first. Other processes speak for their own people."""
        watched = Counter(seen.level for seen in self.local.values() if seen.level)
        return [height for height, _ in watched.most_common(MAX_HEIGHTS)]

    def delays(self, now_s: float) -> list[tuple[float, float]]:
        """(round trip, jitter) of everybody who said so, for scheduling."""
        return [(seen.rtt, seen.jitter) for seen in self.members(now_s).values() if seen.rtt]


def state_of(status: Status) -> MemberState:
    if not status.vis:
        return "away"
    return "buffering" if status.stall else "playing"


def _rounded(error: float | None) -> float | None:
    return None if error is None else round(error, 3)


def _faded(seen: Seen, now_s: float) -> Seen:
    age_s = now_s - seen.since
    if age_s < REMOTE_FRESH_S:
        return seen
    state: MemberState = "reconnecting" if age_s < REMOTE_FRESH_S + RECONNECT_S else "left"
    return replace(seen, member=replace(seen.member, state=state))


def _best(seen: list[Seen]) -> dict[str, Seen]:
    """One entry per person: where they watch rather than where they only steer, and of those the liveliest."""
    best: dict[str, Seen] = {}
    for item in seen:
        known = best.get(item.member.id)
        if known is None or _order(item.member) < _order(known.member):
            best[item.member.id] = item
    return best


def _order(member: Member) -> tuple[bool, int]:
    return bool(member.companion), _PREFERENCE[member.state]
