"""A quota of 200 MB with films of 120 MB coming in, and a tenth of both in the gate: real films, real ffmpeg.

Only the swarm is played: a film arrives in steps once torrentd would be let go, and removed ones are deleted. A thread
weighs the store all the while.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from accounts_cast import person
from acquisitions import metainfo
from django.conf import settings
from django.utils import timezone

import media
from apps.movie_requests import services as requests
from apps.movie_requests.domain.states import State
from apps.movie_requests.models import Acquisition
from apps.streaming import services
from apps.streaming.adapters import store
from apps.streaming.domain.states import AssetState
from apps.streaming.models import MediaAsset, StorageEvent, StoredSegment, TitleCare, WorkUnit
from apps.streaming.services import audit, demand
from apps.torrents.domain.states import TorrentEvent
from apps.torrents.models import Torrent
from apps.torrents.services import records

pytestmark = pytest.mark.django_db
MB = 1_000_000
FILM_S = 240
AUDIO_KBPS = 64
ROUNDS_MAX = 20


@dataclass
class Scale:
    """The store keeps its pictures small and pads them, so that a film of 12 MB costs no time to make."""

    quota_bytes: int
    film_bytes: int
    names: tuple[str, ...]
    heaviest_bytes: int = 0
    weighed: int = 0
    over: list[int] = field(default_factory=list)


SCALES = [
    pytest.param(Scale(20 * MB, 12 * MB, ("First", "Second")), id="20 MB"),
    pytest.param(Scale(200 * MB, 120 * MB, ("First", "Second", "Third", "Fourth")), id="200 MB"),
]


def weight(root: Path) -> int:
    """Bytes of all downloads and of everything made from them; files come and go meanwhile."""
    total = 0
    for top in (root / "torrents", root / "streaming"):
        for folder, _, names in os.walk(top):
            for name in names:
                with suppress(FileNotFoundError):
                    total += (Path(folder) / name).stat().st_size
    return total


@pytest.fixture
def scale(request, settings, tmp_path) -> Iterator[Scale]:
    chosen: Scale = request.param
    settings.MEDIA_ROOT = tmp_path
    settings.MEDIA_QUOTA_BYTES = chosen.quota_bytes
    is_over = threading.Event()

    def weigh() -> None:
        while not is_over.wait(0.05):
            now = weight(tmp_path)
            chosen.weighed += 1
            chosen.heaviest_bytes = max(chosen.heaviest_bytes, now)
            if now > chosen.quota_bytes:
                chosen.over.append(now)

    watcher = threading.Thread(target=weigh)
    watcher.start()
    yield chosen
    is_over.set()
    watcher.join()


def make_film(size_bytes: int) -> Path:
    path = media.folder() / f"padded-{size_bytes}.mp4"
    if not path.exists():
        video_kbps = int(size_bytes * 8 / 1000 / FILM_S * 0.98) - AUDIO_KBPS
        rate = ["-b:v", f"{video_kbps}k", "-minrate", f"{video_kbps}k", "-maxrate", f"{video_kbps}k",
                "-bufsize", f"{video_kbps}k", "-x264-params", "nal-hrd=cbr"]  # fmt: skip
        tone = f"sine=frequency=330:sample_rate=48000:duration={FILM_S}"
        media.run_ffmpeg(
            "-f", "lavfi", "-i", f"testsrc2=size=160x90:rate=10:duration={FILM_S}", "-f", "lavfi", "-i", tone,
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *rate, "-g", "20",
            "-c:a", "aac", "-b:a", f"{AUDIO_KBPS}k", "-ac", "2", str(path),
        )  # fmt: skip
    return path


def play_torrentd(film: Path) -> None:
    """One round: films that were let go arrive, those removed are deleted."""
    for torrent in Torrent.objects.filter(is_held=False, state="wanted"):
        target = Path(settings.MEDIA_ROOT) / "torrents" / str(torrent.pk) / "0.mp4"
        target.parent.mkdir(parents=True)
        records.move(torrent.pk, TorrentEvent.DOWNLOAD_STARTED)
        with film.open("rb") as data, target.open("wb") as out:
            while part := data.read(MB):
                out.write(part)
                out.flush()
        size = film.stat().st_size
        Torrent.objects.filter(pk=torrent.pk).update(video_file="0.mp4", bytes_done=size, bytes_wanted=size)
        records.move(torrent.pk, TorrentEvent.FINISHED)
    for torrent in Torrent.objects.awaiting_deletion():
        folder = Path(settings.MEDIA_ROOT) / "torrents" / str(torrent.pk)
        for path in folder.glob("*"):
            path.unlink()
        records.record_files_deleted(torrent.pk)


def work_until(film: Path, acquisition: Acquisition, state: State) -> None:
    for _ in range(ROUNDS_MAX):
        requests.sweep()
        play_torrentd(film)
        while services.run_next_unit():
            pass
        WorkUnit.objects.update(not_before=None)  # the ten seconds are over
        services.sweep()
        acquisition.refresh_from_db()
        if acquisition.state == state:
            return
    asset = MediaAsset.objects.filter(pk=acquisition.asset_id).values("state", "reason", "pause_reason").first()
    raise AssertionError(f"{acquisition.state}: {acquisition.reason} {asset}")


def ask(name: str, film: Path, user_id: UUID) -> Acquisition:
    torrent = metainfo(name=f"{name}.mp4", size=film.stat().st_size)
    return requests.submit_film(user_id=user_id, film=requests.Film(name=name), torrent=torrent)[0]


def watch_through(asset: MediaAsset) -> int:
    """Every segment of the best picture, as a player asks for it; how many had to be made for it."""
    track = asset.renditions.get(name="v-src")
    folder = store.folder(asset.pk, asset.epoch) / track.name
    made = 0
    for index in range(track.segment_count):
        services.note_watched(asset.title_id)
        path = folder / f"{index:05d}.m4s"
        if not path.exists():
            # Time goes by at the pace of the film: what was shown two minutes ago is not asked for again.
            ago = timezone.now() - timedelta(minutes=5)
            StoredSegment.objects.filter(rendition=track, index__lt=index - 5).update(published_at=ago)
            assert demand.want_segment(asset.pk, "v-src", index) == demand.Answer.COMING
            for _ in range(5):
                WorkUnit.objects.update(not_before=None)
                services.run_next_unit(asset_id=asset.pk)
                if path.exists():
                    break
            made += 1
        data = (folder / "init.mp4").read_bytes() + path.read_bytes()
        if index % 10 == 0:
            assert len(media.decode(data, "video").times) == track.segments.frames[index]
    return made


@pytest.mark.parametrize("scale", SCALES, indirect=True)
def test_films_larger_than_half_the_store_come_in_one_after_the_other(scale):
    film = make_film(scale.film_bytes)
    assert abs(film.stat().st_size - scale.film_bytes) < scale.film_bytes * 0.06
    for number, name in enumerate(scale.names):
        acquisition = ask(name, film, person(f"fan of {name}").pk)  # a plan allows few requests a week
        work_until(film, acquisition, State.READY)
        asset = MediaAsset.objects.get(pk=acquisition.asset_id)
        assert asset.state == AssetState.COMPLETE
        titles = list(StorageEvent.objects.filter(kind="title").order_by("pk").values_list("title", flat=True))
        assert titles == list(scale.names[:number]), "the film watched longest ago goes, and nothing else"
        MediaAsset.objects.filter(pk=asset.pk).update(created_at=timezone.now() - timedelta(days=9 - number))
        TitleCare.objects.update(held_until=None)
    assert watch_through(asset) > 0, "there is no room for a second copy of the whole film"
    assert StorageEvent.objects.filter(kind="segments").exists(), "what was watched made room for what follows"
    assert scale.over == [], "the quota was exceeded"
    assert scale.weighed > 50
    assert scale.heaviest_bytes > scale.quota_bytes / 2
    assert list(audit.findings()) == []
    assert all(event.reason and event.bytes for event in StorageEvent.objects.all())
    assert set(Acquisition.objects.values_list("state", flat=True)) == {State.READY, State.EVICTED}
    print(f"heaviest {scale.heaviest_bytes / MB:.1f} of {scale.quota_bytes / MB:.0f} MB in {scale.weighed} looks")
