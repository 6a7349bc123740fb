"""Frames about the people of a room: who may stay, who may do what, and who has to agree."""

from apps.rooms import live
from apps.rooms.domain.commands import Command, Op
from apps.rooms.domain.members import Preset, Role
from apps.rooms.domain.patience import WaitRule
from apps.rooms.services import RuleChange
from consumers import hub, power
from consumers.handlers.seat import Handler, Seat, done, read_id
from consumers.protocol.room_client import Ask, GiveRole, Grant, Kick, Rule, Vote


async def kick(seat: Seat, frame: Kick) -> None:
    event = await live.kick(room_id=seat.room, person=seat.person, user_id=read_id(frame.uid))
    await hub.current().tell_event(seat.at_desk(), event)
    await done(seat, frame.cid)


async def give_role(seat: Seat, frame: GiveRole) -> None:
    await live.change_role(
        room_id=seat.room, person=seat.person, cid=frame.cid, user_id=read_id(frame.uid), role=Role(frame.role)
    )
    await _changed(seat, frame.cid)


async def rule(seat: Seat, frame: Rule) -> None:
    change = RuleChange(
        preset=Preset(frame.preset) if frame.preset else None,
        locked=frame.locked,
        slow_s=frame.slow_s,
        wait=WaitRule(frame.wait) if frame.wait else None,
    )
    await live.change_rules(room_id=seat.room, person=seat.person, cid=frame.cid, change=change)
    await _changed(seat, frame.cid)


async def ask(seat: Seat, frame: Ask) -> None:
    wanted = Command(op=Op(frame.op), base=frame.base, by=seat.uid, position_s=frame.position, rate=frame.rate)
    await live.ask(room_id=seat.room, person=seat.person, cid=frame.cid, wanted=wanted)
    await _changed(seat, frame.cid)


async def grant(seat: Seat, frame: Grant) -> None:
    lead_ms = hub.current().lead_ms(seat.at_desk())
    await live.grant(room_id=seat.room, person=seat.person, wish_id=read_id(frame.ask), ok=frame.ok, lead_ms=lead_ms)
    await _changed(seat, frame.cid)


async def vote(seat: Seat, frame: Vote) -> None:
    await live.vote(room_id=seat.room, person=seat.person, wish_id=read_id(frame.vote), ok=frame.ok)
    await _changed(seat, frame.cid)


async def _changed(seat: Seat, cid: str) -> None:
    await done(seat, cid)
    await power.catch_up(hub.current(), seat.at_desk())


HANDLERS: dict[type, Handler] = {Kick: kick, GiveRole: give_role, Rule: rule, Ask: ask, Grant: grant, Vote: vote}
