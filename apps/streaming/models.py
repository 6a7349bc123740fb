"""Rows of streaming: the asset (a film being made watchable), its renditions, and the units of work that make them."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from apps.streaming.domain.grid import GridKind, Segments
from apps.streaming.domain.ladder import Recipe, TrackKind
from apps.streaming.domain.retention import StorageEventKind
from apps.streaming.domain.states import AssetState, RenditionState, UnitKind, UnitState


class MediaAsset(models.Model):
    """One source file of one title. ``epoch`` is part of every media URL; a new plan raises it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.ForeignKey("catalog.Title", on_delete=models.CASCADE, related_name="assets")
    source = models.TextField()
    state = models.CharField(max_length=10, choices=[(s, s) for s in AssetState], default=AssetState.QUEUED)
    reason = models.TextField(blank=True)
    epoch = models.PositiveIntegerField(default=1)
    facts = models.JSONField(default=dict)
    grid = models.CharField(max_length=10, choices=[(k, k) for k in GridKind], blank=True)
    origin_s = models.FloatField(default=0)
    duration_s = models.FloatField(null=True)
    notes = models.JSONField(default=list)
    chapters = models.JSONField(default=list)
    marks = models.JSONField(default=list)
    notified_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(auto_now_add=True)
    pause_reason = models.TextField(blank=True)  # why its work waits for room; nothing failed
    has_source = models.BooleanField(default=True)  # false: its torrent was removed, the copy is all there is
    extra_bytes = models.BigIntegerField(default=0)  # playlists, pictures, subtitles; an estimate until measured

    class Meta:
        constraints = [models.UniqueConstraint(fields=["title", "source"], name="one_asset_per_title_and_source")]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Rendition(models.Model):
    """One track as players see it. ``bitmap`` has one bit per published segment and is the true progress."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asset = models.ForeignKey(MediaAsset, on_delete=models.CASCADE, related_name="renditions")
    name = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in TrackKind])
    state = models.CharField(max_length=10, choices=[(s, s) for s in RenditionState], default=RenditionState.PLANNED)
    recipe_data = models.JSONField()
    segment_data = models.JSONField()
    segment_count = models.PositiveIntegerField()
    bitmap = models.BinaryField(default=bytes)
    size_bytes = models.BigIntegerField(default=0)
    peak_bps = models.BigIntegerField(default=0)
    codec = models.CharField(max_length=40, blank=True)
    init_sha256 = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    on_demand = models.BooleanField(default=False)  # made where somebody watches, never ahead of time
    pace = models.JSONField(default=list)  # the last published segments: [unix time, seconds of film]
    claim_bytes = models.BigIntegerField(default=0)  # what it may grow to; reserved before it is made

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asset", "name"], name="one_rendition_per_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"

    @property
    def recipe(self) -> Recipe:
        return Recipe.from_json(self.recipe_data)

    @property
    def segments(self) -> Segments:
        return Segments.from_json(self.segment_data)


class WorkUnit(models.Model):
    """A restartable piece of work: the segments [first, last) of all ``rungs`` (rendition names), from one decode.

    A (rung, segment) pair belongs to one unit. ``attempt`` is the fence: a worker that lost its lease writes nothing
    more. ``priority`` rises while somebody wants the unit (``wanted_at``) and falls back to ``base_priority``.
    ``failures`` counts attempts in a row that published nothing; a unit that moves forward is never given up.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asset = models.ForeignKey(MediaAsset, on_delete=models.CASCADE, related_name="units")
    rungs = models.JSONField(default=list)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in UnitKind])
    first = models.PositiveIntegerField(default=0)
    last = models.PositiveIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(default=1)
    base_priority = models.PositiveSmallIntegerField(default=1)
    wanted_at = models.DateTimeField(null=True)
    wanted_by = models.UUIDField(null=True)  # the one player that waits for it; empty when there are several
    state = models.CharField(max_length=10, choices=[(s, s) for s in UnitState], default=UnitState.PENDING)
    attempt = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)  # it found no room; others go first until then
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)  # parts of a unit keep its place in the queue

    class Meta:
        indexes = [
            models.Index(
                fields=["priority", "created_at", "first"],
                condition=models.Q(state=UnitState.PENDING),
                name="pending_units",
            ),
            models.Index(fields=["leased_until"], condition=models.Q(state=UnitState.LEASED), name="leased_units"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.first}-{self.last} {self.state}"


class UploadedSubtitle(models.Model):
    """Subtitles that a member added to a title. The original outlives every asset; ``name`` is its file in each."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.ForeignKey("catalog.Title", on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    language = models.CharField(max_length=16)
    label = models.CharField(max_length=80)
    offset_ms = models.IntegerField(default=0)
    name = models.CharField(max_length=10)
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["title", "created_at"], name="subtitles_of_title")]

    def __str__(self) -> str:
        return f"{self.name} {self.language}"


class StoredUpload(models.Model):
    """One file, or the copies of one name in all films of a title, that an added subtitle has in the store.

    Its bytes are in the account from before they are written until they are gone; after ``goes_at`` the sweep removes
    them. Outlives the subtitle and the title, because the files may.
    """

    id = models.BigAutoField(primary_key=True)
    subtitle_id = models.UUIDField()
    title_id = models.UUIDField()
    name = models.CharField(max_length=10, blank=True)  # empty: the original
    size_bytes = models.BigIntegerField()
    goes_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subtitle_id", "name"], name="one_stored_upload_per_name")]

    def __str__(self) -> str:
        return f"{self.subtitle_id} {self.name}"


class StoredSegment(models.Model):
    """What was published under one bit: the audit compares the file with it. Written together with the bit."""

    id = models.BigAutoField(primary_key=True)
    rendition = models.ForeignKey(Rendition, on_delete=models.CASCADE, related_name="stored")
    index = models.PositiveIntegerField()
    size_bytes = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rendition", "index"], name="one_stored_segment_per_bit")]

    def __str__(self) -> str:
        return f"{self.rendition_id} {self.index}"


class TitleCare(models.Model):
    """What people want of a title's files. Apps above write it through the front door; eviction reads it."""

    title = models.OneToOneField("catalog.Title", on_delete=models.CASCADE, primary_key=True, related_name="+")
    watched_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)  # somebody watches now, alone or in a room
    is_listed = models.BooleanField(default=False)  # on somebody's watch-later list
    is_kept = models.BooleanField(default=False)  # the operator said so
    leaves_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"care for {self.title_id}"


class StorageEvent(models.Model):
    """Append-only: what was removed, or could not be written, and why. Outlives the title it speaks of."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in StorageEventKind])
    title_id = models.UUIDField(null=True)
    title = models.CharField(max_length=300, blank=True)
    what = models.CharField(max_length=300)
    bytes = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=300)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="newest_storage_events")]

    def __str__(self) -> str:
        return f"{self.kind} {self.what}"


class Admission(models.Model):
    """The last time somebody was let in to a film. Playlists and lasting links are good while ``until`` is ahead.

    A player is let in again every few minutes; whoever loses the right to that is out when ``until`` comes.
    """

    id = models.BigAutoField(primary_key=True)
    viewer = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    asset = models.ForeignKey(MediaAsset, on_delete=models.CASCADE, related_name="admissions")
    token_version = models.PositiveIntegerField()  # the person's, then; another one now: signed out of everything
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["viewer", "asset"], name="one_admission_per_viewer_and_asset")]

    def __str__(self) -> str:
        return f"{self.viewer_id} in {self.asset_id}"
