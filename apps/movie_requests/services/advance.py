"""One idempotent step function drives every acquisition: hints and the sweeper only say "look again".

Each step reads what torrents and streaming know now and moves at most one arrow of the table.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone
from structlog import get_logger

from apps.common.errors import DomainError
from apps.common.events import publish, user_group
from apps.common.jobs import Job, enqueue
from apps.common.locks import try_to_hold
from apps.movie_requests import selectors
from apps.movie_requests.domain import waiting, words
from apps.movie_requests.domain.health import Health
from apps.movie_requests.domain.states import FETCHING, LIVE, MOVING, WITHOUT_SPACE, Event, State
from apps.movie_requests.models import Acquisition, CandidateState
from apps.movie_requests.services.life import move, note_if_unchanged, push_item, told_pulse
from apps.movie_requests.services.room import space_step
from apps.movie_requests.services.sources import choose_source, leftovers, lose_source, release_leftovers
from apps.movie_requests.services.submit import begin_search
from apps.streaming import selectors as streaming_assets
from apps.streaming import services as streaming
from apps.streaming.domain.states import AssetState
from apps.torrents.domain.states import TorrentState

log = get_logger(__name__)

STEPS_MAX = 10  # more arrows than a life has in a row; a loop beyond it would be a fault of the table
PUSH_EVERY = timedelta(milliseconds=750)  # a quarter of a second is left for the way to people
PUSH_SLACK = timedelta(milliseconds=100)  # the packager's own pace is not exact
BOOKING_LOST = timedelta(seconds=5)  # its message is gone: the next notice books again
NOT_STARTED = {TorrentState.WANTED, TorrentState.METADATA}
FINISHED = {TorrentState.COMPLETE, TorrentState.SEEDING}


def advance(acquisition_id: UUID) -> None:
    """Take every step that is possible now. Safe to call at any time, in parallel, and for a row that is gone."""
    for _ in range(STEPS_MAX):
        acquisition = selectors.everything().filter(pk=acquisition_id).first()
        if acquisition is None or not _step(acquisition):
            break
    if acquisition is not None:
        release_leftovers(acquisition)


def on_torrent_changed(torrent_id: UUID) -> None:
    """A hint of the engine: step, or show progress when nothing moved."""
    for acquisition in Acquisition.objects.filter(torrent_id=torrent_id, state__in=LIVE):
        _advance_or_show(acquisition)


def on_asset_changed(asset_id: UUID) -> None:
    """A hint of the packager: step, or show progress when nothing moved."""
    for acquisition in Acquisition.objects.filter(asset_id=asset_id, state__in=LIVE | {State.READY}):
        _advance_or_show(acquisition)


def look_again(acquisition_id: UUID) -> None:
    """A look that was booked: of one request alone, since others of its torrent have bookings of their own."""
    for acquisition in Acquisition.objects.filter(pk=acquisition_id, state__in=LIVE):
        _advance_or_show(acquisition)


def sweep() -> int:
    """Repair lost hints: look at whatever should be moving. Returns how many rows that was (0: another sweeps)."""
    with try_to_hold("movie_requests.sweep") as is_mine:
        if not is_mine:
            return 0
        due = _due()
        for acquisition_id in due:
            try:
                advance(acquisition_id)
            except (DomainError, OSError, IntegrityError) as error:  # one bad row must not stop the others
                log.warning("sweep.skipped", acquisition=str(acquisition_id), error=str(error), exc_info=True)
        return len(due)


def _due() -> list[UUID]:
    now = timezone.now()
    wanted = (
        Q(state__in=MOVING)
        | Q(state=State.SEARCHING, next_try_at__lte=now)
        | Q(state=State.SEARCHING, next_try_at=None)  # it lost its source and nobody chose the next one yet
        | Q(state=State.READY, asset_id__in=streaming_assets.evicted_assets())
        | Q(state=State.PENDING_APPROVAL, created_at__lt=now - waiting.APPROVAL_LIMIT)
    )
    ids = set(Acquisition.objects.filter(wanted).values_list("pk", flat=True))
    return sorted(ids | set(leftovers().values_list("acquisition_id", flat=True)))


def _step(acquisition: Acquisition) -> bool:
    step = _STEPS.get(State(acquisition.state))
    return step(acquisition) if step else False


def _approval_step(acquisition: Acquisition) -> bool:
    if timezone.now() - acquisition.created_at > waiting.APPROVAL_LIMIT:
        return move(acquisition, Event.DECLINED, words.APPROVAL_LAPSED)
    return False


def _approved_step(acquisition: Acquisition) -> bool:
    begin_search(acquisition)
    return True


def _fetch_step(acquisition: Acquisition) -> bool:
    torrent = selectors.torrent_status(acquisition.torrent_id)
    if torrent is None or torrent.state == TorrentState.REMOVED:
        return lose_source(acquisition, words.TORRENT_GONE, event=Event.SOURCE_LOST)
    if torrent.state == TorrentState.ERROR:
        return lose_source(acquisition, words.download_failed(torrent.reason or ""), event=Event.SOURCE_LOST)
    if torrent.is_held:
        return space_step(acquisition, torrent)
    if acquisition.state in WITHOUT_SPACE:  # it was let go, and whoever did it died before saying so
        return move(acquisition, Event.SPACE_FREED)
    if acquisition.state == State.QUEUED:  # a film that arrived between two looks was downloading, too
        return torrent.state not in NOT_STARTED and move(acquisition, Event.DOWNLOAD_STARTED)
    return torrent.state in FINISHED and move(acquisition, Event.DOWNLOAD_FINISHED)


def _verify_step(acquisition: Acquisition) -> bool:
    torrent = selectors.torrent_status(acquisition.torrent_id)
    if torrent is None or torrent.state not in FINISHED:
        return lose_source(acquisition, words.TORRENT_GONE, event=Event.CONTENT_REFUSED)
    if torrent.video_path is None or not torrent.video_path.is_file():
        return lose_source(acquisition, words.NO_VIDEO, event=Event.CONTENT_REFUSED)
    asset_id = streaming.create_asset(title_id=acquisition.title_id, source=torrent.video_path)
    acquisition.candidates.filter(state=CandidateState.CHOSEN).update(asset_id=asset_id)
    return move(acquisition, Event.CONTENT_ACCEPTED, asset_id=asset_id)


def _package_step(acquisition: Acquisition) -> bool:
    asset = selectors.asset_status(acquisition.asset_id)
    if asset is None or asset.state in {AssetState.FAILED, AssetState.EVICTED}:
        reason = asset.reason or "" if asset else ""
        return lose_source(acquisition, words.packaging_failed(reason), event=Event.CONTENT_REFUSED)
    if asset.state == AssetState.COMPLETE:
        return move(acquisition, Event.PACKAGED, playable_at=acquisition.playable_at or timezone.now())
    if asset.playable and acquisition.playable_at is None:
        note_if_unchanged(acquisition, "playable", "It can be watched already.", playable_at=timezone.now())
    return False


def _ready_step(acquisition: Acquisition) -> bool:
    asset = selectors.asset_status(acquisition.asset_id)
    if asset is None or asset.state == AssetState.EVICTED:
        return move(acquisition, Event.EVICTED, words.EVICTED, playable_at=None)
    return False


_STEPS: dict[State, Callable[[Acquisition], bool]] = {
    State.PENDING_APPROVAL: _approval_step,
    State.APPROVED: _approved_step,
    State.SEARCHING: choose_source,
    State.WAITING_SPACE: _fetch_step,
    State.NEEDS_ATTENTION: _fetch_step,
    State.QUEUED: _fetch_step,
    State.DOWNLOADING: _fetch_step,
    State.VERIFYING: _verify_step,
    State.PACKAGING: _package_step,
    State.READY: _ready_step,
}


def _advance_or_show(acquisition: Acquisition) -> None:
    advance(acquisition.pk)
    now = selectors.everything().filter(pk=acquisition.pk, version=acquisition.version).first()
    if now is not None and State(now.state) in FETCHING | {State.PACKAGING}:
        _show_progress(now)


def _show_progress(acquisition: Acquisition) -> None:
    """Push ``prog`` every 0.75 s at most over all workers; a changed health needs the whole item."""
    at = timezone.now()
    is_due = Q(pushed_at=None) | Q(pushed_at__lte=at - PUSH_EVERY + PUSH_SLACK)
    if not Acquisition.objects.filter(is_due, pk=acquisition.pk).update(pushed_at=at, push_booked_at=None):
        _book_push(acquisition, at)
        return
    now = told_pulse(acquisition)
    if now.health != Health(acquisition.health):
        Acquisition.objects.filter(pk=acquisition.pk).update(health=now.health)
        push_item(acquisition)
        return
    frame = {"t": "prog", "id": str(acquisition.pk), "n": int(at.timestamp() * 1000), "p": now.progress}
    frame |= {"rungs": [asdict(rung) for rung in now.rungs]}
    for person in selectors.follower_ids(acquisition.pk):
        publish(user_group(person), frame | {"bps": now.bps, "eta": now.eta_s})


def _book_push(acquisition: Acquisition, at: datetime) -> None:
    """This notice came too early. The last of several must not be lost: one more look, when a push is due again."""
    is_free = Q(push_booked_at=None) | Q(push_booked_at__lte=at - BOOKING_LOST)
    if Acquisition.objects.filter(is_free, pk=acquisition.pk).update(push_booked_at=at):
        enqueue(Job.SHOW_REQUEST, str(acquisition.pk), countdown_s=PUSH_EVERY.total_seconds())
