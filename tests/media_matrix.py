"""The input matrix: a film of every shape that people have, made by ffmpeg, each once per session.

Every picture carries its own number as twelve black or white fields along its upper edge, and the sound has a loud
burst one second after each multiple of four: so a test can see which picture is shown, and hear whether it is in step.
"""

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
from imageio_ffmpeg import get_ffmpeg_exe

from media import MAKE_LIMIT_S, folder, run_ffmpeg

NUMBER_BITS = 12
NUMBER_HEIGHT = 8  # the fields take this fraction of the picture's height
MIDDLE_GREY = 110
BURST_AT_S, BURST_EVERY_S, BURST_S = 1.0, 4.0, 0.2
SUBTITLES = "1\n00:00:01,000 --> 00:00:03,000\n{0} one & <i>two</i>\n\n2\n00:00:05,000 --> 00:00:06,500\n{0} three\n"

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-pix_fmt", "yuv420p")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1")
HDR10 = (*X265, "-x265-params", ("log-level=error:hdr10=1:repeat-headers=1:max-cll=1000,400:"
         "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"))  # fmt: skip
BT2020 = "setparams=color_primaries=bt2020:color_trc={0}:colorspace=bt2020nc"
AAC = ("-c:a", "aac", "-b:a", "96k", "-ac", "2")
VARIES = "select='gt(mod(n\\,3)\\,0)+lt(mod(n\\,50)\\,20)'"


@dataclass(frozen=True)
class Kind:
    """How a film is made; ``gop`` in frames, ``step`` pictures of the maker make one of the film."""

    suffix: str = ".mp4"
    rate: str = "25"
    seconds: int = 12
    gop: int = 50
    size: str = "320x180"
    video: tuple[str, ...] = H264
    audio: tuple[str, ...] | None = AAC
    audio_rate: int = 48_000
    audio_languages: tuple[str, ...] = ("eng",)
    subtitles: tuple[str, ...] = ()
    subtitle_codec: str = "srt"
    filters: str = "null"
    step: int = 1
    offset_s: float = 0
    extra: tuple[str, ...] = ()
    is_varying: bool = False
    is_piped: bool = False  # nothing that needs a second look at the file: no index, no length
    begins_hidden: bool = False  # the file has pictures that an edit list hides; the packaged film may show them
    again: tuple[str, ...] = ()  # a second run over the film: options before ``-i``, then ``-c copy``

    @property
    def fps(self) -> Fraction:
        return Fraction(self.rate) / self.step


MATRIX: dict[str, Kind] = {
    "23.976 fps": Kind(rate="24000/1001", gop=48),
    "25 fps": Kind(),
    "29.97 fps": Kind(rate="30000/1001", gop=60),
    "59.94 fps": Kind(rate="60000/1001", gop=120, seconds=8),
    "720p": Kind(size="1280x720", seconds=9, video=(*H264, "-b:v", "3M")),
    "VFR": Kind(suffix=".mkv", filters=VARIES, extra=("-fps_mode", "vfr"), is_varying=True),
    "start at 7.7 s, MP4": Kind(offset_s=7.7),
    "start at 7.7 s, TS": Kind(suffix=".ts", offset_s=7.7),
    "negative DTS": Kind(extra=("-avoid_negative_ts", "disabled", "-movflags", "+negative_cts_offsets")),
    "cut out of a film": Kind(again=("-ss", "3.3"), begins_hidden=True),
    "no audio": Kind(audio=None),
    "7.1": Kind(audio=("-c:a", "aac", "-b:a", "256k", "-ac", "8")),
    "mono 22 kHz": Kind(audio=("-c:a", "aac", "-b:a", "32k", "-ac", "1"), audio_rate=22_050),
    "AC-3": Kind(suffix=".mkv", audio=("-c:a", "ac3", "-ac", "6")),
    "E-AC-3": Kind(audio=("-c:a", "eac3", "-ac", "6")),
    "DTS": Kind(suffix=".mkv", audio=("-c:a", "dca", "-strict", "-2", "-ac", "6")),
    "FLAC": Kind(suffix=".mkv", audio=("-c:a", "flac", "-ac", "2")),
    "Opus": Kind(suffix=".mkv", audio=("-c:a", "libopus", "-ac", "2")),
    "Vorbis": Kind(suffix=".mkv", audio=("-c:a", "libvorbis", "-ac", "2")),
    "10-bit HEVC": Kind(suffix=".mkv", seconds=9, video=(*X265, "-x265-params", "log-level=error")),
    "VP9": Kind(suffix=".webm", seconds=9, audio=("-c:a", "libopus", "-ac", "2"),
                video=("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-pix_fmt", "yuv420p")),
    "AV1": Kind(seconds=9, video=("-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-pix_fmt", "yuv420p")),
    "MPEG-2 interlaced": Kind(suffix=".ts", rate="50", step=2, gop=12, audio=("-c:a", "mp2", "-ac", "2"),
                              filters="tinterlace=interleave_top,setfield=tff",
                              video=("-c:v", "mpeg2video", "-q:v", "3", "-flags", "+ildct+ilme")),
    "MPEG-4 in AVI": Kind(suffix=".avi", rate="30000/1001", audio=("-c:a", "libmp3lame", "-ac", "2"),
                          audio_languages=("und",),
                          video=("-c:v", "mpeg4", "-q:v", "4", "-bf", "1", "-vtag", "XVID")),
    "portrait with rotation": Kind(size="180x320", filters="transpose=clock", again=("-display_rotation", "90")),
    "anamorphic": Kind(filters="setsar=4/3"),
    "GOP 20 s": Kind(seconds=24, gop=500),
    "HDR10": Kind(seconds=9, video=HDR10, filters=BT2020.format("smpte2084")),
    "HLG": Kind(suffix=".mkv", seconds=9, video=(*X265, "-x265-params", "log-level=error"),
                filters=BT2020.format("arib-std-b67")),
    "MP4 with the index first": Kind(extra=("-movflags", "+faststart")),
    "MP4 in fragments": Kind(extra=("-movflags", "+frag_keyframe+empty_moov+default_base_moof")),
    "MKV without cues": Kind(suffix=".mkv", is_piped=True),
    "several languages, MKV": Kind(suffix=".mkv", audio_languages=("eng", "fre", "jpn"),
                                   subtitles=("eng", "fre", "jpn")),
    "several languages, MP4": Kind(audio_languages=("ger", "spa"), subtitles=("ger", "spa"),
                                   subtitle_codec="mov_text"),
}  # fmt: skip


