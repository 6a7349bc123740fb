"""Films of every shape that the decision table speaks of, made by ffmpeg, each once per session."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import media

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1")
QUIET = "log-level=error"
AAC = ("-c:a", "aac", "-b:a", "64k")
BT2020 = "setparams=color_primaries=bt2020:color_trc={0}:colorspace=bt2020nc"


@dataclass(frozen=True)
class Odd:
    """``tracks``: one (options, channels, rate) per sound track."""

    video: tuple[str, ...]
    suffix: str = ".mp4"
    rate: str = "25"
    seconds: int = 9
    size: str = "320x180"
    gop: int = 50
    filters: str = "null"
    tracks: tuple[tuple[tuple[str, ...], int, int], ...] = ((AAC, 2, 48_000),)
    extra: tuple[str, ...] = ()
    then: tuple[str, ...] = ()  # a second pass that copies
    before: tuple[str, ...] = ()  # in front of the second pass's input


def sound(*options: str, channels: int = 2, rate: int = 48_000) -> tuple[tuple[str, ...], int, int]:
    return options, channels, rate


FILMS: dict[str, Odd] = {
    "hevc": Odd((*X265, "-x265-params", f"{QUIET}:open-gop=0:keyint=50:min-keyint=50")),
    "hevc open gop mkv": Odd(("-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
                              f"{QUIET}:open-gop=1:keyint=50:min-keyint=50:bframes=3"), suffix=".mkv"),
    "hevc 10 bit": Odd((*X265, "-pix_fmt", "yuv420p10le", "-x265-params", f"{QUIET}:keyint=50:open-gop=0")),
    "hdr10": Odd((*X265, "-pix_fmt", "yuv420p10le", "-x265-params", f"{QUIET}:keyint=50:open-gop=0:hdr10=1"),
                 filters=BT2020.format("smpte2084")),
    "hlg": Odd((*X265, "-pix_fmt", "yuv420p10le", "-x265-params", f"{QUIET}:keyint=50:open-gop=0"),
               filters=BT2020.format("arib-std-b67"), suffix=".mkv"),
    "vp9": Odd(("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1"), suffix=".webm",
               tracks=(sound("-c:a", "libopus"),)),
    "av1": Odd(("-c:v", "libsvtav1", "-preset", "12"), suffix=".mkv", tracks=(sound("-c:a", "libopus"),)),
    "mpeg-2 interlaced": Odd(("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-b:v", "2M", "-bf", "2"),
                             suffix=".ts", rate="60000/1001", gop=15, filters="interlace",
                             tracks=(sound("-c:a", "ac3"),)),
    "mpeg-4 in avi": Odd(("-c:v", "mpeg4", "-q:v", "5", "-bf", "2"), suffix=".avi", rate="24000/1001",
                         tracks=(sound("-c:a", "libmp3lame"),)),
    "4:2:2": Odd((*X264, "-pix_fmt", "yuv422p")),
    "10 bit h264": Odd((*X264, "-pix_fmt", "yuv420p10le")),
    "gop 20 s": Odd(X264, seconds=24, gop=1000),
    "vfr": Odd(X264, filters="select='not(mod(n,3))+lt(n,100)'", extra=("-fps_mode", "vfr")),
    "rotated": Odd(X264, before=("-display_rotation", "90"), then=("-c", "copy")),
    "anamorphic": Odd(X264, size="180x144", filters="setsar=64/45"),
    "59.94": Odd(X264, rate="60000/1001", gop=120),
    "index at the front": Odd(X264, extra=("-movflags", "+faststart")),
    "fragments": Odd(X264, extra=("-movflags", "+frag_keyframe+empty_moov+default_base_moof")),
    "late start": Odd(X264, extra=("-output_ts_offset", "7.7"), suffix=".mkv"),
    "negative dts": Odd((*X264, "-bf", "3"), extra=("-avoid_negative_ts", "disabled", "-movflags",
                                                    "+negative_cts_offsets")),
    "no cues": Odd(X264, suffix=".mkv", extra=("-live", "1")),
    "silent": Odd(X264, tracks=()),
    "7.1 flac": Odd(X264, suffix=".mkv", tracks=(sound("-c:a", "flac", channels=8),)),
    "5.1 dts": Odd(X264, suffix=".mkv", tracks=(sound("-c:a", "dca", "-strict", "-2", channels=6),)),
    "5.1 e-ac-3": Odd(X264, suffix=".mkv", tracks=(sound("-c:a", "eac3", channels=6),)),
    "mono 22 kHz": Odd(X264, tracks=(sound(*AAC, channels=1, rate=22_050),)),
    "vorbis": Odd(X264, suffix=".mkv", tracks=(sound("-c:a", "libvorbis"),)),
    "languages": Odd(X264, suffix=".mkv", tracks=(sound(*AAC), sound("-c:a", "ac3", channels=6), sound(*AAC)),
                     extra=("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fre",
                            "-metadata:s:a:2", "language=eng", "-metadata:s:a:2", "title=Commentary")),
}  # fmt: skip


@cache
def odd_film(name: str) -> Path:
    shape = FILMS[name]
    path = media.folder() / f"odd-{name.replace(' ', '-').replace(':', '')}{shape.suffix}"
    inputs = ["-f", "lavfi", "-i", f"testsrc2=size={shape.size}:rate={shape.rate}:duration={shape.seconds}"]
    maps, coded = ["-map", "0:v"], []
    for number, (options, channels, rate) in enumerate(shape.tracks):
        tones = "|".join(f"0.2*sin(2*PI*{220 + 60 * channel}*t)" for channel in range(channels))
        layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[channels]
        inputs += ["-f", "lavfi", "-i", f"aevalsrc='{tones}':s={rate}:d={shape.seconds}:c={layout}"]
        maps += ["-map", f"{number + 1}:a"]
        coded += [f"{option}:{number}" if option in {"-c:a", "-b:a"} else option for option in options]
    target = path if not shape.then else path.with_name(f"first-{path.name}")
    picture = ["-vf", shape.filters, *_eight_bit(shape), *shape.video, "-g", str(shape.gop)]
    media.run_ffmpeg(*inputs, *maps, *picture, *coded, *shape.extra, str(target))
    if shape.then:
        media.run_ffmpeg(*shape.before, "-i", str(target), *shape.then, str(path))
    return path


def _eight_bit(shape: Odd) -> tuple[str, ...]:
    return () if "-pix_fmt" in shape.video else ("-pix_fmt", "yuv420p")
