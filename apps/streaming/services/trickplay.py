"""Makes the sheets of small pictures that the seek bar shows, from keyframes alone."""

from pathlib import Path

from apps.streaming.adapters import store, tracks
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.source import SourceFacts
from apps.streaming.domain.trickplay import NAME, choose_layout, sheet_name, trickplay_vtt
from apps.streaming.models import WorkUnit
from apps.streaming.services.making import work_folder
from apps.streaming.services.publishing import record_segment
from apps.streaming.services.subtitles import keep_alive_of, wanted_tracks, zero_of


def make_trickplay(unit: WorkUnit) -> None:
    """The sheets, then the WebVTT that names them. Raises TracksFailed, OSError, LeaseLost."""
    asset, rows = unit.asset, wanted_tracks(unit, TrackKind.TRICKPLAY)
    video = SourceFacts.from_json(asset.facts).video
    if not rows or video is None:
        return
    duration_s = asset.duration_s or 0.0
    layout = choose_layout(video, duration_s)
    folder = store.folder(asset.pk, asset.epoch)
    keep_alive = keep_alive_of(unit)
    with work_folder(unit) as work:
        tracks.sheets(Path(asset.source), zero_of(asset), layout, work=work.absolute(), keep_alive=keep_alive)
        names = [sheet_name(sheet) for sheet in range(layout.sheets)]
        size = sum(store.publish_joined([work / name], folder / NAME / name) for name in names)
    text = trickplay_vtt(layout, duration_s).encode()
    store.publish_bytes(text, folder / f"{NAME}.vtt")
    record_segment(unit, rows[0], 0, size + len(text), rows[0].segments.duration_s(0))
