"""How a request feels, beside its state: one word for the colour of its row."""

from enum import StrEnum

from apps.movie_requests.domain.states import State
from apps.torrents.domain.states import TorrentState


class Health(StrEnum):
    OK = "ok"
    WAITING = "waiting"
    STALLED = "stalled"
    FAILED = "failed"


_WAITING = {State.PENDING_APPROVAL, State.SEARCHING, State.WAITING_SPACE}
_FAILED = {State.FAILED, State.NEEDS_ATTENTION, State.DECLINED}


def health_of(state: State, *, torrent_state: TorrentState | None = None) -> Health:
    if state in _FAILED:
        return Health.FAILED
    if torrent_state == TorrentState.STALLED:
        return Health.STALLED
    if state in _WAITING or torrent_state == TorrentState.METADATA:
        return Health.WAITING
    return Health.OK
