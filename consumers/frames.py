"""Domain values to frames for browsers, and to plain dicts for the other processes."""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission
from apps.rooms.domain.playback import Barrier, Cause, Timeline
from apps.rooms.domain.wishes import Wish
from apps.rooms.selectors import Entrance, Power
from consumers.presence import Seen
from consumers.protocol import bounds
from consumers.protocol.parts import EventBody, Member, RoomBody, RulesBody, TimelineBody, TitleCard, Wait, WishBody
from consumers.protocol.room_server import Ev, Rules, Tl, Wishes

Packed = dict[str, Any]
MEMBER_FIELDS = tuple(item.name for item in fields(Member))


def tl(timeline: Timeline, ack: str | None = None) -> Tl:
    return Tl(**_timeline_fields(timeline), ack=ack)


def timeline_body(timeline: Timeline) -> TimelineBody:
    return TimelineBody(**_timeline_fields(timeline))


def _timeline_fields(timeline: Timeline) -> dict[str, Any]:
    wait = timeline.wait
    shown = wait and Wait(
        bid=wait.bid, for_=list(wait.waiting_for), until_ms=wait.until_ms, why=wait.why.value, eta_ms=wait.eta_ms
    )
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


def rights(can: Collection[Permission]) -> list[bounds.Permission]:
    return sorted(permission.value for permission in can)


def rules_body(power: Power) -> RulesBody:
    return RulesBody(**_rules_fields(power))


def rules(power: Power) -> Rules:
    return Rules(**_rules_fields(power))


def _rules_fields(power: Power) -> dict[str, Any]:
    given = power.rules
    return {
        "preset": given.preset.value,
        "locked": given.locked,
        "slow_s": given.slow_s,
        "wait": given.wait.value,
        "host": power.stand_in,
    }


def wishes(power: Power) -> Wishes:
    return Wishes(open=wish_bodies(power))


def wish_bodies(power: Power) -> list[WishBody]:
    return [_wish_body(wish) for wish in power.wishes]


def _wish_body(wish: Wish) -> WishBody:
    return WishBody(
        id=wish.id,
        kind=wish.kind.value,
        by=wish.by,
        name=wish.name,
        op=wish.wanted.about.value,
        until_ms=wish.until_ms,
        yes=[uid for uid, ok in wish.ballots.items() if ok],
        no=[uid for uid, ok in wish.ballots.items() if not ok],
        position=wish.wanted.position_s,
        rate=wish.wanted.rate,
    )


def pack(value: Timeline | RoomEventData) -> Packed:
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
    wait = Barrier.from_row(packed["wait"]) if packed["wait"] else None
    return Timeline(**{**packed, "cause": Cause(packed["cause"]), "wait": wait})


def pack_seen(seen: Seen) -> Packed:
    """By hand: every process repeats everybody it has every few seconds, and ``asdict`` takes ten times as long."""
    member = {name: getattr(seen.member, name) for name in MEMBER_FIELDS}
    return {"member": member, "rtt": seen.rtt, "jitter": seen.jitter, "nowait": seen.nowait}


def unpack_seen(packed: Packed, now_s: float) -> Seen:
    return Seen(Member(**packed["member"]), now_s, packed["rtt"], packed["jitter"], nowait=packed.get("nowait", False))
