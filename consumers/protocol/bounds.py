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
Address = Annotated[str, Length(80)]  # of one socket in a room: "<person>:<sid of its welcome>"
SdpText = Annotated[str, Length(6_000)]  # one sound track takes 2 KB, and the frame around it still fits its 8 KiB
IceText = Annotated[str, Length(1_000)]
IceName = Annotated[str, Length(256)]  # RFC 8839 allows a ufrag that long

Op = Literal["play", "pause", "seek", "rate", "item", "undo"]
MemberState = Literal["playing", "buffering", "away", "reconnecting", "left"]
Role = Literal["owner", "host", "cohost", "member", "guest", "companion"]
GivenRole = Literal["host", "cohost", "member", "guest", "companion"]
Preset = Literal["friends", "host_drives", "ask_host", "democracy", "cinema"]
WaitRule = Literal["never", "smart", "always"]
SlowMode = Annotated[int, Range(0, 300)]
WaitWhy = Literal["stall", "seek", "item", "start", "source"]
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
    "grant",
]
EventKind = Literal[
    "joined",
    "chat",
    "played",
    "paused",
    "seeked",
    "rated",
    "waited",
    "resumed",
    "kicked",
    "closed",
    "undone",
    "role",
    "rules",
    "hosting",
    "proposed",
    "declined",
    "switched",
    "queued",
    "unqueued",
    "queue_moved",
    "queue_voted",
    "next_offered",
    "next_declined",
    "poll_opened",
    "poll_voted",
    "poll_closed",
    "ready_asked",
    "started",
    "scheduled",
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
