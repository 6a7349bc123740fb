"""The front door of the torrent wing for those who wish; ``services.records`` is torrentd's pen."""

from apps.torrents.adapters.sharing import make_torrent
from apps.torrents.services.wishes import (
    add_magnet,
    add_metainfo,
    film_bytes,
    grant_space,
    remove,
    retry,
    suggest_peer,
)

__all__ = ["add_magnet", "add_metainfo", "film_bytes", "grant_space", "make_torrent", "remove", "retry", "suggest_peer"]
