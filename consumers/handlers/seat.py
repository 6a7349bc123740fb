"""What a handler of frames knows of the socket that sent one."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from uuid import UUID

from apps.accounts.domain import Person
from apps.common.errors import Invalid
from consumers.desk import Desk
from consumers.protocol import ServerFrame
from consumers.protocol.room_server import Res


class Seat(Protocol):
    """One socket that has said hello. ``rev`` is the newest revision that it was sent."""

    person: Person
    sid: str
    rev: int

    @property
    def uid(self) -> str: ...

    @property
    def room(self) -> UUID: ...

    def at_desk(self) -> Desk:
        """Raises Invalid before hello."""
        ...

    async def send_frame(self, frame: ServerFrame) -> None: ...


Handler = Callable[[Seat, Any], Awaitable[None]]


async def done(seat: Seat, cid: str | None) -> None:
    """Tell the sender of ``cid`` that it has happened."""
    await seat.send_frame(Res(cid=cid, ok=True, rev=seat.rev))


def read_id(text: str) -> UUID:
    """Raises Invalid."""
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("This is not an id.") from None
