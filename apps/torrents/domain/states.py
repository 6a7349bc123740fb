"""The life of a torrent as one table. A pair that is not in the table is not a move: the torrent stays as it is."""

from enum import StrEnum


class TorrentState(StrEnum):
    WANTED = "wanted"  # asked for; torrentd has not opened it yet
    METADATA = "metadata"  # a magnet whose file list is being fetched from peers
    CHECKING = "checking"  # files on disk are being hashed
    DOWNLOADING = "downloading"
    STALLED = "stalled"  # still tried, but nothing arrives; the reason says why
    COMPLETE = "complete"  # the film is whole and verified on disk
    SEEDING = "seeding"  # complete, and shared back for a while
    ERROR = "error"  # given up until somebody retries; the reason says why
    REMOVED = "removed"  # files are deleted by torrentd; the row stays for those who point at it


class TorrentEvent(StrEnum):
    METADATA_SOUGHT = "metadata_sought"
    CHECK_STARTED = "check_started"
    DOWNLOAD_STARTED = "download_started"
    STALL_NOTICED = "stall_noticed"
    FINISHED = "finished"
    SHARING_STARTED = "sharing_started"
    SHARING_ENDED = "sharing_ended"
    FAILED = "failed"
    RETRIED = "retried"
    REMOVAL_ASKED = "removal_asked"


S, E = TorrentState, TorrentEvent

TRANSITIONS: dict[tuple[TorrentState, TorrentEvent], TorrentState] = {
    (S.WANTED, E.METADATA_SOUGHT): S.METADATA,
    (S.WANTED, E.CHECK_STARTED): S.CHECKING,
    (S.WANTED, E.DOWNLOAD_STARTED): S.DOWNLOADING,
    (S.WANTED, E.STALL_NOTICED): S.STALLED,
    (S.WANTED, E.FINISHED): S.COMPLETE,
    (S.WANTED, E.FAILED): S.ERROR,
    (S.WANTED, E.REMOVAL_ASKED): S.REMOVED,
    (S.METADATA, E.CHECK_STARTED): S.CHECKING,
    (S.METADATA, E.DOWNLOAD_STARTED): S.DOWNLOADING,
    (S.METADATA, E.STALL_NOTICED): S.STALLED,
    (S.METADATA, E.FINISHED): S.COMPLETE,
    (S.METADATA, E.FAILED): S.ERROR,
    (S.METADATA, E.REMOVAL_ASKED): S.REMOVED,
    (S.CHECKING, E.DOWNLOAD_STARTED): S.DOWNLOADING,
    (S.CHECKING, E.STALL_NOTICED): S.STALLED,
    (S.CHECKING, E.FINISHED): S.COMPLETE,
    (S.CHECKING, E.FAILED): S.ERROR,
    (S.CHECKING, E.REMOVAL_ASKED): S.REMOVED,
    (S.DOWNLOADING, E.CHECK_STARTED): S.CHECKING,
    (S.DOWNLOADING, E.STALL_NOTICED): S.STALLED,
    (S.DOWNLOADING, E.FINISHED): S.COMPLETE,
    (S.DOWNLOADING, E.FAILED): S.ERROR,
    (S.DOWNLOADING, E.REMOVAL_ASKED): S.REMOVED,
    (S.STALLED, E.CHECK_STARTED): S.CHECKING,
    (S.STALLED, E.DOWNLOAD_STARTED): S.DOWNLOADING,
    (S.STALLED, E.FINISHED): S.COMPLETE,
    (S.STALLED, E.FAILED): S.ERROR,
    (S.STALLED, E.REMOVAL_ASKED): S.REMOVED,
    # A complete film whose files were lost or damaged is checked and fetched again.
    (S.COMPLETE, E.CHECK_STARTED): S.CHECKING,
    (S.COMPLETE, E.DOWNLOAD_STARTED): S.DOWNLOADING,
    (S.COMPLETE, E.SHARING_STARTED): S.SEEDING,
    (S.COMPLETE, E.FAILED): S.ERROR,
    (S.COMPLETE, E.REMOVAL_ASKED): S.REMOVED,
    (S.SEEDING, E.CHECK_STARTED): S.CHECKING,
    (S.SEEDING, E.DOWNLOAD_STARTED): S.DOWNLOADING,
    (S.SEEDING, E.SHARING_ENDED): S.COMPLETE,
    (S.SEEDING, E.FAILED): S.ERROR,
    (S.SEEDING, E.REMOVAL_ASKED): S.REMOVED,
    (S.ERROR, E.RETRIED): S.WANTED,
    (S.ERROR, E.REMOVAL_ASKED): S.REMOVED,
}

# States in which the film's file is whole on disk.
WHOLE = frozenset({S.COMPLETE, S.SEEDING})


def next_state(state: TorrentState, event: TorrentEvent) -> TorrentState | None:
    """The state after ``event``, or None when the event changes nothing."""
    return TRANSITIONS.get((state, event))
