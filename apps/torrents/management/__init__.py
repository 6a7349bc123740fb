"""Commands of the torrent wing."""
