"""Where somebody is in a film: which report counts, what is worth listing, and when a film counts as watched."""

from dataclasses import dataclass
from datetime import datetime, timedelta

WATCHED_SHARE = 0.92  # credits roll
LISTED_SHARE = 0.02
LISTED_S = 60.0
# A player reports every 10 s; after three missed reports its session is over.
SESSION_SILENCE = timedelta(seconds=30)
SESSIONS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Sessions:
    """Play sessions of one person and film by first appearance; the last one is the newest."""

    ids: tuple[str, ...] = ()
    reported_at: datetime | None = None

    def accept(self, session: str, now: datetime) -> "Sessions | None":
        """The sessions after a report that counts; None when a newer session is alive, so that it wins."""
        is_older = session in self.ids and session != self.ids[-1]
        is_alive = self.reported_at is not None and now - self.reported_at < SESSION_SILENCE
        if is_older and is_alive:
            return None
        others = tuple(known for known in self.ids if known != session)
        return Sessions(ids=(*others, session)[-SESSIONS_KEPT:], reported_at=now)


def is_watched(position_s: float, duration_s: float) -> bool:
    return duration_s > 0 and position_s >= WATCHED_SHARE * duration_s


def is_worth_continuing(position_s: float, duration_s: float) -> bool:
    """Begun for real and not over: a glance (under 2 % and under 60 s) and the credits are not listed."""
    is_glance = position_s < LISTED_S and position_s < LISTED_SHARE * duration_s
    return position_s > 0 and not is_glance and not is_watched(position_s, duration_s)
