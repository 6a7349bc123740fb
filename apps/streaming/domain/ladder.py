"""Which renditions to make from a source and why: the untouched copy, H.264 rungs, AAC tracks, text subtitles.

Invariant: never larger than the source, and every refusal to copy is a sentence that the viewer can read.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from apps.streaming.domain.copying import (
    VideoRange,
    copy_notes,
    copy_refusals,
    needs_tone_mapping,
    plays_everywhere,
    video_range,
)
from apps.streaming.domain.decoders import READ_AUDIO, READ_SUBTITLES, TEXT_SUBTITLES, unread_tracks
from apps.streaming.domain.grid import (
    GridKind,
    Segments,
    choose_units,
    copied_audio_grid,
    duration_of,
    encoded_audio_grid,
    fixed_grid,
    keyframe_grid,
    steady_rate,
    whole,
)
from apps.streaming.domain.languages import language_code, language_of
from apps.streaming.domain.levels import h264_codecs, h264_level
from apps.streaming.domain.rungs import LIGHT_RUNGS, Rung, display_size, rung_size, rungs_for
from apps.streaming.domain.sounds import (
    EMPTY,
    LIGHT_FROM_KBPS,
    LIGHT_KBPS,
    STEREO_KBPS,
    SURROUND_CHANNELS,
    SURROUND_KBPS,
    Sound,
    audio_refusals,
    choose_sounds,
    copied_kbps,
    doubled,
    is_special,
)
from apps.streaming.domain.source import PacketTimes, SoundTimes, SourceFacts, SubtitleFacts, VideoFacts

ENCODED_AUDIO_RATE = 48_000
AAC_CODECS = "mp4a.40.2"


class Mode(StrEnum):
    COPY = "copy"
    ENCODE = "encode"


class TrackKind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLE = "subtitle"
    IMAGE = "image"  # subtitles as bitmaps
    TRICKPLAY = "trickplay"


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
    is_special: bool = False  # a commentary
    light_of: str = ""  # the name of the track that this one stands for on slow lines
    fixed: bool = False
    in_one_pass: bool = False  # cannot be continued in the middle
    has_strays: bool = False  # some pictures of the source have times that no film has
    deinterlace: bool = False
    tonemap: bool = False
    transfer: int = 0  # ITU-T H.273, of the source
    level: int = 0  # H.264, ten times its number
    codecs: str = ""  # CODECS of RFC 6381 where it is known before anything is made
    source_codec: str = ""  # of a copied picture
    video_range: VideoRange = VideoRange.SDR
    encoder: str = ""  # one for all rungs of a plan: their init segments must not differ between two makers
    device: str = ""
    lead_s: float = 0.0  # how much later than the picture this track starts in the source

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Recipe":
        known = {"mode": Mode(data["mode"]), "video_range": VideoRange(data.get("video_range", VideoRange.SDR))}
        return cls(**{**data, **known})

    @property
    def plays_everywhere(self) -> bool:
        """Whether every browser shows it: what a title needs before it is called playable."""
        return self.mode == Mode.ENCODE or plays_everywhere(self.source_codec)


@dataclass(frozen=True, slots=True)
class Track:
    name: str
    kind: TrackKind
    recipe: Recipe
    segments: Segments
    units: tuple[tuple[int, int], ...]
    priority: int
    on_demand: bool = False  # planned and listed, but made only where somebody asks for it


@dataclass(frozen=True, slots=True)
class Ladder:
    grid: GridKind
    tracks: tuple[Track, ...]
    reasons: tuple[str, ...]
    duration_s: float
    origin_s: float  # the first picture's time as ffmpeg counts with -copyts -start_at_zero


FIRST_PRIORITY = 1  # the beginning of the copy, and the sound: they make the title playable
EXTRA_PRIORITY = 4
LIGHT_PRIORITY = 2  # a minute of work for a film: it is there before somebody's line gets slow
SUBTITLE_PRIORITY = 2


def choose_ladder(facts: SourceFacts, times: PacketTimes) -> Ladder:
    """Decide everything that is made from a source. ``facts.video`` must be there."""
    video = facts.video
    if video is None:
        raise ValueError("a ladder needs a picture")
    time_base = Fraction(video.time_base)
    refusals = copy_refusals(video, times)
    duration_s = duration_of(times, time_base)
    start_s = min(times.video_pts) * time_base
    make_tracks = _fixed_tracks if refusals else _copy_tracks
    tracks = make_tracks(facts, video, times)
    sounds, why = sound_tracks(facts, times, start_s=start_s, duration_s=duration_s)
    if any(track.name in LIGHT_RUNGS for track in tracks):
        light = [track for track in sounds if _needs_light(track.recipe)]
        sounds += [_light_track(track, duration_s, in_one_pass=facts.has_own_clocks) for track in light]
    return Ladder(
        grid=GridKind.FIXED if refusals else GridKind.KEYFRAMES,
        tracks=(*tracks, *sounds, *subtitle_tracks(facts, duration_s)),
        reasons=(*(refusals or copy_notes(video)), *why, *_unread_subtitles(facts)),
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
        source_codec=video.codec,
        video_range=video_range(video),
    )
    units = tuple(choose_units(presented))
    copy_units = ((0, len(coded)),) if has_open_gops else units
    copied = Track("v-src", TrackKind.VIDEO, source, coded, copy_units, FIRST_PRIORITY)
    rungs = rungs_for(video, source_kbps(facts), has_copy=source.plays_everywhere)
    return [copied, *(_rung_track(video, rung, presented, Fraction(video.fps), fixed=False) for rung in rungs)]


def _fixed_tracks(facts: SourceFacts, video: VideoFacts, times: PacketTimes) -> list[Track]:
    fps = steady_rate(times, Fraction(video.time_base), Fraction(video.fps))
    segments = fixed_grid(duration_of(times, Fraction(video.time_base)), fps)
    rungs = rungs_for(video, source_kbps(facts), has_copy=False)
    tracks = [_rung_track(video, rung, segments, fps, fixed=True) for rung in rungs]
    has_strays = times.strays > 0
    return [replace(track, recipe=replace(track.recipe, has_strays=has_strays)) for track in tracks]


def _rung_track(video: VideoFacts, rung: Rung, segments: Segments, fps: Fraction, *, fixed: bool) -> Track:
    units = () if rung.on_demand else tuple(choose_units(segments))
    recipe = encode_recipe(video, rung, fps, fixed=fixed)
    return Track(rung.name, TrackKind.VIDEO, recipe, segments, units, rung.priority, rung.on_demand)


def source_kbps(facts: SourceFacts) -> float:
    return facts.size_bytes * 8 / 1000 / max(facts.duration_s, 1)


def encode_recipe(video: VideoFacts, rung: Rung, fps: Fraction, *, fixed: bool) -> Recipe:
    width, height = rung_size(display_size(video), rung.height)
    level = h264_level(width, height, fps, rung.max_kbps)
    return Recipe(
        mode=Mode.ENCODE,
        stream=video.index,
        width=width,
        height=height,
        crf=rung.crf,
        max_kbps=rung.max_kbps,
        fps=str(fps),
        fixed=fixed,
        deinterlace=video.is_interlaced,
        tonemap=needs_tone_mapping(video),
        transfer=video.transfer,
        level=level,
        codecs=h264_codecs(level),
    )


def sound_tracks(
    facts: SourceFacts, times: PacketTimes, *, start_s: Fraction, duration_s: Fraction
) -> tuple[list[Track], list[str]]:
    """The AAC renditions, each copied when it is browser-ready and in step with the picture; and why they are not."""
    tracks: list[Track] = []
    reasons: list[str] = []
    read = [audio for audio in facts.audio if audio.codec in READ_AUDIO]
    heard = [audio for audio in read if times.has_sound(audio.index)]
    sounds = choose_sounds(heard)
    for sound in sounds:
        found = times.sounds[sound.audio.index]
        lead_s = found.pts[0] * Fraction(sound.audio.time_base) - start_s
        why = audio_refusals(sound.audio, found, lead_s=lead_s, duration_s=duration_s)
        reasons += why
        if found.heard_from is not None:
            lead_s = found.heard_from * Fraction(sound.audio.time_base) - start_s
        # Where each stream has its own clock, a run from the middle does not know what time it is.
        in_one_pass = not why or facts.has_own_clocks
        tracks.append(_sound_track(sound, found, lead_s, duration_s, is_copy=not why, in_one_pass=in_one_pass))
    reasons += [EMPTY] if len(heard) < len(read) else []
    reasons += unread_tracks("sound", [(audio.codec, audio.language) for audio in facts.audio if audio not in read])
    return tracks, list(dict.fromkeys([*reasons, *doubled(heard, sounds)]))


def _sound_track(
    sound: Sound, times: SoundTimes, lead_s: Fraction, duration_s: Fraction, *, is_copy: bool, in_one_pass: bool
) -> Track:
    audio = sound.audio
    is_surround = sound.channels == SURROUND_CHANNELS
    recipe = Recipe(
        mode=Mode.COPY if is_copy else Mode.ENCODE,
        stream=audio.index,
        max_kbps=copied_kbps(audio) if is_copy else SURROUND_KBPS if is_surround else STEREO_KBPS,
        language=language_of(audio.language),
        label=sound.label,
        channels=audio.channels if is_copy else sound.channels,
        is_default=sound.is_default,
        is_special=is_special(audio),
        in_one_pass=in_one_pass,
        codecs=AAC_CODECS,
        lead_s=float(lead_s),
    )
    grid = copied_audio_grid(times, Fraction(audio.time_base)) if is_copy else encoded_audio_grid(
        duration_s, ENCODED_AUDIO_RATE)  # fmt: skip
    name = f"a-{language_code(audio.language)}-{audio.index}{'-51' if is_surround else ''}"
    priority = FIRST_PRIORITY if sound.is_default else EXTRA_PRIORITY
    return Track(name, TrackKind.AUDIO, recipe, grid, ((0, len(grid)),), priority)


def _needs_light(recipe: Recipe) -> bool:
    return recipe.is_default and recipe.max_kbps > LIGHT_FROM_KBPS


def _light_track(track: Track, duration_s: Fraction, *, in_one_pass: bool) -> Track:
    """The same sound for slow lines; the other languages have none, and are heard there as they are."""
    light = replace(track.recipe, mode=Mode.ENCODE, max_kbps=LIGHT_KBPS, channels=min(2, track.recipe.channels),
                    is_default=False, in_one_pass=in_one_pass, light_of=track.name)  # fmt: skip
    grid = encoded_audio_grid(duration_s, ENCODED_AUDIO_RATE)
    return Track(f"{track.name}-low", TrackKind.AUDIO, light, grid, ((0, len(grid)),), LIGHT_PRIORITY)


def subtitle_tracks(facts: SourceFacts, duration_s: Fraction) -> list[Track]:
    return [
        Track(f"s-{language_code(track.language)}-{track.index}", TrackKind.SUBTITLE, subtitle_recipe(track),
              whole(duration_s), (), SUBTITLE_PRIORITY)
        for track in facts.subtitles
        if track.codec in TEXT_SUBTITLES
    ]  # fmt: skip


def _unread_subtitles(facts: SourceFacts) -> list[str]:
    left_out = [(track.codec, track.language) for track in facts.subtitles if track.codec not in READ_SUBTITLES]
    return unread_tracks("subtitles", left_out)


def subtitle_recipe(track: SubtitleFacts) -> Recipe:
    return Recipe(
        mode=Mode.ENCODE,
        stream=track.index,
        language=language_of(track.language),
        label=track.label,
        is_default=track.is_default,
        is_forced=track.is_forced,
    )
