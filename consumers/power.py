"""Who may do what in a room of this process: shown when it changes, and carried on when it is due.

Invariants: what sockets are shown is read whole from the database and numbered, so a lost or doubled push does no harm.
Only a process that knows everybody in the room counts a majority; for another one a vote ends when its time is up.
"""

import asyncio
from typing import Protocol
from uuid import UUID

from structlog import get_logger

from apps.common.errors import DomainError
from apps.rooms import live
from apps.rooms.domain.members import Role
from apps.rooms.domain.wishes import Wish, WishKind, WishState, tally
from apps.rooms.selectors import Power
from consumers import frames
from consumers.desk import Desk, RoomSocket
from consumers.protocol import ServerFrame
from consumers.protocol.parts import Member
from consumers.protocol.room_server import YouNow
from consumers.wire import Parcel

log = get_logger(__name__)

ACTIVE = frozenset({"playing", "buffering"})  # whoever looks at something else leaves the vote to the others


class Here(Protocol):
    """What is needed of the hub."""

    @property
    def knows_others(self) -> bool: ...

    def knows_people(self, desk: Desk) -> bool: ...

    def lead_ms(self, desk: Desk) -> int: ...

    async def catch_up(self, desk: Desk) -> None: ...


# --- shown -----------------------------------------------------------------------------------------------------
async def seat(desk: Desk, found: Power) -> None:
    """After a ``welcome`` that carried ``found``: one of this socket and the desk may know more than the other."""
    if desk.power is None:
        desk.power = found
    elif desk.power.rev != found.rev:
        await refresh(desk)


async def refresh(desk: Desk) -> None:
    """Read it anew and show what is new. A database that is away is asked again by the audit."""
    uids = {UUID(socket.uid) for socket in desk.sockets.values()}
    try:
        power, roles = await live.power(room_id=desk.room_id, user_ids=uids)
    except DomainError as error:
        log.warning("power.unread", room=str(desk.room_id), error=error.message)
        return
    if power.rev >= desk.power_rev:
        await _show(desk, power, roles)


async def _show(desk: Desk, power: Power, roles: dict[str, Role]) -> None:
    before, desk.power = desk.power, power
    whole = [Parcel(frame) for frame in _frames(power)]
    news = [Parcel(frame) for frame in _frames(power, before)]
    for uid, role in roles.items():
        desk.presence.take_role(uid, role.value)
    for socket in list(desk.sockets.values()):
        if 0 <= socket.power < power.rev:
            is_abreast = before is not None and socket.power == before.rev
            socket.power = power.rev
            for parcel in news if is_abreast else whole:
                socket.put(parcel)
            _show_rights(socket, power, roles)


def _frames(power: Power, before: Power | None = None) -> list[ServerFrame]:
    """All of it, or what may be new after ``before``: its wishes were read after its number and may be ahead of it."""
    found: list[ServerFrame] = []
    if before is None or (power.rules, power.stand_in) != (before.rules, before.stand_in):
        found.append(frames.rules(power))
    return [*found, frames.wishes(power)]


def _show_rights(socket: RoomSocket, power: Power, roles: dict[str, Role]) -> None:
    role = roles.get(socket.uid)
    if role is None or socket.you is None:
        return
    can = frames.rights(power.rights(socket.uid, role))
    if (role.value, can) != (socket.you.role, socket.you.can):
        now = YouNow(id=socket.you.id, name=socket.you.name, role=role.value, guest=socket.you.guest, can=can)
        socket.you = now
        socket.put(Parcel(now))


# --- carried on ------------------------------------------------------------------------------------------------
async def catch_up(here: Here, desk: Desk) -> None:
    """After a change by one of our own: show it here without waiting for the wake-up, and count the votes."""
    await here.catch_up(desk)
    await _settle(here, desk)


def is_due(here: Here, desk: Desk, now_s: float) -> bool:
    if desk.power is None:
        return False
    must_move = desk.host.look(_members(desk, now_s), desk.power.stand_in, now_s, knows_others=here.knows_others)
    return must_move or bool(_decided(here, desk, now_s))


async def mind(here: Here, desk: Desk) -> None:
    """What nobody's frame brings about: a vote whose time is up, a host who is away or back."""
    now_s = asyncio.get_running_loop().time()
    present = set(_members(desk, now_s))
    await _settle(here, desk)
    try:
        if await live.keep_host(room_id=desk.room_id, present=present, away_s=desk.host.away_s(now_s)):
            await here.catch_up(desk)
    except DomainError as error:
        log.warning("power.not_minded", room=str(desk.room_id), error=error.message)


async def _settle(here: Here, desk: Desk) -> None:
    now_s = asyncio.get_running_loop().time()
    for wish in _decided(here, desk, now_s):
        await _settle_vote(here, desk, wish, _voters(here, desk, now_s))


async def _settle_vote(here: Here, desk: Desk, wish: Wish, present: set[str]) -> None:
    """One that cannot be counted now is counted again at the next look, and keeps nothing else from being done."""
    try:
        is_over = await live.settle_vote(
            room_id=desk.room_id, wish_id=UUID(wish.id), present=present, lead_ms=here.lead_ms(desk)
        )
    except DomainError as error:
        log.warning("power.not_settled", room=str(desk.room_id), wish=wish.id, error=error.message)
        return
    if is_over:
        await here.catch_up(desk)


def _decided(here: Here, desk: Desk, now_s: float) -> list[Wish]:
    """Votes that are over by the ballots known here; the database counts again."""
    votes = [wish for wish in desk.power.wishes if wish.kind is WishKind.VOTE] if desk.power else []
    return [wish for wish in votes if tally(wish, _voters(here, desk, now_s), live.now_ms()) is not WishState.OPEN]


def _members(desk: Desk, now_s: float) -> dict[str, Member]:
    return {uid: seen.member for uid, seen in desk.presence.members(now_s).items()}


def _voters(here: Here, desk: Desk, now_s: float) -> set[str]:
    """Whose votes count: those who watch, so no companion; nobody while somebody may be in the room unheard of."""
    if not here.knows_people(desk):
        return set()
    members = _members(desk, now_s)
    return {uid for uid, member in members.items() if member.state in ACTIVE and not member.companion}
