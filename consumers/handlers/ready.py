"""Frames about being ready."""

from apps.rooms import live
from apps.rooms.domain import ready
from consumers import hub
from consumers.handlers.queue import tell
from consumers.handlers.seat import Handler, Seat, done
from consumers.protocol.room_client import AmReady, AskReady, GoAnyway


async def ask(seat: Seat, frame: AskReady) -> None:
    event = await live.ask_ready(room_id=seat.room, person=seat.person, cid=frame.cid)
    if event is not None:
        await hub.current().tell_ready(seat.at_desk(), ready.ask(seat.uid, now_ms=live.now_ms()))
    await tell(seat, frame.cid, event)


async def say(seat: Seat, frame: AmReady) -> None:
    """In memory only: nothing is asked of the database."""
    desk = seat.at_desk()
    said = ready.say(desk.ready.check, seat.uid, is_ready=frame.on, now_ms=live.now_ms())
    await hub.current().tell_ready(desk, said)
    await done(seat, frame.cid)


async def go(seat: Seat, frame: GoAnyway) -> None:
    change = await live.start_anyway(room_id=seat.room, person=seat.person, cid=frame.cid)
    if change is not None:
        await hub.current().tell_start(seat.at_desk(), change, frame.cid)
    await done(seat, frame.cid)


HANDLERS: dict[type, Handler] = {AskReady: ask, AmReady: say, GoAnyway: go}
