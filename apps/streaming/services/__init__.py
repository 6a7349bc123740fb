"""The front door of streaming: make a film watchable, and let people watch it."""

from apps.streaming.domain.playback import Playback
from apps.streaming.services.assets import create_asset, remove_asset, retry_asset
from apps.streaming.services.playback import authorise_playback, dismiss
from apps.streaming.services.working import run_next_unit, sweep

__all__ = [
    "Playback",
    "authorise_playback",
    "create_asset",
    "dismiss",
    "remove_asset",
    "retry_asset",
    "run_next_unit",
    "sweep",
]
