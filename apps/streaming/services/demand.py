"""What people want now: a missing segment that a player asks for, and what lies before a playhead.

Invariant: however many ask for one segment of one rung, one unit makes it. A unit is cut in one transaction, so each
(rung, segment) pair stays in exactly one unit. Rows are locked in the order of ``locking``.
"""

from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.common.locks import hold_until_commit
from apps.streaming.domain.ladder import Mode, TrackKind
from apps.streaming.domain.priorities import AHEAD_S, Priority
from apps.streaming.domain.progress import has_bit, missing
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState
from apps.streaming.domain.units import NEAR_SEGMENTS, Part, cut, end_of_wish
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.selectors import current_asset, encodes_for_viewers, places_for
from apps.streaming.services import leases
from apps.streaming.services.locking import hold_asset

OPEN = (UnitState.PENDING, UnitState.LEASED)
PLAYING = (AssetState.PROBING, AssetState.PLAYABLE, AssetState.COMPLETE)
ADMISSION_LOCK = "streaming.admission"
FRESH_S = 5.0  # a wish that was noted this recently is not written down again
SAID_AGAIN_S = FRESH_S + 1  # whoever goes on waiting has said so again by then


class Answer(StrEnum):
    MADE = "made"
    COMING = "coming"
    REFUSED = "refused"  # the machine makes as many rungs for viewers as it can
    UNKNOWN = "unknown"  # nobody will make it


def want_segment(
    asset_id: UUID, rung: str, index: int, *, epoch: int | None = None, viewer: UUID | None = None
) -> Answer:
    """A player waits for this segment: see to it that it comes next. Cheap to repeat while waiting.

    ``epoch`` is the one the player was let in to: nothing of a newer one is made for it.
    """
    if _is_noted(asset_id, rung, index, epoch, viewer):
        return Answer.COMING
    answer = _ask(asset_id, rung, index, epoch, viewer, may_admit=False)
    return _ask(asset_id, rung, index, epoch, viewer, may_admit=True) if answer == Answer.REFUSED else answer


def _ask(asset_id: UUID, rung: str, index: int, epoch: int | None, viewer: UUID | None, *, may_admit: bool) -> Answer:
    """Without ``may_admit``, one more encoder is refused at once.

    With it, those who ask count and begin encoders one after another, so that no two take the same last place; the
    lock comes before all rows, so only who needs an encoder takes it.
    """
    with transaction.atomic():
        if may_admit:
            hold_until_commit(ADMISSION_LOCK)
        track = _locked(asset_id, rung, epoch)
        if track is None or index >= track.segment_count:
            return Answer.UNKNOWN
        if has_bit(bytes(track.bitmap), index):
            return Answer.MADE
        unit = _unit_with(track, index)
        needs_place = _needs_an_encoder(track, unit, index)
        if needs_place and not (may_admit and encodes_for_viewers() < places_for(track)):
            is_coming = may_admit and unit is not None and _is_close(track, unit, index)
            return Answer.COMING if is_coming else Answer.REFUSED
        _hurry(track, unit or _plan(track, index), index, viewer)
    return Answer.COMING


def want_init(asset_id: UUID, rung: str, *, epoch: int | None = None, viewer: UUID | None = None) -> Answer:
    """A player opens this rung. Any segment brings the init segment; when none is on its way, the first missing."""
    on_its_way = WorkUnit.objects.filter(_of(asset_id, epoch), rungs__contains=[rung], state__in=OPEN)
    leased = on_its_way.filter(state=UnitState.LEASED)
    if on_its_way.filter(priority=Priority.WAITING).exists() or any(not _is_yielding(unit) for unit in leased):
        return Answer.COMING
    with transaction.atomic():
        track = _locked(asset_id, rung, epoch)
        index = next(iter(missing(bytes(track.bitmap), 0, track.segment_count)), None) if track else None
    return Answer.UNKNOWN if index is None else want_segment(
        asset_id, rung, index, epoch=epoch, viewer=viewer)  # fmt: skip


def expect_playback(*, title_id: UUID, position_s: float, height: int | None = None) -> None:
    """Somebody plays this title here: what the next half minute needs comes soon. ``height`` of the rung watched."""
    asset = current_asset(title_id)
    if asset is None or asset.state not in PLAYING:
        return
    tracks = asset.renditions.filter(kind=TrackKind.VIDEO).exclude(state=RenditionState.FAILED)
    made_here = [track for track in tracks if track.recipe.mode == Mode.ENCODE or track.on_demand]
    watched = [track for track in made_here if height is not None and track.recipe.height == height]
    for track in watched or [track for track in made_here if not track.on_demand]:
        _expect(track, Fraction(max(0.0, position_s)), is_watched=bool(watched))


def rebuild(rendition: Rendition, indexes: list[int]) -> None:
    """Plan units for missing segments that no unit holds; call it in the transaction that cleared their bits."""
    reached = 0
    for index in sorted(indexes):
        if index >= reached:
            unit = _unit_with(rendition, index) or _plan(rendition, index, priority=Priority.REST)
            reached = unit.last
    leases.wake_workers()


