"""What other wings may see of a torrent, and what torrentd must know to follow the wishes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Greatest, Least

from apps.common.errors import NotFound
from apps.torrents.domain.health import Wish
from apps.torrents.domain.pieces import eta_s, progress
from apps.torrents.domain.states import WHOLE, TorrentState
from apps.torrents.models import Torrent, torrents_root


@dataclass(frozen=True, slots=True)
class TorrentStatus:
    state: TorrentState
    progress: float  # 0..1
    bps: int  # bytes per second
    eta_s: float | None
    peers: int
    reason: str | None
    bytes_total: int
    video_path: Path | None  # absolute; set when complete
    name: str
    bytes_wanted: int  # what the film takes on the disk; 0 while that is unknown
    is_held: bool  # it waits for space


def status(torrent_id: UUID) -> TorrentStatus:
    """Raises NotFound."""
    row = Torrent.objects.defer("metainfo", "resume_data").filter(pk=torrent_id).first()
    if row is None:
        raise NotFound("There is no such torrent.")
    state = TorrentState(row.state)
    is_whole = state in WHOLE
    return TorrentStatus(
        state=state,
        progress=1.0 if is_whole else progress(row.bytes_done, row.bytes_wanted),
        bps=row.bytes_per_s,
        eta_s=None if is_whole else eta_s(row.bytes_done, row.bytes_wanted, row.bytes_per_s),
        peers=row.peers,
        reason=row.reason or None,
        bytes_total=row.bytes_total,
        video_path=row.video_path,
        name=row.name,
        bytes_wanted=row.bytes_wanted,
        is_held=row.is_held,
    )


def held_bytes() -> int:
    """What downloads take on the disk, or may grow to; files that are still to be deleted count."""
    rows = Torrent.objects.on_disk().filter(is_held=False)
    return rows.aggregate(total=Sum(Greatest("space_bytes", "bytes_wanted")))["total"] or 0


def fetched_bytes() -> int:
    """The part of ``held_bytes`` that is on the disk."""
    rows = Torrent.objects.on_disk().filter(is_held=False)
    return rows.aggregate(total=Sum(Least("bytes_done", Greatest("space_bytes", "bytes_wanted"))))["total"] or 0


def leaving_bytes() -> int:
    """The part of ``held_bytes`` that torrentd is about to delete."""
    rows = Torrent.objects.awaiting_deletion().filter(is_held=False)
    return rows.aggregate(total=Sum(Greatest("space_bytes", "bytes_wanted")))["total"] or 0


def payloads(paths: Iterable[str]) -> dict[str, tuple[UUID, int]]:
    """Which of these files are ours: path to (torrent, bytes on the disk). Others were never downloaded by us."""
    root = torrents_root()
    by_id = {part: path for path in paths if (part := _torrent_part(Path(path), root))}
    rows = Torrent.objects.living().filter(pk__in=by_id).only("id", "space_bytes", "bytes_wanted")
    return {by_id[str(row.id)]: (row.id, max(row.space_bytes, row.bytes_wanted)) for row in rows}


def _torrent_part(path: Path, root: Path) -> str | None:
    name = path.parent.name
    is_ours = path.parent.parent == root and len(name) == 36
    return name if is_ours else None


@dataclass(frozen=True, slots=True)
class Tracked:
    """The little that torrentd reads of every torrent in every round."""

    state: TorrentState
    wish_version: int
    video_file: str
    numbers: tuple[int, int, int, str]  # bytes done, rate, peers, reason: while they stay, nothing is written


def tracked() -> dict[UUID, Tracked]:
    """Every torrent that belongs in the session."""
    return {
        row.id: Tracked(
            state=TorrentState(row.state),
            wish_version=row.wish_version,
            video_file=row.video_file,
            numbers=(row.bytes_done, row.bytes_per_s, row.peers, row.reason),
        )
        for row in Torrent.objects.in_session().defer("metainfo", "resume_data", "magnet", "trackers")
    }


def wish(torrent_id: UUID) -> Wish:
    row = Torrent.objects.get(pk=torrent_id)
    return Wish(
        id=row.id,
        version=row.wish_version,
        magnet=row.magnet,
        metainfo=bytes(row.metainfo) if row.metainfo is not None else None,
        trackers=tuple(row.trackers),
        resume=bytes(row.resume_data) if row.resume_data is not None else None,
        local_peer_port=row.local_peer_port,
        is_held=row.is_held,
    )


def awaiting_deletion() -> list[UUID]:
    return list(Torrent.objects.awaiting_deletion().values_list("id", flat=True))
