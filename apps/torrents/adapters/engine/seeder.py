"""The giving side: a session of its own that talks to this machine only."""

from pathlib import Path

import libtorrent as lt

from apps.common.errors import Invalid
from apps.torrents.adapters.engine.tuning import ALLOWED, EVERYWHERE, SETTINGS, STOPPED, address_filter, open_session
from apps.torrents.domain.network import LOOPBACK


class Seeder:
    """A second session that gives one file to peers on this machine and to nobody else."""

    def __init__(self, path: Path, metainfo: bytes, *, port: int = 0, bytes_per_s: int = 0) -> None:
        """``port`` 0 takes a free one, ``bytes_per_s`` 0 means no limit. Raises Invalid for a bad ``metainfo``."""
        self._session = open_session(
            SETTINGS
            | {
                "listen_interfaces": f"{LOOPBACK}:{port}",
                "listen_system_port_fallback": False,
                "enable_dht": False,
                "allow_multiple_connections_per_ip": True,
            }
        )
        rules = address_filter(EVERYWHERE)
        rules.add_rule(LOOPBACK, LOOPBACK, ALLOWED)
        self._session.set_ip_filter(rules)
        try:
            params = lt.load_torrent_buffer(metainfo)
        except RuntimeError as error:
            raise Invalid(f"The torrent could not be opened: {error}.", code="bad_torrent") from error
        params.save_path = str(path.parent)
        params.renamed_files = {0: path.name}
        params.flags = (lt.torrent_flags.default_flags | lt.torrent_flags.seed_mode) & ~STOPPED
        params.upload_limit = bytes_per_s or -1
        self._handle = self._session.add_torrent(params)

    @property
    def port(self) -> int:
        return int(self._session.listen_port())

    @property
    def info_hash(self) -> str:
        return str(self._handle.info_hash())

    @property
    def uploaded_bytes(self) -> int:
        return int(self._handle.status().total_payload_upload)
