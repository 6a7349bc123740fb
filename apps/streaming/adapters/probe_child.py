"""The probe itself, run as its own process (``python -m``) so that a hostile file can hang or kill only itself.

Prints one JSON document: ``probe <address>`` the facts of the film, ``scan <address>`` all packet times, ``index
<address>`` those that the index tells, or null.
Exit status 2 with a sentence on stderr when the file is not a film.
"""

import json
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from apps.streaming.adapters.index_scan import scan_index
from apps.streaming.adapters.packet_scan import TooManyPackets, scan_packets
from apps.streaming.domain.address import Address
from apps.streaming.domain.decoders import CODECS, READ_VIDEO, unread_film
from apps.streaming.domain.ffmpeg import FORMATS
from apps.streaming.domain.source import MAX_PIXELS

DECODER_GUARDS = {"codec_whitelist": CODECS, "max_pixels": str(MAX_PIXELS)}
GUARDS = {"format_whitelist": FORMATS, **DECODER_GUARDS}
TS_DISCONT = 0x0200  # AVFMT_TS_DISCONT of libavformat
STREAM_TIME_US = 1_000_000
CHAPTERS_MAX, CHAPTER_TITLE_MAX = 1_000, 200
LOOKED_AT_FRAMES = 12  # the first picture of an interlaced film is often a plain black one
UNSPECIFIED = 2  # ITU-T H.273
SPECIAL = Disposition.comment | Disposition.visual_impaired | Disposition.descriptions | Disposition.clean_effects
DOLBY_METADATA = ("DOVI_METADATA", "DOVI_RPU_BUFFER")
DOLBY_ONLY_TAGS = frozenset({"dvh1", "dvhe", "dva1", "dvav", "dav1"})


def open_film(url: str) -> InputContainer:
    """A film whose streams are decoded by the decoders of this house only. Raises ValueError for other addresses."""
    options = {"protocol_whitelist": Address(url).protocols, **GUARDS}
    container = av.open(url, options=options, metadata_errors="replace")
    for stream in container.streams:
        if stream.codec_context is not None:
            # PyAV gives the options of ``open`` to libavformat alone, and opens each decoder with these.
            stream.codec_context.options = dict(DECODER_GUARDS)
    return container


def film_video(container: InputContainer) -> VideoStream | None:
    """The first moving picture; cover art is a video stream too."""
    moving = (stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic)
    return next(moving, None)


def probe(url: str) -> dict[str, Any]:
    with open_film(url) as container:
        video = film_video(container)
        return {
            "container": container.format.name,
            "size_bytes": container.size,
            "start_s": (container.start_time or 0) / STREAM_TIME_US,
            "duration_s": (container.duration or 0) / STREAM_TIME_US,
            "has_own_clocks": bool(int(container.format.flags) & TS_DISCONT),
            "stream_count": len(container.streams),
            "chapters": chapters(container),
            "audio": [audio_facts(stream) for stream in container.streams.audio],
            "subtitles": [text_facts(stream) for stream in container.streams.subtitles],
            "video": None if video is None else video_facts(container, video),
        }


def chapters(container: InputContainer) -> list[dict[str, Any]]:
    return [
        {
            "start_s": float(chapter["start"] * chapter["time_base"]),
            "end_s": float(chapter["end"] * chapter["time_base"]),
            "title": str(chapter["metadata"].get("title", ""))[:CHAPTER_TITLE_MAX],
        }
        for chapter in container.chapters()[:CHAPTERS_MAX]
        if chapter["time_base"] is not None
    ]


def video_facts(container: InputContainer, stream: VideoStream) -> dict[str, Any]:
    context = stream.codec_context
    codec = codec_of(stream)
    if codec not in READ_VIDEO:
        raise SystemExit(unread_film(codec))
    frames = first_frames(container, stream)
    if not frames:
        raise SystemExit("The picture of this film cannot be decoded.")
    frame = frames[0]
    aspect = stream.sample_aspect_ratio or Fraction(0, 1)
    return {
        "index": stream.index,
        "codec": codec,
        "profile": context.profile or "",
        "level": context.level or 0,
        "pix_fmt": context.pix_fmt or frame.format.name,
        "width": context.width,
        "height": context.height,
        "pixel_aspect": f"{aspect.numerator}:{aspect.denominator}",
        "fps": str(Fraction(stream.average_rate or stream.guessed_rate or 0)),
        "time_base": str(stream.time_base),
        "is_interlaced": any(found.interlaced_frame for found in frames),
        "transfer": int(transfer_of(context.color_trc) or transfer_of(frame.color_trc)),
        "rotation": int(frame.rotation) % 360,
        "dolby_vision": dolby_profile(context.codec_tag, frame),
    }


