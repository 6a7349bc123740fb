"""The table of `make bench-party`: one column for each product's rules, the goals beside them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.party_pages import MATINEE
from tests.bench.streaming_table import percentile

BACK_WITHIN_S = 9.0  # nobody is waited for longer: the goals are 8 s and 1 s
SKEW_GOALS_MS = {"40 ms": 40, "4G": 60}
SAME_ROOM_GOAL_MS = 15
DESCRIPTIONS = {"40 ms": "40 +- 10 ms each way", "4G": "60 +- 20 ms each way, 1 % of packets lost"}
NAMES = {
    MATINEE: "Matinee",
    "jellyfin": "Jellyfin on",
    "jellyfin-default": "Jellyfin default",
    "opentogethertube": "OpenTogetherTube",
    "watchparty": "watchparty.me",
}


@dataclass
class Figures:
    """One party by one product's rules on one network."""

    skews_ms: list[float] = field(default_factory=list)
    off_speed: float = 0.0
    seeks: int = 0
    watched_s: float = 0.0
    frames_per_s: float = 0.0
    busy: float = 0.0
    back_ms: dict[float, float | None] = field(default_factory=dict)
    seeks_after: dict[float, int] = field(default_factory=dict)
    pauses_ms: list[float] = field(default_factory=list)
    dues_ms: list[float] = field(default_factory=list)
    plays_ms: list[float | None] = field(default_factory=list)


def skew_cell(figures: Figures) -> str:
    if not figures.skews_ms:
        return "no frames"
    return " / ".join(f"{percentile(figures.skews_ms, share):.0f}" for share in (0.5, 0.95, 0.99))


def back_cell(figures: Figures, stall_s: float) -> str:
    back = figures.back_ms.get(stall_s)
    taken = f"> {BACK_WITHIN_S:.0f} s" if back is None else f"{back / 1000:.1f} s"
    return f"{taken}, {figures.seeks_after.get(stall_s, 0)} seeks"


def seeks_cell(figures: Figures) -> str:
    if not figures.watched_s:
        return "-"
    hours = figures.watched_s / 3600
    return f"{figures.seeks / hours:.0f} ({figures.seeks} in {figures.watched_s / 60:.1f} min)"


def times_cell(values: list[float]) -> str:
    return f"{percentile(values, 0.5):.0f} / {percentile(values, 0.95):.0f}" if values else "none"


def plays_cell(figures: Figures) -> str:
    known = [one for one in figures.plays_ms if one is not None]
    missed = len(figures.plays_ms) - len(known)
    return times_cell(known) + (f", {missed} never" if missed else "")


def table(network: str, columns: dict[str, Figures]) -> str:
    rows: list[tuple[str, str, Callable[[Figures], str]]] = [
        ("skew p50 / p95 / p99, ms", f"p95 <= {SKEW_GOALS_MS[network]}", skew_cell),
        ("back within 100 ms after 0.7 s", "<= 8 s, 0 seeks", lambda one: back_cell(one, 0.7)),
        ("back within 100 ms after 2 s", "<= 1 s, 1 seek", lambda one: back_cell(one, 2.0)),
        ("corrective seeks per viewer-hour", "0", seeks_cell),
        ("time off speed", "-", lambda one: f"{one.off_speed:.1%}"),
        ("click to remote pause p50 / p95, ms", "p95 <= 250", lambda one: times_cell(one.pauses_ms)),
        ("  of it until it was due, ms", "-", lambda one: times_cell(one.dues_ms) if one.dues_ms else "-"),
        ("click to synchronised play, ms", "p95 <= 400", plays_cell),
        ("frames/s of the slowest page", "24", lambda one: f"{one.frames_per_s:.1f}"),
        ("this machine busy", "-", lambda one: f"{one.busy:.0%}"),
    ]
    lines = [f"{'':<36}{'goal':<17}" + "".join(f"{NAMES[product]:<20}" for product in columns)]
    for name, goal, cell in rows:
        lines.append(f"{name:<36}{goal:<17}" + "".join(f"{cell(one):<20}" for one in columns.values()))
    return "\n".join(lines)
