"""What a process does about the waits of its rooms: its people are late, ready or gone, and the film may not be here.

Invariant: nothing is decided here that the room's row does not decide again; every process looks, the first one acts.
"""

import asyncio
from functools import partial
from typing import Protocol
from uuid import uuid4

from structlog import get_logger

from apps.common.errors import DomainError
from apps.rooms import live
from apps.rooms.domain import patience, waiting
from apps.rooms.domain.events import RoomEventData
from apps.rooms.domain.playback import Barrier, Timeline, Why
from apps.rooms.domain.waiting import Stall, Wish
from apps.rooms.services import WaitChange
from consumers.desk import Desk
from consumers.protocol.room_client import Ready

log = get_logger(__name__)

SOURCE_EVERY_S = 3.0  # the edge is minded five seconds before it comes
WHOLE_EVERY_S = 60.0  # unless the room goes elsewhere, where a part may be missing
SOON_MS = 1_100  # until the next pulse, and a little
QUIET_S = 5.0  # whom the room does not wait for, it is not asked about all the time


class Teller(Protocol):
    """What minding needs of the hub."""

    def lead_ms(self, desk: Desk) -> int: ...

    async def tell_change(self, desk: Desk, timeline: Timeline, event: RoomEventData) -> None: ...


class Minder:
    """One per hub."""

    def __init__(self, teller: Teller) -> None:
        self.teller = teller

    def hear(self, desk: Desk, uid: str, frame: Ready) -> None:
        """Somebody here says that they are ready for a wait to end, or not ready for a start."""
        wait = desk.timeline.wait if desk.timeline is not None else None
        if frame.ok and wait is not None and wait.bid == frame.bid:
            desk.waits.late.pop(uid, None)
            desk.waits.done[uid] = frame.bid
        elif not frame.ok and self._may_object(desk, uid, frame.bid):
            desk.waits.done.pop(uid, None)
            desk.waits.late[uid] = frame.bid
        else:
            return
        desk.waits.minding.start_or_repeat(partial(self._mind, desk))

    def look(self, desk: Desk) -> None:
        """From the pulse; what there is to do for the database is done beside it."""
        if desk.timeline is None:
            return
        now_s = _now_s()
        is_wanted = bool(desk.waits.late) or desk.timeline.wait is not None
        if is_wanted or (desk.presence.stalled(now_s) and now_s >= desk.waits.quiet_until_s):
            desk.waits.minding.start(partial(self._mind, desk))
        if desk.timeline.wait is not None:
            self._look_in_time(desk, desk.timeline.wait)
        if self._is_source_due(desk, desk.timeline, now_s):
            desk.waits.source_looking.start(partial(self._mind_source, desk, desk.timeline.rev))

    def _look_in_time(self, desk: Desk, wait: Barrier) -> None:
        """The pulse alone would end a wait up to a second late."""
        now_ms = live.now_ms()
        turn_ms = waiting.next_turn_ms(wait, now_ms=now_ms, lead_ms=self.teller.lead_ms(desk))
        if turn_ms is not None and turn_ms - now_ms <= SOON_MS:
            mind = partial(desk.waits.minding.start_or_repeat, partial(self._mind, desk))
            asyncio.get_running_loop().call_later((turn_ms - now_ms) / 1000, mind)

    def _may_object(self, desk: Desk, uid: str, bid: str) -> bool:
        timeline, now_s, now_ms = desk.timeline, _now_s(), live.now_ms()
        why = waiting.objection(timeline, bid, now_ms=now_ms) if timeline is not None else None
        if timeline is None or why is None or uid not in self._patience(desk, [uid]):
            return False
        scheduled_ms = timeline.wait.began_ms if timeline.wait is not None else timeline.made_ms
        here_s = desk.presence.here_s(uid, now_s)
        return waiting.may_object(why, here_s=here_s, ago_s=(now_ms - scheduled_ms) / 1000)

    async def _mind(self, desk: Desk) -> None:
        late, done = dict(desk.waits.late), dict(desk.waits.done)
        try:
            change = await self._next(desk)
        except DomainError as error:
            desk.waits.put_back(late, done)  # the next pulse tries again
            log.warning("minding.cannot_wait", room=str(desk.room_id), error=error.message)
            return
        if change is not None:
            await self._tell(desk, change)

    async def _next(self, desk: Desk) -> WaitChange | None:
        timeline = desk.timeline
        if timeline is None:
            return None
        late, desk.waits.late = desk.waits.late, {}
        if late:
            return await self._hold_up(desk, timeline, late)
        if timeline.wait is not None:
            return await self._settle(desk, timeline.wait)
        return await self._wait_for_stalled(desk, timeline)

    async def _hold_up(self, desk: Desk, timeline: Timeline, late: dict[str, str]) -> WaitChange | None:
        bid = timeline.wait.bid if timeline.wait is not None else str(timeline.rev)
        why = waiting.objection(timeline, bid, now_ms=live.now_ms())
        uids = [uid for uid, start in late.items() if start == bid]
        return await self._begin(desk, bid, why, uids) if why is not None else None

    async def _settle(self, desk: Desk, wait: Barrier) -> WaitChange | None:
        """Over when its time is up, or whoever it is for is ready or went away."""
        said, desk.waits.done = desk.waits.done, {}
        ready = {uid for uid, bid in said.items() if bid == wait.bid}
        people = desk.presence.attendees(_now_s())
        gone = {uid for uid in wait.waiting_for if uid not in people or not patience.counts(people[uid])}
        done = (ready | gone) & set(wait.waiting_for)
        lead_ms = self.teller.lead_ms(desk)
        is_over = waiting.is_over(wait, rule=patience.WaitRule.SMART, now_ms=live.now_ms(), lead_ms=lead_ms)
        if wait.why is Why.SOURCE or not (done or is_over):
            return None
        return await live.settle_wait(room_id=desk.room_id, bid=wait.bid, done=done, lead_ms=lead_ms)

    async def _wait_for_stalled(self, desk: Desk, timeline: Timeline) -> WaitChange | None:
        now_s, now_ms = _now_s(), live.now_ms()
        present = self._present(desk)
        uids = [
            uid
            for uid, (stalled_s, here_s) in desk.presence.stalled(now_s).items()
            if waiting.deserves_wait(Stall(stalled_s, here_s), timeline, now_ms=now_ms, present=present)
        ]
        if not uids:
            return None
        change = await self._begin(desk, uuid4().hex, Why.STALL, uids)
        desk.waits.quiet_until_s = 0.0 if change is not None else now_s + QUIET_S
        return change

    async def _begin(self, desk: Desk, bid: str, why: Why, uids: list[str]) -> WaitChange | None:
        late = self._patience(desk, uids)
        if not late:
            return None
        wish = Wish(bid, why, late, self._present(desk))
        return await live.begin_wait(room_id=desk.room_id, wish=wish, lead_ms=self.teller.lead_ms(desk))

    def _patience(self, desk: Desk, uids: list[str]) -> dict[str, float]:
        """Those of ``uids`` who count, with what is left of their budgets in ms."""
        people, ledger, now_ms = desk.presence.attendees(_now_s()), desk.waits.ledger, live.now_ms()
        return {
            uid: ledger.left_ms(uid, now_ms)
            for uid in uids
            if uid in people and patience.counts(people[uid]) and not ledger.is_skipped(uid, now_ms)
        }

    def _present(self, desk: Desk) -> int:
        return sum(patience.is_watching(person) for person in desk.presence.attendees(_now_s()).values())

    # --- a film that is still arriving ---
    def _is_source_due(self, desk: Desk, timeline: Timeline, now_s: float) -> bool:
        is_waiting = timeline.wait is not None and timeline.wait.why is Why.SOURCE
        if not desk.sockets or not (timeline.playing or is_waiting):
            return False
        return timeline.rev != desk.waits.source_rev or now_s >= desk.waits.source_at_s

    async def _mind_source(self, desk: Desk, rev: int) -> None:
        try:
            look = await live.mind_source(room_id=desk.room_id, lead_ms=self.teller.lead_ms(desk))
        except DomainError as error:
            log.warning("minding.cannot_see_source", room=str(desk.room_id), error=error.message)
            return
        desk.waits.source_rev = rev
        desk.waits.source_at_s = _now_s() + (WHOLE_EVERY_S if look.is_whole else SOURCE_EVERY_S)
        if look.change is not None:
            await self._tell(desk, look.change)

    async def _tell(self, desk: Desk, change: WaitChange) -> None:
        """What is no line of the history reaches the other processes by their wake-up."""
        if change.event is None:
            await desk.show_timeline(change.timeline)
        else:
            await self.teller.tell_change(desk, change.timeline, change.event)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
