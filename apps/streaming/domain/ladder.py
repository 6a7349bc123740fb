"""Which renditions to make from a source and why: the untouched copy, H.264 rungs, one AAC track, text subtitles.

Invariant: never larger than the source, and every refusal to copy is a sentence that the viewer can read.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from apps.streaming.domain.grid import (
    AAC_FRAME,
    LONGEST_GOP_S,
    GridKind,
    Segments,
    choose_units,
    copied_audio_grid,
    duration_of,
    encoded_audio_grid,
    fixed_grid,
    is_constant_rate,
    keyframe_grid,
    longest_gop_s,
    nearest_rate,
)
from apps.streaming.domain.languages import language_code
from apps.streaming.domain.source import AudioFacts, PacketTimes, SourceFacts, SubtitleFacts, VideoFacts

COPY_PROFILES = frozenset({"Baseline", "Constrained Baseline", "Main", "High"})
COPY_LEVEL_MAX = 51
COPY_AUDIO_RATE_MAX = 48_000
COPY_AUDIO_GAP_S = 0.5  # a copied track may end this much before or after the picture
ENCODED_AUDIO_RATE = 48_000
AUDIO_KBPS = 160
HDR_TRANSFERS = frozenset({16, 18})  # PQ and HLG (ITU-T H.273)
TEXT_SUBTITLES = frozenset({"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"})
LADDER_STEP = 0.8  # a rung within 80 % of the next one's bitrate is not worth its disk


class Mode(StrEnum):
    COPY = "copy"
    ENCODE = "encode"


class TrackKind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLE = "subtitle"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make one rendition; closed vocabulary, so nothing from a file's texts can reach a command line."""

    mode: Mode
    stream: int
    width: int = 0
    height: int = 0
    crf: int = 0
    max_kbps: int = 0
    fps: str = "0"
    language: str = "und"
    label: str = ""
    channels: int = 2
    is_default: bool = False
    is_forced: bool = False
    fixed: bool = False
    in_one_pass: bool = False  # cannot be continued in the middle
    deinterlace: bool = False
    tonemap: bool = False
    lead_s: float = 0.0  # how much later than the picture this track starts in the source

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Recipe":
        return cls(**{**data, "mode": Mode(data["mode"])})


@dataclass(frozen=True, slots=True)
class Track:
    name: str
    kind: TrackKind
    recipe: Recipe
    segments: Segments
    units: tuple[tuple[int, int], ...]
    priority: int


@dataclass(frozen=True, slots=True)
class Ladder:
    grid: GridKind
    tracks: tuple[Track, ...]
    reasons: tuple[str, ...]
    duration_s: float
    origin_s: float  # the first picture's time as ffmpeg counts with -copyts -start_at_zero


@dataclass(frozen=True, slots=True)
class Rung:
    name: str
    height: int
    crf: int
    max_kbps: int
    priority: int


RUNGS = (Rung("v480", 480, 23, 1_200, 3), Rung("v720", 720, 22, 2_800, 4))
FIRST_PRIORITY = 1  # the copy and the sound: they make the title playable
PREROLL_PRIORITY = 2
SUBTITLE_PRIORITY = 2


def copy_refusals(video: VideoFacts, times: PacketTimes) -> list[str]:
    """Why browsers cannot be given the source's own picture, in plain words; empty when they can."""
    time_base = Fraction(video.time_base)
    is_h264 = video.codec == "h264"
    checks = (
        (not is_h264, f"The picture is {display_codec(video.codec)}; browsers get H.264 instead."),
        (is_h264 and video.profile not in COPY_PROFILES, "The H.264 profile is not one that all browsers play."),
        (is_h264 and video.level > COPY_LEVEL_MAX, "The H.264 level is above 5.1."),
        (is_h264 and video.pix_fmt not in {"yuv420p", "yuvj420p"}, "The picture is not 8-bit 4:2:0."),
        (video.is_interlaced, "The picture is interlaced."),
        (video.pixel_aspect not in {"1:1", "0:1"}, "The pixels are not square."),
        (video.rotation != 0, "The picture is stored rotated."),
        (video.transfer in HDR_TRANSFERS, "The picture is HDR."),
        (times.missing_times > 0 or not times.keyframes, "The timestamps of the file are broken."),
        (not _begins_whole(times), "The film does not begin with a whole picture."),
        (len(set(times.video_pts)) != len(times.video_pts), "Two pictures of the film share one time."),
    )
    reasons = [reason for is_bad, reason in checks if is_bad]
    if not times.missing_times and not is_constant_rate(times, time_base, Fraction(video.fps)):
        reasons.append("The frame rate varies.")
    if longest_gop_s(times, time_base) > LONGEST_GOP_S:
        reasons.append(f"Whole pictures are more than {LONGEST_GOP_S} s apart.")
    return reasons


