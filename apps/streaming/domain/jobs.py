"""What the operator sees of the films being made. Values only."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class JobRung:
    name: str
    state: str
    progress: float
    speed: float | None  # seconds of film per second
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class Job:
    asset_id: UUID
    title_id: UUID
    title: str
    state: str
    reason: str | None  # why it failed, or what it waits for
    notes: tuple[str, ...]  # why its tracks are as they are
    rungs: tuple[JobRung, ...]
