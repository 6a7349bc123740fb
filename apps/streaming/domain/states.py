"""The lives of an asset, a rendition and a work unit: one table each. A pair that is not listed is not a move."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar


class AssetState(StrEnum):
    QUEUED = "queued"
    PROBING = "probing"
    PLAYABLE = "playable"
    COMPLETE = "complete"
    FAILED = "failed"
    EVICTED = "evicted"


class AssetEvent(StrEnum):
    PROBE_STARTED = "probe_started"
    BECAME_PLAYABLE = "became_playable"
    COMPLETED = "completed"
    FAILED = "failed"
    RETRIED = "retried"
    EVICTED = "evicted"


class RenditionState(StrEnum):
    PLANNED = "planned"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"
    EVICTED = "evicted"


class RenditionEvent(StrEnum):
    STARTED = "started"
    PROVED = "proved"
    FAILED = "failed"
    EVICTED = "evicted"
    DAMAGED = "damaged"
    RETRIED = "retried"


class UnitState(StrEnum):
    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


class UnitEvent(StrEnum):
    CLAIMED = "claimed"
    FINISHED = "finished"
    RETURNED = "returned"
    GAVE_UP = "gave_up"


class UnitKind(StrEnum):
    PREPARE = "prepare"
    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLES = "subtitles"
    TRICKPLAY = "trickplay"
    MARKS = "marks"
    PICTURES = "pictures"  # image subtitles


ASSET: Mapping[tuple[AssetState, AssetEvent], AssetState] = {
    (AssetState.QUEUED, AssetEvent.PROBE_STARTED): AssetState.PROBING,
    (AssetState.QUEUED, AssetEvent.FAILED): AssetState.FAILED,
    (AssetState.PROBING, AssetEvent.BECAME_PLAYABLE): AssetState.PLAYABLE,
    (AssetState.PROBING, AssetEvent.FAILED): AssetState.FAILED,
    (AssetState.PLAYABLE, AssetEvent.COMPLETED): AssetState.COMPLETE,
    (AssetState.PLAYABLE, AssetEvent.FAILED): AssetState.FAILED,
    (AssetState.PLAYABLE, AssetEvent.EVICTED): AssetState.EVICTED,
    (AssetState.COMPLETE, AssetEvent.EVICTED): AssetState.EVICTED,
    (AssetState.FAILED, AssetEvent.RETRIED): AssetState.QUEUED,
    (AssetState.EVICTED, AssetEvent.RETRIED): AssetState.QUEUED,
}

RENDITION: Mapping[tuple[RenditionState, RenditionEvent], RenditionState] = {
    (RenditionState.PLANNED, RenditionEvent.STARTED): RenditionState.BUILDING,
    (RenditionState.PLANNED, RenditionEvent.FAILED): RenditionState.FAILED,
    (RenditionState.BUILDING, RenditionEvent.PROVED): RenditionState.READY,
    (RenditionState.BUILDING, RenditionEvent.FAILED): RenditionState.FAILED,
    (RenditionState.BUILDING, RenditionEvent.EVICTED): RenditionState.EVICTED,
    (RenditionState.BUILDING, RenditionEvent.DAMAGED): RenditionState.BUILDING,
    (RenditionState.READY, RenditionEvent.DAMAGED): RenditionState.BUILDING,
    (RenditionState.READY, RenditionEvent.EVICTED): RenditionState.EVICTED,
    (RenditionState.EVICTED, RenditionEvent.STARTED): RenditionState.BUILDING,
    (RenditionState.FAILED, RenditionEvent.RETRIED): RenditionState.PLANNED,
}

UNIT: Mapping[tuple[UnitState, UnitEvent], UnitState] = {
    (UnitState.PENDING, UnitEvent.CLAIMED): UnitState.LEASED,
    (UnitState.PENDING, UnitEvent.GAVE_UP): UnitState.FAILED,
    (UnitState.LEASED, UnitEvent.FINISHED): UnitState.DONE,
    (UnitState.LEASED, UnitEvent.RETURNED): UnitState.PENDING,
    (UnitState.LEASED, UnitEvent.GAVE_UP): UnitState.FAILED,
}

StateT = TypeVar("StateT", bound=StrEnum)
EventT = TypeVar("EventT", bound=StrEnum)


def sources_of(table: Mapping[tuple[StateT, EventT], StateT], event: EventT) -> list[StateT]:
    """The states from which ``event`` may happen; the WHERE clause of the conditional update."""
    return [state for state, known in table if known == event]


def target_of(table: Mapping[tuple[StateT, EventT], StateT], event: EventT) -> StateT:
    """The one state that ``event`` leads to. Raises ValueError when the table is ambiguous."""
    targets = {target for (_, known), target in table.items() if known == event}
    if len(targets) != 1:
        raise ValueError(f"{event} leads to {sorted(targets)}")
    return targets.pop()