def _begins_whole(times: PacketTimes) -> bool:
    return bool(times.keyframes) and times.keyframes[0] == 0 and times.video_pts[0] == min(times.video_pts)


def display_codec(codec: str) -> str:
    known = {"hevc": "HEVC", "av1": "AV1", "libdav1d": "AV1", "vp9": "VP9", "mpeg4": "MPEG-4", "mpeg2video": "MPEG-2"}
    return known.get(codec, "in an older format")


def choose_ladder(facts: SourceFacts, times: PacketTimes) -> Ladder:
    """Decide everything that is made from a source. ``facts.video`` must be there."""
    video = facts.video
    if video is None:
        raise ValueError("a ladder needs a picture")
    time_base = Fraction(video.time_base)
    refusals = copy_refusals(video, times)
    duration_s = duration_of(times, time_base)
    start_s = min(times.video_pts) * time_base
    tracks = _fixed_tracks(facts, video, duration_s) if refusals else _copy_tracks(facts, video, times)
    audio = chosen_audio(facts)
    reasons = list(refusals)
    if audio and not times.audio_pts:
        reasons.append("The sound track is empty.")
    elif audio:
        track, why = audio_track(audio, times, start_s=start_s, duration_s=duration_s)
        tracks.append(track)
        reasons += why
    return Ladder(
        grid=GridKind.FIXED if refusals else GridKind.KEYFRAMES,
        tracks=(*tracks, *subtitle_tracks(facts, duration_s)),
        reasons=tuple(reasons),
        duration_s=float(duration_s),
        origin_s=0.0 if facts.has_own_clocks else float(start_s) - facts.start_s,
    )


def _copy_tracks(facts: SourceFacts, video: VideoFacts, times: PacketTimes) -> list[Track]:
    coded, presented = keyframe_grid(times, Fraction(video.time_base))
    # After a restart inside open GOPs the decoding delay differs, and with it the init segment.
    has_open_gops = coded != presented
    source = Recipe(
        mode=Mode.COPY,
        stream=video.index,
        width=video.width,
        height=video.height,
        fps=str(Fraction(video.fps)),
        in_one_pass=has_open_gops,
    )
    units = tuple(choose_units(presented))
    copy_units = ((0, len(coded)),) if has_open_gops else units
    tracks = [Track("v-src", TrackKind.VIDEO, source, coded, copy_units, FIRST_PRIORITY)]
    rung = RUNGS[0]
    kbps = facts.size_bytes * 8 / 1000 / max(facts.duration_s, 1)
    if video.height > rung.height or kbps * LADDER_STEP > rung.max_kbps:
        recipe = encode_recipe(video, rung, Fraction(video.fps), fixed=False)
        tracks.append(Track(rung.name, TrackKind.VIDEO, recipe, presented, units, rung.priority))
    return tracks


def _fixed_tracks(facts: SourceFacts, video: VideoFacts, duration_s: Fraction) -> list[Track]:
    fps = nearest_rate(Fraction(video.fps))
    segments = fixed_grid(duration_s, fps)
    units = tuple(choose_units(segments))
    shown_height = display_size(video)[1]
    rungs = [RUNGS[0]] + [rung for rung in RUNGS[1:] if shown_height >= rung.height * LADDER_STEP]
    return [
        Track(rung.name, TrackKind.VIDEO, encode_recipe(video, rung, fps, fixed=True), segments, units, rung.priority)
        for rung in rungs
    ]


def display_size(video: VideoFacts) -> tuple[int, int]:
    """Width and height as shown: pixel shape and rotation applied."""
    across, down = (int(part) for part in video.pixel_aspect.split(":"))
    width = round(video.width * across / down) if across and down else video.width
    return (video.height, width) if video.rotation % 180 else (width, video.height)


