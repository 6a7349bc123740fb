"""Whether browsers can be given the source's own picture, and if not, why: sentences that the viewer can read.

Invariant: a picture is copied only when every segment can open with a whole picture and play at its planned time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from apps.streaming.domain.grid import LONGEST_GOP_S, is_constant_rate, longest_gop_s
from apps.streaming.domain.source import PacketTimes, VideoFacts

H264_PROFILES = frozenset({"Baseline", "Constrained Baseline", "Main", "High"})
H264_LEVEL_MAX = 51
PQ, HLG = 16, 18  # transfer characteristics, ITU-T H.273
EIGHT_BIT = frozenset({"yuv420p", "yuvj420p"})
TEN_BIT = frozenset({"yuv420p10le", "p010le"})
HIDDEN_BASE_PROFILE = 5  # Dolby Vision in a colour space of its own: without its metadata it is green and purple


class VideoRange(StrEnum):
    """The VIDEO-RANGE of HLS."""

    SDR = "SDR"
    PQ = "PQ"
    HLG = "HLG"


@dataclass(frozen=True, slots=True)
class CopyRule:
    """A codec whose picture may be handed on; ``everywhere``: every browser shows it, so nothing is needed beside."""

    name: str
    pix_fmts: frozenset[str]
    shape: str  # the pixel formats in words
    everywhere: bool = False


COPY_RULES: Mapping[str, CopyRule] = {
    "h264": CopyRule("H.264", EIGHT_BIT, "8-bit 4:2:0", everywhere=True),
    "hevc": CopyRule("HEVC", EIGHT_BIT | TEN_BIT, "8- or 10-bit 4:2:0"),
    "av1": CopyRule("AV1", EIGHT_BIT | TEN_BIT, "8- or 10-bit 4:2:0"),
    "vp9": CopyRule("VP9", EIGHT_BIT | TEN_BIT, "8- or 10-bit 4:2:0"),
}
OTHER_NAMES: Mapping[str, str] = {
    "mpeg4": "MPEG-4", "msmpeg4": "MPEG-4", "mpeg2video": "MPEG-2", "mpeg1video": "MPEG-1", "vc1": "VC-1",
    "vp8": "VP8", "prores": "ProRes", "mjpeg": "Motion JPEG", "theora": "Theora", "dvvideo": "DV",
}  # fmt: skip


def video_range(video: VideoFacts) -> VideoRange:
    return {PQ: VideoRange.PQ, HLG: VideoRange.HLG}.get(video.transfer, VideoRange.SDR)


def needs_tone_mapping(video: VideoFacts) -> bool:
    return video_range(video) != VideoRange.SDR or video.dolby_vision == HIDDEN_BASE_PROFILE


def display_codec(codec: str) -> str:
    rule = COPY_RULES.get(codec)
    return rule.name if rule else OTHER_NAMES.get(codec, "in an older format")


def plays_everywhere(codec: str) -> bool:
    rule = COPY_RULES.get(codec)
    return rule is not None and rule.everywhere


def copy_refusals(video: VideoFacts, times: PacketTimes) -> list[str]:
    """Why browsers cannot be given the source's own picture, in plain words; empty when they can."""
    return [*_codec_refusals(video), *_shape_refusals(video), *_time_refusals(video, times)]


def copy_notes(video: VideoFacts) -> list[str]:
    """What people should know about a picture that is copied."""
    notes = []
    if not plays_everywhere(video.codec):
        notes.append(f"The picture is {display_codec(video.codec)}; browsers that cannot show it get H.264 instead.")
    if video_range(video) != VideoRange.SDR:
        notes.append("The picture is HDR; screens without HDR get it with ordinary colours.")
    return notes


def _codec_refusals(video: VideoFacts) -> list[str]:
    rule = COPY_RULES.get(video.codec)
    if rule is None:
        return [f"The picture is {display_codec(video.codec)}; browsers get H.264 instead."]
    is_h264 = video.codec == "h264"
    checks = (
        (is_h264 and video.profile not in H264_PROFILES, "The H.264 profile is not one that all browsers play."),
        (is_h264 and video.level > H264_LEVEL_MAX, "The H.264 level is above 5.1."),
        (video.pix_fmt not in rule.pix_fmts, f"The picture is not {rule.shape}."),
    )
    return [reason for is_bad, reason in checks if is_bad]


def _shape_refusals(video: VideoFacts) -> list[str]:
    is_hidden = video.dolby_vision == HIDDEN_BASE_PROFILE
    checks = (
        (video.is_interlaced, "The picture is interlaced."),
        (video.pixel_aspect not in {"1:1", "0:1"}, "The pixels are not square."),
        (video.rotation != 0, "The picture is stored rotated."),
        (is_hidden, "The picture is Dolby Vision that browsers cannot show; its colours are approximate here."),
        (needs_tone_mapping(video) and not is_hidden and video.codec == "h264", "The picture is HDR."),
    )
    return [reason for is_bad, reason in checks if is_bad]


def _time_refusals(video: VideoFacts, times: PacketTimes) -> list[str]:
    time_base = Fraction(video.time_base)
    checks = (
        (times.missing_times > 0 or times.strays > 0 or not times.keyframes, "The timestamps of the file are broken."),
        (times.hidden > 0, "An edit inside the file hides some of its pictures."),
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
