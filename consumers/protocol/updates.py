"""What the updates socket says. The other side has nothing to say there."""

from dataclasses import dataclass
from typing import Any, ClassVar, get_args

from consumers.protocol.parts import TitleCard
from consumers.protocol.room_server import Bye


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A film request, as in the HTTP API's RequestItem."""

    id: str
    title: TitleCard
    state: str
    health: str
    progress: float | None
    bps: int | None
    eta_s: float | None
    playable: bool
    reason: str | None
    fix: str | None
    followers: int
    is_following: bool
    is_requester: bool
    created_at: str
    updated_at: str
    version: int
    rungs: dict[str, float]


@dataclass(frozen=True, slots=True)
class RungBody:
    """One track that is being made: published share 0..1, seconds of film per second, seconds left."""

    name: str
    share: float
    speed: float | None
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class Snap:
    """First frame on the updates socket, and again after every reconnect."""

    t: ClassVar[str] = "snap"
    requests: list[RequestBody]
    unread: int


@dataclass(frozen=True, slots=True)
class Req(RequestBody):
    t: ClassVar[str] = "req"


@dataclass(frozen=True, slots=True)
class Prog:
    """Progress of one request: state version ``n``, progress 0..1, bytes per second, seconds left.

    ``p`` never falls while one file is fetched, and while one plan of it is made. ``rungs`` is empty before that.
    """

    t: ClassVar[str] = "prog"
    id: str
    n: int
    p: float | None
    bps: int | None
    eta: float | None
    rungs: list[RungBody]


@dataclass(frozen=True, slots=True)
class Note:
    t: ClassVar[str] = "note"
    id: str
    kind: str
    title: str
    body: str
    link: str
    created_at: str


UpdatesServerFrame = Snap | Req | Prog | Note | Bye
UPDATES_SERVER: dict[str, type[Any]] = {kind.t: kind for kind in get_args(UpdatesServerFrame)}
