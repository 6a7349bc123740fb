"""What a room watches next: its queue, its question what to watch, where it left films, and letters of its plans."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from apps.rooms.domain.polls import PollState
from apps.rooms.domain.queue import Entry
from apps.rooms.domain.schedule import LetterState, News
from apps.rooms.models.rooms import Room


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
