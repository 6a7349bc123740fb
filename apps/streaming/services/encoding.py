"""Which encoder makes the rungs of a title: chosen with the plan, and x264 from then on when it fails.

Invariant: all segments of one rung come from one encoder, because they share one init segment.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from structlog import get_logger

from apps.streaming.adapters import encoders, ffmpeg, store
from apps.streaming.domain.assembly import PlanBroken
from apps.streaming.domain.encoders import X264, encoder_of, made_by
from apps.streaming.domain.ladder import Ladder, Mode, Track, TrackKind
from apps.streaming.domain.mp4 import BadBox
from apps.streaming.domain.progress import has_bit
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services import audit

log = get_logger(__name__)


def with_encoder(ladder: Ladder) -> Ladder:
    """The plan with this machine's encoder in every rung."""
    if not any(_is_rung(track) for track in ladder.tracks):
        return ladder
    encoder = encoders.chosen_encoder()
    tracks = (
        replace(track, recipe=made_by(track.recipe, encoder)) if _is_rung(track) else track for track in ladder.tracks
    )
    return replace(ladder, tracks=tuple(tracks))


def _is_rung(track: Track) -> bool:
    return track.kind == TrackKind.VIDEO and track.recipe.mode == Mode.ENCODE


@contextmanager
def falling_back(unit: WorkUnit) -> Iterator[None]:
    """When a card fails at a rung, its title is made by x264 from the next attempt on."""
    try:
        yield
    except (ffmpeg.FfmpegFailed, PlanBroken, BadBox) as error:
        rungs = unit.asset.renditions.filter(name__in=unit.rungs, kind=TrackKind.VIDEO)
        failed = [encoder_of(rung.recipe) for rung in rungs]
        for encoder in {encoder for encoder in failed if encoder != X264}:
            fault = encoders.fault_of(encoder)
            if fault is not None:
                encoders.distrust(encoder, fault)
            log.warning("encoder.gave_up_title", asset=str(unit.asset_id), encoder=encoder.kind, error=str(error)[:300])
            use_x264(unit.asset_id)
        raise


def use_x264(asset_id: UUID) -> None:
    """Every rung of the title that another encoder began is begun again: its init segment would not fit."""
    for rung in Rendition.objects.filter(asset_id=asset_id, kind=TrackKind.VIDEO):
        if encoder_of(rung.recipe) == X264:
            continue
        recipe = made_by(rung.recipe, X264)
        Rendition.objects.filter(pk=rung.pk).update(recipe_data=recipe.to_json(), init_sha256="", codec="")
        store.remove_file(store.folder(asset_id, rung.asset.epoch) / rung.name / "init.mp4")
        made = [index for index in range(rung.segment_count) if has_bit(bytes(rung.bitmap), index)]
        if made:
            audit.repair(rung.pk, made)
