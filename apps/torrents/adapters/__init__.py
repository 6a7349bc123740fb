"""The outside of the torrent wing: libtorrent and files on disk."""
