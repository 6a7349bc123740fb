"""The probe itself, run as its own process (``python -m``) so that a hostile file can hang or kill only itself.

Prints one JSON document: ``probe <path>`` the facts of the file, ``scan <path> <audio index>`` all packet times.
Exit status 2 with a sentence on stderr when the file is not a film.
"""

import json
import sys
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from apps.streaming.domain.ffmpeg import CODECS, FORMATS, PROTOCOLS
from apps.streaming.domain.source import MAX_PIXELS

GUARDS = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS, "codec_whitelist": CODECS}
TS_DISCONT = 0x0200  # AVFMT_TS_DISCONT of libavformat
STREAM_TIME_US = 1_000_000
MAX_PACKETS = 60 * 60 * 24 * 60


def open_film(path: str) -> InputContainer:
    return av.open(f"file:{path}", options={**GUARDS, "max_pixels": str(MAX_PIXELS)}, metadata_errors="replace")


def film_video(container: InputContainer) -> VideoStream | None:
    """The first moving picture; cover art is a video stream too."""
    moving = (stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic)
    return next(moving, None)


def probe(path: str) -> dict[str, Any]:
    with open_film(path) as container:
        video = film_video(container)
        return {
            "container": container.format.name,
            "size_bytes": container.size,
            "start_s": (container.start_time or 0) / STREAM_TIME_US,
            "duration_s": (container.duration or 0) / STREAM_TIME_US,
            "has_own_clocks": bool(int(container.format.flags) & TS_DISCONT),
            "stream_count": len(container.streams),
            "audio": [audio_facts(stream) for stream in container.streams.audio if stream.codec_context is not None],
            "subtitles": [
                text_facts(stream) for stream in container.streams.subtitles if stream.codec_context is not None
            ],
            "video": None if video is None else video_facts(container, video),
        }


def video_facts(container: InputContainer, stream: VideoStream) -> dict[str, Any]:
    context = stream.codec_context
    frame = next(container.decode(stream), None)
    if frame is None:
        raise SystemExit("The picture of this film cannot be decoded.")
    aspect = stream.sample_aspect_ratio or Fraction(0, 1)
    return {
        "index": stream.index,
        "codec": canonical(context.name),
        "profile": context.profile or "",
        "level": context.level or 0,
        "pix_fmt": context.pix_fmt or frame.format.name,
        "width": context.width,
        "height": context.height,
        "pixel_aspect": f"{aspect.numerator}:{aspect.denominator}",
        "fps": str(Fraction(stream.average_rate or stream.guessed_rate or 0)),
        "time_base": str(stream.time_base),
        "is_interlaced": bool(frame.interlaced_frame),
        "transfer": int(context.color_trc or 0),
        "rotation": int(frame.rotation) % 360,
    }


def audio_facts(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "index": stream.index,
        "codec": canonical(context.name),
        "profile": context.profile or "",
        "channels": context.layout.nb_channels,
        "sample_rate": context.sample_rate,
        "time_base": str(stream.time_base),
        "is_default": bool(stream.disposition & Disposition.default),
        **texts(stream),
    }


def text_facts(stream: Any) -> dict[str, Any]:
    return {
        "index": stream.index,
        "codec": canonical(stream.codec_context.name),
        "is_default": bool(stream.disposition & Disposition.default),
        "is_forced": bool(stream.disposition & Disposition.forced),
        **texts(stream),
    }


def texts(stream: Stream) -> dict[str, str]:
    return {"language": (stream.language or "und")[:16], "label": stream.metadata.get("title", "")[:200]}


def canonical(decoder: str) -> str:
    return {"libdav1d": "av1", "libvpx-vp9": "vp9", "libvpx": "vp8", "mp3float": "mp3"}.get(decoder, decoder)


def scan(path: str, audio_index: int) -> dict[str, Any]:
    """Presentation times of every packet by demuxing only; DTS stands in where a container has nothing better."""
    video_pts: list[int] = []
    keyframes: list[int] = []
    audio_pts: list[int] = []
    last = {"video": 0, "audio": 0}
    missing = 0
    with open_film(path) as container:
        video = film_video(container)
        wanted = [stream for stream in container.streams if stream is video or stream.index == audio_index]
        for packet in container.demux(wanted):
            time = packet.dts if packet.pts is None else packet.pts
            if time is None or packet.size == 0:
                continue
            if packet.stream is not video:
                audio_pts.append(time)
                last["audio"] = packet.duration or last["audio"]
                continue
            missing += packet.pts is None
            if packet.is_keyframe:
                keyframes.append(len(video_pts))
            video_pts.append(time)
            last["video"] = packet.duration or last["video"]
            if len(video_pts) > MAX_PACKETS:
                raise SystemExit("This film has more pictures than a film can have.")
    return {
        "video_pts": video_pts,
        "keyframes": keyframes,
        "last_duration": last["video"],
        "audio_pts": audio_pts,
        "audio_last_duration": last["audio"],
        "missing_times": missing,
        "audio_index": audio_index if audio_index >= 0 else None,
    }


def main(arguments: list[str]) -> int:
    try:
        answer = probe(arguments[1]) if arguments[0] == "probe" else scan(arguments[1], int(arguments[2]))
    except (FFmpegError, ValueError) as error:
        sys.stderr.write(f"This file cannot be read as a film ({type(error).__name__}).\n")
        return 2
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
