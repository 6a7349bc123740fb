"""Publishes what a maker has finished: the init segment, segments with their bits, and a notice of it.

Invariant: a bit is set once, by the unit that owns this segment of this rung at that moment, and only for what the
rung's encoder of that moment made. A file whose bit is not set is nobody's: it may be replaced. However long a store
takes, whoever waits for it keeps its lease.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from fractions import Fraction
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from apps.common.machine import cores
from apps.streaming.adapters import pieces, store
from apps.streaming.adapters.store import Published
from apps.streaming.domain.assembly import PlanBroken
from apps.streaming.domain.encoders import encoder_of
from apps.streaming.domain.ffmpeg import INIT
from apps.streaming.domain.mp4 import InitFacts
from apps.streaming.domain.priorities import Priority, slots_for
from apps.streaming.domain.progress import has_bit, with_bit
from apps.streaming.domain.speed import with_pace
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services import leases
from apps.streaming.services.announcing import announce_progress
from apps.streaming.services.stored import note_stored, path_of

WISH_LOOK_S = 0.25
SHORTEST_PEAK_S = 1  # the rate of a last segment of a few frames says nothing about the film

# One for each thread that works on a unit; they stay, since each has connections of its own to a bucket.
_writers = ThreadPoolExecutor(slots_for(cores()).threads, thread_name_prefix="publish")
T = TypeVar("T")


def beat(unit: WorkUnit, beaten_at: float) -> float:
    """Keep the lease; answers when it was last kept. Raises LeaseLost."""
    now = time.monotonic()
    # A viewer may leave what was begun for him; what is in the way of the next one ends soon.
    if now - beaten_at < (WISH_LOOK_S if unit.priority == Priority.WAITING else leases.HEARTBEAT_S):
        return beaten_at
    leases.heartbeat(unit)
    return now


def keep_while(unit: WorkUnit, act: Callable[[], T]) -> T:
    """Do ``act``, which asks the store and no database, in a thread of its own, and keep the lease until it ends.

    Raises what ``act`` raises, and LeaseLost: not before ``act`` has ended, so nothing of an attempt goes on after it.
    """
    written = _writers.submit(act)
    try:
        while wait([written], timeout=leases.HEARTBEAT_S).not_done:
            leases.heartbeat(unit)
    finally:
        wait([written])
    return written.result()


def publish_init(unit: WorkUnit, rendition: Rendition, path: Path, folder: Path) -> InitFacts:
    """The first maker's init segment counts for all. Raises PlanBroken when another run's differs, BadBox, OSError,
    LeaseLost when the film was removed."""
    data = path.read_bytes()
    facts = pieces.init_facts(path)
    digest = sha256(data).hexdigest()
    with transaction.atomic():
        row = _as_planned(rendition, Rendition.objects.select_for_update())
        if row.init_sha256 not in {"", digest}:
            raise PlanBroken(f"{rendition.name}: the init segment differs from the published one.")
        if not row.init_sha256:
            Rendition.objects.filter(pk=row.pk).update(init_sha256=digest, codec=facts.codec)
    keep_while(unit, partial(_put_init, data, digest, folder / rendition.name / INIT))
    return facts


def _put_init(data: bytes, digest: str, target: Path) -> None:
    if not store.is_there(target) or store.sha256_of(target).hex() != digest:  # a bad one that a repair left behind
        store.publish_bytes(data, target)


def publish_segment(
    unit: WorkUnit, rendition: Rendition, index: int, parts: Sequence[Path], duration_s: Fraction
) -> None:
    """Join ``parts`` into the segment and record it; one that is recorded already is kept. Raises as record_segment."""
    if has_bit(bytes(_as_planned(rendition, Rendition.objects.all()).bitmap), index):
        for part in parts:
            part.unlink(missing_ok=True)
        return
    target = path_of(rendition, unit.asset.epoch, index)
    published = keep_while(unit, partial(store.publish_joined, parts, target))
    record_segment(unit, rendition, index, published, duration_s)


def record_segment(
    unit: WorkUnit,
    rendition: Rendition,
    index: int,
    published: Published,
    duration_s: Fraction,
    *,
    pictures: Mapping[int, Published] | None = None,
) -> bool:
    """Set the segment's bit. False when the unit has given this segment away meanwhile.

    ``pictures`` are the files that a list names, by their index in ``stored``. Raises LeaseLost, PlanBroken when the
    rung is made by another encoder by now.
    """
    parts = {index: published, **(pictures or {})}
    size = sum(part.size_bytes for part in parts.values())
    with transaction.atomic():
        row = _as_planned(rendition, Rendition.objects.select_for_update())
        if not leases.note_progress(unit, rendition.name, index):
            return False
        if has_bit(bytes(row.bitmap), index):
            return True
        note_stored(row, parts)
        row.bitmap = with_bit(bytes(row.bitmap), index)
        row.size_bytes += size
        row.pace = with_pace(row.pace, time.time(), float(duration_s))
        if duration_s >= SHORTEST_PEAK_S:
            row.peak_bps = max(row.peak_bps, int(size * 8 / duration_s))
        row.save(update_fields=["bitmap", "size_bytes", "peak_bps", "pace"])
    announce_progress(unit.asset_id)
    return True


def _as_planned(rendition: Rendition, rows: QuerySet[Rendition]) -> Rendition:
    """The row as it is now. Raises LeaseLost when it is gone, PlanBroken when it is not what the maker was told."""
    row = rows.filter(pk=rendition.pk).first()
    if row is None:
        raise leases.LeaseLost(f"{rendition.name} was removed")
    if (row.name, encoder_of(row.recipe)) != (rendition.name, encoder_of(rendition.recipe)):
        raise PlanBroken(f"{rendition.name} is made by another encoder by now.")
    return row
