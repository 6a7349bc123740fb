"""The shelves of the home page, and one person's progress and lists."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from apps.catalog import selectors as catalog
from apps.catalog.domain.titles import Availability
from apps.viewing.domain import is_worth_continuing
from apps.viewing.models import Progress, WatchLater

SHELF_MAX = 40
NEW_FOR = timedelta(days=14)
WATCHABLE = (Availability.READY, Availability.PLAYABLE)
COMING = (Availability.REQUESTED, Availability.DOWNLOADING, Availability.PLAYABLE)


def progress(user_id: UUID, title_id: UUID) -> dict[str, Any]:
    """Progress of one film; zeros when nothing was watched. Raises NotFound for a film that does not exist."""
    catalog.title(title_id)
    row = Progress.objects.filter(user_id=user_id, title_id=title_id).first()
    return progress_of(row) if row else {"position_s": 0.0, "duration_s": 0.0, "watched": False, "updated_at": None}


def progress_of(row: Progress) -> dict[str, Any]:
    return {
        "position_s": row.position_s,
        "duration_s": row.duration_s,
        "watched": row.watched_at is not None,
        "updated_at": row.updated_at,
    }


def history(user_id: UUID) -> QuerySet[Progress]:
    return Progress.objects.filter(user_id=user_id).select_related("title")


def history_item(row: Progress) -> dict[str, Any]:
    return progress_of(row) | {"title": catalog.card(row.title)}


def watch_later(user_id: UUID) -> list[dict[str, Any]]:
    """Cards, the last one added first."""
    rows = WatchLater.objects.filter(user_id=user_id).select_related("title").order_by("-created_at", "-pk")
    return [catalog.card(row.title) for row in rows]


def library(user_id: UUID) -> dict[str, Any]:
    """The Library shape: every shelf of the home page for one person."""
    ready = catalog.with_availability(Availability.READY, limit=SHELF_MAX)
    coming = catalog.with_availability(*COMING, limit=SHELF_MAX)
    watchable = catalog.with_availability(*WATCHABLE, limit=SHELF_MAX)
    since = timezone.now() - NEW_FOR
    return {
        "continue_watching": _continue_watching(user_id),
        "ready": [catalog.card(title) for title in ready],
        "coming": [catalog.card(title) for title in coming],
        "watch_later": watch_later(user_id)[:SHELF_MAX],
        "new": [catalog.card(title) for title in watchable if title.created_at >= since],
    }


def _continue_watching(user_id: UUID) -> list[dict[str, Any]]:
    rows = history(user_id).filter(title__availability__in=WATCHABLE).order_by("-updated_at")[: SHELF_MAX * 2]
    return [
        {"title": catalog.card(row.title), "position_s": row.position_s, "duration_s": row.duration_s}
        for row in rows
        if is_worth_continuing(row.position_s, row.duration_s)
    ][:SHELF_MAX]
