"""Times of all packets of an MP4 from its index, without reading any picture or sound. Part of the probe's child.

libavformat tells every sample's decode time and whether it is a whole picture (after its own reading of edit lists),
the file's ``ctts`` tells how much later each is shown. The two are believed only when they agree with real packets
from three places of the file; otherwise the answer is None and the packets are scanned.
"""

import struct
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream
from av.video.stream import VideoStream

from apps.streaming.adapters.packet_scan import MAX_PACKETS, may_be_copied
from apps.streaming.domain.mp4 import BadBox
from apps.streaming.domain.sample_tables import SampleTable, sample_tables

MOOV_LIMIT_BYTES = 64 * 1024 * 1024
CHECKED_PACKETS = 24
CHECKED_PLACES = (0.0, 0.4, 0.8)


def scan_index(path: str, container: InputContainer, video: VideoStream | None) -> dict[str, Any] | None:
    """What ``scan_packets`` would answer, or None when the index does not tell."""
    if video is None or "mp4" not in container.format.name.split(","):
        return None
    try:
        with Path(path).open("rb") as file:
            tables = sample_tables(read_moov(file))
        return _times(container, video, tables)
    except (BadBox, FFmpegError):
        return None


def read_moov(file: BinaryIO) -> bytes:
    """The body of the ``moov`` box, wherever it lies; only box heads and itself are read. Raises BadBox."""
    while head := file.read(8):
        if len(head) < 8:
            raise BadBox("a box is cut off")
        size, kind = struct.unpack(">I4s", head)
        body = size - 8
        if size == 1:
            body = struct.unpack(">Q", file.read(8).rjust(8, b"\0"))[0] - 16
        if body < 0:
            raise BadBox(f"{kind!r} does not fit")
        if kind == b"moov":
            if body > MOOV_LIMIT_BYTES:
                raise BadBox("the index is larger than a film's")
            return file.read(body)
        file.seek(body, 1)
    raise BadBox("there is no index")


def _times(container: InputContainer, video: VideoStream, tables: list[SampleTable]) -> dict[str, Any]:
    pictures = Samples(video, tables, container.size)
    shift = pictures.shift_of(container)
    sounds = {}
    for stream in container.streams.audio:
        if stream.codec_context is not None:
            sounds[str(stream.index)] = _sound(container, stream, tables)
    return {
        "video_pts": [time + offset + shift for time, offset in zip(pictures.decoded, pictures.offsets, strict=True)],
        "keyframes": pictures.keyframes,
        "last_duration": pictures.last_duration,
        "sounds": sounds,
        "from_index": True,
    }


def _sound(container: InputContainer, stream: Stream, tables: list[SampleTable]) -> dict[str, Any]:
    found = Samples(stream, tables, container.size)
    pts = found.decoded if may_be_copied(stream) else found.decoded[:1]
    if found.decoded and found.shift_of(container):
        raise BadBox("the sound is shown at another time than it is decoded")
    return {"pts": pts, "last_duration": found.last_duration, "heard_from": stream.start_time}


class Samples:
    """One track as libavformat's index and the file's own table describe it. Raises BadBox when they disagree."""

    def __init__(self, stream: Stream, tables: list[SampleTable], size_bytes: int) -> None:
        if stream.index >= len(tables):
            raise BadBox("there are fewer tracks than streams")
        table = tables[stream.index]
        entries = stream.index_entries
        count = len(entries)
        if count != table.samples or count > MAX_PACKETS:
            raise BadBox("the index is not whole, or an edit list changed it")
        self.stream = stream
        self.decoded: list[int] = []
        self.keyframes: list[int] = []
        for position in range(count):
            entry = entries[position]
            if not entry.size or (entry.is_discard and stream.type == "video"):  # sound's priming is always hidden
                raise BadBox("an edit list hides samples")
            if entry.pos + entry.size > size_bytes:
                raise BadBox("the file ends before its last sample")
            if entry.is_keyframe:
                self.keyframes.append(position)
            self.decoded.append(entry.timestamp)
        self.offsets = table.offsets or [0] * count
        self.last_duration = table.last_duration
        if len(self.offsets) != count:
            raise BadBox("there are more samples than offsets")

    def shift_of(self, container: InputContainer) -> int:
        """What libavformat adds to every presentation time, from packets of several places. Raises BadBox."""
        places = {time: position for position, time in enumerate(self.decoded)}
        shifts: set[int] = set()
        for share in CHECKED_PLACES:
            container.seek(self.decoded[int(share * len(self.decoded))], stream=self.stream)
            shifts |= self._shifts(container, places)
        if len(shifts) != 1:
            raise BadBox("the index does not agree with the packets")
        return shifts.pop()

    def _shifts(self, container: InputContainer, places: dict[int, int]) -> set[int]:
        shifts: set[int] = set()
        for packet in islice(container.demux(self.stream), CHECKED_PACKETS):
            if packet.dts is None:  # the end
                break
            if packet.dts not in places or packet.pts is None:
                raise BadBox("the index does not know a packet")
            shifts.add(packet.pts - packet.dts - self.offsets[places[packet.dts]])
        return shifts
