"""Every ffmpeg command line of the house, as argument lists built from closed vocabularies and numbers.

Invariant: an input is always a known address behind protocol, format and codec whitelists; nothing that a file
says about itself (names, tags) appears in an argument. The flags below were each measured: see docs/decisions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from apps.streaming.domain.address import Address
from apps.streaming.domain.decoders import CODECS
from apps.streaming.domain.encoders import X264, Encoder, device_arguments, encoder_arguments, upload_filter
from apps.streaming.domain.filters import filter_graph
from apps.streaming.domain.grid import AAC_FRAME, SEGMENT_S, Segments, sound_start
from apps.streaming.domain.ladder import ENCODED_AUDIO_RATE, Mode, Recipe
from apps.streaming.domain.source import MAX_PIXELS

FORMATS = "mov,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg"
LENGTH_MARGIN = Fraction(51, 50)  # no run may read more than 1.02 x the probed length
SOUND_SLACK_S = 5  # behind a keyframe there may be no sound of its time yet: files hold sound ahead of its picture
PRIMING_S = Fraction(1, 10)  # at most: what an encoder puts before the first sample is no part of the source
SEEK_SLACK_S = Fraction(1, 100)  # a copy starts at the keyframe at or before -ss, so ask just after it
LOG_LEVEL = "repeat+level+warning"  # each line says what it is, and is there as often as it was said
INIT = "init.mp4"
PIECE = "%06d.m4s"
COPY_TAGS = {"hevc": ("-tag:v", "hvc1")}  # Safari plays nothing that is called hev1

# With frag_discont the first timestamp of a run is kept as it is, so a restart continues exactly (video only: AAC's
# priming would wrap to 2^64 - 1024). temp_file: a name without .tmp is a finished file.
HLS = ("-f", "hls", "-hls_segment_type", "fmp4", "-hls_flags", "temp_file", "-hls_list_size", "2")
VIDEO_MOVFLAGS = "movflags=+frag_discont+skip_sidx"
AUDIO_MOVFLAGS = "movflags=+skip_sidx"
# Cut at every keyframe that the encoder or the source offers; the assembler joins pieces into grid segments.
EVERY_KEYFRAME_S = "0.05"


@dataclass(frozen=True, slots=True)
class Source:
    address: Address
    duration_s: float
    origin_s: float


def seconds(value: Fraction | float) -> str:
    return f"{float(value):.6f}"


def _guards(address: Address) -> list[str]:
    """Raises ValueError."""
    return ["-protocol_whitelist", address.protocols, "-format_whitelist", FORMATS, "-codec_whitelist", CODECS]


def _head(source: Source, *, start_s: Fraction | None, length_s: Fraction | None, absolute: bool) -> list[str]:
    head = ["-nostdin", "-hide_banner", "-v", LOG_LEVEL, "-y", "-progress", "pipe:1", "-stats_period", "0.5"]
    head += [*_guards(source.address), "-max_pixels", str(MAX_PIXELS)]
    if absolute:
        head += ["-copyts", "-start_at_zero"]
    if start_s is not None:
        head += ["-ss", seconds(start_s)]
    if length_s is not None:
        head += ["-t", seconds(length_s)]
    return [*head, "-i", source.address.url]


def _tail(movflags: str, *, hls_time: str, start_number: int, folder: str = "") -> list[str]:
    return [
        "-map_metadata", "-1", "-map_chapters", "-1", "-avoid_negative_ts", "disabled", *HLS,
        "-hls_segment_options", movflags, "-hls_time", hls_time, "-start_number", str(start_number),
        "-hls_fmp4_init_filename", INIT, "-hls_segment_filename", f"{folder}{PIECE}", f"{folder}index.m3u8",
    ]  # fmt: skip


def copy_video(source: Source, recipe: Recipe, segments: Segments, first: int, last: int) -> list[str]:
    """The untouched picture of segments [first, last), one piece per keyframe; may begin and end a little outside."""
    start_s = segments.start_s(first) + Fraction(source.origin_s) + SEEK_SLACK_S
    length_s = segments.start_s(last) - segments.start_s(first) + SEGMENT_S
    head = _head(source, start_s=start_s if first else None, length_s=length_s, absolute=True)
    shift = ["-output_ts_offset", seconds(-source.origin_s)] if source.origin_s else []
    body = ["-map", f"0:{recipe.stream}", "-c", "copy", *COPY_TAGS.get(recipe.source_codec, ()), *shift]
    return head + body + _tail(VIDEO_MOVFLAGS, hls_time=EVERY_KEYFRAME_S, start_number=first)


def encode_rungs(
    source: Source,
    rungs: Mapping[str, Recipe],
    segments: Segments,
    first: int,
    last: int,
    *,
    encoder: Encoder = X264,
    threads: int | None = None,
) -> list[str]:
    """Segments [first, last) of several H.264 rungs from one decode, each in its own folder ``<name>/`` of the run.

    One piece per segment, timestamps and init segments as if each rung had been made alone and in one run.
    ``threads`` of each rung's x264; as many as are soonest done without.
    """
    ordered = sorted(rungs.items(), key=lambda rung: -rung[1].width * rung[1].height)
    base = ordered[0][1]
    half_frame_s = 1 / Fraction(base.fps) / 2
    start_s = segments.start_s(first) - half_frame_s + Fraction(source.origin_s)
    end_s = segments.start_s(last) - half_frame_s + Fraction(source.origin_s)
    begin_s = max(start_s, Fraction(0)) if first else Fraction(0)
    is_end = last == len(segments)
    length_s = Fraction(source.duration_s) * LENGTH_MARGIN + 1 if is_end else end_s - begin_s
    # A limit of time would end the run at the first stray picture; its number of frames ends it too.
    limit_s = None if base.has_strays else length_s
    head = _head(source, start_s=begin_s if first else None, length_s=limit_s, absolute=True)
    recipes = [recipe for _, recipe in ordered]
    graph = filter_graph(recipes, segments, first, origin_s=source.origin_s, upload=upload_filter(encoder))
    args = [*device_arguments(encoder), *head, "-filter_complex", graph]
    cuts = _fixed_cuts(segments, first, last) if base.fixed else _keyframe_cuts(segments, half_frame_s, first, last)
    for number, (name, recipe) in enumerate(ordered):
        chosen = encoder_arguments(encoder, recipe, threads=threads)
        args += ["-map", f"[rung{number}]", "-sn", "-dn", "-an", *chosen, *cuts]
        args += _tail(VIDEO_MOVFLAGS, hls_time=EVERY_KEYFRAME_S, start_number=first, folder=f"{name}/")
    return args


def _fixed_cuts(segments: Segments, first: int, last: int) -> list[str]:
    per_segment = str(max(segments.frames))
    frames = str(sum(segments.frames[first:last]))
    return ["-g", per_segment, "-keyint_min", per_segment, "-fps_mode", "passthrough", "-frames:v", frames]  # fmt: skip


def _keyframe_cuts(segments: Segments, half_frame_s: Fraction, first: int, last: int) -> list[str]:
    times = ",".join(seconds(segments.start_s(index) - half_frame_s) for index in range(first, last) if index)
    cuts = ["-force_key_frames", times] if times else []
    return ["-g", "100000", "-keyint_min", "1", *cuts, "-fps_mode", "passthrough", "-enc_time_base", "filter"]


def sounds(
    source: Source, tracks: Mapping[str, tuple[Recipe, Segments]], first: int = 0, last: int | None = None
) -> list[str]:
    """Sound tracks from one pass over the file, whole or from ``sound_start(first)`` to one segment after ``last``,
    each in its own folder ``<name>/`` of the run; copies only from the start.

    With ffmpeg's own timestamps, which count from where the run begins. What is kept of a run from the middle has the
    frames of a run from the start: sound cut per chunk would overlap by 55 ms.
    """
    start = sound_start(first)
    grid = max((segments for _, segments in tracks.values()), key=len)
    begin_s = grid.start_s(start) - SOUND_SLACK_S + Fraction(source.origin_s) if start else None
    stop = len(grid) if last is None else min(last + 1, len(grid))
    # Without copyts a run counts from the first packet, and a container may say less than its packets.
    end_s = grid.start_s(stop) if stop < len(grid) else max(Fraction(source.duration_s), grid.start_s(stop) - PRIMING_S)
    length_s = (end_s - grid.start_s(start) + max(Fraction(0), Fraction(source.origin_s))) * LENGTH_MARGIN
    length_s += 2 * SOUND_SLACK_S if start else 1
    args = _head(source, start_s=begin_s, length_s=length_s, absolute=bool(start))
    for name, (recipe, segments) in tracks.items():
        codec = _sound_codec(source, recipe, segments, range(start, stop))
        args += ["-map", f"0:{recipe.stream}", "-vn", "-sn", "-dn", *codec]
        args += _tail(AUDIO_MOVFLAGS, hls_time=str(SEGMENT_S), start_number=start, folder=f"{name}/")
    return args


def _sound_codec(source: Source, recipe: Recipe, segments: Segments, made: range) -> list[str]:
    if recipe.mode == Mode.COPY:
        return ["-c:a", "copy", "-bsf:a", "aac_adtstoasc"]
    # A run from the start goes by the first sound that is heard, one from the middle by the clock of the file. In both
    # the first sample is the one that is planned; first_pts counts samples as they come in.
    if made.start:
        fit = f"PTS-({seconds(source.origin_s)})/TB,aresample={ENCODED_AUDIO_RATE}"
    else:
        fit = f"PTS-STARTPTS+({seconds(recipe.lead_s)})/TB"
    resampled = f"aresample={ENCODED_AUDIO_RATE}:async=1:first_pts={sum(segments.frames[: made.start]) * AAC_FRAME}"
    # The encoder puts one frame of priming before the first sample, so one frame less goes in than comes out. The
    # last frame that is kept reaches into the next one.
    samples = (sum(segments.frames[made.start : made.stop]) - 1) * AAC_FRAME
    filters = f"asetpts={fit},{resampled},asetpts=PTS-STARTPTS,apad,atrim=end_sample={samples}"
    return ["-af", filters, "-c:a", "aac", "-b:a", f"{recipe.max_kbps}k", "-ac", str(recipe.channels),
            "-ar", str(ENCODED_AUDIO_RATE)]  # fmt: skip


def decode_check(path: str) -> list[str]:
    """Decode one joined init + segment completely; errors and damaged pictures appear on stderr, one line each."""
    address = Address.of_file(path)
    return ["-nostdin", "-hide_banner", "-v", LOG_LEVEL, "-progress", "pipe:1", *_guards(address),
            "-i", address.url, "-fps_mode", "passthrough", "-f", "null", "-"]  # fmt: skip


REPORT = "report.txt"
SILENCE = "silencedetect=noise=-50dB:d=0.4"
BLACK = "scale=160:-2:flags=fast_bilinear,blackdetect=d=0.08:pic_th=0.98:pix_th=0.1"


def find_silence(source: Source, stream: int, span: tuple[float, float]) -> list[str]:
    """The silent moments of one sound track between two times of the film, written to REPORT as metadata."""
    return [
        *_detection(source, span), "-map", f"0:{stream}", "-vn", "-sn", "-dn",
        "-af", f"{SILENCE},ametadata=mode=print:file={REPORT}",
        "-f", "null", "-",
    ]  # fmt: skip


def find_black(source: Source, stream: int, span: tuple[float, float]) -> list[str]:
    """The black pictures between two times of the film; decoding pictures costs, so keep the span short."""
    return [
        *_detection(source, span), "-map", f"0:{stream}", "-an", "-sn", "-dn",
        "-vf", f"{BLACK},metadata=mode=print:file={REPORT}",
        "-fps_mode", "passthrough", "-f", "null", "-",
    ]  # fmt: skip


def _detection(source: Source, span: tuple[float, float]) -> list[str]:
    start_s, end_s = Fraction(span[0]), Fraction(span[1])
    begin_s = start_s + Fraction(source.origin_s) if start_s else None
    return _head(source, start_s=begin_s, length_s=end_s - start_s, absolute=True)
