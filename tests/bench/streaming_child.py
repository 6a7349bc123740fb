"""The product's own worker as a process of its own, asked over pipes: `python -m tests.bench.streaming_child`.

One JSON object a line in, one out. It uses the front door of streaming for work and the rows for reading only, and
says for every unit what it cost: user and system time of this process (Python) and of its children (ffmpeg).
"""

import json
import os
import resource
import sys
import time
from bisect import bisect_right
from datetime import timedelta
from typing import Any
from uuid import UUID

import django

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # whatever logs to standard output must not mix with the answers
django.setup()

from django.core.management import call_command  # noqa: E402 - needs the settings above
from django.utils import timezone  # noqa: E402

from apps.catalog.services import create_manual_title  # noqa: E402
from apps.streaming import services  # noqa: E402
from apps.streaming.adapters import store  # noqa: E402
from apps.streaming.domain.progress import has_bit  # noqa: E402
from apps.streaming.domain.states import UnitKind  # noqa: E402
from apps.streaming.models import MediaAsset, TitleCare, WorkUnit  # noqa: E402
from apps.streaming.services.eviction import evict_rung  # noqa: E402
from apps.viewing.models import Progress  # noqa: E402

Answer = dict[str, Any]


def spent() -> tuple[float, float]:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime


def migrate() -> Answer:
    call_command("migrate", verbosity=0)
    return {}


def pin(cores: list[int]) -> Answer:
    os.sched_setaffinity(0, cores)
    return {}


def add(name: str, path: str) -> Answer:
    title = create_manual_title(name=name)
    return {"title": str(title.pk), "asset": str(services.create_asset(title_id=title.pk, source=path))}


def work(asset: str, most: int = 10_000, kind: str | None = None) -> Answer:
    """Do units until there are none, or ``most``; one record for each. With ``kind``, no others."""
    records: list[Answer] = []
    began = time.monotonic()
    while len(records) < most:
        done = ids_done(asset)
        own, children = spent()
        at = time.monotonic()
        if not services.run_next_unit(kind=UnitKind(kind) if kind else None):
            break
        own_after, children_after = spent()
        new = WorkUnit.objects.filter(asset_id=asset, pk__in=ids_done(asset) - done)
        records.append(
            {
                "units": [describe(unit) for unit in new],
                "python_s": own_after - own,
                "children_s": children_after - children,
                "wall_s": time.monotonic() - at,
            }
        )
    return {"records": records, "wall_s": time.monotonic() - began, "state": state_of(asset)}


def ids_done(asset: str) -> set[UUID]:
    return set(WorkUnit.objects.filter(asset_id=asset, state="done").values_list("pk", flat=True))


def describe(unit: WorkUnit) -> Answer:
    return {"kind": str(unit.kind), "rungs": rungs_of(unit), "first": unit.first, "last": unit.last,
            "attempt": unit.attempt, "state": str(unit.state)}  # fmt: skip


def rungs_of(unit: WorkUnit) -> list[str]:
    return list(unit.rungs)


def state_of(asset: str) -> Answer:
    row = MediaAsset.objects.get(pk=asset)
    return {"state": str(row.state), "reason": row.reason, "notes": row.notes, "duration_s": row.duration_s}


def forget(title: str) -> Answer:
    """Remove the film and everything made from it."""
    for asset_id in MediaAsset.objects.filter(title_id=title).values_list("pk", flat=True):
        services.remove_asset(asset_id)
    return {}


def units(asset: str) -> Answer:
    return {"units": [describe(unit) for unit in WorkUnit.objects.filter(asset_id=asset)]}


def tracks(asset: str) -> Answer:
    """Every rendition: its recipe, how much is there, and its folder."""
    row = MediaAsset.objects.get(pk=asset)
    folder = store.folder(row.pk, row.epoch)
    return {
        "folder": str(folder),
        "tracks": [
            {"name": track.name, "kind": str(track.kind), "state": str(track.state), "recipe": track.recipe_data,
             "segments": track.segment_count, "bytes": track.size_bytes}
            for track in row.renditions.order_by("name")
        ],
    }  # fmt: skip


def is_there(title: str, position_s: float, kind: str = "video") -> Answer:
    """Whether any picture, or any sound, of that place is published."""
    asset = MediaAsset.objects.filter(title_id=title).latest("created_at")
    for track in asset.renditions.filter(kind=kind):
        starts = [float(track.segments.start_s(index)) for index in range(track.segment_count)]
        if has_bit(bytes(track.bitmap), max(0, bisect_right(starts, position_s) - 1)):
            return {"is_there": True}
    return {"is_there": False}


def expect(title: str, position_s: float, height: int | None = None) -> Answer:
    services.expect_playback(title_id=UUID(title), position_s=position_s, heights=() if height is None else (height,))
    return {}


def leave_off(person: str, title: str, position_s: float, duration_s: float) -> Answer:
    """As if this person had stopped there weeks ago: a report of a player would have the place made."""
    Progress.objects.update_or_create(
        user_id=person,
        title_id=title,
        defaults={"position_s": position_s, "duration_s": duration_s, "updated_at": timezone.now()},
    )
    return {}


def evict(asset: str, track: str) -> Answer:
    """As if the disk were full a week after it was watched: what is left of the track is its first minute."""
    row = MediaAsset.objects.get(pk=asset)
    TitleCare.objects.filter(title_id=row.title_id).update(held_until=None)
    MediaAsset.objects.filter(pk=asset).update(created_at=timezone.now() - timedelta(days=8))
    rendition = row.renditions.get(name=track)
    evict_rung(rendition.pk, "the bench")
    rendition.refresh_from_db()
    return {"on_demand": rendition.on_demand}


DOERS = {
    doer.__name__: doer
    for doer in (migrate, pin, add, work, state_of, units, tracks, is_there, expect, leave_off, evict, forget)
}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        answer = DOERS[request.pop("do")](**request)
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
