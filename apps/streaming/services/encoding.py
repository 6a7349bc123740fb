"""Which encoder makes the rungs of a title: chosen with the plan, and x264 from then on when it fails.

Invariant: all segments under one name come from one encoder, because they share one init segment and its address.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from uuid import UUID

from django.db import transaction
from structlog import get_logger

from apps.streaming.adapters import encoders, ffmpeg, store
from apps.streaming.domain.assembly import PlanBroken
from apps.streaming.domain.encoders import X264, begun_again, encoder_of, made_by
from apps.streaming.domain.hls import media_playlist
from apps.streaming.domain.ladder import Ladder, Mode, Track, TrackKind
from apps.streaming.domain.mp4 import BadBox
from apps.streaming.domain.states import RenditionEvent, RenditionState
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services import audit, leases, planning
from apps.streaming.services.locking import hold_asset, hold_tracks
from apps.streaming.services.moves import move_rendition

log = get_logger(__name__)


def with_encoder(ladder: Ladder, keep_alive: Callable[[], None]) -> Ladder:
    """The plan with this machine's encoder in every rung. Raises what ``keep_alive`` raises."""
    if not any(_is_rung(track) for track in ladder.tracks):
        return ladder
    encoder = encoders.chosen_encoder(keep_alive)
    tracks = (
        replace(track, recipe=made_by(track.recipe, encoder)) if _is_rung(track) else track for track in ladder.tracks
    )
    return replace(ladder, tracks=tuple(tracks))


def _is_rung(track: Track) -> bool:
    return track.kind == TrackKind.VIDEO and track.recipe.mode == Mode.ENCODE


@contextmanager
def falling_back(unit: WorkUnit) -> Iterator[None]:
    """When a card fails at a rung, its title is made by x264 from the next attempt on. Raises LeaseLost, too."""
    try:
        yield
    except (ffmpeg.FfmpegFailed, PlanBroken, BadBox) as error:
        rungs = unit.asset.renditions.filter(name__in=unit.rungs, kind=TrackKind.VIDEO)
        failed = [encoder_of(rung.recipe) for rung in rungs]
        for encoder in {encoder for encoder in failed if encoder != X264}:
            fault = encoders.fault_of(encoder, partial(leases.heartbeat, unit))
            if fault is not None:
                encoders.distrust(encoder, fault)
            log.warning("encoder.gave_up_title", asset=str(unit.asset_id), encoder=encoder.kind, error=str(error)[:300])
            use_x264(unit.asset_id)
        raise


def use_x264(asset_id: UUID) -> None:
    """Every rung of the title that another encoder makes is x264's from now on; one transaction, safe to repeat.

    A rung whose init segment is out is begun again under another name: players and browsers keep what they have under
    the first one, and frames of x264 would not fit to it. There they find nothing more, and open another rung.
    """
    with transaction.atomic():
        asset = hold_asset(asset_id)
        rungs = [rung for rung in hold_tracks(asset_id) if _is_of_a_card(rung)]
        left = [name for rung in rungs if (name := _change(rung))]
    if asset is not None:
        for name in left:  # a kill before this leaves strays to the sweep
            store.remove_track(asset_id, asset.epoch, name)


def _is_of_a_card(rung: Rendition) -> bool:
    return rung.kind == TrackKind.VIDEO and encoder_of(rung.recipe) != X264


def _publish_playlist(rung: Rendition) -> None:
    """It is there before anybody is told of it; small enough to be written while the rows are held."""
    text = media_playlist(rung.name, rung.segments)
    store.publish_bytes(text.encode(), store.folder(rung.asset_id, rung.asset.epoch) / f"{rung.name}.m3u8")


def _change(rung: Rendition) -> str:
    """The caller holds asset and rung. The name under which files are left, if any."""
    changes: dict[str, object] = {"recipe_data": made_by(rung.recipe, X264).to_json()}
    if not rung.init_sha256:  # nobody has seen anything of it
        Rendition.objects.filter(pk=rung.pk).update(**changes)
        return ""
    before, rung.name = rung.name, begun_again(rung.name)
    _publish_playlist(rung)
    changes |= {"name": rung.name, "init_sha256": "", "codec": "", "peak_bps": 0, "pace": []}
    Rendition.objects.filter(pk=rung.pk).update(**changes)
    _rename_in_units(rung.asset_id, before, rung.name)
    audit.clear_bits(rung, list(range(rung.segment_count)))
    move_rendition(rung.pk, RenditionEvent.DAMAGED)  # on demand too: nothing is left of it
    if not rung.on_demand and rung.state != RenditionState.FAILED:
        planning.fill(rung)
    return before


def _rename_in_units(asset_id: UUID, before: str, after: str) -> None:
    """Whoever makes it on the card sees with the next segment that it is not wanted any more."""
    units = WorkUnit.objects.select_for_update().filter(asset_id=asset_id, rungs__contains=[before])
    for unit in units.order_by("pk"):
        rungs = [after if name == before else name for name in unit.rungs]
        WorkUnit.objects.filter(pk=unit.pk).update(rungs=rungs)
