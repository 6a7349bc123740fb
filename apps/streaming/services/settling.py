"""Decides after each finished unit what is true now: which renditions are proved, what people can play.

Invariant: ``ready`` and ``complete`` are never said without proof from the files themselves. Safe to repeat.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from uuid import UUID, uuid4

from django.db import transaction
from structlog import get_logger

from apps.catalog import services as catalog
from apps.catalog.domain.titles import Availability
from apps.common.jobs import Job, enqueue
from apps.common.locks import try_to_hold
from apps.streaming.adapters import ffmpeg, store
from apps.streaming.domain import ffmpeg as command
from apps.streaming.domain.damage import HOPELESS, PROBED_MAX, PROBED_MIN, Damage, damage_of, probed
from apps.streaming.domain.hls import segment_name
from apps.streaming.domain.ladder import Mode, TrackKind
from apps.streaming.domain.priorities import BACKGROUND_NICENESS
from apps.streaming.domain.progress import count
from apps.streaming.domain.states import AssetEvent, AssetState, RenditionEvent, RenditionState, UnitState
from apps.streaming.models import MediaAsset, Rendition, WorkUnit
from apps.streaming.selectors import has_beginning
from apps.streaming.services.assets import fail_asset, is_open
from apps.streaming.services.damage import note_damage
from apps.streaming.services.mastering import publish_master
from apps.streaming.services.moves import move_asset, move_rendition
from apps.streaming.services.stored import LISTS

log = get_logger(__name__)
_proving = Lock()
_left_out: set[UUID] = set()

PROVED_IN = (AssetState.PROBING, AssetState.PLAYABLE, AssetState.COMPLETE)  # evicted rungs come back to the last
DURATION_TOLERANCE = 0.01
SOUND_TOLERANCE_S = 1.0
PROOF_TRIES = 3  # a decoder that was killed in the middle says nothing about the film
LOST = "A finished part is missing on the disk."
UNDECODABLE = "A finished part cannot be decoded."
COPY_ERRORS_MAX = 5  # lines of a segment of sound


def settle(asset_id: UUID) -> None:
    """Prove what is full, then move the asset as far as its renditions allow; and others that were left meanwhile."""
    _settle(asset_id)
    while not _proving.locked() and (other := _take_left_out()) is not None:
        _settle(other)


def _take_left_out() -> UUID | None:
    with suppress(KeyError):  # there is none, or another thread was quicker
        return _left_out.pop()
    return None


def _settle(asset_id: UUID) -> None:
    asset = MediaAsset.objects.filter(pk=asset_id).first()
    if asset is None or asset.state not in PROVED_IN:
        return
    for rendition in asset.renditions.filter(state=RenditionState.BUILDING):
        if count(bytes(rendition.bitmap)) == rendition.segment_count:
            _prove_once(asset, rendition)
    conclude(asset_id)


def conclude(asset_id: UUID) -> None:
    """Move the asset as far as what is proved by now allows."""
    asset = MediaAsset.objects.filter(pk=asset_id).first()
    if asset is None or asset.state not in PROVED_IN:
        return
    renditions = list(asset.renditions.all())
    reason = _hopeless(renditions) if is_open(asset) else None
    if reason:
        fail_asset(asset_id, reason)
    elif renditions and is_playable(renditions):
        _publish(asset, is_complete=all(_is_settled(rendition) for rendition in renditions))


def open_early(asset_id: UUID) -> None:
    """People can watch as soon as the beginning is there, while the unit that made it goes on. Raises OSError."""
    asset = MediaAsset.objects.filter(pk=asset_id, state=AssetState.PROBING).first()
    if asset is not None and is_playable(list(asset.renditions.all())):
        _publish(asset, is_complete=False)


def is_playable(renditions: Sequence[Rendition]) -> bool:
    """The chosen sound is there, and the copy or the beginning of a rung that every browser shows."""
    sound = [rendition for rendition in renditions if rendition.kind == TrackKind.AUDIO and rendition.recipe.is_default]
    pictures = [rendition for rendition in renditions if rendition.kind == TrackKind.VIDEO]
    picture = [rendition for rendition in pictures if rendition.recipe.plays_everywhere]
    has_sound = all(has_beginning(rendition) for rendition in sound)
    return has_sound and any(has_beginning(rendition) for rendition in picture)


def _is_settled(rendition: Rendition) -> bool:
    is_over = rendition.state in {RenditionState.READY, RenditionState.FAILED}
    return is_over or rendition.on_demand


def _hopeless(renditions: Sequence[Rendition]) -> str | None:
    failed = [rendition for rendition in renditions if rendition.state == RenditionState.FAILED]
    sound = [rendition for rendition in failed if rendition.kind == TrackKind.AUDIO and rendition.recipe.is_default]
    lost_sound = next(iter(sound), None)
    if lost_sound:
        return f"The sound of this film could not be prepared. {lost_sound.reason}".strip()
    if any(_is_coming_on_demand(rendition) for rendition in renditions):
        return None
    pictures = [rendition for rendition in renditions if _is_needed_picture(rendition)]
    lost = [rendition for rendition in pictures if rendition in failed]
    if pictures and len(lost) == len(pictures):
        return f"The picture of this film could not be prepared. {lost[0].reason}".strip()
    return None


def _is_needed_picture(rendition: Rendition) -> bool:
    is_picture = rendition.kind == TrackKind.VIDEO and not rendition.on_demand
    return is_picture and rendition.recipe.plays_everywhere


def _is_coming_on_demand(rendition: Rendition) -> bool:
    """A picture for every browser of which the beginning is there or planned; most such rungs are for slow lines only,
    and wait for somebody on one."""
    if not rendition.on_demand or rendition.kind != TrackKind.VIDEO or rendition.state == RenditionState.FAILED:
        return False
    planned = WorkUnit.objects.filter(asset_id=rendition.asset_id, rungs__contains=[rendition.name], first=0)
    is_begun = has_beginning(rendition) or planned.filter(state__in=[UnitState.PENDING, UnitState.LEASED]).exists()
    return is_begun and rendition.recipe.plays_everywhere


def _publish(asset: MediaAsset, *, is_complete: bool) -> None:
    publish_master(asset)
    with transaction.atomic():
        if move_asset(asset.pk, AssetEvent.BECAME_PLAYABLE):
            catalog.set_availability(asset.title_id, Availability.PLAYABLE)
            enqueue(Job.ASSET_CHANGED, str(asset.pk))
        if is_complete and move_asset(asset.pk, AssetEvent.COMPLETED):
            catalog.set_availability(asset.title_id, Availability.READY)
            enqueue(Job.ASSET_CHANGED, str(asset.pk))


def _prove_once(asset: MediaAsset, rendition: Rendition) -> None:
    """Several units end at once. One thread of a process runs decoders, so that the others stay free for people who
    wait; it comes to what was left out meanwhile. Of several processes one proves a track."""
    if rendition.kind in LISTS:  # nothing to decode
        _prove(asset, rendition)
    elif _proving.acquire(blocking=False):
        try:
            with try_to_hold(f"streaming.proof.{rendition.pk}") as is_mine:
                if is_mine and Rendition.objects.filter(pk=rendition.pk, state=RenditionState.BUILDING).exists():
                    _prove(asset, rendition)
        finally:
            _proving.release()
    else:
        _left_out.add(asset.pk)


def _prove(asset: MediaAsset, rendition: Rendition) -> None:
    try:
        fault = _fault_of(asset, rendition)
    except OSError as error:  # a full disk or a store that does not answer says nothing about the film
        log.warning("rendition.not_proved", rendition=str(rendition.pk), error=str(error))
        return
    if fault is None:
        move_rendition(rendition.pk, RenditionEvent.PROVED)
        return
    with transaction.atomic():
        now = Rendition.objects.select_for_update().filter(pk=rendition.pk).first()
        if now is not None and count(bytes(now.bitmap)) == now.segment_count:  # else the audit took some away meanwhile
            move_rendition(rendition.pk, RenditionEvent.FAILED, reason=fault)


def _fault_of(asset: MediaAsset, rendition: Rendition) -> str | None:
    folder = store.folder(asset.pk, asset.epoch)
    if rendition.kind in LISTS:
        return None if store.is_there(folder / f"{rendition.name}.{LISTS[TrackKind(rendition.kind)]}") else LOST
    folder /= rendition.name
    names = [command.INIT, *(segment_name(index) for index in range(rendition.segment_count))]
    stored = store.sizes(folder)
    if not all(stored.get(folder / name) for name in names):
        return LOST
    length_s, planned_s = float(rendition.segments.total_s), asset.duration_s or 0.0
    tolerance_s = max(planned_s * DURATION_TOLERANCE, SOUND_TOLERANCE_S)
    if abs(length_s - planned_s) > tolerance_s:
        return f"It lasts {length_s:.1f} s instead of {planned_s:.1f} s."
    is_picture_copy = rendition.kind == TrackKind.VIDEO and rendition.recipe.mode == Mode.COPY
    indexes = probed(rendition.segments, most=PROBED_MAX if is_picture_copy else PROBED_MIN)
    outcomes = (_decoded(folder, indexes) for _ in range(PROOF_TRIES))
    outcome = next((outcome for outcome in outcomes if outcome and _is_proof(rendition, indexes, outcome)), None)
    if outcome is None:
        return UNDECODABLE
    return _damage(asset, outcome, len(indexes)) if is_picture_copy else None


def _decoded(folder: Path, indexes: Sequence[int]) -> ffmpeg.Outcome | None:
    """These segments in one run of a decoder, every frame of them: starting it costs more than decoding one."""
    work = store.work_folder(uuid4(), 0)
    joined = work / "proof.mp4"
    names = [command.INIT, *(segment_name(index) for index in indexes)]
    try:
        joined.write_bytes(b"".join(store.read_bytes(folder / name) for name in names))
        return ffmpeg.run(command.decode_check(str(joined)), cwd=work, niceness=BACKGROUND_NICENESS)
    except ffmpeg.FfmpegFailed:
        return None
    finally:
        store.discard(work)


def _is_proof(rendition: Rendition, indexes: Sequence[int], outcome: ffmpeg.Outcome) -> bool:
    is_copy = rendition.recipe.mode == Mode.COPY
    if rendition.kind == TrackKind.AUDIO:
        return outcome.errors <= (COPY_ERRORS_MAX * len(indexes) if is_copy else 0)
    if is_copy:
        return outcome.frames > 0  # the file's own damage is weighed afterwards
    return not outcome.errors and outcome.frames == sum(rendition.segments.frames[index] for index in indexes)


def _damage(asset: MediaAsset, outcome: ffmpeg.Outcome, places: int) -> str | None:
    """People are told of a damaged picture; one that is mostly damaged is a fault."""
    found = damage_of(damaged=outcome.damaged, pictures=outcome.frames, places=places)
    if found == Damage.NOTED:
        note_damage(asset.pk)
    return HOPELESS if found == Damage.HOPELESS else None
