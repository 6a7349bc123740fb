"""What people want now: a missing segment that a player asks for.

Invariant: however many ask for one segment of one rung, one unit makes it.
"""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.common.locks import hold_until_commit, wait_at_most, was_too_long
from apps.streaming.domain.ladder import Mode, TrackKind
from apps.streaming.domain.priorities import Priority
from apps.streaming.domain.progress import has_bit, missing
from apps.streaming.domain.states import RenditionState, UnitKind, UnitState
from apps.streaming.domain.units import NEAR_SEGMENTS, NEAR_SOUND, Part, cut
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.selectors import encodes_for_viewers, places_for
from apps.streaming.services.locking import hold_asset
from apps.streaming.services.planning import (
    OPEN,
    PLANNED,
    alone,
    end_for_viewer,
    holding,
    is_whole,
    plan,
    split,
    unit_with,
)

ADMISSION_LOCK = "streaming.admission"
FILM_WAIT_S = 2.0  # for rows that somebody else holds: whoever waits has a thread, and may have others behind him
FRESH_S = 5.0  # a wish that was noted this recently is not written down again
SAID_AGAIN_S = FRESH_S + 1  # whoever goes on waiting has said so again by then


class Answer(StrEnum):
    MADE = "made"
    COMING = "coming"
    REFUSED = "refused"  # the machine makes as many rungs for viewers as it can, or is busy with this film
    UNKNOWN = "unknown"  # nobody will make it


def want_segment(
    asset_id: UUID, rung: str, index: int, *, epoch: int | None = None, player: UUID | None = None
) -> Answer:
    """A player waits for this segment: see to it that it comes next. Cheap to repeat while waiting.

    ``epoch`` is the one the player was let in to: nothing of a newer one is made for it.
    """
    if _is_noted(asset_id, rung, index, epoch, player):
        return Answer.COMING
    try:
        answer = _ask(asset_id, rung, index, epoch, player, may_admit=False)
        return answer if answer != Answer.REFUSED else _ask(asset_id, rung, index, epoch, player, may_admit=True)
    except OperationalError as error:
        if was_too_long(error):  # whoever asks again may find it free
            return Answer.REFUSED
        raise


def _ask(asset_id: UUID, rung: str, index: int, epoch: int | None, player: UUID | None, *, may_admit: bool) -> Answer:
    """Without ``may_admit``, one more encoder is refused at once.

    With it, those who ask count and begin encoders one after another, so that no two take the same last place; the
    lock comes before all rows, so only who needs an encoder takes it.
    """
    with transaction.atomic():
        if may_admit:
            hold_until_commit(ADMISSION_LOCK)
        wait_at_most(FILM_WAIT_S)
        hold_asset(asset_id)
        track = _made(asset_id, rung, epoch).select_for_update(of=("self",)).first()
        if track is None or index >= track.segment_count:
            return Answer.UNKNOWN
        if has_bit(bytes(track.bitmap), index):
            return Answer.MADE
        unit = unit_with(track, index)
        needs_place = _needs_an_encoder(track, unit, index)
        if needs_place and not (may_admit and encodes_for_viewers() < places_for(track)):
            if not may_admit or unit is None or not _is_close(track, unit, index):
                return Answer.REFUSED
            WorkUnit.objects.filter(pk=unit.pk).update(wanted_at=timezone.now())  # its maker stands still for nobody
            return Answer.COMING
        _hurry(track, unit or plan(track, index), index, player)
    return Answer.COMING


def want_init(asset_id: UUID, rung: str, *, epoch: int | None = None, player: UUID | None = None) -> Answer:
    """A player opens this rung. Any segment brings the init segment; when none is on its way, the first missing."""
    on_its_way = WorkUnit.objects.filter(_of(asset_id, epoch), rungs__contains=[rung], state__in=OPEN)
    leased = on_its_way.filter(state=UnitState.LEASED)
    if on_its_way.filter(priority=Priority.WAITING).exists() or any(not _is_yielding(unit) for unit in leased):
        return Answer.COMING
    track = _made(asset_id, rung, epoch).first()
    index = next(iter(missing(bytes(track.bitmap), 0, track.segment_count)), None) if track else None
    return Answer.UNKNOWN if index is None else want_segment(
        asset_id, rung, index, epoch=epoch, player=player)  # fmt: skip


def _of(asset_id: UUID, epoch: int | None) -> Q:
    return Q(asset_id=asset_id) if epoch is None else Q(asset_id=asset_id, asset__epoch=epoch)


