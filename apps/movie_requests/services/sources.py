"""Candidates of an acquisition: choose one, give one up, and let go of what the others brought.

Invariant: a torrent that no living acquisition needs is removed with its partial data, also after a crash, because
a candidate stays unreleased until that is done.
"""

from contextlib import suppress

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.common.errors import NotFound, TooLarge
from apps.movie_requests.domain import waiting, words
from apps.movie_requests.domain.states import OVER, Event, State
from apps.movie_requests.domain.words import Words
from apps.movie_requests.models import Acquisition, Candidate, CandidateState
from apps.movie_requests.services.life import move, note_if_unchanged
from apps.streaming import services as streaming
from apps.torrents import services as torrents
from apps.torrents.domain.metainfo import parse_metainfo
from apps.torrents.domain.sources import parse_magnet

CANDIDATES_MAX = 10
KEEPS_SOURCE = {State.READY}


def add_candidate(acquisition: Acquisition, *, torrent: bytes | None, magnet: str | None) -> None:
    """Judge a torrent file or magnet link and remember it; nothing is downloaded before it is chosen.

    Raises Invalid or TooLarge with the reason why it cannot be used.
    """
    if torrent is not None:
        info = parse_metainfo(torrent)
        wanted_bytes = torrents.film_bytes(info)
        if wanted_bytes > streaming.largest_bytes():
            said = words.too_large(wanted_bytes, streaming.largest_bytes())
            raise TooLarge(f"{said.reason} {said.fix}")
        info_hash = info.v1_hash or info.v2_hash
    elif magnet is not None:
        link = parse_magnet(magnet)
        info_hash = link.v1_hash or link.v2_hash
    else:
        return
    if acquisition.candidates.count() < CANDIDATES_MAX:
        Candidate.objects.get_or_create(
            acquisition=acquisition,
            info_hash=info_hash or "",
            defaults={"source": "magnet" if magnet else "upload", "metainfo": torrent, "magnet": magnet or ""},
        )


def choose_source(acquisition: Acquisition) -> bool:
    """Take the first waiting candidate; without one, note when the search goes on or end it after its limit."""
    candidate = acquisition.candidates.filter(state=CandidateState.WAITING).order_by("pk").first()
    if candidate is None:
        return _search_found_nothing(acquisition)
    with transaction.atomic():
        _hold(acquisition)
        metainfo = candidate.metainfo
        if metainfo:
            torrent_id = torrents.add_metainfo(bytes(metainfo), is_held=True)
        else:
            torrent_id = torrents.add_magnet(candidate.magnet, is_held=True)
        moved = move(acquisition, Event.SOURCE_CHOSEN, torrent_id=torrent_id, next_try_at=None)
        if moved:
            Candidate.objects.filter(pk=candidate.pk).update(state=CandidateState.CHOSEN, torrent_id=torrent_id)
        else:
            transaction.set_rollback(True)  # the faster one added it already
    return moved


def _hold(acquisition: Acquisition) -> None:
    """Lock the acquisition before its torrent, as people's decisions do: two orders would block each other."""
    Acquisition.objects.select_for_update().filter(pk=acquisition.pk).values_list("pk").first()


def _search_found_nothing(acquisition: Acquisition) -> bool:
    now = timezone.now()
    if acquisition.next_try_at and acquisition.next_try_at > now:
        return False
    if acquisition.searching_since and now - acquisition.searching_since > waiting.SEARCH_LIMIT:
        return move(acquisition, Event.SOURCES_EXHAUSTED, words.SOURCES_EXHAUSTED)
    tries = acquisition.searches + 1
    at = waiting.next_try(tries=tries, now=now)
    said = words.no_source(at)
    changes = {"searches": tries, "next_try_at": at, "reason": said.reason, "fix": said.fix}
    note_if_unchanged(acquisition, "searched", said.reason, **changes)
    return False


def lose_source(acquisition: Acquisition, said: Words, *, event: Event) -> bool:
    """Reject the current candidate for ``said``; go on with the next one (by ``event``) or give up."""
    with transaction.atomic():
        has_more = acquisition.candidates.filter(state=CandidateState.WAITING).exists()
        moved = move(
            acquisition,
            event if has_more else Event.GAVE_UP,
            said,
            torrent_id=None,
            asset_id=None,
            playable_at=None,
        )
        if moved:
            acquisition.candidates.filter(state=CandidateState.CHOSEN).update(
                state=CandidateState.REJECTED, reason=said.reason[:500]
            )
    return moved


def leftovers() -> QuerySet[Candidate]:
    """Candidates whose torrent and asset nobody needs any more, by the states that are stored now."""
    is_unneeded = Q(state=CandidateState.REJECTED) | Q(acquisition__state__in=OVER - KEEPS_SOURCE)
    return Candidate.objects.filter(is_unneeded, released_at=None)


def release_leftovers(acquisition: Acquisition) -> None:
    """Remove torrents, partial data and half-made assets that ``acquisition`` needs no longer. Safe to repeat."""
    for candidate in leftovers().filter(acquisition=acquisition):
        _release(candidate)


def _release(candidate: Candidate) -> None:
    if candidate.asset_id is not None:
        with suppress(NotFound):
            streaming.remove_asset(candidate.asset_id)
    if candidate.torrent_id is not None and not _is_needed_elsewhere(candidate):
        with suppress(NotFound):
            torrents.remove(candidate.torrent_id)
    # A retry in this very moment gives the candidate another torrent, which is not released by this.
    same = Candidate.objects.filter(pk=candidate.pk, torrent_id=candidate.torrent_id)
    same.update(released_at=timezone.now())


def _is_needed_elsewhere(candidate: Candidate) -> bool:
    others = Candidate.objects.filter(torrent_id=candidate.torrent_id, released_at=None)
    return others.exclude(pk=candidate.pk).exclude(state=CandidateState.REJECTED).exists()


def restore_candidates(acquisition: Acquisition) -> None:
    """Before a retry: everything may be tried again, and is fetched afresh, because what it brought was no good."""
    for candidate in acquisition.candidates.filter(released_at=None):
        _release(candidate)
    acquisition.candidates.update(
        state=CandidateState.WAITING, torrent_id=None, asset_id=None, reason="", released_at=None
    )
