"""Wishes about torrents: add, retry, remove. Rows are the wish; torrentd follows them within a second.

Invariant: one living torrent per info-hash. Whoever asks for it again joins it.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.common.errors import Conflict, Invalid
from apps.torrents.domain.metainfo import Metainfo, parse_metainfo
from apps.torrents.domain.network import LOOPBACK
from apps.torrents.domain.pieces import bytes_to_fetch
from apps.torrents.domain.sources import MAX_TRACKERS, choose_video, parse_magnet
from apps.torrents.domain.states import TorrentEvent
from apps.torrents.models import Torrent
from apps.torrents.services.records import move


def add_metainfo(data: bytes, *, is_held: bool = False) -> UUID:
    """Ask for the film of a .torrent file. Raises TooLarge, or Invalid with the reason it cannot be used.

    One that ``is_held`` fetches no film before ``grant_space``.
    """
    info = parse_metainfo(data)
    fresh = Torrent(
        v1_hash=info.v1_hash,
        v2_hash=info.v2_hash,
        name=info.name,
        metainfo=data,
        bytes_total=info.bytes_total,
        bytes_wanted=film_bytes(info),
        trackers=list(info.trackers),
        is_held=is_held,
    )
    return _add_or_join(fresh)


def add_magnet(uri: str, *, is_held: bool = False) -> UUID:
    """Ask for the film of a magnet link. Raises Invalid; whether it holds a film shows when peers describe it."""
    magnet = parse_magnet(uri)
    fresh = Torrent(
        v1_hash=magnet.v1_hash,
        v2_hash=magnet.v2_hash,
        magnet=magnet.uri,
        trackers=list(magnet.trackers),
        is_held=is_held,
    )
    return _add_or_join(fresh)


def film_bytes(info: Metainfo) -> int:
    """What fetching the film of this torrent puts on the disk. Raises Invalid when it holds none."""
    video = choose_video(info.files)
    return bytes_to_fetch(video.size, info.piece_bytes, is_alone=len(info.files) == 1)


def grant_space(torrent_id: UUID, space_bytes: int) -> bool:
    """Let a held torrent fetch its film; whoever grants has reserved ``space_bytes`` for it. False when it is not."""
    held = Torrent.objects.living().filter(pk=torrent_id, is_held=True)
    granted = held.update(is_held=False, space_bytes=space_bytes, wish_version=F("wish_version") + 1, updated_at=Now())
    return granted == 1


def retry(torrent_id: UUID) -> None:
    """Try a failed torrent again; one that has not failed goes on as it is. Raises NotFound."""
    move(torrent_id, TorrentEvent.RETRIED)


def remove(torrent_id: UUID) -> None:
    """Stop it and delete its files. Raises NotFound; removing twice is the same as once."""
    move(torrent_id, TorrentEvent.REMOVAL_ASKED)


def suggest_peer(torrent_id: UUID, host: str, port: int) -> None:
    """Fetch this torrent from one seeder on this machine (``127.0.0.1``) and from nobody else.

    For our own seeder only: never pass on what a person typed. The address filter is opened for this torrent alone,
    and in exchange it loses trackers, DHT, peer exchange and web seeds. Raises Invalid.
    """
    if host != LOOPBACK or not 1024 <= port <= 65535:
        raise Invalid("A suggested peer must be an unprivileged port of 127.0.0.1.")
    Torrent.objects.living().filter(pk=torrent_id).update(
        local_peer_port=port, wish_version=F("wish_version") + 1, updated_at=Now()
    )


def _add_or_join(fresh: Torrent) -> UUID:
    for _ in range(2):
        existing = Torrent.objects.living().with_hash(fresh.v1_hash, fresh.v2_hash).first()
        if existing is not None:
            return _join(existing, fresh)
        try:
            with transaction.atomic():
                fresh.save(force_insert=True)
        except IntegrityError:
            continue  # somebody else asked for the same torrent in this very moment
        return fresh.id
    raise Conflict("The same torrent is being added and removed right now; try again.")


def _join(existing: Torrent, fresh: Torrent) -> UUID:
    """Bring what the new source knows to the torrent that is there, and wake it if it had failed."""
    trackers = _merged(existing.trackers, fresh.trackers)
    is_described = existing.metainfo is None and fresh.metainfo is not None
    if is_described or trackers != existing.trackers:
        changes: dict[str, object] = {"trackers": trackers, "wish_version": F("wish_version") + 1, "updated_at": Now()}
        if is_described:
            changes |= {"metainfo": fresh.metainfo, "name": fresh.name, "bytes_total": fresh.bytes_total}
        Torrent.objects.living().filter(pk=existing.pk).update(**changes)
    move(existing.pk, TorrentEvent.RETRIED)
    return existing.pk


def _merged(known: Iterable[str], more: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*known, *more]))[:MAX_TRACKERS]
