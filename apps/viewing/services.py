"""Writes of viewing: progress reports, the watch-later list, and forgetting."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.catalog import selectors as catalog
from apps.common.errors import Invalid
from apps.streaming import selectors as streaming
from apps.streaming import services as streaming_services
from apps.viewing.domain import Sessions, is_watched
from apps.viewing.models import Progress, WatchLater


def save_progress(
    *, user_id: UUID, title_id: UUID, position_s: float, duration_s: float, session: str, height: int | None = None
) -> Progress:
    """Take a report of a player; of two sessions the newest wins while it is alive. Returns what counts now.

    The packaged film's own duration wins over the player's; ``height`` is that of the picture on screen. What comes
    next in the film is made in time, and stays on the disk meanwhile. Raises NotFound, Invalid.
    """
    catalog.title(title_id)
    streaming_services.note_watched(title_id)
    heights = () if height is None else (height,)
    streaming_services.expect_playback(title_id=title_id, position_s=position_s, heights=heights)
    duration_s = streaming.duration(title_id) or duration_s
    if duration_s <= 0:
        raise Invalid("A film lasts longer than that.", fields={"duration_s": "must be above 0"})
    now = timezone.now()
    with transaction.atomic():
        Progress.objects.bulk_create(
            [Progress(user_id=user_id, title_id=title_id, position_s=0, duration_s=duration_s, updated_at=now)],
            update_conflicts=True,  # a row that is there is locked, so nobody forgets it before it is read
            unique_fields=["user", "title"],
            update_fields=["title"],  # to what it is
        )
        row = Progress.objects.get(user_id=user_id, title_id=title_id)
        accepted = Sessions(ids=tuple(row.sessions), reported_at=row.updated_at).accept(session, now)
        if accepted is None:
            return row
        row.sessions = list(accepted.ids)
        row.position_s = min(position_s, duration_s)
        row.duration_s = duration_s
        row.updated_at = now
        if row.watched_at is None and is_watched(row.position_s, duration_s):
            row.watched_at = now
        row.save()
    return row


def forget(*, user_id: UUID, title_id: UUID) -> None:
    """Remove a film from somebody's history. Nothing there is fine."""
    Progress.objects.filter(user_id=user_id, title_id=title_id).delete()


def watch_later(*, user_id: UUID, title_id: UUID) -> None:
    """Put a film on the list; twice is once. Raises NotFound."""
    catalog.title(title_id)
    with transaction.atomic():
        WatchLater.objects.bulk_create([WatchLater(user_id=user_id, title_id=title_id)], ignore_conflicts=True)
        streaming_services.set_listed(title_id, is_listed=True)


def unwatch_later(*, user_id: UUID, title_id: UUID) -> None:
    """Take a film off the list. Nothing there is fine."""
    with transaction.atomic():
        removed, _ = WatchLater.objects.filter(user_id=user_id, title_id=title_id).delete()
        if not removed:
            return
        streaming_services.set_listed(title_id, is_listed=True)  # locks the row: whoever lists it now is seen below
        is_listed = WatchLater.objects.filter(title_id=title_id).exists()
        streaming_services.set_listed(title_id, is_listed=is_listed)
