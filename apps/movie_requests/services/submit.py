"""Asking for a film: one acquisition per title, everybody after the first follows it.

Invariant: an input that is refused leaves no row, because everything happens in one transaction.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.billing import services as billing
from apps.billing.domain import Entitlement
from apps.catalog import selectors as titles
from apps.catalog import services as catalog
from apps.common.errors import Invalid, TooMany
from apps.common.locks import hold_until_commit
from apps.movie_requests.domain import words
from apps.movie_requests.domain.states import HOLDING, Event, State
from apps.movie_requests.domain.waiting import QUOTA_WINDOW, quota_frees_in
from apps.movie_requests.models import Acquisition, Follow
from apps.movie_requests.services.life import move, note
from apps.movie_requests.services.sources import add_candidate, choose_source

PROFILE = "standard"


@dataclass(frozen=True, slots=True)
class Film:
    """Which film is meant: a stored title, the provider's number, or a name typed by hand."""

    title_id: UUID | None = None
    tmdb_id: int | None = None
    name: str = ""
    year: int | None = None


def submit_film(
    *, user_id: UUID | None, film: Film, torrent: bytes | None = None, magnet: str | None = None
) -> tuple[Acquisition, bool]:
    """``submit`` for a film that may not be stored yet. Raises Invalid unless it is named in exactly one way."""
    ways = [film.title_id is not None, film.tmdb_id is not None, bool(film.name.strip())]
    if sum(ways) != 1:
        raise Invalid("Say which film: give title_id, tmdb_id or name, one of them.")
    if film.tmdb_id is not None:
        title_id = catalog.ensure_tmdb_title(film.tmdb_id).pk
        return submit(user_id=user_id, title_id=title_id, torrent=torrent, magnet=magnet)
    with transaction.atomic():
        title_id = film.title_id or catalog.create_manual_title(name=film.name, year=film.year, created_by=user_id).pk
        return submit(user_id=user_id, title_id=title_id, torrent=torrent, magnet=magnet)


def submit(
    *, user_id: UUID | None, title_id: UUID, torrent: bytes | None = None, magnet: str | None = None
) -> tuple[Acquisition, bool]:
    """Start getting a title, or follow the effort that is under way; the flag says whether it is new.

    ``user_id`` None is the server itself (the demo film): no quota, no follower. A title that is ready answers with
    its acquisition and uses no quota. Raises NotFound, Invalid or TooLarge for a torrent that cannot be used, TooMany.
    """
    if torrent is not None and magnet is not None:
        raise Invalid("Give a torrent file or a magnet link, not both.")
    titles.title(title_id)
    with transaction.atomic():
        found = _held(title_id)
        if found is None:
            if user_id is not None:
                _take_quota(user_id)
            found, is_new = _start(title_id, user_id)
        else:
            is_new = False
        if user_id is not None and (is_new or found.state != State.READY):
            _follow(found, user_id, is_first=is_new)
        if found.state != State.READY:
            add_candidate(found, torrent=torrent, magnet=magnet)
        if is_new:
            _approve(found)
        elif found.state == State.SEARCHING:
            choose_source(found)
    return found, is_new


def _held(title_id: UUID) -> Acquisition | None:
    """The acquisition that holds this title, locked, so that what follows is decided on its newest state."""
    held = Acquisition.objects.filter(title_id=title_id, profile=PROFILE, state__in=HOLDING)
    return held.select_for_update().first()


def _start(title_id: UUID, user_id: UUID | None) -> tuple[Acquisition, bool]:
    """Insert, or find the row of whoever was faster: the partial unique index decides."""
    try:
        with transaction.atomic():
            fresh = Acquisition.objects.create(title_id=title_id, profile=PROFILE, requester_id=user_id)
    except IntegrityError:
        found = _held(title_id)
        if found is None:
            raise Invalid("This film was just cancelled by somebody else; ask again.") from None
        return found, False
    return fresh, True


def _take_quota(user_id: UUID) -> None:
    """Count under a lock of this person, so that parallel asks cannot slip through together."""
    hold_until_commit(f"request-quota:{user_id}")
    allowed = int(billing.entitlement(user_id, Entitlement.REQUESTS_PER_WEEK))
    now = timezone.now()
    mine = Acquisition.objects.filter(requester_id=user_id, created_at__gt=now - QUOTA_WINDOW)
    made_at = list(mine.exclude(state=State.DECLINED).values_list("created_at", flat=True))
    wait = quota_frees_in(made_at=made_at, allowed=allowed, now=now)
    if wait is not None:
        raise TooMany(
            f"Your plan allows {allowed} requests in 7 days. The next one is possible in {_span(wait)}.",
            retry_after_s=ceil(wait.total_seconds()),
            code="quota",
        )


def _span(wait: timedelta) -> str:
    hours = ceil(wait.total_seconds() / 3600)
    return f"{hours} hours" if hours <= 48 else f"{ceil(hours / 24)} days"


def _follow(acquisition: Acquisition, user_id: UUID, *, is_first: bool) -> None:
    follow, is_new = Follow.objects.get_or_create(acquisition=acquisition, user_id=user_id)
    came_back = not is_new and Follow.objects.filter(pk=follow.pk).exclude(left_at=None).update(left_at=None)
    if is_first:
        note(acquisition, "submitted", "Asked for.")
    elif is_new or came_back:
        note(acquisition, "followed", "Somebody else wants this too.")


def _approve(acquisition: Acquisition) -> None:
    if settings.REQUESTS_NEED_APPROVAL and acquisition.requester_id is not None:
        move(acquisition, Event.APPROVAL_ASKED, words.WAITS_FOR_APPROVAL)
        return
    move(acquisition, Event.APPROVED)
    begin_search(acquisition)


def begin_search(acquisition: Acquisition) -> None:
    """From approved to searching, and on to the source that came with the request, if any."""
    now = timezone.now()
    if move(acquisition, Event.SEARCH_STARTED, searching_since=now, next_try_at=now):
        choose_source(acquisition)
