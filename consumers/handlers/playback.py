"""Frames that move the room's film."""

from apps.rooms import live
from apps.rooms.domain.commands import Command, Op, Outcome
from apps.rooms.services import CommandResult
from consumers import hub, power
from consumers.handlers.seat import Handler, Seat, read_id
from consumers.protocol.room_client import Cmd, Ready
from consumers.protocol.room_server import Res


async def command(seat: Seat, frame: Cmd) -> None:
    here, desk, op = hub.current(), seat.at_desk(), Op(frame.op)
    wanted = Command(
        op=op,
        base=frame.base,
        by=seat.uid,
        position_s=frame.position,
        rate=frame.rate,
        item=str(read_id(frame.item)) if frame.item and op is Op.ITEM else None,
    )
    result = await live.command(
        room_id=seat.room, person=seat.person, cid=frame.cid, wanted=wanted, lead_ms=here.lead_ms(desk)
    )
    await tell_result(seat, frame.cid, result)


async def tell_result(seat: Seat, cid: str, result: CommandResult) -> None:
    """Everybody sees what a command made of the timeline; its sender hears what became of it."""
    here, desk = hub.current(), seat.at_desk()
    if result.event is not None:
        await here.tell_change(desk, result.timeline, result.event, cid)
    else:
        await desk.show_timeline(result.timeline)
    superseded = True if result.outcome is Outcome.SUPERSEDED else None
    proposed = True if result.outcome is Outcome.PROPOSED else None
    await seat.send_frame(Res(cid=cid, ok=True, rev=result.timeline.rev, superseded=superseded, proposed=proposed))
    if proposed:
        await power.catch_up(here, desk)


async def ready(seat: Seat, frame: Ready) -> None:
    hub.current().minder.hear(seat.at_desk(), seat.uid, frame)


HANDLERS: dict[type, Handler] = {Cmd: command, Ready: ready}