@cache
def matrix_film(name: str) -> Path:
    """The film of that kind, made on first use."""
    kind = MATRIX[name]
    stem = "".join(char if char.isalnum() else "-" for char in name)
    path = folder() / f"matrix-{stem}{kind.suffix}"
    made = _arguments(kind)
    if kind.is_piped:
        with path.open("wb") as out:
            command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", *made, "-f", "matroska", "pipe:1"]
            subprocess.run(command, check=True, timeout=MAKE_LIMIT_S, stdout=out)
        return path
    run_ffmpeg(*made, str(path))
    if kind.again:
        first = path.rename(path.with_stem(f"{path.stem}-first"))
        run_ffmpeg(*kind.again, "-i", str(first), "-map", "0", "-c", "copy", str(path))
    return path


def _arguments(kind: Kind) -> list[str]:
    source = f"size={kind.size}:rate={kind.rate}:duration={kind.seconds}"
    width, height = (int(part) for part in kind.size.split("x"))
    number = f"lum='16+219*mod(floor(floor(N/{kind.step})/pow(2,X)),2)':cb=128:cr=128"
    strip = f"nullsrc={source.replace(kind.size, f'{NUMBER_BITS}x2')},geq={number}"
    strip += f",scale={width}:{height // NUMBER_HEIGHT}:flags=neighbor"
    graph = f"testsrc2={source}[a];{strip}[b];[a][b]overlay=0:0:format=yuv420,{kind.filters}[v]"
    made = ["-filter_complex", graph, "-map", "[v]"]
    inputs: list[str] = []
    if kind.audio:
        loud = f"between(mod(t,{BURST_EVERY_S}),{BURST_AT_S},{BURST_AT_S + BURST_S})"
        tone = f"(0.02+0.6*{loud})*sin(2*PI*(440+20*t)*t)"
        inputs += ["-f", "lavfi", "-i", f"aevalsrc='{tone}|{tone}':s={kind.audio_rate}:d={kind.seconds}"]
        for track, language in enumerate(kind.audio_languages):
            made += ["-map", "0:a", f"-metadata:s:a:{track}", f"language={language}"]
        made += kind.audio
    for track, language in enumerate(kind.subtitles):
        text = folder() / f"matrix-{language}.srt"
        text.write_text(SUBTITLES.format(language))
        inputs += ["-i", str(text)]
        made += ["-map", f"{track + 1}:s", f"-metadata:s:s:{track}", f"language={language}"]
    made += ["-c:s", kind.subtitle_codec] if kind.subtitles else []
    offset = ["-output_ts_offset", str(kind.offset_s)] if kind.offset_s else []
    return [*inputs, *made, *kind.video, "-g", str(kind.gop), *kind.extra, *offset]


def number_of(frame: av.VideoFrame) -> int:
    """The number that a decoded picture carries."""
    grey = frame.reformat(format="gray")
    plane = grey.planes[0]
    start = (grey.height // NUMBER_HEIGHT // 2) * plane.line_size
    row = bytes(plane)[start : start + grey.width]
    fields = [row[int((bit + 0.5) * grey.width / NUMBER_BITS)] for bit in range(NUMBER_BITS)]
    return sum(1 << bit for bit, light in enumerate(fields) if light > MIDDLE_GREY)
