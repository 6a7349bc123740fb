"""Domain values to frames for browsers, and to plain dicts for the other processes."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.playback import Barrier, Cause, Timeline
from apps.rooms.selectors import Entrance
from consumers.presence import Seen
from consumers.protocol.parts import EventBody, Member, RoomBody, TimelineBody, TitleCard, Wait
from consumers.protocol.room_server import Ev, Tl

Packed = dict[str, Any]


def tl(timeline: Timeline, ack: str | None = None) -> Tl:
    return Tl(**_timeline_fields(timeline), ack=ack)


def timeline_body(timeline: Timeline) -> TimelineBody:
    return TimelineBody(**_timeline_fields(timeline))


def _timeline_fields(timeline: Timeline) -> dict[str, Any]:
    wait = timeline.wait
    shown = wait and Wait(bid=wait.bid, for_=list(wait.waiting_for), until_ms=wait.until_ms, why="stall")
    fields = asdict(timeline) | {"cause": timeline.cause.value, "wait": shown}
    del fields["made_ms"]  # nobody's business but the next command's
    return fields


def ev(event: RoomEventData) -> Ev:
    return Ev(**_event_fields(event))


def event_body(event: RoomEventData) -> EventBody:
    return EventBody(**_event_fields(event))


def _event_fields(event: RoomEventData) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "k": event.kind.value,
        "at": _iso(event.at),
        "by": event.by,
        "name": event.name,
        "cid": event.cid,
        "text": event.text,
        "reply": event.reply,
        "position_s": event.position_s,
        "uid": event.uid,
        "data": event.data or None,
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def room_body(room_id: str, found: Entrance) -> RoomBody:
    return RoomBody(
        id=room_id,
        name=found.name,
        preset=found.preset.value,
        title=TitleCard(**found.title),
        starts_at=_iso(found.starts_at) if found.starts_at else None,
    )


def pack(value: Timeline | RoomEventData | Seen) -> Packed:
    packed = asdict(value)
    if isinstance(value, RoomEventData):
        packed |= {"at": value.at.isoformat(), "kind": value.kind.value}
    if isinstance(value, Timeline):
        packed |= {"cause": value.cause.value}
    return packed


def unpack_event(packed: Packed) -> RoomEventData:
    at, kind = datetime.fromisoformat(packed["at"]), EventKind(packed["kind"])
    return RoomEventData(**{**packed, "at": at, "kind": kind})


def unpack_timeline(packed: Packed) -> Timeline:
    raw = packed["wait"]
    wait = raw and Barrier(**{**raw, "waiting_for": tuple(raw["waiting_for"])})
    return Timeline(**{**packed, "cause": Cause(packed["cause"]), "wait": wait})


def unpack_seen(packed: Packed, now_s: float) -> Seen:
    return Seen(Member(**packed["member"]), now_s, packed["rtt"], packed["jitter"])
