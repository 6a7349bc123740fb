"""What people want of a title's files: apps above say it here, eviction reads it. Each write is one row."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from apps.catalog import selectors as catalog
from apps.catalog import services as titles
from apps.streaming.domain.retention import Care
from apps.streaming.models import TitleCare

WATCHER_SILENCE = timedelta(minutes=5)  # a player reports every 10 s; a paused one comes back within this


def note_watched(title_id: UUID) -> None:
    """Somebody watches the title now: nothing of it goes for the next minutes, and it counts as watched today."""
    now = timezone.now()
    _row(title_id)
    TitleCare.objects.filter(pk=title_id).update(watched_at=now)
    hold(title_id, now + WATCHER_SILENCE)


def hold(title_id: UUID, until: datetime) -> None:
    """Keep every file of the title until then, at least: a room is on, or is about to be."""
    _row(title_id)
    TitleCare.objects.filter(pk=title_id).update(held_until=Greatest(Coalesce(F("held_until"), until), until))
    _stays(title_id)


def set_listed(title_id: UUID, *, is_listed: bool) -> None:
    """Whether the title is on anybody's watch-later list."""
    _row(title_id)
    TitleCare.objects.filter(pk=title_id).update(is_listed=is_listed)
    if is_listed:
        _stays(title_id)


def keep(title_id: UUID) -> None:
    """The operator wants to have it. Raises NotFound."""
    catalog.title(title_id)
    _row(title_id)
    TitleCare.objects.filter(pk=title_id).update(is_kept=True)
    _stays(title_id)


def unkeep(title_id: UUID) -> None:
    """Raises NotFound."""
    catalog.title(title_id)
    TitleCare.objects.filter(pk=title_id).update(is_kept=False)


def set_leaving(title_id: UUID, leaves_at: datetime | None) -> None:
    _row(title_id)
    TitleCare.objects.filter(pk=title_id).update(leaves_at=leaves_at)
    titles.set_leaving(title_id, leaves_at)


def care_of(row: TitleCare | None, *, created_at: datetime) -> Care:
    """A film that nobody watched yet counts as watched when it came."""
    if row is None:
        return Care(watched_at=created_at)
    return Care(row.watched_at or created_at, row.held_until, row.is_listed, row.is_kept)


def locked_care(title_id: UUID, *, created_at: datetime) -> Care:
    """As it is now; nobody changes it before the end of the current transaction."""
    _row(title_id)
    return care_of(TitleCare.objects.select_for_update().get(pk=title_id), created_at=created_at)


def _row(title_id: UUID) -> None:
    TitleCare.objects.bulk_create([TitleCare(title_id=title_id)], ignore_conflicts=True)


def _stays(title_id: UUID) -> None:
    if TitleCare.objects.filter(pk=title_id).exclude(leaves_at=None).exists():
        set_leaving(title_id, None)
