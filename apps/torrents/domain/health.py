"""What the engine sees of one torrent, and what it means for the torrent's life. Time comes in as durations.

Invariant: the verdict follows from the last observation alone, so a missed observation only delays it.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from apps.torrents.domain.states import TorrentEvent, TorrentState

STALL_AFTER_S = 10.0
SHARE_RATIO = 1.0  # give back as much as was taken
SHARE_S = 24 * 3600.0  # ... or try to for a day


class Phase(StrEnum):
    METADATA = "metadata"
    HELD = "held"  # described; the film is not fetched before there is space for it
    CHECKING = "checking"
    DOWNLOADING = "downloading"
    FINISHED = "finished"


class Fault(StrEnum):
    DISK_FULL = "disk_full"  # passes by itself once there is space
    FATAL = "fatal"


@dataclass(frozen=True, slots=True)
class Wish:
    """One torrent as the database wants it. ``version`` changes whenever the engine must open it anew."""

    id: UUID
    version: int
    magnet: str
    metainfo: bytes | None
    trackers: tuple[str, ...]
    resume: bytes | None
    local_peer_port: int | None
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """Known once the file list is: the film's file among them. ``file_name`` is its name on disk."""

    name: str
    bytes_total: int
    file_name: str
    metainfo: bytes
    bytes_wanted: int  # what the film takes on the disk


@dataclass(frozen=True, slots=True)
class Observation:
    torrent_id: UUID
    phase: Phase
    bytes_done: int = 0
    bytes_wanted: int = 0
    bytes_per_s: int = 0
    peers: int = 0
    shared_ratio: float = 0.0
    shared_s: float = 0.0
    quiet_s: float = 0.0  # since a byte of film or metadata last arrived
    fault: Fault | None = None
    fault_reason: str = ""
    opened: Opened | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    event: TorrentEvent
    reason: str = ""


def judge(state: TorrentState, seen: Observation, *, metadata_timeout_s: float) -> Verdict:
    if seen.fault is Fault.FATAL:
        return Verdict(TorrentEvent.FAILED, seen.fault_reason)
    if seen.fault is Fault.DISK_FULL:
        return Verdict(TorrentEvent.STALL_NOTICED, seen.fault_reason)
    match seen.phase:
        case Phase.METADATA:
            return _judge_metadata(seen, metadata_timeout_s)
        case Phase.HELD:
            return Verdict(TorrentEvent.METADATA_SOUGHT, "It waits for space on this server.")
        case Phase.CHECKING:
            return Verdict(TorrentEvent.CHECK_STARTED)
        case Phase.DOWNLOADING:
            return _judge_download(seen)
        case Phase.FINISHED:
            return _judge_finished(state, seen)


def _judge_metadata(seen: Observation, timeout_s: float) -> Verdict:
    if seen.quiet_s < timeout_s:
        return Verdict(TorrentEvent.METADATA_SOUGHT)
    return Verdict(
        TorrentEvent.FAILED,
        f"No peer sent the film's description within {_spoken(timeout_s)}. "
        "Nobody may be sharing it any more: try again later, or bring another magnet or a .torrent file.",
    )


def _judge_download(seen: Observation) -> Verdict:
    if seen.quiet_s < STALL_AFTER_S:
        return Verdict(TorrentEvent.DOWNLOAD_STARTED)
    reason = "No peer is connected right now." if seen.peers == 0 else "The connected peers send nothing right now."
    return Verdict(TorrentEvent.STALL_NOTICED, f"{reason} The download goes on by itself when one does.")


def _judge_finished(state: TorrentState, seen: Observation) -> Verdict:
    if state is TorrentState.COMPLETE:
        return Verdict(TorrentEvent.SHARING_STARTED)
    if state is TorrentState.SEEDING and (seen.shared_ratio >= SHARE_RATIO or seen.shared_s >= SHARE_S):
        return Verdict(TorrentEvent.SHARING_ENDED)
    return Verdict(TorrentEvent.FINISHED)


def _spoken(seconds: float) -> str:
    amount, unit = (seconds / 60, "minute") if seconds >= 120 else (seconds, "second")
    return f"{amount:g} {unit}" + ("" if amount == 1 else "s")
