"""The async side of streaming: judge a media link, find its file, wait for a segment that is still being made."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings

from apps.common.errors import Forbidden, NotFound, Unavailable
from apps.common.jobs import Job, enqueue
from apps.streaming.adapters import store
from apps.streaming.domain.media_names import MediaName, parse_media_name
from apps.streaming.domain.signing import Verdict, derive_key, judge
from apps.streaming.domain.states import UnitState
from apps.streaming.models import WorkUnit

WAIT_LIMIT_S = 25.0
POLL_S = 0.25
RETRY_AFTER_S = 2
WAITING_PRIORITY = 0  # a viewer is waiting for it now
UNFINISHED = (UnitState.PENDING, UnitState.LEASED)


@dataclass(frozen=True, slots=True)
class MediaLink:
    signature: str
    expires_at: int
    viewer: UUID
    asset: UUID
    epoch: int
    name: str


@dataclass(frozen=True, slots=True)
class MediaFile:
    path: Path
    size: int
    etag: str
    content_type: str
    is_immutable: bool


async def find_media(link: MediaLink) -> MediaFile:
    """The file behind a link. Raises Forbidden for a forged or expired link, NotFound, Unavailable."""
    _check_signature(link)
    name = parse_media_name(link.name)
    if name is None:
        raise NotFound("There is no such file.")
    path = store.folder(link.asset, link.epoch).joinpath(*name.parts)
    found = await asyncio.to_thread(_stat, path)
    if found is None and name.segment is not None:
        found = await _wait_for(link, name, path)
    if found is None:
        raise NotFound("There is no such file.")
    etag = f'"{link.epoch:x}-{found.st_size:x}-{found.st_mtime_ns:x}"'
    return MediaFile(path, found.st_size, etag, name.content_type, name.is_immutable)


def _check_signature(link: MediaLink) -> None:
    verdict = judge(
        derive_key(settings.SECRET_KEY),
        link.signature,
        asset=link.asset,
        epoch=link.epoch,
        viewer=link.viewer,
        expires_at=link.expires_at,
        now=int(time.time()),
    )
    if verdict == Verdict.EXPIRED:
        raise Forbidden("This link has expired. Open the film again to go on watching.", code="link_expired")
    if verdict != Verdict.GOOD:
        raise Forbidden("This link is not valid. Open the film again to watch it.", code="link_invalid")


async def _wait_for(link: MediaLink, name: MediaName, path: Path) -> os.stat_result | None:
    """Put the segment's unit first and wait for it. None when nobody plans to make it; raises Unavailable."""
    until = time.monotonic() + WAIT_LIMIT_S
    while True:
        is_planned = await sync_to_async(_raise_priority)(link.asset, name)
        found = await asyncio.to_thread(_stat, path)
        if found is not None or not is_planned:
            return found
        if time.monotonic() >= until:
            raise Unavailable("This part of the film is still being prepared.", retry_after_s=RETRY_AFTER_S)
        await asyncio.sleep(POLL_S)


def _raise_priority(asset_id: UUID, name: MediaName) -> bool:
    units = WorkUnit.objects.filter(
        asset_id=asset_id, rungs__contains=[name.track], first__lte=name.segment, last__gt=name.segment
    )
    pending = units.filter(state=UnitState.PENDING, priority__gt=WAITING_PRIORITY)
    if pending.update(priority=WAITING_PRIORITY):
        enqueue(Job.RUN_WORK_UNITS)
    return units.filter(state__in=UNFINISHED).exists()


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
