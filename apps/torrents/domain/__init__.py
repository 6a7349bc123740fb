"""Pure rules of the torrent wing: states, sources, metainfo, pieces, health, and who may be contacted."""
