"""Playlists, written by ourselves: ffmpeg's lack names, frame rates and audio groups, and grow while it works.

Invariant: every media playlist is a complete VOD playlist from its first second.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from apps.streaming.domain.grid import Segments

VERSION = 7
HEAD = ("#EXTM3U", f"#EXT-X-VERSION:{VERSION}")
AUDIO_GROUP, LIGHT_GROUP = "audio", "light"
SUBTITLE_GROUP = "subtitles"


@dataclass(frozen=True, slots=True)
class Variant:
    name: str
    width: int
    height: int
    fps: Fraction
    codec: str
    peak_bps: int
    average_bps: int
    video_range: str = "SDR"
    is_light: bool = False  # for slow lines


@dataclass(frozen=True, slots=True)
class Alternative:
    """An audio or subtitle track."""

    name: str
    label: str
    language: str
    is_default: bool
    is_forced: bool = False
    is_special: bool = False  # a commentary: chosen by a person, never by a language setting
    codec: str = ""
    channels: int = 2
    average_bps: int = 0
    peak_bps: int = 0


def media_playlist(name: str, segments: Segments) -> str:
    durations = [segments.duration_s(index) for index in range(len(segments))]
    lines = [
        *HEAD,
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f"#EXT-X-TARGETDURATION:{max(1, math.ceil(max(durations)))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f'#EXT-X-MAP:URI="{name}/init.mp4"',
    ]
    for index, duration in enumerate(durations):
        lines += [f"#EXTINF:{float(duration):.6f},", f"{name}/{segment_name(index)}"]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def subtitle_playlist(name: str, duration_s: float) -> str:
    target = max(1, math.ceil(duration_s))
    lines = [*HEAD, f"#EXT-X-TARGETDURATION:{target}", "#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD"]
    return "\n".join([*lines, f"#EXTINF:{duration_s:.3f},", f"{name}.vtt", "#EXT-X-ENDLIST", ""])


def segment_name(index: int) -> str:
    return f"{index:05d}.m4s"


def master_playlist(
    variants: Sequence[Variant],
    audio: Sequence[Alternative],
    subtitles: Sequence[Alternative],
    *,
    light: Sequence[Alternative] = (),
) -> str:
    """``light``: the members of ``audio`` again, as light pictures have them; nothing when that is no difference, and
    not told when no light picture is shown.

    RFC 8216, 4.3.4.1.1: groups have the same members with the same attributes, but for the addresses.
    """
    light = light if any(variant.is_light for variant in variants) else ()
    lines = [*HEAD, "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += [_media_line("AUDIO", AUDIO_GROUP, track) for track in audio]
    lines += [_media_line("AUDIO", LIGHT_GROUP, track) for track in light]
    lines += [_media_line("SUBTITLES", SUBTITLE_GROUP, track) for track in subtitles]
    for variant in sorted(variants, key=lambda entry: -entry.average_bps):
        group, heard = (LIGHT_GROUP, light) if variant.is_light and light else (AUDIO_GROUP, audio)
        lines += [_variant_line(variant, group, heard, bool(subtitles)), f"{variant.name}.m3u8"]
    return "\n".join([*lines, ""])


def _variant_line(variant: Variant, group: str, audio: Sequence[Alternative], has_subtitles: bool) -> str:
    codecs = ",".join(dict.fromkeys([variant.codec, *(track.codec for track in audio)]))
    # The default's rate: counting the 5.1 extra would keep a slow line from rungs that it carries.
    heard = [track for track in audio if track.is_default] or audio
    sound_peak = max((track.peak_bps for track in heard), default=0)
    sound_average = max((track.average_bps for track in heard), default=0)
    peak = max(variant.peak_bps + sound_peak, variant.average_bps + sound_average)
    attributes = [
        f"BANDWIDTH={peak}",
        f"AVERAGE-BANDWIDTH={variant.average_bps + sound_average}",
        f'CODECS="{codecs}"',
        f"RESOLUTION={variant.width}x{variant.height}",
        f"FRAME-RATE={float(variant.fps):.3f}",
        f"VIDEO-RANGE={variant.video_range}",
    ]
    attributes += [f'AUDIO="{group}"'] if audio else []
    attributes += [f'SUBTITLES="{SUBTITLE_GROUP}"'] if has_subtitles else []
    return "#EXT-X-STREAM-INF:" + ",".join([*attributes, "CLOSED-CAPTIONS=NONE"])


def _media_line(kind: str, group: str, track: Alternative) -> str:
    attributes = [f"TYPE={kind}", f'GROUP-ID="{group}"', f'NAME="{quoted(track.label)}"']
    attributes += [f'LANGUAGE="{track.language}"'] if track.language != "und" else []
    is_automatic = track.is_default or (kind == "AUDIO" and not track.is_special)
    attributes += [f"DEFAULT={_yes(track.is_default)}", f"AUTOSELECT={_yes(is_automatic)}"]
    if kind == "AUDIO":
        attributes.append(f'CHANNELS="{track.channels}"')
    elif track.is_forced:
        attributes.append("FORCED=YES")
    return "#EXT-X-MEDIA:" + ",".join([*attributes, f'URI="{track.name}.m3u8"'])


def _yes(value: bool) -> str:
    return "YES" if value else "NO"


def quoted(text: str) -> str:
    """A track's own name as a quoted string: no quotes, no line breaks, no control characters."""
    clean = "".join(char if char.isprintable() and char != '"' else " " for char in text)
    return " ".join(clean.split())[:80] or "Track"


def unique_labels(labels: Sequence[str]) -> list[str]:
    """Players need distinct names inside a group: the second ``English`` becomes ``English 2``."""
    seen: dict[str, int] = {}
    result = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        result.append(label if seen[label] == 1 else f"{label} {seen[label]}")
    return result
