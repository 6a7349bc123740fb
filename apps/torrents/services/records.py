"""What torrentd writes down. Every move is a conditional update, so a stale view cannot move a torrent twice."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from structlog import get_logger

from apps.common.errors import Conflict, NotFound
from apps.common.jobs import Job, enqueue
from apps.torrents.domain.health import Observation, Opened
from apps.torrents.domain.states import TorrentEvent, TorrentState, next_state
from apps.torrents.models import Torrent

log = get_logger(__name__)

MOVE_ATTEMPTS = 5  # each lost race means somebody else moved the torrent; two writers cannot keep that up


def move(torrent_id: UUID, event: TorrentEvent, *, reason: str = "") -> TorrentState | None:
    """Apply ``event``; the new state, or None when it changes nothing. Raises NotFound, Conflict."""
    for _ in range(MOVE_ATTEMPTS):
        row = Torrent.objects.filter(pk=torrent_id).values_list("state", "version").first()
        if row is None:
            raise NotFound("There is no such torrent.")
        old = TorrentState(row[0])
        new = next_state(old, event)
        if new is None:
            return None
        changes = {"state": new, "reason": reason} | _side_changes(new, event)
        if _update_if(torrent_id, old, row[1], changes):
            log.info("torrent.moved", torrent=str(torrent_id), old=old, new=new, reason=reason or None)
            return new
    raise Conflict("The torrent keeps changing; try again.")


def _side_changes(new: TorrentState, event: TorrentEvent) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if event is TorrentEvent.SHARING_ENDED:
        changes["is_shared"] = False
    if event is TorrentEvent.RETRIED:  # opened anew even if torrentd had no round to close it in between
        changes["wish_version"] = F("wish_version") + 1
    if new in {TorrentState.ERROR, TorrentState.COMPLETE}:
        changes |= {"bytes_per_s": 0, "peers": 0}
    return changes


def _update_if(torrent_id: UUID, old: TorrentState, version: int, changes: dict[str, Any]) -> bool:
    with transaction.atomic():
        rows = Torrent.objects.filter(pk=torrent_id, state=old, version=version)
        is_moved = rows.update(**changes, version=F("version") + 1, updated_at=Now()) == 1
        if is_moved:
            enqueue(Job.TORRENT_CHANGED, str(torrent_id))
    return is_moved


def record_opened(torrent_id: UUID, opened: Opened) -> None:
    """The file list is known: keep it, so that a restart does not ask the peers again."""
    with transaction.atomic():
        Torrent.objects.filter(pk=torrent_id).update(
            name=opened.name[:255],
            bytes_total=opened.bytes_total,
            bytes_wanted=opened.bytes_wanted,
            video_file=opened.file_name,
            metainfo=opened.metainfo,
            updated_at=Now(),
        )
        enqueue(Job.TORRENT_CHANGED, str(torrent_id))  # now its size is known, and space can be granted


def record_progress(seen: Observation, state: TorrentState, reason: str) -> None:
    """Numbers of a torrent that is still in ``state``; a torrent that moved on keeps its newer ones."""
    with transaction.atomic():
        is_current = Torrent.objects.filter(pk=seen.torrent_id, state=state).update(
            bytes_done=seen.bytes_done,
            bytes_wanted=seen.bytes_wanted,
            bytes_per_s=seen.bytes_per_s,
            peers=seen.peers,
            reason=reason,
            updated_at=Now(),
        )
        if is_current:
            enqueue(Job.TORRENT_CHANGED, str(seen.torrent_id))


def record_resume_data(torrent_id: UUID, resume_data: bytes) -> None:
    Torrent.objects.living().filter(pk=torrent_id).update(resume_data=resume_data)


def record_files_deleted(torrent_id: UUID) -> None:
    Torrent.objects.filter(pk=torrent_id).update(files_deleted_at=Now(), resume_data=None)
