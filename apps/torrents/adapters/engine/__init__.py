"""libtorrent, and nothing else imports it: ``Engine`` fetches films, ``Seeder`` gives one file away on this machine."""

from apps.torrents.adapters.engine.seeder import Seeder
from apps.torrents.adapters.engine.session import Engine

__all__ = ["Engine", "Seeder"]
