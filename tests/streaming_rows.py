"""An asset that is ready without any ffmpeg: rows and small files as the pipeline would leave them."""

from pathlib import Path

from apps.catalog.services import create_manual_title
from apps.streaming.adapters import store
from apps.streaming.domain.grid import Segments
from apps.streaming.domain.ladder import Mode, Recipe, TrackKind
from apps.streaming.domain.progress import empty_bitmap, with_bit
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind
from apps.streaming.models import MediaAsset, Rendition, WorkUnit

SEGMENTS = Segments(25, (0, 100, 200), 275, (100, 100, 75))
SEGMENT = bytes(range(256)) * 8


def piece(size_bytes: int) -> store.Published:
    """What the maker of a segment says of it."""
    return store.Published(size_bytes, bytes(32))


def stored_files() -> MediaAsset:
    """Files of a finished film without any row: serving them must not need the database."""
    asset = MediaAsset(epoch=1)
    folder = store.folder(asset.pk, 1)
    for name in ("master.m3u8", "v-src.m3u8"):
        store.publish_bytes(b"#EXTM3U\n", folder / name)
    for track in ("v-src", "a-eng-1"):
        store.publish_bytes(b"init", folder / track / "init.mp4")
        for index in range(3):
            store.publish_bytes(SEGMENT, folder / track / f"{index:05d}.m4s")
    return asset


def add_track(
    asset: MediaAsset,
    name: str,
    *,
    state: RenditionState = RenditionState.READY,
    done: int | None = None,
    mode: Mode = Mode.COPY,
) -> Rendition:
    """A rendition with its first ``done`` segments published (all by default)."""
    kinds = {"v": TrackKind.VIDEO, "a": TrackKind.AUDIO, "s": TrackKind.SUBTITLE}
    recipe = Recipe(mode=mode, stream=0, width=640, height=360, fps="25", max_kbps=1200, language="eng",
                    source_codec="h264", is_default=name.startswith("a-"))  # fmt: skip
    bitmap = empty_bitmap(len(SEGMENTS))
    folder = store.folder(asset.pk, asset.epoch)
    for index in range(len(SEGMENTS) if done is None else done):
        bitmap = with_bit(bitmap, index)
        store.publish_bytes(SEGMENT, folder / name / f"{index:05d}.m4s")
    store.publish_bytes(b"init", folder / name / "init.mp4")
    store.publish_bytes(b"#EXTM3U\n", folder / f"{name}.m3u8")
    return Rendition.objects.create(
        asset=asset, name=name, kind=kinds[name[0]], state=state, recipe_data=recipe.to_json(),
        segment_data=SEGMENTS.to_json(), segment_count=len(SEGMENTS), bitmap=bitmap, size_bytes=len(SEGMENT) * 3,
        peak_bps=9000, codec="avc1.64001e" if name[0] == "v" else "mp4a.40.2", init_sha256="0" * 64,
    )  # fmt: skip


def ready_asset(name: str = "A film", *, state: AssetState = AssetState.COMPLETE) -> MediaAsset:
    title = create_manual_title(name=name)
    asset = MediaAsset.objects.create(
        title=title, source=str(Path("/films") / name), state=state, duration_s=11.0, facts={"duration_s": 11.0},
        notes=["The sound is not AAC; browsers get AAC instead."],
    )  # fmt: skip
    add_track(asset, "v-src")
    add_track(asset, "a-eng-1")
    store.publish_bytes(b"#EXTM3U\nmaster\n", store.folder(asset.pk, 1) / "master.m3u8")
    return asset


def unit_of(rendition: Rendition, first: int = 0, last: int = 3, **changes: object) -> WorkUnit:
    values = {"rungs": [rendition.name], "kind": UnitKind.VIDEO, "priority": 3, "base_priority": 3} | changes
    return WorkUnit.objects.create(asset=rendition.asset, first=first, last=last, **values)