def fill(rendition: Rendition) -> None:
    """Plan units for everything of it that is missing and that no unit holds; the caller holds the rendition."""
    if holes := _holes(rendition):
        rebuild(rendition, holes)


def _of(asset_id: UUID, epoch: int | None) -> Q:
    return Q(asset_id=asset_id) if epoch is None else Q(asset_id=asset_id, asset__epoch=epoch)


def _is_noted(asset_id: UUID, rung: str, index: int, epoch: int | None, viewer: UUID | None) -> bool:
    fresh = timezone.now() - timedelta(seconds=FRESH_S)
    noted = WorkUnit.objects.filter(state__in=OPEN, priority=Priority.WAITING, wanted_at__gt=fresh)
    noted = noted.filter(Q(wanted_by=viewer) | Q(wanted_by=None))
    return _holding(noted.filter(_of(asset_id, epoch)), rung, index).exclude(state=UnitState.LEASED).exists()


def _locked(asset_id: UUID, rung: str, epoch: int | None) -> Rendition | None:
    tracks = Rendition.objects.select_for_update(of=("self",)).exclude(state=RenditionState.FAILED)
    made = tracks.filter(kind__in=[TrackKind.VIDEO, TrackKind.AUDIO], asset__state__in=PLAYING)
    return made.select_related("asset").filter(_of(asset_id, epoch), name=rung).first()


def _holding(units: QuerySet[WorkUnit], rung: str, index: int) -> QuerySet[WorkUnit]:
    return units.filter(rungs__contains=[rung], first__lte=index, last__gt=index)


def _unit_with(track: Rendition, index: int) -> WorkUnit | None:
    units = WorkUnit.objects.select_for_update().filter(asset_id=track.asset_id, state__in=OPEN)
    return _holding(units, track.name, index).first()


def _needs_an_encoder(track: Rendition, unit: WorkUnit | None, index: int) -> bool:
    if track.kind != TrackKind.VIDEO or track.recipe.mode == Mode.COPY:
        return False
    if unit is None:
        return True
    return not _is_near(track, unit, index) if unit.state == UnitState.LEASED else unit.priority > Priority.WAITING


def _is_near(track: Rendition, unit: WorkUnit, index: int) -> bool:
    """Whether the worker that holds the unit is there sooner than another one would be: those who make what is
    less urgent hardly move beside it."""
    return _is_close(track, unit, index) and not _is_yielding(unit)


def _is_yielding(unit: WorkUnit) -> bool:
    if unit.priority <= Priority.WAITING:
        return False
    at_work = WorkUnit.objects.filter(kind=UnitKind.VIDEO, state=UnitState.LEASED, priority__lt=unit.priority)
    return encodes_for_viewers() > 0 or at_work.exists()


def _is_close(track: Rendition, unit: WorkUnit, index: int) -> bool:
    if unit.state != UnitState.LEASED:
        return False
    return index - missing(bytes(track.bitmap), unit.first, unit.last)[0] <= NEAR_SEGMENTS


def is_whole(track: Rendition) -> bool:
    """What cannot be begun in the middle, or is so cheap that cutting costs more."""
    return track.kind != TrackKind.VIDEO or track.recipe.mode == Mode.COPY


def _hurry(track: Rendition, unit: WorkUnit, index: int, viewer: UUID | None) -> None:
    if unit.state == UnitState.LEASED and (is_whole(track) or _is_near(track, unit, index)):
        _note_waiting(unit, viewer)
        return
    whole = Part(unit.first, unit.last, tuple(unit.rungs))
    is_cut_out = unit.state == UnitState.PENDING and unit.priority <= Priority.WAITING and len(unit.rungs) == 1
    if is_whole(track) or is_cut_out:
        parts = [Part(whole.first, whole.last, whole.rungs, is_wanted=True)]
    else:
        parts = cut(whole, [track.name], index, end_of_wish(track.segments, index, unit.last))
    if unit.state == UnitState.LEASED and parts[0].is_wanted:  # the maker keeps the row, and is not to make this
        parts = [Part(whole.first, whole.first, whole.rungs), *parts]
    _store(unit, parts, Priority.WAITING, viewer)


def _alone(unit: WorkUnit, viewer: UUID | None) -> UUID | None:
    """Who waits for it, when that is one person; nobody else's wish or playhead ends with hers."""
    return viewer if unit.priority > Priority.SOON or unit.wanted_by == viewer else None


def _note_waiting(unit: WorkUnit, viewer: UUID | None) -> None:
    """Somebody still waits for what a worker makes: one that nobody waits for takes no viewer's place."""
    now = timezone.now()
    mine = WorkUnit.objects.filter(pk=unit.pk, priority=Priority.WAITING)
    mine.exclude(wanted_by=_alone(unit, viewer)).update(wanted_by=None)
    mine.filter(wanted_at__lt=now - timedelta(seconds=FRESH_S)).update(wanted_at=now)


