"""Requests in any state, by the hands that move them in life: the engine's pen for torrents, the packager's rows."""

from pathlib import Path
from uuid import UUID

from apps.movie_requests.models import Acquisition, Follow, LogEntry
from apps.streaming.domain.states import AssetState
from apps.streaming.models import MediaAsset
from apps.torrents.domain.bencode import encode
from apps.torrents.domain.states import TorrentEvent, TorrentState
from apps.torrents.models import Torrent
from apps.torrents.services import records


def metainfo(name: str = "film.mkv", size: int = 200_000) -> bytes:
    """A well-formed .torrent of one file that nobody seeds."""
    pieces = bytes(20) * -(-size // 65_536)
    info = {b"length": size, b"name": name.encode(), b"piece length": 65_536, b"pieces": pieces}
    return encode({b"announce": b"http://127.0.0.1:1/announce", b"info": info})


def torrent_of(acquisition: Acquisition) -> Torrent:
    acquisition.refresh_from_db()
    return Torrent.objects.get(pk=acquisition.torrent_id)


def download(acquisition: Acquisition, *, done: float) -> None:
    """The engine has fetched a part of the film."""
    torrent = torrent_of(acquisition)
    if torrent.state == TorrentState.WANTED:
        records.move(torrent.pk, TorrentEvent.DOWNLOAD_STARTED)
    Torrent.objects.filter(pk=torrent.pk).update(
        bytes_wanted=200_000, bytes_done=int(200_000 * done), bytes_per_s=50_000, peers=3
    )


def finish_download(acquisition: Acquisition, *, has_video: bool = True) -> Path:
    """The engine has the whole film on disk."""
    torrent = torrent_of(acquisition)
    Torrent.objects.filter(pk=torrent.pk).update(video_file="0.mkv" if has_video else "")
    records.move(torrent.pk, TorrentEvent.FINISHED)
    path = torrent_of(acquisition).video_path or Path("/nowhere")
    if has_video:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not decoded here")
    return path


def fail_download(acquisition: Acquisition, reason: str) -> None:
    records.move(torrent_of(acquisition).pk, TorrentEvent.FAILED, reason=reason)


def package(acquisition: Acquisition, state: AssetState, reason: str = "") -> UUID:
    """The packager says that the asset is in ``state`` now."""
    acquisition.refresh_from_db()
    assert acquisition.asset_id is not None
    MediaAsset.objects.filter(pk=acquisition.asset_id).update(state=state, reason=reason)
    return acquisition.asset_id


def states_of(acquisition: Acquisition) -> list[str]:
    """The states of its log in order, without repetition."""
    states = list(LogEntry.objects.filter(acquisition=acquisition).order_by("seq").values_list("state", flat=True))
    return [state for at, state in enumerate(states) if at == 0 or states[at - 1] != state]


def followers_of(acquisition: Acquisition) -> set[UUID]:
    return set(Follow.objects.filter(acquisition=acquisition, left_at=None).values_list("user_id", flat=True))
