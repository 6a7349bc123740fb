"""What must be true of a room's history, however it came about: the checker of the audit under a nemesis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.rooms.domain.commands import Outcome
from apps.rooms.models import RoomCommand, RoomEvent, RoomTimeline
from apps.rooms.selectors import Mark, marks
from consumers import frames, strict
from tests.rooms_member import Member, Promise


@dataclass(frozen=True)
class Findings:
    """``lost``: acknowledged, but not there. ``disorder``: later than what was sent after it was acknowledged."""

    promises: int
    events: int
    chats: int
    lost: list[str]
    disorder: list[str]
    faults: list[str]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.disorder or self.faults)

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(
            self.promises + other.promises,
            self.events + other.events,
            self.chats + other.chats,
            self.lost + other.lost,
            self.disorder + other.disorder,
            self.faults + other.faults,
        )


NOTHING = Findings(0, 0, 0, [], [], [])


def check_room(room: UUID, members: Sequence[Member]) -> Findings:
    rows = list(RoomEvent.objects.filter(room=room).order_by("seq"))
    outcomes = {(str(row.by), row.cid): row.outcome for row in RoomCommand.objects.filter(room=room)}
    seqs = {(str(row.by), row.cid): row.seq for row in rows if row.cid}
    truth = strict.as_json(frames.timeline_body(RoomTimeline.objects.get(room=room).as_timeline()))
    faults = []
    if [row.seq for row in rows] != list(range(1, len(rows) + 1)):
        faults.append(f"{room}: the numbers of its events have gaps")
    revisions = [row.rev for row in rows if row.rev is not None]
    if revisions != list(range(2, truth["rev"] + 1)):
        faults.append(f"{room}: its revisions are {revisions} and it is at {truth['rev']}")
    history = {row.seq: strict.as_json(frames.event_body(row.as_data())) for row in rows}
    for member in members:
        if member.timeline != truth or member.seq != len(rows):
            faults.append(f"{member.uid} is at {member.timeline} and {member.seq}, the room at {truth} and {len(rows)}")
        if member.gaps:
            faults.append(f"{member.uid} met {member.gaps} gaps")
        wrong = [seq for seq, line in member.lines.items() if {**line, "t": ""} != {**history.get(seq, {}), "t": ""}]
        if wrong:
            faults.append(f"{member.uid} heard of {wrong} otherwise than it was")
    return Findings(
        promises=sum(len(member.promises) for member in members),
        events=len(rows),
        chats=sum(len(member.said) for member in members),
        lost=[*lost_commands(members, outcomes, seqs), *lost_chats(members, seqs)],
        disorder=disorder_of(
            (promise, seqs[member.uid, promise.cid])
            for member in members
            for promise in member.promises
            if (member.uid, promise.cid) in seqs
        ),
        faults=faults,
    )


Kept = dict[tuple[str, str], int]


def lost_commands(members: Iterable[Member], outcomes: dict[tuple[str, str], str], seqs: Kept) -> list[str]:
    return [
        f"{promise.op} {promise.cid} of {member.uid}"
        for member in members
        for promise in member.promises
        if (outcome := outcomes.get((member.uid, promise.cid))) is None
        or (outcome == Outcome.APPLIED and (member.uid, promise.cid) not in seqs)
    ]


def lost_chats(members: Iterable[Member], seqs: Kept) -> list[str]:
    """Said and not there. Twice is impossible: the numbers of a person's ``cid`` are unique by a constraint."""
    return [f"chat {cid} of {member.uid}" for member in members for cid in member.said if (member.uid, cid) not in seqs]


def disorder_of(kept: Iterable[tuple[Promise, int]]) -> list[str]:
    """Acknowledged before another was sent, and yet behind it."""
    ordered = sorted(kept, key=lambda pair: pair[0].sent_at)
    return [
        f"{early.cid} ({early_seq}) was acknowledged before {late.cid} ({late_seq}) was sent"
        for early, early_seq in ordered
        for late, late_seq in ordered
        if early.kept_at < late.sent_at and early_seq > late_seq
    ]


def marks_of(rooms: Iterable[UUID]) -> dict[str, Mark]:
    return {str(room): mark for room, mark in marks(list(rooms)).items()}


def is_up_to_date(members: Iterable[Member], newest: dict[str, Mark]) -> bool:
    return all(
        member.is_in and (member.rev, member.seq) == (newest[member.room].rev, newest[member.room].seq)
        for member in members
    )
