"""Sources as the probe would describe them, for tests without any file."""

from dataclasses import replace
from fractions import Fraction

from apps.streaming.domain.source import AudioFacts, PacketTimes, SoundTimes, SourceFacts, SubtitleFacts, VideoFacts

VIDEO = VideoFacts(
    index=0, codec="h264", profile="High", level=40, pix_fmt="yuv420p", width=1920, height=1080, pixel_aspect="1:1",
    fps="25", time_base="1/12800", is_interlaced=False, transfer=1, rotation=0,
)  # fmt: skip
AUDIO = AudioFacts(
    index=1, codec="aac", profile="LC", channels=2, sample_rate=48_000, time_base="1/48000", language="eng", label="",
    is_default=True,
)  # fmt: skip
SUBTITLE = SubtitleFacts(index=2, codec="subrip", language="eng", label="", is_default=False, is_forced=False)


def facts(*, video: VideoFacts | None = VIDEO, seconds: float = 120, kbps: int = 5_000, **changes) -> SourceFacts:
    whole = SourceFacts(
        container="mov,mp4,m4a,3gp,3g2,mj2", size_bytes=int(seconds * kbps * 125), start_s=0.0, duration_s=seconds,
        has_own_clocks=False, video=video, audio=(AUDIO,), subtitles=(), stream_count=2,
    )  # fmt: skip
    return replace(whole, **changes)


def times(*, seconds: float = 120, fps: str = "25", time_base: str = "1/12800", gop: int = 50, start: int = 0,
          sound_start: int = -1024) -> PacketTimes:  # fmt: skip
    """A regular film: frames at ``fps``, a keyframe every ``gop`` frames, sound from one frame of priming on."""
    step = 1 / Fraction(fps) / Fraction(time_base)
    count = int(seconds * Fraction(fps))
    video = [start + round(step * index) for index in range(count)]
    sound = [sound_start + 1024 * index for index in range(int(seconds * 48_000 / 1024) + 1)]
    return PacketTimes(video, list(range(0, count, gop)), round(step), sounds={1: SoundTimes(sound, 1024)})
