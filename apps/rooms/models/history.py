"""What happened in a room, what became of commands, and commands that wait for consent.

Invariant: ``Room.next_seq`` is drawn inside the transaction that writes the event, so events are numbered in commit
order without gaps.
"""

from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db import models
from django.db.models import Q

from apps.rooms.domain.commands import Command, Op, Outcome
from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.wishes import Wish, WishKind, WishState
from apps.rooms.models.rooms import Room


class RoomEventQuerySet(models.QuerySet["RoomEvent"]):
    def messages(self, room_id: UUID) -> "RoomEventQuerySet":
        return self.filter(room=room_id, kind=EventKind.CHAT)


class RoomEvent(models.Model):
    """One line of a room's history. ``name`` is the name at that time; people may be gone later."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=20)  # an EventKind
    at = models.DateTimeField()
    by = models.UUIDField(null=True)
    name = models.CharField(max_length=60, blank=True)
    cid = models.CharField(max_length=40, null=True)  # noqa: DJ001 - most kinds have none, and NULLs are not equal
    text = models.CharField(max_length=500, blank=True)
    reply = models.BigIntegerField(null=True)
    position_s = models.FloatField(null=True)
    uid = models.UUIDField(null=True)
    rev = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict, db_default={})  # texts by name, what only this kind has

    objects: ClassVar[Any] = RoomEventQuerySet.as_manager()

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(name="rooms_event_number", fields=["room", "seq"]),
            models.UniqueConstraint(name="rooms_event_once", fields=["room", "by", "cid"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq} in {self.room_id}"

    @property
    def is_removed(self) -> bool:
        """A message whose words were taken away."""
        return "deleted" in self.data

    def as_data(self) -> RoomEventData:
        return RoomEventData(
            seq=self.seq,
            kind=EventKind(self.kind),
            at=self.at,
            by=str(self.by) if self.by else None,
            name=self.name or None,
            cid=self.cid,
            text=self.text or None,
            reply=self.reply,
            position_s=self.position_s,
            uid=str(self.uid) if self.uid else None,
            data=self.data,
        )


class RoomCommand(models.Model):
    """What became of a command. It may arrive again for as long as the row is kept, and has no second effect."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    by = models.UUIDField()
    cid = models.CharField(max_length=40)
    outcome = models.CharField(max_length=10, choices=[(outcome.value, outcome.value) for outcome in Outcome])
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="rooms_command_once", fields=["room", "by", "cid"])]

    def __str__(self) -> str:
        return f"{self.cid} of {self.by} in {self.room_id}: {self.outcome}"


class RoomWish(models.Model):
    """A command that somebody else has to agree to. A room has one open vote, and a person one open ask."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)  # a WishKind
    by = models.UUIDField()
    name = models.CharField(max_length=60)
    cid = models.CharField(max_length=40)
    wanted = models.JSONField()
    until_ms = models.BigIntegerField()
    state = models.CharField(max_length=10, default=WishState.OPEN)
    ballots = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rooms_wish_once", fields=["room", "by", "cid"]),
            models.UniqueConstraint(name="rooms_one_vote", fields=["room"], condition=Q(kind="vote", state="open")),
            models.UniqueConstraint(name="rooms_one_ask", fields=["room", "by"], condition=Q(kind="ask", state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.by} in {self.room_id}: {self.state}"

    def as_wish(self) -> Wish:
        wanted = Command(**{**self.wanted, "op": Op(self.wanted["op"])})
        kind = WishKind(self.kind)
        return Wish(str(self.pk), kind, str(self.by), self.name, wanted, self.until_ms, self.ballots)
