"""What the probe found in a source file, and which files are refused before any work starts.

Invariant: everything here came out of somebody else's file. Numbers are checked, texts are display text only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any

# Above these a file is a mistake or an attack: a 3 KB file once grew to 5,002 segments, one frame took 793 MB.
MAX_DURATION_S = 24 * 3600
MAX_PIXELS = 8192 * 4320
MAX_STREAMS = 64
MIN_DURATION_S = 0.2
SHORTEST_S = 0.001  # a single picture; zero would mean unknown
LENGTH_TOLERANCE, LENGTH_SLACK_S = 1.01, 1.0  # headers round, and leave out the last packet
MAX_FPS = 240
LONGEST_HOLD_S = 30  # a fixed grid repeats the last picture over gaps of up to this much
FEWEST_JUDGED = 10  # pictures; of fewer, nobody can say which one is out of place
LONG_STEPS = 3  # as many usual steps between two pictures are no hole
STRAY_SHARE = 100  # at most one picture of so many may be taken for a broken time
MAX_SECONDS_PER_BYTE = 1 / 200  # 1.6 kbit/s; real films need a hundred times more

PLAYLIST_MARKS: Mapping[bytes, str] = {
    b"#EXTM3U": "a streaming playlist",
    b"ffconcat": "a list of other files",
    b"<?xml": "an XML document",
    b"<MPD": "a streaming manifest",
    b"<SMIL": "a streaming manifest",
    b"[playlist]": "a playlist",
    b"[Reference]": "a playlist",
}
IMAGE_MARKS: tuple[bytes, ...] = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM")


@dataclass(frozen=True, slots=True)
class VideoFacts:
    index: int
    codec: str
    profile: str
    level: int
    pix_fmt: str
    width: int
    height: int
    pixel_aspect: str  # "1:1" or "0:1" when unknown
    fps: str  # "24000/1001"
    time_base: str
    is_interlaced: bool
    transfer: int  # ITU-T H.273 transfer characteristics
    rotation: int
    dolby_vision: int = 0  # the profile; 0: none


@dataclass(frozen=True, slots=True)
class AudioFacts:
    index: int
    codec: str
    profile: str
    channels: int
    sample_rate: int
    time_base: str
    language: str
    label: str
    is_default: bool
    is_special: bool = False  # the file marks it as a commentary or for people who cannot see
    bit_rate: int = 0  # bits per second, as the file says; 0 when it does not


@dataclass(frozen=True, slots=True)
class SubtitleFacts:
    index: int
    codec: str
    language: str
    label: str
    is_default: bool
    is_forced: bool


@dataclass(frozen=True, slots=True)
class SourceFacts:
    container: str
    size_bytes: int
    start_s: float
    duration_s: float
    has_own_clocks: bool  # ffmpeg then counts from each stream's own start, not from the file's (MPEG-TS)
    video: VideoFacts | None
    audio: tuple[AudioFacts, ...] = ()
    subtitles: tuple[SubtitleFacts, ...] = ()
    stream_count: int = 0
    chapters: Sequence[Mapping[str, Any]] = ()  # start_s, end_s in the container's clock, title as it stands there

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SourceFacts":
        return cls(
            **{
                **data,
                "video": VideoFacts(**data["video"]) if data["video"] else None,
                "audio": tuple(AudioFacts(**entry) for entry in data["audio"]),
                "subtitles": tuple(SubtitleFacts(**entry) for entry in data["subtitles"]),
            }
        )


@dataclass(frozen=True, slots=True)
class SoundTimes:
    """Packets of one sound track in its time base: all of them where a copy is possible, else the first alone."""

    pts: Sequence[int]
    last_duration: int
    heard_from: int | None = None  # where decoding begins to be heard: priming and hidden packets are left out


@dataclass(frozen=True, slots=True)
class PacketTimes:
    """Every packet of the film's picture and of its sound, without decoding any. Times in the stream's time base."""

    video_pts: Sequence[int]  # in decode order
    keyframes: Sequence[int]  # positions in video_pts
    last_duration: int
    missing_times: int = 0  # video packets without a presentation time
    sounds: Mapping[int, SoundTimes] = field(default_factory=dict)  # by stream index
    hidden: int = 0  # pictures that an edit list hides; they are not in ``video_pts``
    strays: int = 0  # pictures whose times no film has; they are not in ``video_pts``
    from_index: bool = False  # read from the container's index, not from the packets

    def has_sound(self, stream: int) -> bool:
        return stream in self.sounds and len(self.sounds[stream].pts) > 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PacketTimes":
        sounds = {int(index): SoundTimes(**entry) for index, entry in data["sounds"].items()}
        return cls(**{**data, "sounds": sounds})


def disguise_of(head: bytes) -> str | None:
    """Why a file with this beginning is not a film, or None. ffmpeg would follow what such files point to."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, name in PLAYLIST_MARKS.items():
        if text[: len(mark)].lower() == mark.lower():
            return f"This file is {name}, not a film."
    if any(head.startswith(mark) for mark in IMAGE_MARKS):
        return "This file is a picture, not a film."
    return None


