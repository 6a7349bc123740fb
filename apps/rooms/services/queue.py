"""What people do with the queue of their room.

Invariant: a film stands in it once; each change, its event and what became of the wish are one transaction.
"""

from collections.abc import Mapping
from uuid import UUID

from apps.accounts.domain import Person
from apps.common.errors import Conflict, NotFound
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission
from apps.rooms.domain.queue import QUEUE_MAX, Entry, in_order, place
from apps.rooms.models import QueueEntry, QueueVote
from apps.rooms.services.films import check_watchable
from apps.rooms.services.history import record, wake
from apps.rooms.services.standing import inside_once, require


def add_to_queue(*, room_id: UUID, person: Person, cid: str, title_id: UUID) -> RoomEventData | None:
    """Put a film last; None when this wish came true before. Raises Forbidden, NotFound, Conflict with what to do."""
    with inside_once(room_id, person, cid) as standing:
        if standing is None:
            return None
        require(standing, Permission.QUEUE_ADD, "You may not add films here.")
        name = check_watchable(title_id)
        if standing.room.title_id == title_id:
            raise Conflict(f"{name} is on already.", code="on_now")
        queued = queue_of(room_id)
        if any(entry.title == str(title_id) for entry in queued):
            raise Conflict(f"{name} is in the queue already. Vote for it to see it sooner.", code="queued_already")
        if len(queued) >= QUEUE_MAX:
            raise Conflict(f"The queue is full: {QUEUE_MAX} films. Take one out first.", code="queue_full")
        position = max((entry.position for entry in queued), default=-1) + 1
        QueueEntry.objects.create(room_id=room_id, title_id=title_id, by=person.id, name=person.name, position=position)
        return _tell(room_id, EventKind.QUEUED, person, cid, name)


def remove_from_queue(*, room_id: UUID, person: Person, cid: str, entry_id: UUID) -> RoomEventData | None:
    """Take a film out; one's own needs no right. None when it is not there. Raises Forbidden, NotFound."""
    with inside_once(room_id, person, cid) as standing:
        entry = QueueEntry.objects.select_related("title").filter(room=room_id, pk=entry_id).first()
        if standing is None or entry is None:
            return None
        if entry.by != person.id:
            require(standing, Permission.QUEUE_EDIT, "You may take out only what you added yourself.")
        entry.delete()
        return _tell(room_id, EventKind.UNQUEUED, person, cid, entry.title.name)


def move_in_queue(
    *, room_id: UUID, person: Person, cid: str, entry_id: UUID, before: UUID | None
) -> RoomEventData | None:
    """Put an entry in front of another one, or last. Raises Forbidden, NotFound."""
    with inside_once(room_id, person, cid) as standing:
        if standing is None:
            return None
        require(standing, Permission.QUEUE_EDIT, "You may not change the order of this queue.")
        entry = _entry(room_id, entry_id)
        if before is not None:
            _entry(room_id, before)
        put_before(room_id, entry_id, before)
        return _tell(room_id, EventKind.QUEUE_MOVED, person, cid, entry.title.name)


def vote_in_queue(*, room_id: UUID, person: Person, cid: str, entry_id: UUID, is_on: bool) -> RoomEventData | None:
    """Vote for an entry, or take the vote back; None when nothing changes. Raises Forbidden, NotFound."""
    with inside_once(room_id, person, cid) as standing:
        if standing is None:
            return None
        require(standing, Permission.QUEUE_VOTE, "You may not vote here.")
        entry = _entry(room_id, entry_id)
        own = QueueVote.objects.filter(entry=entry, by=person.id)
        if own.exists() == is_on:
            return None
        if is_on:
            QueueVote.objects.create(entry=entry, by=person.id)
        else:
            own.delete()
        return _tell(room_id, EventKind.QUEUE_VOTED, person, cid, entry.title.name)


def queue_of(room_id: UUID) -> list[Entry]:
    """In the order in which they will be watched."""
    return in_order(entry.as_entry() for entry in QueueEntry.objects.filter(room=room_id).prefetch_related("votes"))


def put_before(room_id: UUID, entry_id: UUID, before: UUID | None) -> None:
    """Call it while the room is held."""
    placed = place(queue_of(room_id), str(entry_id), str(before) if before else None)
    rows = [QueueEntry(pk=UUID(entry.qid), position=entry.position, lift=entry.lift) for entry in placed]
    QueueEntry.objects.bulk_update(rows, ["position", "lift"])


def take_out(room_id: UUID, title_id: UUID) -> dict[str, str]:
    """The film is on now. What putting it back needs to know, if it was queued: by whom, and before which entry."""
    queued = queue_of(room_id)
    at = next((index for index, entry in enumerate(queued) if entry.title == str(title_id)), None)
    if at is None:
        return {}
    QueueEntry.objects.filter(room=room_id, title=title_id).delete()
    told = {"queued_by": queued[at].by, "queued_name": queued[at].name}
    return told | ({"queued_before": queued[at + 1].qid} if at + 1 < len(queued) else {})


def put_back(room_id: UUID, title_id: UUID, told: Mapping[str, str]) -> None:
    """Undo ``take_out`` by what it ``told``, also of a queue that is full again. Votes can be given again."""
    if "queued_by" not in told:
        return
    by, name = UUID(told["queued_by"]), told["queued_name"]
    others = queue_of(room_id)
    entry = QueueEntry.objects.create(room_id=room_id, title_id=title_id, by=by, name=name, position=len(others))
    follower = next((other for other in others if other.qid == told.get("queued_before")), None)
    put_before(room_id, entry.pk, UUID(follower.qid) if follower else None)


def _entry(room_id: UUID, entry_id: UUID) -> QueueEntry:
    entry = QueueEntry.objects.select_related("title").filter(room=room_id, pk=entry_id).first()
    if entry is None:
        raise NotFound("This film is not in the queue any more.", code="not_queued")
    return entry


def _tell(room_id: UUID, kind: EventKind, person: Person, cid: str, title: str) -> RoomEventData:
    event = record(room_id, kind, by=person.id, name=person.name, cid=cid, data={"title": title})
    wake(room_id)
    return event
