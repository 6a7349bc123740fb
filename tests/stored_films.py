"""Films of two minutes as the pipeline would leave them, and the downloads they came from: rows and small files."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings

from apps.catalog.domain.titles import Availability
from apps.catalog.services import create_manual_title, set_availability
from apps.streaming.adapters import store
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Mode, Recipe, TrackKind
from apps.streaming.domain.progress import empty_bitmap, has_bit, with_bit
from apps.streaming.domain.states import AssetState, RenditionState
from apps.streaming.models import MediaAsset, Rendition
from apps.streaming.services.stored import note_stored, path_of
from apps.torrents.domain.states import TorrentState
from apps.torrents.models import Torrent

COUNT = 30
LENGTH_S = 4 * COUNT
PREROLL = 15  # segments in the first minute
SEGMENTS = Segments(1, tuple(range(0, LENGTH_S, 4)), LENGTH_S, (100,) * COUNT)
SEGMENT_BYTES = 1_000
RUNG_BYTES = COUNT * SEGMENT_BYTES
KINDS = {"v": TrackKind.VIDEO, "a": TrackKind.AUDIO}


@dataclass(frozen=True)
class StoredFilm:
    asset_id: UUID
    title_id: UUID
    torrent_id: UUID

    @property
    def asset(self) -> MediaAsset:
        return MediaAsset.objects.get(pk=self.asset_id)

    @property
    def torrent(self) -> Torrent:
        return Torrent.objects.get(pk=self.torrent_id)

    def track(self, name: str) -> Rendition:
        return Rendition.objects.get(asset_id=self.asset_id, name=name)

    def files(self, name: str) -> set[int]:
        folder = store.folder(self.asset_id, 1) / name
        return {int(path.stem) for path in folder.glob("*.m4s")}


def stored_film(
    name: str, *, encodes: tuple[str, ...] = ("v480",), source_bytes: int = RUNG_BYTES, has_copy: bool = True
) -> StoredFilm:
    title = create_manual_title(name=name)
    set_availability(title.pk, Availability.READY)
    torrent = Torrent.objects.create(
        v1_hash=uuid4().hex + "0" * 8, state=TorrentState.COMPLETE, name=name, video_file="0.mkv",
        bytes_total=source_bytes, bytes_wanted=source_bytes, bytes_done=source_bytes, space_bytes=source_bytes,
    )  # fmt: skip
    source = Path(settings.MEDIA_ROOT) / "torrents" / str(torrent.pk) / "0.mkv"
    source.parent.mkdir(parents=True)
    source.write_bytes(bytes(source_bytes))
    asset = MediaAsset.objects.create(
        title=title, source=str(source), state=AssetState.COMPLETE, duration_s=float(LENGTH_S), extra_bytes=1,
        facts={"duration_s": float(LENGTH_S), "size_bytes": source_bytes},
    )  # fmt: skip
    for track in (*(("v-src",) if has_copy else ()), *encodes, "a-eng-1"):
        add_rung(asset, track)
    return StoredFilm(asset.pk, title.pk, torrent.pk)


def add_rung(
    asset: MediaAsset, name: str, *, done: int = COUNT, state: RenditionState = RenditionState.READY, kbps: int = 100
) -> Rendition:
    mode = Mode.COPY if name == "v-src" else Mode.ENCODE
    recipe = Recipe(mode=mode, stream=0, width=640, height=360, fps="25", max_kbps=0 if mode == Mode.COPY else kbps,
                    language="eng", source_codec="h264", is_default=name.startswith("a-"))  # fmt: skip
    track = Rendition.objects.create(
        asset=asset, name=name, kind=KINDS[name[0]], state=state, recipe_data=recipe.to_json(),
        segment_data=SEGMENTS.to_json(), segment_count=COUNT, bitmap=empty_bitmap(COUNT), peak_bps=9000,
        codec="avc1.64001e" if name[0] == "v" else "mp4a.40.2", init_sha256=sha256(b"init").hexdigest(),
    )  # fmt: skip
    store.publish_bytes(b"init", store.folder(asset.pk, asset.epoch) / name / "init.mp4")
    bitmap = empty_bitmap(COUNT)
    for index in range(done):
        published = store.publish_bytes(bytes([index]) * SEGMENT_BYTES, path_of(track, asset.epoch, index))
        note_stored(track, {index: published})
        bitmap = with_bit(bitmap, index)
    Rendition.objects.filter(pk=track.pk).update(bitmap=bitmap, size_bytes=done * SEGMENT_BYTES)
    return track


def bits_of(track: Rendition) -> set[int]:
    return {index for index in range(track.segment_count) if has_bit(bytes(track.bitmap), index)}