def first_frames(container: InputContainer, stream: VideoStream) -> list[VideoFrame]:
    """Raises FFmpegError for what is damaged."""
    try:
        return list(islice(container.decode(stream), LOOKED_AT_FRAMES))
    except FFmpegError as error:
        # libavcodec forgets the size of what its limit forbids, and then calls the picture invalid.
        if 0 < stream.codec_context.width * stream.codec_context.height <= MAX_PIXELS:
            raise
        raise SystemExit("The picture of this film is larger than 8K, or cannot be decoded.") from error


def transfer_of(value: Any) -> int:
    return 0 if value in {None, UNSPECIFIED} else int(value)


def dolby_profile(tag: str, frame: VideoFrame) -> int:
    """5 when only Dolby's own metadata give the picture its colours; 8 when it has an ordinary base; 0 without."""
    has_metadata = any(frame.side_data.get(name) is not None for name in DOLBY_METADATA)
    if tag in DOLBY_ONLY_TAGS or (has_metadata and not transfer_of(frame.color_trc)):
        return 5
    return 8 if has_metadata else 0


def audio_facts(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    is_read = context is not None
    return {
        "index": stream.index,
        "codec": codec_of(stream),
        "profile": stream.profile or "",
        "channels": context.layout.nb_channels if is_read else 0,
        "sample_rate": context.sample_rate if is_read else 0,
        "bit_rate": max(0, context.bit_rate or 0) if is_read else 0,
        "time_base": str(stream.time_base),
        "is_default": bool(stream.disposition & Disposition.default),
        "is_special": bool(stream.disposition & SPECIAL),
        **texts(stream),
    }


def text_facts(stream: Any) -> dict[str, Any]:
    return {
        "index": stream.index,
        "codec": codec_of(stream),
        "is_default": bool(stream.disposition & Disposition.default),
        "is_forced": bool(stream.disposition & Disposition.forced),
        **texts(stream),
    }


def texts(stream: Stream) -> dict[str, str]:
    return {"language": (stream.language or "und")[:16], "label": stream.metadata.get("title", "")[:200]}


def codec_of(stream: Stream) -> str:
    """Empty when libavcodec has no decoder for it: then PyAV tells no name either."""
    decoder = "" if stream.codec_context is None else stream.codec_context.name
    return {"libdav1d": "av1", "libvpx-vp9": "vp9", "libvpx": "vp8", "mp3float": "mp3"}.get(decoder, decoder)


def index(url: str) -> dict[str, Any] | None:
    """All packet times as the index tells them; None when it does not, or cannot be read beside ffmpeg."""
    path = Address(url).file_path
    if path is None:
        return None
    with open_film(url) as container:
        return scan_index(path, container, film_video(container))


def scan(url: str) -> dict[str, Any]:
    """All packet times: from the index where it tells them, else by reading the whole file."""
    found = index(url)
    if found is not None:
        return found
    with open_film(url) as container:
        return scan_packets(container, film_video(container))


def explanation_of(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it ends before anything could be shown"
    if isinstance(error, MemoryError):
        return "it asks for more memory than a film needs"
    return "it is damaged, or something else than a film"


COMMANDS: dict[str, Callable[[str], Any]] = {"probe": probe, "scan": scan, "index": index}


def main(arguments: list[str]) -> int:
    try:
        answer = COMMANDS[arguments[0]](arguments[1])
    except TooManyPackets:
        sys.stderr.write("This film has more pictures than a film can have.\n")
        return 2
    except (FFmpegError, ValueError, MemoryError) as error:
        sys.stderr.write(f"This file cannot be read as a film: {explanation_of(error)}.\n")
        return 2
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