def is_film_length(duration_s: float) -> bool:
    """Zero is a length that the file does not tell."""
    return duration_s == 0 or MIN_DURATION_S <= duration_s <= MAX_DURATION_S


def believed(facts: SourceFacts, times: PacketTimes) -> PacketTimes:
    """``times`` without the few pictures that stand far before or after all others: their times are broken.

    A film that pauses elsewhere too, or sounds that go on as long, hold those pictures on purpose.
    """
    if facts.video is None or len(times.video_pts) < FEWEST_JUDGED:
        return times
    base = Fraction(facts.video.time_base)
    ordered = sorted(times.video_pts)
    first, last = _core(ordered, max(LONGEST_HOLD_S / base, LONG_STEPS * _usual_step(ordered)))
    first = 0 if _is_heard(facts, times, ordered[0] * base) else first
    last = len(ordered) if _is_heard(facts, times, ordered[-1] * base) else last
    return times if last - first == len(ordered) else _within(times, ordered[first], ordered[last - 1])


def _usual_step(ordered: Sequence[int]) -> Fraction:
    """Of a slide show, half a minute is nothing; and one picture that moved leaves two steps behind."""
    return Fraction(median(after - before for before, after in pairwise(ordered)))


def _core(ordered: Sequence[int], hold: Fraction) -> tuple[int, int]:
    """The half-open range of positions without the few that a long hole parts from it, at both ends."""
    count = len(ordered)
    few = max(1, count // STRAY_SHARE)
    holes = [at for at in range(1, count) if ordered[at] - ordered[at - 1] > hold]
    first = max((at for at in holes if at <= few), default=0)
    last = min((at for at in holes if at >= count - few), default=count)
    pauses = sum(first < at < last for at in holes)
    return (0, count) if pauses > few else (first, last)  # what went astray leaves a hole of its own


def _is_heard(facts: SourceFacts, times: PacketTimes, at_s: Fraction) -> bool:
    """Whether a sound whose packets are all known reaches that time."""
    for track in facts.audio:
        pts = times.sounds[track.index].pts if track.index in times.sounds else ()
        base = Fraction(track.time_base)
        if len(pts) > 1 and min(pts) * base - LONGEST_HOLD_S <= at_s <= max(pts) * base + LONGEST_HOLD_S:
            return True
    return False


def _within(times: PacketTimes, earliest: int, latest: int) -> PacketTimes:
    kept = [at for at, pts in enumerate(times.video_pts) if earliest <= pts <= latest]
    keyframes = set(times.keyframes)
    return replace(
        times,
        video_pts=[times.video_pts[at] for at in kept],
        keyframes=[position for position, at in enumerate(kept) if at in keyframes],
        strays=len(times.video_pts) - len(kept),
    )


def measured(facts: SourceFacts, times: PacketTimes) -> SourceFacts:
    """``facts`` with the length that the packets have where the file tells none, or far less, or cannot be believed."""
    if facts.video is None:
        return facts
    base = Fraction(facts.video.time_base)
    spans = [(min(times.video_pts) * base, (max(times.video_pts) + times.last_duration) * base)]
    for track in facts.audio:
        if times.has_sound(track.index):
            pts = times.sounds[track.index].pts
            spans.append((min(pts) * Fraction(track.time_base), max(pts) * Fraction(track.time_base)))
    length_s = max(float(max(end for _, end in spans) - min(start for start, _ in spans)), SHORTEST_S)
    is_told = (
        not times.strays and facts.duration_s > 0 and length_s <= facts.duration_s * LENGTH_TOLERANCE + LENGTH_SLACK_S
    )
    return facts if is_told else replace(facts, duration_s=length_s)


def implausibility_of(facts: SourceFacts) -> str | None:
    """The first thing about a file that no film has, as a sentence for people, or None."""
    video = facts.video
    if video is None:
        return "This file has no video."
    checks = (
        (facts.stream_count > MAX_STREAMS, f"This file has more than {MAX_STREAMS} tracks."),
        (video.width < 16 or video.height < 16, "The picture of this film is too small to be a film."),
        (video.width * video.height > MAX_PIXELS, "The picture of this film is larger than 8K."),
        (not is_film_length(facts.duration_s), "This file does not last as long as a film can."),
        (not 1 <= Fraction(video.fps) <= MAX_FPS, "The frame rate of this film is not plausible."),
        (
            facts.duration_s > 60 and facts.duration_s > facts.size_bytes * MAX_SECONDS_PER_BYTE,
            "This file claims to be far longer than its size allows.",
        ),
    )
    return next((reason for is_bad, reason in checks if is_bad), None)
