"""Rooms, their timeline, their people, and the links that let people in.

Invariant: a timeline row changes only together with its revision, while the room is held.
"""

from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db import models
from django.db.models import F, Q

from apps.rooms.domain.members import Permission, Preset, Role, acting_role, can
from apps.rooms.domain.patience import WaitRule
from apps.rooms.domain.playback import Barrier, Cause, Timeline
from apps.rooms.domain.rules import RoomRules

NAME_MAX = 80


class RoomQuerySet(models.QuerySet["Room"]):
    def open(self) -> "RoomQuerySet":
        return self.filter(closed_at=None)

    def of_member(self, user_id: UUID) -> "RoomQuerySet":
        here = Membership.objects.filter(room=models.OuterRef("pk"), user=user_id, removed_at=None)
        return self.filter(models.Exists(here))

    def for_lists(self) -> "RoomQuerySet":
        people = models.Count("memberships", filter=Q(memberships__removed_at=None))
        return self.select_related("title", "owner").annotate(member_count=people)

    def hold(self, room_id: UUID) -> "Room | None":
        """The room, and nobody else changes it until the transaction ends. Before any row that belongs to it."""
        return self.select_for_update(no_key=True).filter(pk=room_id).first()

    def next_seq(self, room_id: UUID) -> int:
        """The number of the next event; the row stays locked until the transaction ends."""
        self.filter(pk=room_id).update(seq=F("seq") + 1)
        return self.values_list("seq", flat=True).get(pk=room_id)

    def note_power(self, room_id: UUID, **changes: Any) -> None:
        """Change what decides who may do what, and its number, by which every process notices."""
        self.filter(pk=room_id).update(power=F("power") + 1, **changes)


class Room(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    title = models.ForeignKey("catalog.Title", models.CASCADE, related_name="+")
    name = models.CharField(max_length=NAME_MAX)
    preset = models.CharField(max_length=20, default=Preset.FRIENDS)
    seq = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    closed_at = models.DateTimeField(null=True)
    continues = models.OneToOneField("self", models.SET_NULL, null=True, related_name="continued")
    starts_at = models.DateTimeField(null=True, db_index=True)  # a party that was planned
    plan_no = models.PositiveIntegerField(default=0, db_default=0)  # grows with every change of the plan
    reminded_at = models.DateTimeField(null=True)
    next_rev = models.BigIntegerField(null=True)  # what comes after this revision's film is settled:
    next_at_ms = models.BigIntegerField(null=True)  # the queue's first at this room time; null: nothing by itself
    locked = models.BooleanField(default=False, db_default=False)
    slow_s = models.PositiveSmallIntegerField(default=0, db_default=0)
    wait_rule = models.CharField(max_length=10, default=WaitRule.SMART, db_default=WaitRule.SMART.value)
    stand_in = models.UUIDField(null=True)  # who has the host's control while no host is there
    power = models.BigIntegerField(default=0, db_default=0)

    objects: ClassVar[Any] = RoomQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def rules(self) -> RoomRules:
        return RoomRules(Preset(self.preset), self.locked, self.slow_s, WaitRule(self.wait_rule))


class RoomTimelineQuerySet(models.QuerySet["RoomTimeline"]):
    def move(self, room_id: UUID, *, base: int, after: Timeline) -> bool:
        """Put ``after`` in place of revision ``base``; False when somebody was faster."""
        return self.filter(room=room_id, rev=base, epoch=after.epoch).update(**row_of(after)) == 1


class RoomTimeline(models.Model):
    """One row per room. ``at_ms`` is room time: this database's clock in milliseconds since 1970."""

    room = models.OneToOneField(Room, models.CASCADE, primary_key=True, related_name="timeline")
    rev = models.BigIntegerField(default=1)
    epoch = models.BigIntegerField(default=1)
    item = models.UUIDField()
    position_ms = models.BigIntegerField(default=0)
    rate = models.FloatField(default=1.0)
    at_ms = models.BigIntegerField()
    playing = models.BooleanField(default=False)
    duration_ms = models.BigIntegerField(default=0)
    cause = models.CharField(max_length=10, default=Cause.CREATED)
    by = models.UUIDField(null=True)
    wait = models.JSONField(null=True)
    made_ms = models.BigIntegerField(default=0, db_default=0)

    objects: ClassVar[Any] = RoomTimelineQuerySet.as_manager()

    def __str__(self) -> str:
        return f"revision {self.rev} of {self.room_id}"

    def as_timeline(self) -> Timeline:
        return Timeline(
            rev=self.rev,
            epoch=self.epoch,
            item=str(self.item),
            position_ms=self.position_ms,
            rate=self.rate,
            at_ms=self.at_ms,
            playing=self.playing,
            duration_ms=self.duration_ms,
            cause=Cause(self.cause),
            by=str(self.by) if self.by else None,
            wait=Barrier.from_row(self.wait) if self.wait else None,
            made_ms=self.made_ms,
        )


def row_of(timeline: Timeline) -> dict[str, Any]:
    return asdict(timeline) | {"cause": timeline.cause.value}


class Membership(models.Model):
    """A person in a room. Removed people stay as rows, so that an old invite does not let them back in."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="memberships")
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="rooms_once_per_room", fields=["room", "user"])]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}"

    def may(self, permission: Permission) -> bool:
        """What this person may do in the room."""
        return can(Preset(self.room.preset), self.acting_role, permission)

    @property
    def acting_role(self) -> Role:
        """The role that counts now: whoever stands in for the host has the host's rights."""
        return acting_role(Role(self.role), is_acting_host=self.user_id == self.room.stand_in)


class Invite(models.Model):
    """A link into a room. Only the token's digest is kept; ``uses_left`` null means as often as it lives."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="invites")
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    uses_left = models.PositiveIntegerField(null=True)
    pin_hash = models.CharField(max_length=200, blank=True)
    pin_tries_left = models.PositiveSmallIntegerField(default=10)

    def __str__(self) -> str:
        return f"invite to {self.room_id}"
