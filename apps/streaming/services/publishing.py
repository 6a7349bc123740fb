"""Publishes what a maker has finished: the init segment, segments with their bits, and a notice of it.

Invariant: a bit is set once, by the unit that owns this segment of this rung at that moment.
"""

import time
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from apps.streaming.adapters import pieces, store
from apps.streaming.domain.assembly import PlanBroken
from apps.streaming.domain.ffmpeg import INIT
from apps.streaming.domain.mp4 import InitFacts
from apps.streaming.domain.progress import has_bit, with_bit
from apps.streaming.domain.speed import with_pace
from apps.streaming.models import Rendition, WorkUnit
from apps.streaming.services import leases
from apps.streaming.services.announcing import announce_progress
from apps.streaming.services.stored import note_stored

SHORTEST_PEAK_S = 1  # the rate of a last segment of a few frames says nothing about the film


def beat(unit: WorkUnit, beaten_at: float) -> float:
    """Keep the lease; answers when it was last kept. Raises LeaseLost."""
    now = time.monotonic()
    if now - beaten_at < leases.HEARTBEAT_S:
        return beaten_at
    leases.heartbeat(unit)
    return now


def publish_init(rendition: Rendition, path: Path, folder: Path) -> InitFacts:
    """The first maker's init segment counts for all. Raises PlanBroken when another run's differs, BadBox, OSError,
    LeaseLost when the film was removed."""
    data = path.read_bytes()
    facts = pieces.init_facts(path)
    digest = sha256(data).hexdigest()
    Rendition.objects.filter(pk=rendition.pk, init_sha256="").update(init_sha256=digest, codec=facts.codec)
    known = Rendition.objects.values_list("init_sha256", flat=True).filter(pk=rendition.pk).first()
    if known is None:
        raise leases.LeaseLost(f"{rendition.name} was removed")
    if known != digest:
        raise PlanBroken(f"{rendition.name}: the init segment differs from the published one.")
    target = folder / rendition.name / INIT
    if not store.is_there(target):
        store.publish_bytes(data, target)
    return facts


def record_segment(unit: WorkUnit, rendition: Rendition, index: int, size: int, duration_s: Fraction) -> bool:
    """Set the segment's bit. False when the unit has given this segment away meanwhile. Raises LeaseLost, OSError."""
    with transaction.atomic():
        row = Rendition.objects.select_for_update().filter(pk=rendition.pk).first()
        if row is None:
            raise leases.LeaseLost(f"{rendition.name} was removed")
        if not leases.note_progress(unit, rendition.name, index):
            return False
        if has_bit(bytes(row.bitmap), index):
            return True
        note_stored(row, unit.asset.epoch, index, size)
        row.bitmap = with_bit(bytes(row.bitmap), index)
        row.size_bytes += size
        row.pace = with_pace(row.pace, time.time(), float(duration_s))
        if duration_s >= SHORTEST_PEAK_S:
            row.peak_bps = max(row.peak_bps, int(size * 8 / duration_s))
        row.save(update_fields=["bitmap", "size_bytes", "peak_bps", "pace"])
    announce_progress(unit.asset_id)
    return True
