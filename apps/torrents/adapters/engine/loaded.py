"""One torrent in the session: what libtorrent told about it so far, and the few things that are asked of it."""

import errno
import time
from dataclasses import dataclass

import libtorrent as lt

from apps.common.errors import Invalid
from apps.torrents.adapters.engine.opening import film_only, find_film
from apps.torrents.domain.health import Fault, Observation, Opened, Phase, Wish
from apps.torrents.domain.network import LOOPBACK


@dataclass(slots=True)
class Loaded:
    wish: Wish
    handle: lt.torrent_handle
    opened: Opened | None
    last_progress_at: float
    status: lt.torrent_status | None = None
    bytes_seen: int = -1
    fault: Fault | None = None
    fault_reason: str = ""
    bytes_at_fault: int = 0
    resume_asked_at: float = 0.0

    def note(self, status: lt.torrent_status) -> None:
        self.status = status
        if status.total_wanted_done != self.bytes_seen:
            self.bytes_seen = status.total_wanted_done
            self.last_progress_at = time.monotonic()
            if self.fault is Fault.DISK_FULL and self.bytes_seen > self.bytes_at_fault:
                self.fault, self.fault_reason = None, ""
        found = _fault_in(status)
        if found is not None and self.fault is not Fault.FATAL:
            self.fault, self.fault_reason = found
            self.bytes_at_fault = self.bytes_seen
        if status.has_metadata and self.opened is None and self.fault is None:
            self._open_magnet()

    def _open_magnet(self) -> None:
        """The peers have described the files: fetch the film among them, under a name of ours."""
        info = self.handle.torrent_file()
        if info is None:
            return
        try:
            video, opened = find_film(info, b"d4:info%be" % bytes(info.info_section()))
        except Invalid as error:
            self.fault, self.fault_reason = Fault.FATAL, error.message
            return
        self.handle.rename_file(video.index, opened.file_name)
        if not self.wish.is_held:
            self.handle.prioritize_files(film_only(info, video))
        self.opened = opened
        self.last_progress_at = time.monotonic()

    def ask_for_resume_data(self, *, only_if_modified: bool) -> None:
        self.resume_asked_at = time.monotonic()
        self.handle.save_resume_data(lt.torrent_handle.only_if_modified if only_if_modified else 0)

    def call_local_peer(self) -> None:
        port = self.wish.local_peer_port
        is_alone = self.status is None or self.status.num_peers == 0
        if port is not None and is_alone and self.phase() is not Phase.FINISHED:
            self.handle.connect_peer((LOOPBACK, port))

    def leave_upload_mode(self) -> None:
        self.handle.unset_flags(lt.torrent_flags.upload_mode)
        self.handle.clear_error()
        self.handle.resume()

    def phase(self) -> Phase:
        if self.opened is None:
            return Phase.METADATA
        if self.wish.is_held:
            return Phase.HELD
        if self.status is None or self.status.state == lt.torrent_status.checking_resume_data:
            return Phase.DOWNLOADING
        if self.status.state == lt.torrent_status.checking_files:
            return Phase.CHECKING
        # A magnet whose film is not chosen yet wants nothing, and libtorrent calls that finished.
        is_whole = self.status.is_finished and 0 < self.status.total_wanted <= self.status.total_wanted_done
        return Phase.FINISHED if is_whole else Phase.DOWNLOADING

    def observe(self, now: float) -> Observation:
        status = self.status
        return Observation(
            self.wish.id,
            self.phase(),
            bytes_done=status.total_wanted_done if status else 0,
            bytes_wanted=self._bytes_wanted(),
            bytes_per_s=status.download_payload_rate if status else 0,
            peers=status.num_peers if status else 0,
            shared_ratio=status.all_time_upload / max(status.total_wanted, 1) if status else 0.0,
            shared_s=status.seeding_duration.total_seconds() if status else 0.0,
            quiet_s=now - self.last_progress_at,
            fault=self.fault,
            fault_reason=self.fault_reason,
            opened=self.opened,
        )

    def _bytes_wanted(self) -> int:
        if self.wish.is_held and self.opened is not None:
            return self.opened.bytes_wanted  # libtorrent wants nothing of it yet
        return self.status.total_wanted if self.status else 0


def _fault_in(status: lt.torrent_status) -> tuple[Fault, str] | None:
    is_system_error = status.errc.category().name() in {"system", "generic"}
    # A full disk shows as upload mode without an error.
    if status.flags & lt.torrent_flags.upload_mode or (is_system_error and status.errc.value() == errno.EDQUOT):
        return Fault.DISK_FULL, "The disk is full. Free some space; the download goes on by itself."
    if status.errc.value():
        return Fault.FATAL, f"The torrent stopped: {status.errc.message()}."
    return None
