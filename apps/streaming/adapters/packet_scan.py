"""Times of all packets of a film by demuxing only, which works for every container. Part of the probe's child."""

from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

MAX_PACKETS = 60 * 60 * 24 * 60


class TooManyPackets(Exception):
    """More pictures than a film can have."""


def scan_packets(container: InputContainer, video: VideoStream | None) -> dict[str, Any]:
    """Presentation times in decode order; DTS stands in where a container has nothing better. Raises TooManyPackets."""
    sounds = {stream.index: Sound(stream) for stream in container.streams.audio if stream.codec_context is not None}
    pictures = Pictures()
    wanted = [stream for stream in container.streams if stream is video or stream.index in sounds]
    for packet in container.demux(wanted):
        time = packet.dts if packet.pts is None else packet.pts
        if time is None or packet.size == 0:
            continue
        if packet.stream is video:
            pictures.add(packet, time)
        else:
            sounds[packet.stream_index].add(packet, time)
    return {
        "video_pts": pictures.pts,
        "keyframes": pictures.keyframes,
        "last_duration": pictures.last_duration,
        "missing_times": pictures.missing,
        "hidden": pictures.hidden,
        "sounds": {str(index): sound.facts() for index, sound in sounds.items()},
    }


class Pictures:
    def __init__(self) -> None:
        self.pts: list[int] = []
        self.keyframes: list[int] = []
        self.missing = 0
        self.hidden = 0
        self.last_duration = 0

    def add(self, packet: "Packet[Any]", time: int) -> None:
        if packet.is_discard:
            self.hidden += 1
            return
        self.missing += packet.pts is None
        if packet.is_keyframe:
            self.keyframes.append(len(self.pts))
        self.pts.append(time)
        self.last_duration = packet.duration or self.last_duration
        if len(self.pts) > MAX_PACKETS:
            raise TooManyPackets


class Sound:
    """All packets of a track that might be copied; of others the first, which says when the track begins."""

    def __init__(self, stream: Stream) -> None:
        self.is_whole = may_be_copied(stream)
        self.heard_from = stream.start_time
        self.pts: list[int] = []
        self.last = 0

    def add(self, packet: "Packet[Any]", time: int) -> None:
        if self.is_whole or not self.pts:
            self.pts.append(time)
            self.last = packet.duration or self.last

    def facts(self) -> dict[str, Any]:
        return {"pts": self.pts, "last_duration": self.last, "heard_from": self.heard_from}


def may_be_copied(stream: Stream) -> bool:
    return bool(stream.codec_context.name.startswith("aac"))
