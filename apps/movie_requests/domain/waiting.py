"""When a search without a source is tried again, and when it ends."""

from datetime import datetime, timedelta

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
SEARCH_LIMIT = timedelta(days=7)
APPROVAL_LIMIT = timedelta(days=30)
SPACE_LIMIT = timedelta(hours=24)  # then the operator is told; the request goes on waiting
QUOTA_WINDOW = timedelta(days=7)


def next_try(*, tries: int, now: datetime) -> datetime:
    """Time of the next search after ``tries`` searches found nothing (1 or more)."""
    return now + BACK_OFF[min(max(tries, 1), len(BACK_OFF)) - 1]


def quota_frees_in(*, made_at: list[datetime], allowed: int, now: datetime) -> timedelta | None:
    """How long until one more request is allowed; None when it is now. ``made_at``: requests inside the window."""
    counted = sorted(at for at in made_at if now - at < QUOTA_WINDOW)
    if len(counted) < allowed:
        return None
    if allowed <= 0:
        return QUOTA_WINDOW
    return counted[len(counted) - allowed] + QUOTA_WINDOW - now
