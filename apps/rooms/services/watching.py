"""Access to the film through the room."""

from uuid import UUID

from django.db.models import F

from apps.rooms import selectors
from apps.rooms.models import RoomTimeline
from apps.rooms.services.history import wake
from apps.streaming import services as streaming
from apps.streaming.domain.playback import Playback


def play_in_room(*, room_id: UUID, user_id: UUID) -> Playback:
    """The room's film for one of its people. Raises NotFound for strangers, Conflict when it cannot be played yet."""
    standing = selectors.membership(room_id, user_id)
    playback = streaming.authorise_playback(viewer_id=user_id, title_id=standing.room.title_id)
    duration_ms = round((playback.duration_s or 0) * 1000)
    unknown = RoomTimeline.objects.filter(room=room_id, duration_ms=0)
    if duration_ms and unknown.update(duration_ms=duration_ms, rev=F("rev") + 1):
        wake(room_id)
    return playback