def _is_noted(asset_id: UUID, rung: str, index: int, epoch: int | None, player: UUID | None) -> bool:
    fresh = timezone.now() - timedelta(seconds=FRESH_S)
    noted = WorkUnit.objects.filter(state__in=OPEN, priority=Priority.WAITING, wanted_at__gt=fresh)
    noted = noted.filter(Q(wanted_by=player) | Q(wanted_by=None))
    return holding(noted.filter(_of(asset_id, epoch)), rung, index).exclude(state=UnitState.LEASED).exists()


def _made(asset_id: UUID, rung: str, epoch: int | None) -> QuerySet[Rendition]:
    """The rendition, if anybody makes it."""
    tracks = Rendition.objects.exclude(state=RenditionState.FAILED).filter(_of(asset_id, epoch), name=rung)
    made = tracks.filter(kind__in=[TrackKind.VIDEO, TrackKind.AUDIO], asset__state__in=PLANNED)
    return made.select_related("asset")


def _needs_an_encoder(track: Rendition, unit: WorkUnit | None, index: int) -> bool:
    if track.kind != TrackKind.VIDEO or track.recipe.mode == Mode.COPY:
        return False
    if unit is None:
        return True
    return not _is_near(track, unit, index) if unit.state == UnitState.LEASED else unit.priority > Priority.WAITING


def _is_near(track: Rendition, unit: WorkUnit, index: int) -> bool:
    """Whether the worker that holds the unit is there sooner than another one would be: those who make what is less
    urgent hardly move beside it. Sound moves on there, but not as far in the same time."""
    if track.kind == TrackKind.AUDIO:
        is_quick = len(unit.rungs) == 1 and not _is_yielding(unit)
        return _is_close(track, unit, index, near=NEAR_SOUND if is_quick else NEAR_SEGMENTS)
    return _is_close(track, unit, index) and not _is_yielding(unit)


def _is_yielding(unit: WorkUnit) -> bool:
    if unit.priority <= Priority.WAITING:
        return False
    at_work = WorkUnit.objects.filter(kind=UnitKind.VIDEO, state=UnitState.LEASED, priority__lt=unit.priority)
    return encodes_for_viewers() > 0 or at_work.exists()


def _is_close(track: Rendition, unit: WorkUnit, index: int, *, near: int = NEAR_SEGMENTS) -> bool:
    if unit.state != UnitState.LEASED:
        return False
    return index - missing(bytes(track.bitmap), unit.first, unit.last)[0] <= near


def is_soon_there(track: Rendition, unit: WorkUnit, index: int) -> bool:
    """Whether a wish that holds the segment is as good as one that begins with it: pictures are wished for by the half
    minute, sound by ten minutes."""
    if track.kind != TrackKind.AUDIO:
        return True
    ahead = missing(bytes(track.bitmap), unit.first, min(unit.last, track.segment_count))
    return next(iter(ahead), index) + NEAR_SOUND >= index


def _hurry(track: Rendition, unit: WorkUnit, index: int, player: UUID | None) -> None:
    if unit.state == UnitState.LEASED and (is_whole(track) or _is_near(track, unit, index)):
        _note_waiting(unit, player)
        return
    whole = Part(unit.first, unit.last, tuple(unit.rungs))
    is_wish = unit.state == UnitState.PENDING and unit.priority <= Priority.WAITING and len(unit.rungs) == 1
    is_cut_out = is_wish and is_soon_there(track, unit, index)
    if is_whole(track) or is_cut_out:
        parts = [Part(whole.first, whole.last, whole.rungs, is_wanted=True)]
    else:
        parts = cut(whole, [track.name], index, end_for_viewer(track, index, unit.last))
    if unit.state == UnitState.LEASED and parts[0].is_wanted:  # the maker keeps the row, and is not to make this
        parts = [Part(whole.first, whole.first, whole.rungs), *parts]
    split(unit, parts, Priority.WAITING, player)


def _note_waiting(unit: WorkUnit, player: UUID | None) -> None:
    """Somebody still waits for what a worker makes: one that nobody waits for takes no viewer's place, and may stand
    still for others."""
    now = timezone.now()
    mine = WorkUnit.objects.filter(pk=unit.pk)
    mine.filter(priority=Priority.WAITING).exclude(wanted_by=alone(unit, player)).update(wanted_by=None)
    mine.exclude(wanted_at__gte=now - timedelta(seconds=FRESH_S)).update(wanted_at=now)
