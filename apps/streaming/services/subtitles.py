"""Makes the subtitle tracks of a film: texts as WebVTT, images as bitmaps with a list of times and places.

Invariant: a track is recorded after its last file is published, so a worker killed in the middle leaves nothing that
a player is told about.
"""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

from apps.streaming.adapters import store, tracks
from apps.streaming.domain.cues import fit, webvtt
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.states import RenditionEvent
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.services import leases, sources
from apps.streaming.services.making import work_folder
from apps.streaming.services.moves import move_rendition
from apps.streaming.services.publishing import keep_while, record_segment
from apps.streaming.services.stored import path_of, pictures_of


def zero_of(asset: MediaAsset) -> float:
    """The time of the first picture in the container's clock, s; nan where only the container knows it."""
    if asset.facts["has_own_clocks"]:
        return math.nan
    return float(asset.facts["start_s"]) + asset.origin_s


def keep_alive_of(unit: WorkUnit) -> Callable[[], None]:
    return partial(leases.heartbeat, unit)


def wanted_tracks(unit: WorkUnit, kind: TrackKind) -> list[Rendition]:
    """The unit's tracks that are not recorded yet; each is now being built."""
    rows = unit.asset.renditions.filter(name__in=unit.rungs, kind=kind)
    open_rows = [row for row in rows if not any(bytes(row.bitmap))]
    for row in open_rows:
        move_rendition(row.pk, RenditionEvent.STARTED)
    return open_rows


def make_texts(unit: WorkUnit) -> None:
    """All text tracks in one pass (no cue: an empty file). Raises TracksFailed, NotHereYet, OSError and LeaseLost."""
    asset, rows = unit.asset, wanted_tracks(unit, TrackKind.SUBTITLE)
    if not rows:
        return
    streams = [row.recipe.stream for row in rows]
    film = sources.open_source(asset)
    found = tracks.text_cues(film, zero_of(asset), streams, keep_alive=keep_alive_of(unit))
    duration_ms = round((asset.duration_s or 0) * 1000)
    for row in rows:
        data = webvtt(fit(found[row.recipe.stream], duration_ms=duration_ms)).encode()
        published = keep_while(unit, partial(store.publish_bytes, data, path_of(row, asset.epoch, 0)))
        record_segment(unit, row, 0, published, row.segments.duration_s(0))


def make_images(unit: WorkUnit) -> None:
    """All image tracks in one pass: the bitmaps, then the list that names them. Raises as ``make_texts``."""
    asset, rows = unit.asset, wanted_tracks(unit, TrackKind.IMAGE)
    if not rows:
        return
    streams = {row.name: row.recipe.stream for row in rows}
    keep_alive = keep_alive_of(unit)
    film, duration_s = sources.open_source(asset), asset.duration_s or 0.0
    with work_folder(unit) as work:
        tracks.pictures(film, zero_of(asset), duration_s, streams, work=work.absolute(), keep_alive=keep_alive)
        for row in rows:
            text = (work / f"{row.name}.json").read_bytes()
            shown = keep_while(unit, partial(_publish_images, asset, row, work, text))
            published = keep_while(unit, partial(store.publish_bytes, text, path_of(row, asset.epoch, 0)))
            record_segment(unit, row, 0, published, row.segments.duration_s(0), pictures=shown)


def _publish_images(asset: MediaAsset, track: Rendition, work: Path, text: bytes) -> dict[int, store.Published]:
    """Only bitmaps that the list names are kept."""
    folder = store.folder(asset.pk, asset.epoch)
    shown = sorted(pictures_of(track, text).items())
    return {index: store.publish_joined([work / url], folder / url) for index, url in shown}
