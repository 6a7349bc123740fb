"""What a field of a frame may hold: sizes, ranges and the words of each vocabulary."""

from dataclasses import dataclass
from typing import Annotated, Literal


@dataclass(frozen=True, slots=True)
class Length:
    """Characters of a text; control characters (except line breaks) and lone surrogates are refused everywhere."""

    most: int
    least: int = 1


@dataclass(frozen=True, slots=True)
class Range:
    low: float
    high: float


VERSION = 1
MAX_FRAME_BYTES = 8 * 1024  # of a client's frame, in UTF-8
DAY_S = 86_400

Id = Annotated[str, Length(36, 36)]
ClientId = Annotated[str, Length(40)]
ChatText = Annotated[str, Length(500)]
Seconds = Annotated[float, Range(0, DAY_S)]
Signed = Annotated[float, Range(-DAY_S, DAY_S)]
Count = Annotated[int, Range(0, 2**53 - 1)]
Millis = Annotated[float, Range(0, 60_000)]
ClientClock = Annotated[float, Range(0, 2**53 - 1)]
PlaybackRate = Annotated[float, Range(0.25, 4)]

Op = Literal["play", "pause", "seek", "rate"]
MemberState = Literal["playing", "buffering", "away", "reconnecting", "left"]
Role = Literal["owner", "host", "member", "guest"]
Permission = Literal[
    "play_pause",
    "seek",
    "rate",
    "item",
    "queue_add",
    "queue_edit",
    "queue_vote",
    "chat",
    "react",
    "voice",
    "invite",
    "kick",
    "rules",
    "skip_wait",
]
EventKind = Literal[
    "joined",
    "chat",
    "edited",
    "deleted",
    "reacted",
    "played",
    "paused",
    "seeked",
    "rated",
    "waited",
    "resumed",
    "kicked",
    "closed",
]
Emoji = Literal["heart", "laugh", "wow", "sad", "scared", "party", "fire", "thumbs_up"]
