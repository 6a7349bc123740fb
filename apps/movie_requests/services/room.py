"""A download starts only with its bytes reserved: it is let go, waits with a sentence, or is refused for its size."""

from django.utils import timezone

from apps.movie_requests.domain import waiting, words
from apps.movie_requests.domain.states import Event, State
from apps.movie_requests.models import Acquisition
from apps.movie_requests.services.life import move
from apps.movie_requests.services.sources import lose_source
from apps.streaming import services as streaming
from apps.streaming.services import Room
from apps.torrents.selectors import TorrentStatus


def space_step(acquisition: Acquisition, torrent: TorrentStatus) -> bool:
    """What a held download may do now. True when something changed: it was let go, or the acquisition moved."""
    if torrent.bytes_wanted == 0 or acquisition.torrent_id is None:  # a magnet that nobody has described yet
        return False
    room = streaming.room_for_download(acquisition.torrent_id, torrent.bytes_wanted)
    if room == Room.TOO_LARGE:
        said = words.too_large(torrent.bytes_wanted, streaming.largest_bytes())
        return lose_source(acquisition, said, event=Event.SOURCE_LOST)
    state = State(acquisition.state)
    if room == Room.GRANTED:
        return state == State.QUEUED or move(acquisition, Event.SPACE_FREED)
    if state == State.QUEUED:
        return move(acquisition, Event.SPACE_SHORT, words.no_space(torrent.bytes_wanted))
    if state == State.WAITING_SPACE and _has_waited_long(acquisition):
        return move(acquisition, Event.PARKED, words.SPACE_PARKED)
    return False


def _has_waited_long(acquisition: Acquisition) -> bool:
    began = acquisition.log.filter(kind=Event.SPACE_SHORT).order_by("-seq").first()
    return began is not None and timezone.now() - began.created_at > waiting.SPACE_LIMIT
