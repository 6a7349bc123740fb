"""Rows of streaming: the asset (a film being made watchable), its renditions, and the units of work that make them."""

import uuid

from django.db import models
from django.db.models.functions import Now

from apps.streaming.domain.grid import GridKind, Segments
from apps.streaming.domain.ladder import Recipe, TrackKind
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
    notified_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(auto_now_add=True)

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
    state = models.CharField(max_length=10, choices=[(s, s) for s in UnitState], default=UnitState.PENDING)
    attempt = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

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
