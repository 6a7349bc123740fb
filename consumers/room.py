"""``/ws/rooms/{id}``: frames to calls of ``rooms.live``, results to frames. No rule of the room lives here."""

from functools import partial
from typing import Any, ClassVar
from uuid import UUID, uuid4

from apps.accounts.domain import TicketPurpose
from apps.common.errors import DomainError, Invalid, TooMany
from apps.rooms import live
from apps.rooms.domain.members import Role
from apps.rooms.selectors import Entrance
from consumers import board, frames, power, strict
from consumers.base import SocketShell
from consumers.desk import Desk
from consumers.handlers import HANDLERS
from consumers.handlers.seat import read_id
from consumers.limits import Meter, Verdict
from consumers.protocol import RoomClientFrame, bounds
from consumers.protocol.parts import Member, Problem, You
from consumers.protocol.room_client import ClockProbe, Hello, React, Status, Typing
from consumers.protocol.room_server import Bye, ClockAnswer, Res, Welcome


class RoomConsumer(SocketShell):
    """One viewer's socket. ``rev``, ``seq`` and ``power`` are the newest it was sent; -1 before ``welcome``."""

    purpose: ClassVar[str] = TicketPurpose.ROOM

    def __init__(self) -> None:
        super().__init__()
        self.meter = Meter()
        self.sid = ""
        self.rev = -1
        self.seq = -1
        self.power = -1
        self.you: You | None = None
        self.desk: Desk | None = None
        self.uid = ""

    @property
    def room(self) -> UUID:
        return UUID(self.scope["url_route"]["kwargs"]["room_id"])

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        self.room_id = self.room
        await super().websocket_connect(message)

    async def opened(self) -> None:
        """The client speaks first: ``hello``."""
        self.uid = str(self.person.id)

    async def closed(self) -> None:
        if self.desk is not None:
            await self.here.part(self.room, self)

    # --- receiving ---
    async def websocket_receive(self, message: dict[str, Any]) -> None:
        received_ms = live.now_ms()
        text = message.get("text")
        if text is None or strict.is_too_large(text):
            await self.leave(Bye(code=4029, why="Send text frames of at most 8 KiB.", retry_ms=5_000))
            return
        try:
            frame = strict.parse(text)
        except strict.BadFrame as error:
            if await self._admit(""):
                await self.refuse(error, cid=error.cid)
            return
        if await self._admit(frame.t, getattr(frame, "cid", None)):
            await self._take(frame, received_ms)

    async def _take(self, frame: RoomClientFrame, received_ms: float) -> None:
        if isinstance(frame, ClockProbe):
            if live.knows_time():  # else the page asks again
                await self.send_frame(ClockAnswer(n=frame.n, c=frame.c, r=received_ms, x=live.now_ms()))
        elif isinstance(frame, Status):
            self._status(frame)
        elif isinstance(frame, Typing):
            self._typing()
        elif isinstance(frame, React) and self.rev >= 0:
            await self._answer(frame)  # at once: it is about the film that is on now, whatever it would stand behind
        else:
            self.later(partial(self._answer, frame))

    async def _admit(self, kind: str, cid: str | None = None) -> bool:
        verdict = self.meter.take(kind, self.here.now_s())
        if verdict is Verdict.CLOSE:
            await self.leave(Bye(code=4029, why="Too many frames.", retry_ms=5_000))
        elif verdict is Verdict.SLOW_DOWN and kind != ClockProbe.t:
            await self.refuse(TooMany("Not so fast.", retry_after_s=1), cid=cid)
        return verdict is Verdict.OK

    async def _answer(self, frame: Any) -> None:
        try:
            if isinstance(frame, Hello):
                await self._hello(frame)
            else:
                self.at_desk()
                await HANDLERS[type(frame)](self, frame)
        except DomainError as error:
            await self.refuse(error, cid=getattr(frame, "cid", None))

    async def refuse(self, error: DomainError, *, cid: str | None = None) -> None:
        problem = Problem(code=error.code, message=error.message)
        await self.send_frame(Res(cid=cid, ok=False, rev=self.rev if self.rev >= 0 else None, err=problem))

    # --- frames ---
    async def _hello(self, frame: Hello) -> None:
        if read_id(frame.room) != self.room:
            raise Invalid("This socket is for another room.")
        sid = frame.sid or uuid4().hex
        self.line.exit()
        if self.desk is not None and self.sid != f"{self.uid}:{sid}":
            await self.here.part(self.room, self)
        self.sid = f"{self.uid}:{sid}"
        self.seq = self.rev = self.power = -1  # also when it is said again: the welcome tells where this begins
        found = await self._enter(frame)
        if found is None:
            return
        desk = self.at_desk()
        self.seq, self.rev = found.seq, found.timeline.rev
        desk.board.note(found.board)
        me = self._member(frame, found.role)
        self.you = You(id=me.id, name=me.name, role=me.role, guest=me.guest, can=frames.rights(found.can))
        await self.send_frame(self._welcome(found, sid, me, self.you))
        self.line.enter(desk.lanes, self.sid)
        self.power = found.power.rev
        await self.here.settle(desk, self, me, found.timeline)
        if desk.ready.check.is_open:
            await self.send_frame(desk.ready.frame())
        await power.seat(desk, found.power)

    def _member(self, frame: Hello, role: Role) -> Member:
        return Member(
            id=self.uid,
            name=self.person.name,
            role=role.value,
            guest=self.person.is_guest,
            state="playing" if frame.vis else "away",
            companion=True if frame.companion or role is Role.COMPANION else None,
        )

    async def _enter(self, frame: Hello) -> Entrance | None:
        """None for whoever was turned away, or went while they stood in the doorway; for what they sent behind their
        hello there is no desk.
        """
        known = frame.last.seq if frame.last else None
        try:
            await live.ready_clock()
            self.desk = await self.here.register(self.room, self)
            async with self.here.doorway:
                if self.is_open:
                    return await live.enter(room_id=self.room, person=self.person, known_seq=known)
        except DomainError as error:  # a page without a welcome would wait for it for ever
            await self.turn_away(error)
        await self.here.part(self.room, self)
        self.desk = None
        return None

    def _welcome(self, found: Entrance, sid: str, me: Member, you: You) -> Welcome:
        others = self.here.members(self.desk) if self.desk else []
        return Welcome(
            v=bounds.VERSION,
            sid=sid,
            you=you,
            room=frames.room_body(str(self.room), found),
            tl=frames.timeline_body(found.timeline),
            members=[me, *(member for member in others if member.id != me.id)],
            events=[frames.event_body(event) for event in found.events],
            seq=found.seq,
            now=live.now_ms(),
            resumed=found.resumed,
            queue=board.body(found.board, self.uid),
            rules=frames.rules_body(found.power),
            wishes=frames.wish_bodies(found.power),
        )

    def _status(self, frame: Status) -> None:
        if self.desk is not None and self.rev >= 0:
            self.here.note_status(self.desk, self.sid, frame)

    def _typing(self) -> None:
        if self.desk is not None and self.rev >= 0:
            self.here.tell_typing(self.desk, self.uid, self.sid)

    def at_desk(self) -> Desk:
        """Raises Invalid before hello."""
        if self.desk is None:
            raise Invalid("Say hello first.", code="hello_first")
        return self.desk