def encode_recipe(video: VideoFacts, rung: Rung, fps: Fraction, *, fixed: bool) -> Recipe:
    """A rung at the source's shape: at most ``rung.height`` high (the short side for portrait), even numbers."""
    width, height = display_size(video)
    scale = min(Fraction(1), Fraction(rung.height, min(width, height)))
    return Recipe(
        mode=Mode.ENCODE,
        stream=video.index,
        width=max(2, round(width * scale / 2) * 2),
        height=max(2, round(height * scale / 2) * 2),
        crf=rung.crf,
        max_kbps=rung.max_kbps,
        fps=str(fps),
        fixed=fixed,
        deinterlace=video.is_interlaced,
        tonemap=video.transfer in HDR_TRANSFERS,
    )


def chosen_audio(facts: SourceFacts) -> AudioFacts | None:
    return next((track for track in facts.audio if track.is_default), facts.audio[0] if facts.audio else None)


def audio_track(
    audio: AudioFacts, times: PacketTimes, *, start_s: Fraction, duration_s: Fraction
) -> tuple[Track, list[str]]:
    """The one AAC rendition, copied when it is browser-ready and in step with the picture, else encoded."""
    time_base = Fraction(audio.time_base)
    lead_s = times.audio_pts[0] * time_base - start_s if times.audio_pts else Fraction(0)
    reasons = audio_refusals(audio, times, lead_s=lead_s, duration_s=duration_s)
    is_copy = not reasons
    recipe = Recipe(
        mode=Mode.COPY if is_copy else Mode.ENCODE,
        stream=audio.index,
        max_kbps=AUDIO_KBPS,
        language=language_code(audio.language),
        label=audio.label,
        channels=audio.channels if is_copy else 2,
        is_default=True,
        in_one_pass=True,
        lead_s=float(lead_s),
    )
    grid = copied_audio_grid(times, time_base) if is_copy else encoded_audio_grid(duration_s, ENCODED_AUDIO_RATE)
    name = f"a-{recipe.language}-{audio.index}"
    return Track(name, TrackKind.AUDIO, recipe, grid, ((0, len(grid)),), FIRST_PRIORITY), reasons


def audio_refusals(audio: AudioFacts, times: PacketTimes, *, lead_s: Fraction, duration_s: Fraction) -> list[str]:
    if audio.codec != "aac" or audio.profile != "LC":
        return ["The sound is not AAC; browsers get AAC instead."]
    if audio.channels > 2 or audio.sample_rate > COPY_AUDIO_RATE_MAX:
        return ["The sound has more channels or a higher rate than every browser plays."]
    length_s = (times.audio_pts[-1] + times.audio_last_duration - times.audio_pts[0]) * Fraction(audio.time_base)
    # Priming makes the first packet up to one AAC frame early; more than that is heard as a lip-sync fault.
    is_in_step = -2 * AAC_FRAME <= lead_s * audio.sample_rate <= AAC_FRAME
    has_gaps = audio_has_gaps(times, Fraction(audio.time_base), audio.sample_rate)
    if not is_in_step or has_gaps or abs(length_s + lead_s - duration_s) > COPY_AUDIO_GAP_S:
        return ["The sound does not start and end with the picture; it is fitted to it."]
    return []


def audio_has_gaps(times: PacketTimes, time_base: Fraction, sample_rate: int) -> bool:
    """A copied track is counted by packets, so each must follow the last within a few milliseconds."""
    frame = Fraction(AAC_FRAME, sample_rate)
    pairs = zip(times.audio_pts, times.audio_pts[1:], strict=False)
    return any(abs((after - before) * time_base - frame) > frame / 2 for before, after in pairs)


def subtitle_tracks(facts: SourceFacts, duration_s: Fraction) -> list[Track]:
    whole = Segments(1000, (0,), max(1, round(duration_s * 1000)), (1,))
    return [
        Track(f"s-{language_code(track.language)}-{track.index}", TrackKind.SUBTITLE, _subtitle_recipe(track), whole,
              (), SUBTITLE_PRIORITY)
        for track in facts.subtitles
        if track.codec in TEXT_SUBTITLES
    ]  # fmt: skip


def _subtitle_recipe(track: SubtitleFacts) -> Recipe:
    return Recipe(
        mode=Mode.ENCODE,
        stream=track.index,
        language=language_code(track.language),
        label=track.label,
        is_default=track.is_default,
        is_forced=track.is_forced,
    )
