"""One row per torrent: the wish (what, where from) and what torrentd last saw of it."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.torrents.domain.states import WHOLE, TorrentState


class TorrentQuerySet(models.QuerySet["Torrent"]):
    def living(self) -> "TorrentQuerySet":
        return self.exclude(state=TorrentState.REMOVED)

    def with_hash(self, v1_hash: str | None, v2_hash: str | None) -> "TorrentQuerySet":
        """Torrents that are the same film files under either kind of info-hash."""
        same = Q(pk__in=[])
        if v1_hash:
            same |= Q(v1_hash=v1_hash)
        if v2_hash:
            same |= Q(v2_hash=v2_hash)
        return self.filter(same)

    def in_session(self) -> "TorrentQuerySet":
        """What torrentd keeps open: all but the failed, the removed, and the complete ones that are shared enough."""
        return self.exclude(state__in=[TorrentState.ERROR, TorrentState.REMOVED]).filter(
            ~Q(state=TorrentState.COMPLETE) | Q(is_shared=True)
        )

    def on_disk(self) -> "TorrentQuerySet":
        return self.filter(files_deleted_at=None)

    def awaiting_deletion(self) -> "TorrentQuerySet":
        return self.filter(state=TorrentState.REMOVED, files_deleted_at=None)


class Torrent(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # --- the wish
    v1_hash = models.CharField(max_length=40, null=True)  # noqa: DJ001 - unique where known, NULL where not
    v2_hash = models.CharField(max_length=64, null=True)  # noqa: DJ001 - as v1_hash
    magnet = models.TextField(blank=True)
    metainfo = models.BinaryField(null=True)
    trackers = models.JSONField(default=list)
    local_peer_port = models.PositiveIntegerField(null=True)
    is_shared = models.BooleanField(default=True)
    is_held = models.BooleanField(default=False)  # described, but no film is fetched before its space is granted
    space_bytes = models.BigIntegerField(default=0)  # granted
    wish_version = models.PositiveIntegerField(default=1)
    # --- what torrentd saw
    state = models.CharField(
        max_length=16, choices=[(state.value, state.value) for state in TorrentState], default=TorrentState.WANTED
    )
    version = models.PositiveIntegerField(default=1)
    reason = models.TextField(blank=True)
    name = models.CharField(max_length=255, blank=True)
    video_file = models.CharField(max_length=32, blank=True)  # its name on disk, such as "3.mkv"
    bytes_total = models.BigIntegerField(default=0)
    bytes_wanted = models.BigIntegerField(default=0)
    bytes_done = models.BigIntegerField(default=0)
    bytes_per_s = models.BigIntegerField(default=0)
    peers = models.PositiveIntegerField(default=0)
    resume_data = models.BinaryField(null=True)
    files_deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TorrentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["v1_hash"], condition=~Q(state=TorrentState.REMOVED), name="one_living_torrent_per_v1_hash"
            ),
            models.UniqueConstraint(
                fields=["v2_hash"], condition=~Q(state=TorrentState.REMOVED), name="one_living_torrent_per_v2_hash"
            ),
        ]
        indexes = [models.Index(fields=["state"], name="torrent_state")]

    def __str__(self) -> str:
        return f"{self.name or self.v1_hash or self.v2_hash} ({self.state})"

    @property
    def video_path(self) -> Path | None:
        """The film on disk once it is whole, else None."""
        if TorrentState(self.state) not in WHOLE or not self.video_file:
            return None
        return torrents_root() / str(self.id) / self.video_file


def torrents_root() -> Path:
    return Path(settings.MEDIA_ROOT) / "torrents"
