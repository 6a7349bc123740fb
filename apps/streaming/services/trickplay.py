"""Makes the sheets of small pictures that the seek bar shows, from keyframes alone."""

from functools import partial
from pathlib import Path

from apps.streaming.adapters import store, tracks
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.source import SourceFacts
from apps.streaming.domain.trickplay import choose_layout, trickplay_vtt
from apps.streaming.models import WorkUnit
from apps.streaming.services import sources
from apps.streaming.services.making import work_folder
from apps.streaming.services.publishing import keep_while, record_segment
from apps.streaming.services.stored import path_of, pictures_of
from apps.streaming.services.subtitles import keep_alive_of, wanted_tracks, zero_of


def make_trickplay(unit: WorkUnit) -> None:
    """The sheets, then the WebVTT that names them. Raises TracksFailed, NotHereYet, OSError, LeaseLost."""
    asset, rows = unit.asset, wanted_tracks(unit, TrackKind.TRICKPLAY)
    video = SourceFacts.from_json(asset.facts).video
    if not rows or video is None:
        return
    duration_s = asset.duration_s or 0.0
    layout = choose_layout(video, duration_s)
    folder = store.folder(asset.pk, asset.epoch)
    keep_alive = keep_alive_of(unit)
    with work_folder(unit) as work:
        tracks.sheets(sources.open_source(asset), zero_of(asset), layout, work=work.absolute(), keep_alive=keep_alive)
        text = trickplay_vtt(layout, duration_s).encode()
        sheets = {
            index: keep_while(unit, partial(store.publish_joined, [work / Path(name).name], folder / name))
            for index, name in pictures_of(rows[0], text).items()
        }
    published = keep_while(unit, partial(store.publish_bytes, text, path_of(rows[0], asset.epoch, 0)))
    record_segment(unit, rows[0], 0, published, rows[0].segments.duration_s(0), pictures=sheets)