def _store(unit: WorkUnit, parts: list[Part], priority: Priority, viewer: UUID | None = None) -> None:
    """The first part keeps the row, and with it the lease of whoever works on it."""
    now = timezone.now()
    changed: list[WorkUnit] = []
    for part in parts:
        row = WorkUnit(
            asset_id=unit.asset_id,
            kind=unit.kind,
            rungs=list(part.rungs),
            first=part.first,
            last=part.last,
            priority=min(priority, unit.priority) if part.is_wanted else unit.priority,
            base_priority=unit.base_priority,
            wanted_at=now if part.is_wanted else unit.wanted_at,
            wanted_by=_alone(unit, viewer) if part.is_wanted else unit.wanted_by,
            failures=unit.failures,
            created_at=unit.created_at,
        )
        changed.append(row)
    kept, *new = changed
    held = ("rungs", "first", "last", "priority", "wanted_at", "wanted_by")
    WorkUnit.objects.filter(pk=unit.pk).update(**{name: getattr(kept, name) for name in held})
    WorkUnit.objects.bulk_create(new)
    leases.wake_workers()


def _plan(track: Rendition, index: int, *, priority: Priority = Priority.EXTRA) -> WorkUnit:
    """A unit for segments that no unit holds: an evicted rung, or one that is only made on demand."""
    kind = UnitKind.AUDIO if track.kind == TrackKind.AUDIO else UnitKind.VIDEO
    first, last = (0, track.segment_count) if track.recipe.in_one_pass else (index, _end_of_hole(track, index))
    return WorkUnit.objects.create(
        asset_id=track.asset_id, kind=kind, rungs=[track.name], first=first, last=last,
        priority=priority, base_priority=priority, wanted_at=timezone.now(),
    )  # fmt: skip


def _end_of_hole(track: Rendition, index: int) -> int:
    """Where the next published segment, the next unit or the end of the wish is."""
    limit = end_of_wish(track.segments, index, track.segment_count)
    units = WorkUnit.objects.filter(asset_id=track.asset_id, state__in=OPEN, rungs__contains=[track.name])
    following = units.filter(first__gt=index).order_by("first").values_list("first", flat=True).first()
    limit = min(limit, following) if following is not None else limit
    return next((later for later in range(index, limit) if has_bit(bytes(track.bitmap), later)), limit)


def _expect(track: Rendition, position_s: Fraction, *, is_watched: bool) -> None:
    segments = track.segments
    window = segments.overlapping(position_s, position_s + Fraction(AHEAD_S))
    ahead = missing(bytes(track.bitmap), window.start, window.stop)
    while ahead:
        with transaction.atomic():
            Rendition.objects.select_for_update().get(pk=track.pk)
            unit = _unit_with(track, ahead[0])
            if unit is None and is_watched:
                unit = _plan(track, ahead[0])
            if unit is not None and unit.state == UnitState.PENDING:
                _bring_forward(track, unit, ahead[0], is_watched=is_watched)
            reached = max(unit.last if unit else 0, ahead[0] + 1)
        ahead = [index for index in ahead if index >= reached]


def _bring_forward(track: Rendition, unit: WorkUnit, index: int, *, is_watched: bool) -> None:
    if unit.priority <= Priority.SOON:
        WorkUnit.objects.filter(pk=unit.pk, wanted_at__isnull=False).update(wanted_at=timezone.now())
        return
    whole = Part(unit.first, unit.last, tuple(unit.rungs))
    rungs = [track.name] if is_watched else whole.rungs
    first, end = (unit.first, unit.last) if is_whole(track) else (index, end_of_wish(track.segments, index, unit.last))
    _store(unit, cut(whole, rungs, first, end), Priority.SOON)


def plan_for(asset_id: UUID) -> None:
    """Open rungs whose missing segments no unit holds get units again: nothing may stay half-made for ever."""
    unfinished = [RenditionState.PLANNED, RenditionState.BUILDING]
    rungs = Rendition.objects.filter(asset_id=asset_id, state__in=unfinished, on_demand=False)
    made = rungs.filter(kind__in=[TrackKind.VIDEO, TrackKind.AUDIO])
    for track_id in list(made.values_list("pk", flat=True)):
        with transaction.atomic():
            hold_asset(asset_id)  # several units
            track = made.select_for_update().filter(pk=track_id).first()
            if track is not None:
                fill(track)


def _holes(track: Rendition) -> list[int]:
    """Missing segments that no unit holds; the caller holds the rendition's row."""
    held = WorkUnit.objects.filter(asset_id=track.asset_id, state__in=OPEN, rungs__contains=[track.name])
    covered = {index for unit in held for index in range(unit.first, unit.last)}
    return [index for index in missing(bytes(track.bitmap), 0, track.segment_count) if index not in covered]
