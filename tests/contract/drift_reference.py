"""The drift rules of tests/contract/README.md in Python, so that pytest can prove the golden cases consistent.

The product's controller is frontend/src/features/player/engine/drift.ts; both must pass sync_cases.json.
"""

from dataclasses import dataclass
from typing import Any

SETTLE_MS = 400
SEEK_ABOVE_S, SEEK_ABOVE_MOST_S = 1.0, 8.0
PAUSE_MS, PAUSE_MOST_MS = 4_000, 64_000
SEEKS_BEFORE_WIDENING = 3
CALM_MS = 20_000
BANDS = {"normal": (0.030, 0.010), "same_room": (0.012, 0.004)}
CAPS = ((0.12, 0.03), (0.4, 0.08), (float("inf"), 0.15))


@dataclass
class DriftReference:
    mode: str
    settles_at: float
    correcting: bool = False
    next_seek_at: float = 0
    pause_ms: float = PAUSE_MS
    seeks: int = 0
    seek_above_s: float = SEEK_ABOVE_S
    calm_since: float | None = None

    def settle(self, now: float) -> None:
        """By command: what it is off afterwards is taken back as if a correction were under way."""
        self.correcting, self.settles_at = True, now + SETTLE_MS

    def _stand_still(self, now: float) -> None:
        self.correcting, self.settles_at = False, now + SETTLE_MS

    def decide(self, sample: dict[str, Any]) -> dict[str, Any]:
        now, size = sample["now_ms"], abs(sample["error_s"])
        if not sample["playing"]:
            self.correcting = False
            return self._answer("hold")
        if sample["stalled"]:
            self._stand_still(now)
            return self._answer("hold")
        if sample["seeking"]:
            self.settles_at = now + SETTLE_MS
            return self._answer("hold")
        if now < self.settles_at:
            return self._answer("hold")
        self._watch_calm(now, size)
        if size > self.seek_above_s and now >= self.next_seek_at:
            self._count_seek(now)
            return self._answer("seek")
        time_s = max(1.0, 2 * sample.get("every_ms", 100) / 1000)
        return {**self._answer("rate"), "rate": self._rate(sample["error_s"], sample["room_rate"], time_s)}

    def _watch_calm(self, now: float, size: float) -> None:
        if size > SEEK_ABOVE_S:
            self.calm_since = None
            return
        self.calm_since = now if self.calm_since is None else self.calm_since
        if now - self.calm_since >= CALM_MS:
            self.seeks, self.pause_ms, self.seek_above_s = 0, PAUSE_MS, SEEK_ABOVE_S

    def _count_seek(self, now: float) -> None:
        self._stand_still(now)
        self.seeks, self.calm_since, self.next_seek_at = self.seeks + 1, None, now + self.pause_ms
        self.pause_ms = min(self.pause_ms * 2, PAUSE_MOST_MS)
        if self.seeks > SEEKS_BEFORE_WIDENING:
            self.seek_above_s = min(self.seek_above_s * 2, SEEK_ABOVE_MOST_S)

    def _rate(self, error: float, room_rate: float, time_s: float) -> float:
        enter, leave = BANDS[self.mode]
        self.correcting = abs(error) >= leave if self.correcting else abs(error) > enter
        cap = next(cap for below, cap in CAPS if abs(error) < below)
        return room_rate * (1 - max(-cap, min(cap, error / time_s))) if self.correcting else room_rate

    def _answer(self, action: str) -> dict[str, Any]:
        return {"action": action, "struggling": self.seek_above_s > SEEK_ABOVE_S}
