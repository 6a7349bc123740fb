"""Shapes of the playback request; the answer is shared with rooms and lives in ``apps.common.playback``."""

from apps.common.api import DURATION_MAX_S, PlayerSessionField, SecondsField, StrictSerializer
from apps.common.playback import PlaybackSerializer

__all__ = ["NothingInput", "PlayInput", "PlaybackSerializer"]


class PlayInput(StrictSerializer):
    position_s = SecondsField(
        min_value=0,
        max_value=DURATION_MAX_S,
        required=False,
        help_text="where the film will be opened; what is ready is said of this place, and made first where nothing is",
    )
    session = PlayerSessionField(
        required=False, help_text="what the player says as X-Player-Session with each request for media; none if none"
    )


class NothingInput(StrictSerializer):
    """Nothing to say; unknown fields are refused."""
