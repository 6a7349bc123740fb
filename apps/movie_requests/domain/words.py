"""What people read about a request: why it stands where it stands, and what they can do. Plain text only."""

from dataclasses import dataclass
from datetime import datetime

from apps.catalog.domain.titles import Availability
from apps.movie_requests.domain.states import Event, State


@dataclass(frozen=True, slots=True)
class Words:
    reason: str = ""
    fix: str = ""


NO_VIDEO = Words("The torrent holds no film.", "Ask again with a torrent that contains an MKV, MP4 or WebM file.")
TORRENT_GONE = Words("The download was removed before it was complete.", "Try again.")
WAITS_FOR_APPROVAL = Words("The operator of this server has to agree first.")
APPROVAL_LAPSED = Words("Nobody answered for 30 days.", "Ask again, or talk to the operator of this server.")
SOURCES_EXHAUSTED = Words("No source was found for 7 days.", "Ask again with a torrent file or a magnet link.")
EVICTED = Words("The film was removed to make room.", "Ask for it again.")

SPACE_PARKED = Words(
    "The server has had no room for this film for 24 hours.",
    "It starts by itself as soon as there is room. The operator can remove films, or allow more space.",
)


def no_space(wanted_bytes: int) -> Words:
    return Words(
        f"There is no room for this film right now; it needs {spoken_size(wanted_bytes)}.",
        "It starts by itself as soon as there is room.",
    )


def too_large(wanted_bytes: int, quota_bytes: int) -> Words:
    return Words(
        f"This film is larger ({spoken_size(wanted_bytes)}) than all the room that this server has for films "
        f"({spoken_size(quota_bytes)}).",
        "Ask again with a smaller version of it.",
    )


def spoken_size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{max(1, round(size_bytes / 1e6))} MB"


EVENT_TEXTS = {
    Event.APPROVAL_ASKED: "Waiting for approval",
    Event.APPROVED: "Approved",
    Event.DECLINED: "Declined",
    Event.SEARCH_STARTED: "Looking for a source",
    Event.SOURCE_CHOSEN: "Source chosen",
    Event.SPACE_SHORT: "Waiting for space",
    Event.SPACE_FREED: "Space is free",
    Event.SOURCES_EXHAUSTED: "No source found",
    Event.DOWNLOAD_STARTED: "Download started",
    Event.SOURCE_LOST: "Source lost",
    Event.DOWNLOAD_FINISHED: "Download finished",
    Event.CONTENT_ACCEPTED: "Preparing for playback",
    Event.CONTENT_REFUSED: "The file was not usable",
    Event.PACKAGED: "Ready to watch",
    Event.GAVE_UP: "Failed",
    Event.PARKED: "Needs the operator",
    Event.RETRIED: "Trying again",
    Event.CANCELLED: "Cancelled",
    Event.EVICTED: "Removed to make room",
}


def no_source(next_try_at: datetime) -> Words:
    return Words(
        f"No source yet, next try at {next_try_at:%H:%M} UTC.",
        "Add a torrent file or a magnet link to start at once.",
    )


def download_failed(reason: str) -> Words:
    return Words(reason or "The download failed.", "Try again later, or ask again with another torrent.")


def packaging_failed(reason: str) -> Words:
    return Words(reason or "The film could not be prepared.", "Ask again with another torrent of this film.")


def availability_of(state: State, *, is_playable: bool) -> Availability:
    """What a title offers while its acquisition is in ``state``."""
    if state == State.READY:
        return Availability.READY
    if state in {State.DECLINED, State.CANCELLED, State.FAILED, State.EVICTED}:
        return Availability.NONE
    if is_playable:
        return Availability.PLAYABLE
    if state in {State.DOWNLOADING, State.VERIFYING, State.PACKAGING}:
        return Availability.DOWNLOADING
    return Availability.REQUESTED
