"""One acquisition per wanted film, the people who follow it, its candidates, and its log.

Invariant: ``version`` counts every recorded change, and each change has exactly one log entry with that number.
"""

import uuid

from django.db import models
from django.db.models import Q

from apps.movie_requests.domain.health import Health
from apps.movie_requests.domain.states import HOLDING, State

STATE_CHOICES = [(state.value, state.value) for state in State]


class Acquisition(models.Model):
    """The server's effort to get one title. Everybody but the first person follows it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.ForeignKey("catalog.Title", on_delete=models.CASCADE, related_name="+")
    profile = models.CharField(max_length=20, default="standard")
    requester = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=20, choices=STATE_CHOICES, default=State.SUBMITTED)
    version = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True)
    fix = models.CharField(max_length=500, blank=True)
    torrent_id = models.UUIDField(null=True, db_index=True)
    asset_id = models.UUIDField(null=True, db_index=True)
    playable_at = models.DateTimeField(null=True)
    searches = models.PositiveIntegerField(default=0)
    searching_since = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    health = models.CharField(max_length=10, default=Health.OK)  # as last pushed, to see when it changes
    pushed_at = models.DateTimeField(null=True)
    push_booked_at = models.DateTimeField(null=True)  # a notice came too early after that: another push is on its way
    # The file, or the plan of its copy, and the highest share of it that people were told. Processes of the version
    # before add rows, too.
    told_stage = models.CharField(max_length=60, blank=True, db_default="")
    told_share = models.FloatField(db_default=0.0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["title", "profile"],
                condition=Q(state__in=sorted(HOLDING)),
                name="one_acquisition_per_title_and_profile",
            )
        ]
        indexes = [
            models.Index(fields=["state", "next_try_at"]),
            models.Index(fields=["requester", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.title_id} {self.state}"


class Follow(models.Model):
    """A person who wants to know. ``left_at`` keeps the way back open for somebody who changed their mind."""

    id = models.BigAutoField(primary_key=True)
    acquisition = models.ForeignKey(Acquisition, on_delete=models.CASCADE, related_name="follows")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["acquisition", "user"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.acquisition_id}"


class CandidateState(models.TextChoices):
    WAITING = "waiting"
    CHOSEN = "chosen"
    REJECTED = "rejected"


class Candidate(models.Model):
    """A torrent that might bring the film; kept with its reason when it did not, and with what a retry needs."""

    id = models.BigAutoField(primary_key=True)
    acquisition = models.ForeignKey(Acquisition, on_delete=models.CASCADE, related_name="candidates")
    source = models.CharField(max_length=20)
    metainfo = models.BinaryField(null=True)
    magnet = models.TextField(blank=True)
    info_hash = models.CharField(max_length=64)
    torrent_id = models.UUIDField(null=True)  # set once it is chosen: a waiting candidate downloads nothing
    asset_id = models.UUIDField(null=True)
    state = models.CharField(max_length=12, choices=CandidateState.choices, default=CandidateState.WAITING)
    reason = models.CharField(max_length=500, blank=True)
    released_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["acquisition", "info_hash"], name="candidate_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.info_hash} {self.state}"


class LogEntry(models.Model):
    """Append-only: what happened to an acquisition, in order. ``kind`` is an event of the state table or a note."""

    id = models.BigAutoField(primary_key=True)
    acquisition = models.ForeignKey(Acquisition, on_delete=models.CASCADE, related_name="log")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=30)
    state = models.CharField(max_length=20, choices=STATE_CHOICES)
    text = models.CharField(max_length=600, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["acquisition", "seq"], name="log_entry_once")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"
