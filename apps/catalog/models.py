"""Titles: one row per film, whether known from a provider or typed by hand."""

import uuid

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q

from apps.catalog.domain.titles import Availability, Kind, ProviderName


class Title(models.Model):
    """``normalised`` answers prefix searches, ``search_text`` (name and original name) word searches."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in Kind], default=Kind.MOVIE)
    name = models.CharField(max_length=300)
    original_name = models.CharField(max_length=300, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    overview = models.TextField(blank=True)
    runtime_min = models.PositiveSmallIntegerField(null=True, blank=True)
    genres = models.JSONField(default=list, blank=True)
    provider = models.CharField(max_length=16, choices=[(p.value, p.value) for p in ProviderName])
    provider_id = models.CharField(max_length=64)
    poster_path = models.CharField(max_length=80, blank=True)
    backdrop_path = models.CharField(max_length=80, blank=True)
    poster_key = models.CharField(max_length=40, blank=True, db_index=True)
    backdrop_key = models.CharField(max_length=40, blank=True)
    artwork_due_at = models.DateTimeField(null=True)  # when the provider's pictures are tried next; null: not any more
    artwork_tries = models.PositiveSmallIntegerField(default=0)
    color = models.CharField(max_length=7)
    availability = models.CharField(
        max_length=16, choices=[(a.value, a.value) for a in Availability], default=Availability.NONE
    )
    leaves_at = models.DateTimeField(null=True)  # when it may have to make room for others
    popularity = models.FloatField(default=0)
    normalised = models.TextField(db_index=True)
    search_text = models.TextField()
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    refreshed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "provider_id"], name="title_once_per_provider")]
        indexes = [
            models.Index(fields=["availability", "-created_at"]),
            models.Index(fields=["-created_at"]),
            models.Index(
                name="title_artwork_due", fields=["artwork_due_at"], condition=Q(artwork_due_at__isnull=False)
            ),
            GinIndex(SearchVector("search_text", config="simple"), name="title_words"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.year})" if self.year else self.name
