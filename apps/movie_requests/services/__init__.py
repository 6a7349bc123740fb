"""Front door of requests: ask, decide, and move on. Each function is one transaction or safe to repeat."""

from apps.movie_requests.services.advance import advance, look_again, on_asset_changed, on_torrent_changed, sweep
from apps.movie_requests.services.decide import approve, cancel, decline, follow, retry, unfollow
from apps.movie_requests.services.submit import Film, submit, submit_film

__all__ = [
    "Film",
    "advance",
    "approve",
    "cancel",
    "decline",
    "follow",
    "look_again",
    "on_asset_changed",
    "on_torrent_changed",
    "retry",
    "submit",
    "submit_film",
    "sweep",
    "unfollow",
]
