"""From a wish to libtorrent's parameters: which file is the film, what is on disk already, who may be contacted."""

from pathlib import Path
from typing import Any

import libtorrent as lt

from apps.common.errors import Invalid
from apps.torrents.adapters.disk import written_extents
from apps.torrents.adapters.engine.tuning import STOPPED
from apps.torrents.domain.health import Opened, Wish
from apps.torrents.domain.pieces import Layout, bytes_to_fetch, pieces_on_disk
from apps.torrents.domain.sources import TorrentFile, choose_video

IGNORED_FILE, WANTED_FILE = 0, 4  # libtorrent's file priorities
FLAGS = (
    lt.torrent_flags.default_flags
    | lt.torrent_flags.sequential_download
    | lt.torrent_flags.override_trackers
    | lt.torrent_flags.disable_lsd
) & ~STOPPED
# A hostile .torrent was refused before it came here; these bound what a magnet's peers may send.
LOAD_LIMITS: Any = {
    "max_buffer_size": 1 << 20,
    "max_pieces": 200_000,
    "max_decode_depth": 40,
    "max_decode_tokens": 120_000,
}


def add_params(wish: Wish, folder: Path) -> tuple[lt.add_torrent_params, Opened | None]:
    """Raises RuntimeError when libtorrent refuses the input, Invalid when it holds no film."""
    if wish.metainfo is None:
        params, opened = lt.parse_magnet_uri(wish.magnet), None
        params.flags = FLAGS | lt.torrent_flags.default_dont_download  # until the film among the files is known
    else:
        params = lt.read_resume_data(wish.resume) if wish.resume else lt.add_torrent_params()
        params.flags = FLAGS
        opened = _describe(params, wish.metainfo, folder, has_resume=wish.resume is not None)
        if wish.is_held:
            params.file_priorities = [IGNORED_FILE] * len(params.file_priorities)
    params.save_path = str(folder)
    params.trackers = list(wish.trackers)
    params.tracker_tiers = list(range(len(wish.trackers)))
    if wish.local_peer_port is not None:
        _isolate(params)
    return params, opened


def _describe(params: lt.add_torrent_params, metainfo: bytes, folder: Path, *, has_resume: bool) -> Opened:
    described = lt.load_torrent_buffer(metainfo, LOAD_LIMITS)
    info = described.ti
    if info is None:
        raise Invalid("The torrent does not describe its files.", code="bad_torrent")
    video, opened = find_film(info, metainfo)
    params.ti, params.url_seeds = info, described.url_seeds
    params.renamed_files = {video.index: opened.file_name}
    params.file_priorities = film_only(info, video)
    params.piece_priorities = []
    if has_resume:
        _add_unproven_pieces(params, info, video, folder / opened.file_name)
    return opened


def _isolate(params: lt.add_torrent_params) -> None:
    """Let the torrent reach one peer on this machine. It is exempt from the address filter, so it must hear of no other
    peer: no trackers, web seeds, DHT or peer exchange."""
    params.trackers, params.tracker_tiers = [], []
    params.url_seeds, params.http_seeds, params.dht_nodes, params.peers = [], [], [], []
    off = lt.torrent_flags.disable_dht | lt.torrent_flags.disable_pex | lt.torrent_flags.disable_lsd
    params.flags |= off | lt.torrent_flags.override_web_seeds
    params.flags &= ~lt.torrent_flags.apply_ip_filter


def find_film(info: lt.torrent_info, metainfo: bytes) -> tuple[TorrentFile, Opened]:
    files = info.layout()
    listed = [
        TorrentFile(
            index,
            _path_inside(files.file_path(index)),
            files.file_size(index),
            is_padding=bool(files.file_flags(index) & lt.file_storage.flag_pad_file),
        )
        for index in range(files.num_files())
    ]
    video = choose_video(listed)
    bytes_wanted = bytes_to_fetch(video.size, info.piece_length(), is_alone=len(listed) == 1)
    return video, Opened(info.name(), info.total_size(), f"{video.index}{video.suffix}", metainfo, bytes_wanted)


def _path_inside(path: str) -> tuple[str, ...]:
    """Without the torrent's own name, which leads the path when there are several files."""
    parts = tuple(path.split("/"))
    return parts[1:] or parts


def film_only(info: lt.torrent_info, video: TorrentFile) -> list[int]:
    return [WANTED_FILE if index == video.index else IGNORED_FILE for index in range(info.num_files())]


def _add_unproven_pieces(params: lt.add_torrent_params, info: lt.torrent_info, video: TorrentFile, path: Path) -> None:
    """Tell libtorrent that pieces written since the resume data was saved are there but unproven: it hashes them
    instead of fetching them again. This is what makes a kill -9 cost no verified piece."""
    layout = Layout(info.piece_length(), info.total_size(), info.layout().file_offset(video.index), video.size)
    have = params.have_pieces
    unproven = {
        piece: [True] * layout.blocks_in(piece)
        for piece in pieces_on_disk(layout, written_extents(path))
        if piece >= len(have) or not have[piece]
    }
    params.unfinished_pieces = dict(params.unfinished_pieces) | unproven
