"""What a room may watch next, as this process shows it to its sockets.

Invariant: it is read again after every event that changes it, and shown whole; an older one is never shown later. A
read that failed is tried again with the next pulse.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from structlog import get_logger

from apps.common.errors import DomainError
from apps.rooms import live
from apps.rooms.domain.events import OF_BOARD, EventKind
from apps.rooms.domain.polls import PollState
from apps.rooms.selectors import Board
from consumers.background import OneAtATime
from consumers.protocol.parts import NextUp, PollBody, PollChoice, QueueBody, QueueItem, TitleCard
from consumers.protocol.room_server import Queue
from consumers.wire import Parcel

log = get_logger(__name__)


class Reader(Protocol):
    """A socket; ``rev`` is -1 before ``welcome``."""

    rev: int

    @property
    def uid(self) -> str: ...

    @property
    def put(self) -> Callable[[Parcel], None]: ...


@dataclass
class BoardDesk:
    """Of one room in this process. ``newest`` is None before anybody entered."""

    newest: Board | None = None
    looking: OneAtATime = field(default_factory=OneAtATime)
    is_behind: bool = False

    def note(self, found: Board) -> Board:
        """The newest that is known by now."""
        if self.newest is None or found.rev >= self.newest.rev:
            self.newest = found
        return self.newest

    def is_touched_by(self, kind: EventKind) -> bool:
        is_counting = self.newest is not None and self.newest.next_at_ms is not None
        return kind in OF_BOARD or (kind is EventKind.RATED and is_counting)

    def refresh(self, room_id: UUID, sockets: Mapping[str, Reader]) -> None:
        """Beside whoever asks: many changes at once are read once or twice."""
        self.looking.start_or_repeat(partial(self._show, room_id, sockets))

    def catch_up(self, room_id: UUID, sockets: Mapping[str, Reader]) -> None:
        if self.is_behind:
            self.refresh(room_id, sockets)

    async def _show(self, room_id: UUID, sockets: Mapping[str, Reader]) -> None:
        try:
            newest = self.note(await live.board(room_id))
            self.is_behind = False
        except DomainError as error:
            self.is_behind = True
            log.warning("board.not_read", room=str(room_id), error=error.message)
            return
        parcels: dict[OwnVotes, Parcel] = {}  # people who voted alike read the same
        for socket in list(sockets.values()):
            if socket.rev >= 0:
                own = votes_of(newest, socket.uid)
                if own not in parcels:
                    parcels[own] = Parcel(Queue(**_fields(newest, own)))
                socket.put(parcels[own])


@dataclass(frozen=True, slots=True)
class OwnVotes:
    """What one person sees differently from the others."""

    queued: frozenset[str]
    polled: str | None


def votes_of(board: Board, uid: str) -> OwnVotes:
    queued = frozenset(entry.qid for entry in board.entries if uid in entry.voters)
    return OwnVotes(queued, board.poll.votes.get(uid) if board.poll else None)


def body(board: Board, uid: str) -> QueueBody:
    return QueueBody(**_fields(board, votes_of(board, uid)))


def _fields(board: Board, own: OwnVotes) -> dict[str, Any]:
    cards = {title_id: TitleCard(**card) for title_id, card in board.titles.items()}
    is_next = board.next_rev is not None and board.next_at_ms is not None and bool(board.entries)
    return {
        "rev": board.rev,
        "on": cards[board.title],
        "items": [
            QueueItem(
                qid=entry.qid,
                title=cards[entry.title],
                by=entry.by,
                name=entry.name,
                votes=len(entry.voters),
                mine=entry.qid in own.queued,
            )
            for entry in board.entries
        ],
        "next": NextUp(rev=board.next_rev or 0, at_ms=board.next_at_ms or 0) if is_next else None,
        "poll": _poll(board.poll, cards, own.polled) if board.poll else None,
    }


def _poll(poll: PollState, cards: Mapping[str, TitleCard], mine: str | None) -> PollBody:
    """A film that left the catalogue meanwhile is no choice any more."""
    votes = Counter(poll.votes.values())
    choices = [PollChoice(cards[title], votes[title]) for title in poll.choices if title in cards]
    return PollBody(poll=poll.poll, by=poll.by, name=poll.name, choices=choices, mine=mine)
