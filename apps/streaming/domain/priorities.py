"""Who comes first: priorities of work units, threads of a worker kept free for them, and how many encodes may start.

Invariant: a viewer who waits never stands behind work that nobody is waiting for.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

WAITING_S = 30.0  # a viewer who asked longer ago than this has gone away or was told to come back
SOON_S = 60.0
AHEAD_S = 30.0  # how far before a playhead everything has to be there

NEXT_NICENESS, BACKGROUND_NICENESS = 10, 19

# Megapixels per second that one core decodes, and encodes with x264 veryfast; low on purpose (a slow laptop).
DECODED_MPX, ENCODED_MPX = 250.0, 60.0
BRISK = 2.0  # times playback: at this speed the first two segments of all rungs are there within 4 s


class Priority(IntEnum):
    WAITING = 0  # somebody looks at a spinner
    SOON = 1  # before a playhead; what makes a title playable
    PREROLL = 2  # the first minute of every title, and what is only copied
    REST = 3
    EXTRA = 4  # 240p, 144p, more languages, what only adds comfort


@dataclass(frozen=True, slots=True)
class Slots:
    """Threads of one worker process. ``unhurried`` of them take what nobody waits for; ``background`` of those do
    what nobody needs soon."""

    threads: int
    unhurried: int
    background: int


def slots_for(cores: int) -> Slots:
    """Threads only watch ffmpeg, so there are more of them than cores; background encodes share the cores by half."""
    return Slots(threads=2 * cores + 4, unhurried=cores + 1, background=max(1, cores // 2))


def niceness_of(priority: Priority, *, is_light: bool) -> int:
    """Of the program that works for it (decision 0018): people who wait come before what they watch next, and that
    before films being made.

    Somebody may come to wait for what is light, a sound or a copy, while it is under way.
    """
    if priority == Priority.WAITING:
        return 0
    return NEXT_NICENESS if priority == Priority.SOON or is_light else BACKGROUND_NICENESS


def threads_ahead(cores: int, rungs: int) -> int:
    """Threads of each rung's encoder in an encode that nobody waits for: all of those together keep the cores busy.

    Each thread more makes an encode sooner done and costs CPU (decision 0019).
    """
    return max(1, cores // (rungs * slots_for(cores).background))


def ceiling(running: Collection[int], slots: Slots) -> Priority:
    """The least urgent priority that one more thread may take, beside the priorities ``running`` already."""
    if sum(priority > Priority.WAITING for priority in running) >= slots.unhurried:
        return Priority.WAITING
    if sum(priority > Priority.SOON for priority in running) >= slots.background:
        return Priority.SOON
    return Priority.EXTRA


def cost_cores(*, pixels: int, source_pixels: int, fps: float) -> float:
    """Cores that one encode of a rung needs to keep up with playback, its decode included."""
    return fps * (source_pixels / DECODED_MPX + pixels / ENCODED_MPX) / 1_000_000


def places(cores: int, cost: float) -> int:
    """How many such encodes may run at once for viewers: floor(cores / cost), and never none."""
    return max(1, int(cores / cost)) if cost > 0 else cores


def is_brisk(cores: int, cost: float) -> bool:
    """Whether encodes of ``cost_cores`` together run so far ahead of playback that none need go before the others."""
    return cost * BRISK <= cores


def keeps_up(speed: float | None) -> bool:
    """Whether a rung that is being made stays ahead of somebody who watches it."""
    return speed is not None and speed >= 1
