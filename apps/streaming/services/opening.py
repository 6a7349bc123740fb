"""Opening a film in the middle: what is made there already, else what is made there soonest, begun at once.

Invariant: of several rungs that are not there, one is wished for; a player opens with it while it is made.
"""

from dataclasses import replace
from fractions import Fraction
from uuid import UUID

from apps.streaming.domain.ladder import Mode
from apps.streaming.domain.playback import RenditionChoice
from apps.streaming.domain.progress import has_bit
from apps.streaming.models import MediaAsset, Rendition
from apps.streaming.services.abandoning import leave_others
from apps.streaming.services.demand import Answer, want_segment


def open_at(
    asset: MediaAsset, choices: tuple[RenditionChoice, ...], player: UUID, position_s: float
) -> tuple[RenditionChoice, ...]:
    """``choices`` of which those are ready that nobody waits long for at ``position_s``."""
    tracks = list(asset.renditions.filter(name__in=[choice.name for choice in choices]))
    at = {track.name: _segment_at(track, position_s) for track in tracks}
    ready = {track.name for track in tracks if has_bit(bytes(track.bitmap), at[track.name])}
    if not ready:
        soonest = min(tracks, key=_effort, default=None)
        if soonest is not None:
            leave_others(player, asset.pk, soonest.name, at[soonest.name])
            answer = want_segment(asset.pk, soonest.name, at[soonest.name], epoch=asset.epoch, player=player)
            ready = {soonest.name} if answer in {Answer.COMING, Answer.MADE} else ready
    return tuple(replace(choice, ready=choice.name in ready) for choice in choices)


def _segment_at(track: Rendition, position_s: float) -> int:
    """The last one for a position behind the end."""
    place = Fraction(max(0.0, position_s))
    found = track.segments.overlapping(place, place + 1)
    return min(found.start, track.segment_count - 1)


def _effort(track: Rendition) -> tuple[bool, bool, int]:
    """Copying is quicker than any encode; what is only there for slow lines is no first picture."""
    recipe = track.recipe
    is_encode = recipe.mode != Mode.COPY
    return is_encode, is_encode and track.on_demand, recipe.width * recipe.height
