"""What lies before a playhead: made before anybody has to wait for it.

Invariant: what a room watches, in whatever qualities, is cut out of its film's units together: it is decoded once.
"""

from collections.abc import Collection
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.streaming.domain.ladder import Mode, TrackKind
from apps.streaming.domain.priorities import AHEAD_S, Priority
from apps.streaming.domain.progress import missing
from apps.streaming.domain.states import RenditionState, UnitState
from apps.streaming.domain.units import Part, cut, end_of_wish
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.selectors import current_asset
from apps.streaming.services.locking import hold_asset
from apps.streaming.services.planning import PLANNED, is_whole, plan, split, unit_with


def expect_playback(*, title_id: UUID, position_s: float, heights: Collection[int] = ()) -> None:
    """Somebody plays this title here: what the next half minute needs comes soon. ``heights`` are those of the rungs
    watched, as far as they are known."""
    asset = current_asset(title_id)
    if asset is None or asset.state not in PLANNED:
        return
    tracks = asset.renditions.filter(kind=TrackKind.VIDEO).exclude(state=RenditionState.FAILED)
    made_here = [track for track in tracks if track.recipe.mode == Mode.ENCODE or track.on_demand]
    watched = [track for track in made_here if track.recipe.height in heights]
    names = {track.name for track in watched}
    place = Fraction(max(0.0, position_s))
    for track in watched or [track for track in made_here if not track.on_demand]:
        _expect(track, place, names)
    for copy in (track for track in tracks if track not in made_here):
        if not heights or copy.recipe.height in heights:
            _expect(copy, place, ())


def _expect(track: Rendition, position_s: Fraction, watched: Collection[str]) -> None:
    window = track.segments.overlapping(position_s, position_s + Fraction(AHEAD_S))
    ahead = missing(bytes(track.bitmap), window.start, window.stop)
    while ahead:
        with transaction.atomic():
            hold_asset(track.asset_id)  # several units
            tracks = Rendition.objects.select_for_update().exclude(state=RenditionState.FAILED)
            if not tracks.filter(pk=track.pk).exists():
                return
            unit = unit_with(track, ahead[0])
            if unit is None and watched:
                unit = plan(track, ahead[0])
            if unit is not None and unit.state == UnitState.PENDING:
                _bring_forward(track, unit, ahead[0], watched)
            reached = max(unit.last if unit else 0, ahead[0] + 1)
        ahead = [index for index in ahead if index >= reached]


def _bring_forward(track: Rendition, unit: WorkUnit, index: int, watched: Collection[str]) -> None:
    if unit.priority <= Priority.SOON:
        WorkUnit.objects.filter(pk=unit.pk, wanted_at__isnull=False).update(wanted_at=timezone.now())
        return
    whole = Part(unit.first, unit.last, tuple(unit.rungs))
    first, end = (unit.first, unit.last) if is_whole(track) else (index, end_of_wish(track.segments, index, unit.last))
    split(unit, cut(whole, watched or whole.rungs, first, end), Priority.SOON)
