"""What shall we watch? One question at a time over films that are ready; the answer goes to the front of the queue."""

from collections.abc import Sequence
from uuid import UUID

from apps.accounts.domain import Person
from apps.common.errors import Conflict, Invalid, NotFound
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission
from apps.rooms.domain.polls import CHOICES_MAX, CHOICES_MIN, winner
from apps.rooms.domain.queue import QUEUE_MAX
from apps.rooms.models import Membership, Poll, PollVote, QueueEntry
from apps.rooms.services.films import check_watchable
from apps.rooms.services.history import record, wake
from apps.rooms.services.queue import put_before, queue_of
from apps.rooms.services.standing import inside_once, require


def open_poll(*, room_id: UUID, person: Person, cid: str, titles: Sequence[UUID]) -> RoomEventData | None:
    """Ask; None when this wish came true before. Raises Forbidden, Invalid, NotFound, Conflict."""
    with inside_once(room_id, person, cid) as standing:
        if standing is None:
            return None
        require(standing, Permission.QUEUE_EDIT, "You may not open a vote here.")
        if not CHOICES_MIN <= len(titles) <= CHOICES_MAX or len(set(titles)) != len(titles):
            raise Invalid(f"Choose {CHOICES_MIN} to {CHOICES_MAX} different films.")
        if Poll.objects.filter(room=room_id).exists():
            raise Conflict("There is a vote already. Close it first.", code="poll_open")
        for title_id in titles:
            check_watchable(title_id)
        Poll.objects.create(room_id=room_id, by=person.id, name=person.name, choices=[str(item) for item in titles])
        return _tell(room_id, EventKind.POLL_OPENED, person, cid)


def vote_in_poll(*, room_id: UUID, person: Person, cid: str, poll_id: UUID, title_id: UUID) -> RoomEventData | None:
    """One vote each, which may be moved; None when nothing changes. Raises Forbidden, NotFound, Invalid."""
    with inside_once(room_id, person, cid) as standing:
        if standing is None:
            return None
        require(standing, Permission.QUEUE_VOTE, "You may not vote here.")
        poll = _open(room_id, poll_id)
        if str(title_id) not in poll.choices:
            raise Invalid("This film is not up for the vote.")
        if PollVote.objects.filter(poll=poll, by=person.id, title=title_id).exists():
            return None
        PollVote.objects.update_or_create(poll=poll, by=person.id, defaults={"title": title_id})
        return _tell(room_id, EventKind.POLL_VOTED, person, cid)


def close_poll(*, room_id: UUID, person: Person, cid: str, poll_id: UUID) -> RoomEventData | None:
    """Count; whoever opened it may, and who keeps the queue. Raises Forbidden, NotFound, Conflict for a full queue."""
    with inside_once(room_id, person, cid) as standing:
        if standing is None:
            return None
        poll = _open(room_id, poll_id)
        if poll.by != person.id:
            require(standing, Permission.QUEUE_EDIT, "You may not close this vote.")
        chosen = winner(poll.choices, [str(title) for title in poll.votes.values_list("title", flat=True)])
        name = _put_first(standing, UUID(chosen), person) if chosen else ""
        poll.delete()
        return _tell(room_id, EventKind.POLL_CLOSED, person, cid, name)


def _open(room_id: UUID, poll_id: UUID) -> Poll:
    poll = Poll.objects.filter(room=room_id, pk=poll_id).first()
    if poll is None:
        raise NotFound("This vote is over.", code="poll_over")
    return poll


def _put_first(standing: Membership, title_id: UUID, person: Person) -> str:
    """The name of the film, which is first in the queue now unless it is on already."""
    name = check_watchable(title_id)
    if standing.room.title_id == title_id:
        return name
    room_id, queued = standing.room_id, queue_of(standing.room_id)
    known = next((UUID(entry.qid) for entry in queued if entry.title == str(title_id)), None)
    if known is None and len(queued) >= QUEUE_MAX:
        raise Conflict(f"The queue is full: {QUEUE_MAX} films. Take one out first.", code="queue_full")
    if known is None:
        known = QueueEntry.objects.create(
            room_id=room_id, title_id=title_id, by=person.id, name=person.name, position=len(queued)
        ).pk
    first = next((UUID(entry.qid) for entry in queued if entry.qid != str(known)), None)
    put_before(room_id, known, first)
    return name


def _tell(room_id: UUID, kind: EventKind, person: Person, cid: str, title: str = "") -> RoomEventData:
    data = {"title": title} if title else {}
    event = record(room_id, kind, by=person.id, name=person.name, cid=cid, data=data)
    wake(room_id)
    return event
