"""How far a film can be played while its source is still arriving.

Invariant: what can be made when somebody asks for it counts as here; only what the source has not got does not.
"""

from fractions import Fraction
from uuid import UUID

from django.utils import timezone

from apps.streaming.adapters.source import NotHereYet
from apps.streaming.domain.ladder import TrackKind
from apps.streaming.domain.progress import has_bit
from apps.streaming.domain.speed import speed
from apps.streaming.domain.states import AssetState, RenditionState
from apps.streaming.models import MediaAsset, Rendition
from apps.streaming.selectors import current_asset
from apps.streaming.services.making import source_of

LOOK_AHEAD_S = 60  # nobody asks about what comes later


def available_until_s(title_id: UUID, position_s: float) -> float | None:
    """The end of what can be played from ``position_s`` on without a gap; None when that is the rest of the film.

    Further than LOOK_AHEAD_S ahead nothing is looked at. At or before ``position_s``: nothing is here.
    """
    asset = current_asset(title_id)
    if asset is None or asset.state != AssetState.PLAYABLE or _has(asset, position_s):
        return None
    pictures = _pictures(asset)
    if not pictures:
        return None
    segments = pictures[0].segments  # all pictures share their boundaries
    start = Fraction(max(0.0, position_s))
    for index in segments.overlapping(start, start + LOOK_AHEAD_S):
        begins_s, ends_s = float(segments.start_s(index)), float(segments.start_s(index + 1))
        is_made = any(has_bit(bytes(track.bitmap), index) for track in pictures)
        if not is_made and not _has(asset, begins_s, ends_s):
            return begins_s
    return None if start + LOOK_AHEAD_S >= segments.start_s(len(segments)) else float(start + LOOK_AHEAD_S)


def arrival_speed(title_id: UUID) -> float | None:
    """Seconds of film that become playable per second; None while nothing does, or too little is known."""
    asset = current_asset(title_id)
    now_s = timezone.now().timestamp()
    found = [speed(track.pace, now_s) for track in _pictures(asset)] if asset else []
    return max((each for each in found if each), default=None)


def _pictures(asset: MediaAsset) -> list[Rendition]:
    return list(asset.renditions.filter(kind=TrackKind.VIDEO).exclude(state=RenditionState.FAILED))


def _has(asset: MediaAsset, start_s: float, end_s: float = float("inf")) -> bool:
    try:
        source_of(asset, start_s, end_s)
    except NotHereYet:
        return False
    return True
