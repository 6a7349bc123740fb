"""The one libtorrent session; nothing else imports libtorrent. Not safe for threads or forks: one thread, one process.

Invariant: everything the daemon needs can be read again at any time from ``observe()``: no message from libtorrent
is handed on once and lost. Files are named by id and number; names from torrents never reach the disk.
"""

import contextlib
import os
import select
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import libtorrent as lt
from structlog import get_logger

from apps.common.errors import Invalid
from apps.torrents.adapters.disk import folder_of
from apps.torrents.adapters.engine.loaded import Loaded
from apps.torrents.adapters.engine.opening import add_params
from apps.torrents.adapters.engine.tuning import SETTINGS, address_filter, open_session
from apps.torrents.domain.health import Fault, Observation, Wish
from apps.torrents.domain.network import LOOPBACK, refused_ranges

log = get_logger(__name__)

UPDATE_EVERY_S = 0.5
LOCAL_PEER_EVERY_S = 3.0
DISK_RETRY_EVERY_S = 5.0
RESUME_EVERY_S = 10.0
NEWS = (
    lt.metadata_received_alert,
    lt.torrent_finished_alert,
    lt.state_changed_alert,
    lt.file_error_alert,
    lt.torrent_error_alert,
)


@dataclass(slots=True)
class _Every:
    """A chore's rhythm."""

    seconds: float
    next_at: float = 0.0

    def is_due(self, now: float) -> bool:
        if now < self.next_at:
            return False
        self.next_at = now + self.seconds
        return True


class Engine:
    def __init__(self, root: Path, *, port: int = 0, allow_loopback: bool = False) -> None:
        """``root`` holds one folder per torrent id. ``allow_loopback`` keeps all traffic on this machine, for tests."""
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        everywhere = f"0.0.0.0:{port},[::]:{port}"
        self._session = open_session(
            SETTINGS
            | {
                "listen_interfaces": f"{LOOPBACK}:{port}" if allow_loopback else everywhere,
                "enable_dht": not allow_loopback,
                "allow_multiple_connections_per_ip": allow_loopback,
            }
        )
        self._session.set_ip_filter(address_filter(refused_ranges(is_loopback_open=allow_loopback)))
        self._loaded: dict[UUID, Loaded] = {}
        self._ids: dict[lt.torrent_handle, UUID] = {}
        self._resume: dict[UUID, bytes] = {}
        self._updates = _Every(UPDATE_EVERY_S)
        self._local_call = _Every(LOCAL_PEER_EVERY_S)
        self._disk_retry = _Every(DISK_RETRY_EVERY_S)
        self._alert_read, self._alert_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._session.set_alert_fd(self._alert_write)

    # --- wishes ----------------------------------------------------------------------------------------------
    def loaded_versions(self) -> dict[UUID, int]:
        return {torrent_id: loaded.wish.version for torrent_id, loaded in self._loaded.items()}

    def add(self, wish: Wish) -> None:
        """Raises Invalid with a reason when the torrent cannot be opened or holds no film."""
        try:
            params, opened = add_params(wish, folder_of(self.root, wish.id))
            handle = self._session.add_torrent(params)
        except (RuntimeError, ValueError) as error:
            raise Invalid(f"The torrent could not be opened: {error}.", code="bad_torrent") from error
        self._loaded[wish.id] = loaded = Loaded(wish, handle, opened, time.monotonic())
        self._ids[handle] = wish.id
        loaded.call_local_peer()

    def drop(self, torrent_id: UUID) -> None:
        """Forget the torrent; its files stay."""
        loaded = self._loaded.pop(torrent_id, None)
        self._resume.pop(torrent_id, None)
        if loaded is not None:
            self._ids.pop(loaded.handle, None)
            self._session.remove_torrent(loaded.handle)
            self._session.listen_port()  # answered after the removal: no write to the folder comes later

    # --- what happened ---------------------------------------------------------------------------------------
    def wait(self, timeout_s: float) -> bool:
        """Sleep until libtorrent has news or the time is over, take the news in; True when a state may have changed."""
        readable, _, _ = select.select([self._alert_read], [], [], timeout_s)
        if readable:
            with contextlib.suppress(BlockingIOError):
                os.read(self._alert_read, 4096)
        is_news = False
        for alert in self._session.pop_alerts():
            # Alerts die with the next pop: each is read here and now, none is kept.
            is_news |= self._take(alert)
        self._do_chores()
        return is_news

    def observe(self) -> list[Observation]:
        now = time.monotonic()
        return [loaded.observe(now) for loaded in self._loaded.values()]

    def take_resume_data(self) -> dict[UUID, bytes]:
        """Resume data that came since the last call; give back with ``return_resume_data`` what was not stored."""
        taken, self._resume = self._resume, {}
        return taken

    def return_resume_data(self, unsaved: dict[UUID, bytes]) -> None:
        self._resume = unsaved | self._resume

    def close(self, timeout_s: float) -> dict[UUID, bytes]:
        """Stop all transfers and hand back the last resume data. The engine is not usable afterwards."""
        self._session.pause()
        waiting = {id_ for id_, loaded in self._loaded.items() if loaded.opened is not None}
        for torrent_id in waiting:
            self._loaded[torrent_id].ask_for_resume_data(only_if_modified=False)
        deadline = time.monotonic() + timeout_s
        while waiting - self._resume.keys() and time.monotonic() < deadline:
            self.wait(0.1)
        self._session.set_alert_fd(-1)
        return self.take_resume_data()

    # --- inside ----------------------------------------------------------------------------------------------
    def _take(self, alert: lt.alert) -> bool:
        match alert:
            case lt.state_update_alert():
                for status in alert.status:
                    if (loaded := self._owner(status.handle)) is not None:
                        loaded.note(status)
                return False
            case lt.save_resume_data_alert():
                if (loaded := self._owner(alert.handle)) is not None:
                    self._resume[loaded.wish.id] = bytes(lt.write_resume_data_buf(alert.params))
                return False
            case lt.torrent_alert() if isinstance(alert, NEWS):
                return self._take_news(alert)
        return False

    def _take_news(self, alert: lt.torrent_alert) -> bool:
        """News only hurry the next look at the status, which says everything: a dropped alert loses nothing."""
        loaded = self._owner(alert.handle)
        if loaded is None:
            return False
        if isinstance(alert, lt.file_error_alert | lt.torrent_error_alert):
            log.warning("torrent.fault", torrent=str(loaded.wish.id), what=alert.what(), error=alert.error.message())
        loaded.note(loaded.handle.status())
        if isinstance(alert, lt.torrent_finished_alert):
            loaded.ask_for_resume_data(only_if_modified=False)
        return True

    def _owner(self, handle: lt.torrent_handle) -> Loaded | None:
        torrent_id = self._ids.get(handle)
        return self._loaded.get(torrent_id) if torrent_id else None

    def _do_chores(self) -> None:
        now = time.monotonic()
        if self._updates.is_due(now):
            self._session.post_torrent_updates(0)
        is_disk_retry, is_call = self._disk_retry.is_due(now), self._local_call.is_due(now)
        for loaded in self._loaded.values():
            if is_call:
                loaded.call_local_peer()
            if is_disk_retry and loaded.fault is Fault.DISK_FULL:
                loaded.leave_upload_mode()
            if loaded.opened is not None and now - loaded.resume_asked_at >= RESUME_EVERY_S:
                loaded.ask_for_resume_data(only_if_modified=True)
