"""Rooms, their timeline, their people and what happened.

Invariants: a timeline row changes only by ``move`` (conditional on its revision); ``next_seq`` is drawn inside the
transaction that writes the event, so events are numbered in commit order without gaps.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db import connection, models
from django.db.models import F, Q

from apps.rooms.domain.events import EventKind, RoomEventData
from apps.rooms.domain.members import Permission, Preset, Role, acting_role, can
from apps.rooms.domain.patience import WaitRule
from apps.rooms.domain.playback import Barrier, Cause, Command, Op, Outcome, Timeline
from apps.rooms.domain.polls import PollState
from apps.rooms.domain.queue import Entry
from apps.rooms.domain.rules import RoomRules
from apps.rooms.domain.schedule import LetterState, News
from apps.rooms.domain.talk import Place
from apps.rooms.domain.wishes import Wish, WishKind, WishState

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
    plan_no = models.PositiveIntegerField(default=0)  # grows with every change of the plan
    reminded_at = models.DateTimeField(null=True)
    next_rev = models.BigIntegerField(null=True)  # at the end of this revision's film the queue was offered,
    next_at_ms = models.BigIntegerField(null=True)  # to begin at this room time; null: somebody said no
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


class MessageReaction(models.Model):
    """``by`` feels ``emoji`` about message ``seq``; without the row they do not."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    seq = models.BigIntegerField()
    by = models.UUIDField()
    emoji = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(name="rooms_reaction_once", fields=["room", "seq", "by", "emoji"])]

    def __str__(self) -> str:
        return f"{self.emoji} on {self.seq} in {self.room_id}"


ADD_REACTIONS = """
INSERT INTO rooms_filmreaction AS kept (room_id, item, second, emoji, count)
SELECT %(room)s, %(item)s, given.* FROM unnest(%(seconds)s::int[], %(emojis)s::text[], %(counts)s::int[]) AS given
ON CONFLICT (room_id, item, second, emoji) DO UPDATE SET count = kept.count + excluded.count
"""


class FilmReactionQuerySet(models.QuerySet["FilmReaction"]):
    def add(self, room_id: UUID, item: UUID, sums: Mapping[Place, int]) -> None:
        """One statement that adds to what is there, because Django's own upsert can only replace it."""
        given: dict[str, Any] = {
            "room": room_id,
            "item": item,
            "seconds": [place.second for place in sums],
            "emojis": [place.emoji.value for place in sums],
            "counts": list(sums.values()),
        }
        with connection.cursor() as cursor:
            cursor.execute(ADD_REACTIONS, given)


class FilmReaction(models.Model):
    """How often the people of a room felt ``emoji`` in one second of one film."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    item = models.UUIDField()
    second = models.PositiveIntegerField()
    emoji = models.CharField(max_length=20)
    count = models.PositiveIntegerField()

    objects: ClassVar[Any] = FilmReactionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rooms_film_reaction_place", fields=["room", "item", "second", "emoji"])
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.emoji} at {self.second} s in {self.room_id}"


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


class QueueEntry(models.Model):
    """A film that the room may watch next; ``domain.queue`` says in which order."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="queue")
    title = models.ForeignKey("catalog.Title", models.CASCADE, related_name="+")
    by = models.UUIDField()
    name = models.CharField(max_length=60)
    position = models.IntegerField()
    lift = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="rooms_queued_once", fields=["room", "title"])]

    def __str__(self) -> str:
        return f"{self.title_id} in the queue of {self.room_id}"

    def as_entry(self) -> Entry:
        """One query for the votes unless they were prefetched."""
        return Entry(
            qid=str(self.pk),
            title=str(self.title_id),
            by=str(self.by),
            name=self.name,
            position=self.position,
            lift=self.lift,
            voters=frozenset(str(vote.by) for vote in self.votes.all()),
        )


class QueueVote(models.Model):
    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(QueueEntry, models.CASCADE, related_name="votes")
    by = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(name="rooms_one_vote_an_entry", fields=["entry", "by"])]

    def __str__(self) -> str:
        return f"vote of {self.by} for {self.entry_id}"


class Bookmark(models.Model):
    """Where the room left a film that it did not see to its end."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    title = models.ForeignKey("catalog.Title", models.CASCADE, related_name="+")
    position_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="rooms_one_bookmark_a_film", fields=["room", "title"])]

    def __str__(self) -> str:
        return f"{self.room_id} left {self.title_id} at {self.position_ms} ms"


class Poll(models.Model):
    """What shall we watch? The row lives as long as the question is open; its end is an event."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    room = models.OneToOneField(Room, models.CASCADE, related_name="poll")
    by = models.UUIDField()
    name = models.CharField(max_length=60)
    choices = models.JSONField()  # ids of titles, in the order in which they were asked

    def __str__(self) -> str:
        return f"poll in {self.room_id}"

    def as_state(self) -> PollState:
        votes = {str(vote.by): str(vote.title) for vote in self.votes.all()}
        return PollState(str(self.pk), str(self.by), self.name, tuple(self.choices), votes)


class PollVote(models.Model):
    id = models.BigAutoField(primary_key=True)
    poll = models.ForeignKey(Poll, models.CASCADE, related_name="votes")
    by = models.UUIDField()
    title = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(name="rooms_one_vote_a_poll", fields=["poll", "by"])]

    def __str__(self) -> str:
        return f"vote of {self.by} in {self.poll_id}"


class PartyLetter(models.Model):
    """A mail about a planned party to an address that was invited; sent at most once."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, models.CASCADE, related_name="letters")
    to = models.EmailField()
    news = models.CharField(max_length=10, choices=[(news.value, news.value) for news in News])
    plan_no = models.PositiveIntegerField()
    state = models.CharField(
        max_length=8, default=LetterState.QUEUED, choices=[(s.value, s.value) for s in LetterState]
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="rooms_letter_once", fields=["room", "to", "news", "plan_no"])]
        indexes = [models.Index(name="rooms_letters_due", fields=["due_at"], condition=Q(state=LetterState.QUEUED))]

    def __str__(self) -> str:
        return f"{self.news} to {self.to}: {self.state}"
