"""Frames that move the room's film."""

from apps.rooms import live
from apps.rooms.domain.playback import Command, Op, Outcome
from consumers import hub
from consumers.handlers.seat import Handler, Seat
from consumers.protocol.room_client import Cmd, Ready
from consumers.protocol.room_server import Res


async def command(seat: Seat, frame: Cmd) -> None:
    here, desk = hub.current(), seat.at_desk()
    wanted = Command(op=Op(frame.op), base=frame.base, by=seat.uid, position_s=frame.position, rate=frame.rate)
    result = await live.command(
        room_id=seat.room, person=seat.person, cid=frame.cid, wanted=wanted, lead_ms=here.lead_ms(desk)
    )
    if result.event is not None:
        await here.tell_change(desk, result.timeline, result.event, frame.cid)
    else:
        await desk.show_timeline(result.timeline)
    superseded = True if result.outcome is Outcome.SUPERSEDED else None
    await seat.send_frame(Res(cid=frame.cid, ok=True, rev=result.timeline.rev, superseded=superseded))


async def ready(seat: Seat, frame: Ready) -> None:
    hub.current().minder.hear(seat.at_desk(), seat.uid, frame)


HANDLERS: dict[type, Handler] = {Cmd: command, Ready: ready}
