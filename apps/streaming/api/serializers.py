"""Shapes of the playback request; the answer is shared with rooms and lives in ``apps.common.playback``."""

from apps.common.api import StrictSerializer
from apps.common.playback import PlaybackSerializer

__all__ = ["NothingInput", "PlayInput", "PlaybackSerializer"]


class PlayInput(StrictSerializer):
    """Nothing to say yet; unknown fields are refused."""


class NothingInput(StrictSerializer):
    """Nothing to say; unknown fields are refused."""
