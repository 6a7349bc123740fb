"""The front door of streaming: make a film watchable, and let people watch it."""

from apps.streaming.domain.playback import Playback
from apps.streaming.services.assets import create_asset, remove_asset, retry_asset
from apps.streaming.services.care import hold, keep, note_watched, set_listed, unkeep
from apps.streaming.services.jobs import cancel_job, list_jobs, retry_job
from apps.streaming.services.overview import storage, storage_numbers
from apps.streaming.services.playback import authorise_playback, dismiss
from apps.streaming.services.playheads import expect_playback
from apps.streaming.services.quota import largest_bytes
from apps.streaming.services.reaching import arrival_speed, available_until_s
from apps.streaming.services.space import Room, room_for_download
from apps.streaming.services.uploads import add_subtitle, change_subtitle, remove_subtitle
from apps.streaming.services.working import reap, run_next_unit, sweep

__all__ = [
    "Playback",
    "Room",
    "add_subtitle",
    "arrival_speed",
    "authorise_playback",
    "available_until_s",
    "cancel_job",
    "change_subtitle",
    "create_asset",
    "dismiss",
    "expect_playback",
    "hold",
    "keep",
    "largest_bytes",
    "list_jobs",
    "note_watched",
    "reap",
    "remove_asset",
    "remove_subtitle",
    "retry_asset",
    "retry_job",
    "room_for_download",
    "run_next_unit",
    "set_listed",
    "storage",
    "storage_numbers",
    "sweep",
    "unkeep",
]
